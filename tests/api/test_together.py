"""Two connections at the same moment: one key has one effect, and of two people one wins."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from cases.audit.verify import verify
from cases.documents.models import Document
from cases.models import Case, CaseEvent, Hold
from cases.people.patients import Patient
from regulatory.models import Enquiry
from tests.api.callers import Caller, refused
from tests.cases.documents import corpus
from tests.databases import FreshDatabase
from tests.factories import House, build_case, build_house

HOLD = {"kind": "quality", "until": "the label is clear", "reason": "Label unclear.", "form_key": "k-1"}
ADA = {"family_name": "Example", "given_names": "Ada", "birth_date": "1987-02-03", "record_number": "INV-9"}
PNG = corpus.picture("PNG")


@dataclass
class Office:
    """A house whose writes are committed, and its callers on connections of their own."""

    house: House
    case: Case
    blocker: DjangoDbBlocker

    def together(self, *calls: Any) -> list[Any]:
        """What calls are answered that begin at one moment, each on its own connection."""
        ready = Barrier(len(calls))

        def run(one: Any) -> Any:
            with self.blocker.unblock():
                try:
                    ready.wait(timeout=30)
                    return one()
                finally:
                    connections.close_all()

        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result(timeout=60) for future in [pool.submit(run, one) for one in calls]]


@pytest.fixture
def office(fresh_database: FreshDatabase, django_db_blocker: DjangoDbBlocker) -> Iterator[Office]:
    house = build_house()
    yield Office(house, build_case(house), django_db_blocker)
    connections.close_all()


def test_one_key_has_one_effect_for_every_call(office: Office) -> None:
    house, case = office.house, office.case
    caller = Caller(house.coordinator)
    root = f"/cases/{case.reference}"

    def opening() -> Any:
        return Caller(house.coordinator).post(
            "/cases",
            {
                "pathway": {"key": "UK-SPECIALS"},
                "patient": ADA,
                "prescriber": house.doctor.code,
                "medicine": "orvelumab 150 mg/mL",
                "indication": "invented",
                "form_key": "c-1",
            },
        )

    holds = office.together(*[lambda: caller.post(f"{root}/holds", HOLD)] * 4)
    assert [answer.status_code for answer in holds] == [201] * 4
    assert len({answer.content for answer in holds}) == 1
    assert Hold.objects.count() == 1
    assert CaseEvent.objects.filter(case=case, verb="cases.hold.placed").count() == 1

    opened = office.together(*[opening] * 4)
    assert [answer.status_code for answer in opened] == [201] * 4
    assert len({answer.json()["reference"] for answer in opened}) == 1
    assert (Case.objects.count(), Patient.objects.count()) == (2, 2)

    enquiry = {"asked_by": "family", "country": "GB", "product": "x", "indication": "y", "form_key": "e-1"}
    asked = office.together(*[lambda: caller.post("/enquiries", enquiry)] * 4)
    assert [answer.status_code for answer in asked] == [201] * 4
    assert Enquiry.objects.count() == 1

    papers = office.together(
        *[lambda: caller.upload(f"{root}/documents", PNG, doc_type="prescription", form_key="p-1")] * 4
    )
    assert [answer.status_code for answer in papers] == [201] * 4
    assert Document.objects.count() == 1
    assert verify().ok


def test_of_two_people_one_wins_and_the_other_is_told(office: Office) -> None:
    house, case = office.house, office.case
    address = f"/cases/{case.reference}/advance"

    def note(person: Any, day: str) -> Any:
        body = {"verb": "cases.case.note_run_out", "facts": {"runs_out_on": day}, "seen": 1}
        return lambda: Caller(person).post(address, body)

    answers = office.together(note(house.coordinator, "2026-04-01"), note(house.pic, "2026-05-01"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer for answer in answers if answer.status_code == 200).json()
    lost = refused(next(answer for answer in answers if answer.status_code == 409), 409, "conflict")
    assert [(one["seq"], one["by"]) for one in lost["changed_meanwhile"]] == [(2, won["by"])]
    assert str(Case.objects.get(pk=case.pk).runs_out_on) == won["facts"]["runs_out_on"]
    assert CaseEvent.objects.filter(case=case).count() == 2


def test_two_different_acts_with_one_key_are_both_kept_or_one_is_refused(office: Office) -> None:
    caller = Caller(office.house.coordinator)
    address = f"/cases/{office.case.reference}/holds"
    answers = office.together(
        lambda: caller.post(address, HOLD), lambda: caller.post(address, HOLD | {"reason": "Something else."})
    )
    taken = [answer for answer in answers if answer.status_code == 201]
    assert Hold.objects.count() == len(taken) >= 1
    for answer in answers:
        if answer not in taken:
            refused(answer, 409, "key-reused")
