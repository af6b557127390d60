"""The signed decision: by whom, on what, over which text; the database holds it too (I4, separation by person)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases.audit.context import acting
from cases.custody.deciding import verified
from cases.custody.ledger import correct_event
from cases.custody.models import Consignment, CustodyEvent, Disposition
from cases.documents.models import Signature, SignatureAttempt
from cases.documents.services import read_bytes, verify_signature
from cases.documents.storage import path_of
from cases.lifecycle.errors import FactsInvalid, Refused, RequirementsUnmet
from cases.people.models import User
from tests.cases.custody.builders import DECIDED, DISPENSED, HOUR, Supply, build_supply
from tests.cases.custody.loggers import journey, keep
from tests.factories import PASSWORD, build_paper
from tests.written import refused_and_nothing_written

pytestmark = pytest.mark.django_db


def warm(supply: Supply) -> None:
    """Arrived, inspected, and too warm on the way."""
    supply.bring_to("arrived")
    supply.inspect()
    keep(supply, journey(9.4, steps=7), budget_minutes="720", budget_source="Invented statement 4.2")


def codes(refusal: Any) -> set[str]:
    return {line.code for line in refusal.value.unmet}


def test_is_signed_over_the_evidence_it_rests_on(supply: Supply) -> None:
    warm(supply)
    answer = build_paper(supply.house, supply.case, "manufacturer_answer")

    supply.decide(
        manufacturer_answer=answer,
        answer_reference="MI-20117",
        answered_on="2026-03-06",
        conditions="Use within 30 days.",
    )

    one = Disposition.objects.get()
    assert (one.decision, one.question, one.answer_reference, one.conditions) == (
        "release", "excursion", "MI-20117", "Use within 30 days.")  # fmt: skip
    assert one.record is not None
    signature = Signature.objects.get(document=one.record)
    assert (signature.signer, signature.meaning) == (
        supply.house.pic,
        "I read the evidence named here, I neither packed nor received these units, and I release them.",
    )
    assert verify_signature(signature) == []
    text = read_bytes(one.record.file).decode()
    file = supply.case.documents.get(doc_type="temperature_record")
    assert f"SHA-256 {file.sha256}" in text
    assert f"SHA-256 {answer.sha256}" in text
    assert "lot 7K04B8 serial SN-1-1" in text
    assert "The manufacturer's reference: MI-20117, of 2026-03-06" in text
    inspection = one.consignment.inspections.get()
    assert inspection.record is not None
    signed_over = [inspection.record, inspection.second_check.record]
    assert [entry["label"] for entry in one.evidence] == ["M-1", *(row.label for row in signed_over), answer.label]
    assert [entry["sha256"] for entry in one.evidence] == [
        file.sha256,
        *(row.sha256 for row in signed_over),
        answer.sha256,
    ]
    assert all(f"SHA-256 {row.sha256}" in text for row in signed_over)
    assert [entry["stands"] for entry in verified(one)] == ["intact"] * 4
    assert "budget left" in one.evidence[0]["what"]
    inspected = one.consignment.inspections.get().inspected_at
    assert (
        one.evidence[2]["what"]
        == f"Second check of {inspection.second_check.checked_at:%Y-%m-%d %H:%M} UTC by Dr L. Ferrante: agrees"
    )
    assert one.evidence[1]["what"] == f"Inspection of {inspected:%Y-%m-%d %H:%M} UTC by J. Whitlock: accept"
    assert PASSWORD not in str(supply.case.events.latest("seq").facts)


def test_tells_on_its_page_which_evidence_is_no_more_as_it_was_signed_over(supply: Supply, client: Client) -> None:
    warm(supply)
    supply.decide("quarantine")
    one = Disposition.objects.get()
    record = one.consignment.inspections.get().record
    assert record is not None
    path_of(record.file.storage_name).write_bytes(b"other bytes")
    assert [entry["stands"] for entry in verified(one)] == ["intact", "altered", "intact"]
    client.force_login(supply.house.coordinator)
    page = client.get(f"/cases/{supply.case.reference}/temperature/C-1/").content.decode()
    assert (page.count("as signed"), page.count("not as signed.")) == (3, 1)
    assert f"The file {record.sha256[:8]} of {supply.case.reference} was altered." in page


@pytest.mark.parametrize(("field", "given"), [("password", "wrong"), ("printed_name", "Somebody Else")])
def test_is_not_signed_by_a_wrong_password_or_name(supply: Supply, field: str, given: str) -> None:
    warm(supply)
    before = Disposition.objects.count(), CustodyEvent.objects.count(), supply.case.events.count()

    with pytest.raises(FactsInvalid) as refusal:
        supply.decide("quarantine", **{field: given})

    assert set(refusal.value.errors) == {field}
    assert (Disposition.objects.count(), CustodyEvent.objects.count(), supply.case.events.count()) == before
    assert SignatureAttempt.objects.count() == (field == "password")
    assert not supply.case.documents.filter(doc_type="release_record").exists()


def test_releases_nothing_too_warm_without_the_manufacturers_answer(supply: Supply) -> None:
    warm(supply)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide()

    assert codes(refusal) == {"ReleaseHasItsGrounds"}
    assert refusal.value.unmet[0].fact == "Excursion (M-1), and no answer of the manufacturer is attached."  # type: ignore[attr-defined]


def test_a_rejection_is_final(supply: Supply) -> None:
    warm(supply)
    supply.decide("reject_return")
    answer = build_paper(supply.house, supply.case, "manufacturer_answer")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide(manufacturer_answer=answer, now=DECIDED + HOUR)

    assert codes(refusal) == {"RejectionIsFinal"}
    assert refusal.value.unmet[0].fact == (  # type: ignore[attr-defined]
        "H. Lindqvist rejected it on 2026-03-06: only another rejection can be signed.")  # fmt: skip


@pytest.mark.usefixtures("arrived")
def test_rejected_units_go_where_the_decision_sends_them(supply: Supply) -> None:
    supply.reject("reject_return")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("destroy", by=supply.house.coordinator, now=DECIDED, reason="No use.", witness=supply.house.pic)

    assert codes(refusal) == {"GoesWhereDecided"}
    assert supply.do("give_back", by=supply.house.coordinator, now=DECIDED, reason="Rejected.").state == "returned"


@pytest.mark.usefixtures("arrived")
def test_nothing_is_rejected_without_a_signed_rejection(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("reject", by=supply.house.coordinator, now=DECIDED, reason="A seal was broken.")

    assert codes(refusal) == {"RejectionDecided"}


def written(supply: Supply, by: User, decision: str, **more: Any) -> Disposition:
    """A row past every rule of the house."""
    with transaction.atomic(), acting(by=by, verb="tests.tampered", business_at=DECIDED):
        return Disposition.objects.create(
            case=supply.case, consignment=supply.consignment(), decision=decision, reason="None.", decided_by=by,
            decided_at=DECIDED, **more,
        )  # fmt: skip


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("who", ["coordinator", "receiving"])
def test_the_database_takes_no_decision_of_who_packed_or_received(supply: Supply, who: str) -> None:
    with pytest.raises(DatabaseError, match="not decided by who packed or received"):
        written(supply, getattr(supply.house, who), "quarantine")


def test_the_database_takes_no_release_after_an_excursion_without_an_answer(supply: Supply) -> None:
    warm(supply)
    keep(supply, journey(), logger_number="SECOND-1")  # another logger in range takes nothing away

    with pytest.raises(DatabaseError, match="no release after an excursion without the answer of the manufacturer"):
        written(supply, supply.house.pic, "release")
    answer = build_paper(supply.house, supply.case, "manufacturer_answer")
    assert written(supply, supply.house.pic, "release", manufacturer_answer=answer).pk


@pytest.mark.usefixtures("arrived")
def test_the_database_takes_a_release_once_a_better_record_was_in_range(supply: Supply) -> None:
    supply.measure(lowest_c="2.9", highest_c="9.0", minutes_outside=5)
    with pytest.raises(DatabaseError, match="no release after an excursion"):
        written(supply, supply.house.pic, "release")

    keep(supply, journey())

    assert written(supply, supply.house.pic, "release").pk


@pytest.mark.usefixtures("arrived")
def test_the_database_takes_no_release_after_a_rejection(supply: Supply) -> None:
    supply.decide("reject_destroy")

    with pytest.raises(DatabaseError, match="a rejection is final"):
        written(supply, supply.house.pic, "quarantine")


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("found", ["nothing decided", "a reading after the release", "a release taken back"])
def test_i4_the_database_accepts_nothing_on_an_older_release(supply: Supply, found: str) -> None:
    supply.inspect()
    keep(supply, journey())
    if found != "nothing decided":
        supply.decide()
    if found == "a reading after the release":
        supply.measure(now=DECIDED + timedelta(minutes=1))
    if found == "a release taken back":
        with acting(by=supply.house.pic, verb="tests.corrected", business_at=DECIDED):
            correct_event(
                CustodyEvent.objects.get(biz_step="holding"), by=supply.house.pic, now=DECIDED, did_not_occur=True
            )

    with (
        pytest.raises(DatabaseError, match="no release later than the last exposure or discrepancy"),
        transaction.atomic(),
        acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
    ):
        _accept_past_the_door(supply)


def _accept_past_the_door(supply: Supply) -> None:
    consignment = supply.consignment()
    consignment.accept()
    consignment.save()


@pytest.mark.usefixtures("accepted")
def test_i4_a_correction_of_an_old_decision_is_no_new_one(supply: Supply) -> None:
    """Released, then too warm, then the place of the release is put right: nothing was decided since."""
    release = CustodyEvent.objects.get(biz_step="holding")
    keep(supply, journey(9.4, steps=7), now=DISPENSED)
    with acting(by=supply.house.pic, verb="tests.corrected", business_at=DISPENSED):
        correct_event(release, by=supply.house.pic, now=DISPENSED, place="Ward 3")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.dispense()

    assert {"DispositionReleased", "NoOpenExcursion"} <= codes(refusal)


class Release(RuleBasedStateMachine):
    """I4 over any order of inspections, readings, decisions and acceptances: only a release that is newest counts."""

    @initialize()
    def arrived(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.supply = build_supply()
        self.supply.bring_to("arrived")
        self.inspected = self.sound = False
        self.decided = ""
        self.fresh = False
        self.now = DECIDED

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @property
    def consignment(self) -> Consignment:
        return self.supply.consignment()

    def later(self) -> Any:
        self.now += timedelta(minutes=1)
        return self.now

    @precondition(lambda self: self.consignment.state == "arrived")
    @rule()
    def inspect(self) -> None:
        self.supply.inspect()
        self.inspected, self.fresh = True, False

    @rule()
    def cold(self) -> None:
        self.supply.measure(now=self.later())
        self.sound, self.fresh = True, False

    @rule()
    def too_warm(self) -> None:
        self.supply.measure(now=self.later(), lowest_c="3", highest_c="11", minutes_outside=20)
        self.sound, self.fresh = False, False

    @rule()
    def release(self) -> None:
        may = self.inspected and self.sound
        if self._takes(lambda: self.supply.decide(now=self.later()), may):
            self.decided, self.fresh = "release", True

    @rule()
    def keep_back(self) -> None:
        self.supply.decide("quarantine", now=self.later())
        self.decided, self.fresh = "quarantine", True

    @precondition(lambda self: self.consignment.state == "arrived")
    @rule()
    def accept(self) -> None:
        self._takes(lambda: self.supply.accept(), self.holds and self.inspected)

    @precondition(lambda self: self.consignment.state == "accepted")
    @rule()
    def dispense(self) -> None:
        with transaction.atomic():
            self._takes(lambda: self.supply.dispense(), self.holds)
            transaction.set_rollback(True)

    @property
    def holds(self) -> bool:
        return self.decided == "release" and self.fresh and self.sound

    def _takes(self, act: Any, may: bool) -> bool:
        try:
            with transaction.atomic():
                act()
        except Refused:
            assert not may
            return False
        assert may
        return True

    @invariant()
    def an_accepted_unit_stands_on_a_release(self) -> None:
        if hasattr(self, "supply"):
            free = self.supply.case.units.filter(state="accepted").exists()
            assert not free or self.decided == "release"


def test_i4_nothing_is_dispensed_but_on_the_newest_release(db: None) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Release,
        settings=settings(
            max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
