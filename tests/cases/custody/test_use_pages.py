"""The pages of dispensing and giving at both ends: what a dose came from is told, and nothing is told twice."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from cases import clock
from cases.custody.models import Unit
from cases.people.models import User
from tests.cases.custody.builders import DISPENSED, HOUR, Supply

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LATER = DISPENSED + timedelta(days=1)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def text_of(answer: object) -> str:
    page = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", page)


@pytest.mark.usefixtures("dispensed")
def test_a_dose_is_told_with_its_pack_and_lot_or_that_the_lot_is_not_confirmed(supply: Supply) -> None:
    given = {"by": supply.house.receiving, "now": DISPENSED + HOUR, "given_at": DISPENSED + HOUR}
    supply.do("record_dose", unit=Unit.objects.get(serial="SN-1-1"), amount="150 mg", **given)
    supply.do("record_dose", amount="75 mg", **given)

    page = text_of(signed_in(supply.house.coordinator).get(f"/cases/{supply.case.reference}/supply/"))

    assert re.search(r"Dose given: 150 mg\. [^.]*, from SN-1-1 of lot 7K04B8 \.", page)
    assert re.search(r"Dose given: 75 mg\. [^.]*, lot not confirmed \.", page)


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("give_back", "Final. Returned units are never dispensed again."),
        ("destroy", "Final, with both names on record."),
        ("destroy_part", "Final, with both names on record."),
    ],
)
@pytest.mark.usefixtures("accepted")
def test_that_a_step_is_final_is_said_once(supply: Supply, verb: str, said: str) -> None:
    address = f"/cases/{supply.case.reference}/do/custody.consignment.{verb}/?on=C-1"

    page = text_of(signed_in(supply.house.coordinator).get(address))

    assert said in page
    assert "Final. Final" not in page


@pytest.mark.usefixtures("dispensed")
def test_a_dose_without_an_amount_is_refused_by_a_sentence_that_names_it_once(supply: Supply) -> None:
    ward = signed_in(supply.house.receiving)
    before = supply.case.events.count()

    answer = ward.post(
        f"/cases/{supply.case.reference}/do/custody.consignment.record_dose/",
        {"on": "C-1", "given_at": "7 Mar 2026 10:00", "amount": ""},
    )

    assert answer.status_code == 422
    assert "Dose as given: nothing was given. Fill it in." in text_of(answer)
    assert "Dose as given: Dose as given" not in text_of(answer)
    assert (supply.case.doses.count(), supply.case.events.count()) == (0, before)
