"""One page of a medicine: storage, handling, packs, lots on hand, open cases, what its events are judged against."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.models import Medicine
from cases.people.models import Pharmacy, User
from cases.people.roles import Role
from tests.cases.custody.builders import DISPENSED, GTIN, Supply
from tests.factories import NOW, person


def page(person: User, medicine: Medicine, status: int = 200) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(f"/medicines/{medicine.pk}/")
    assert answer.status_code == status
    return answer.content.decode()


def sheet(text: str, key: str) -> str:
    _, _, found = text.partition(f'id="{key}"')
    return found.partition("</section>")[0]


def state_handling(supply: Supply, **facts: Any) -> None:
    given = {"constraints": ["no_xray"], "source": "Label of the manufacturer", "hours_from_dispatch": 96} | facts
    supply.take("custody.handling.state", by=supply.house.coordinator, now=NOW, **given)


def test_says_what_is_not_known_of_a_medicine_that_nobody_supplied_yet(supply: Supply) -> None:
    told = page(supply.house.coordinator, supply.case.medicine)

    for words in (
        "Nobody has stated how it must be handled on its way.", "No pack is on hand", "No pack is known",
        "No edition is on file", "Nothing was assessed yet", "2 to 8 °C", supply.case.reference,
    ):  # fmt: skip
        assert words in told, words


def test_the_newest_statement_of_handling_counts_and_says_that_nobody_reviewed_it(supply: Supply) -> None:
    state_handling(supply)
    state_handling(supply, constraints=["keep_dark"], hours_from_dispatch=1, source="Letter of the manufacturer")

    told = sheet(page(supply.house.pic, supply.case.medicine), "h-handling")

    first, _, earlier = told.partition("<details")
    assert "Keep away from light" in first
    assert "Receive within 1 hour of dispatch" in first
    assert "Not reviewed" in first
    assert "Letter of the manufacturer; stated by M. Ostby" in first
    assert "No X-ray" not in first
    assert "No X-ray: open and look by hand; Receive within 96 hours of dispatch" in earlier


def test_lots_on_hand_are_counted_by_where_they_are_until_they_are_dispensed(supply: Supply) -> None:
    supply.bring_to("accepted")
    here = page(supply.house.auditor, supply.case.medicine)
    lots = sheet(here, "h-lots")

    assert "2 received, not dispensed" in lots
    assert f"/trace/?gtin={GTIN}&amp;lot=" in lots
    assert f"/safety/lots/{GTIN}/" in lots
    assert GTIN in sheet(here, "h-packs")

    supply.do("dispense", by=supply.house.receiving, now=DISPENSED, dispensed_at=DISPENSED)
    assert "No pack is on hand" in page(supply.house.auditor, supply.case.medicine)


def test_no_patient_is_named_on_it(supply: Supply) -> None:
    supply.bring_to("accepted")
    told = page(supply.house.coordinator, supply.case.medicine)
    assert supply.case.patient.pseudonym not in told


def test_another_pharmacy_s_cases_lots_and_statements_are_not_on_it(supply: Supply) -> None:
    supply.bring_to("accepted")
    state_handling(supply)
    with acting(by=supply.house.administrator, verb="people.user.made", business_at=NOW):
        other = Pharmacy.objects.create(name="Another Pharmacy", code="OTH")
        stranger = person("other@other.example", "O. Other", Role.PHARMACIST_IN_CHARGE, pharmacy=other)

    told = page(stranger, supply.case.medicine)

    for words in (supply.case.reference, GTIN, "Label of the manufacturer"):
        assert words not in told, words


@pytest.mark.parametrize("number", ["999999", "99999999999999999999999"])
def test_a_medicine_that_is_not_there_is_not_found(number: str, supply: Supply) -> None:
    client = Client()
    client.force_login(supply.house.coordinator)
    assert client.get(f"/medicines/{number}/").status_code == 404


def test_case_supply_trace_and_search_lead_to_it(supply: Supply) -> None:
    supply.bring_to("accepted")
    client, address = Client(), f'href="/medicines/{supply.case.medicine_id}/"'
    client.force_login(supply.house.coordinator)
    lot = supply.case.units.select_related("lot").first().lot  # type: ignore[union-attr]
    for page_of in (
        f"/cases/{supply.case.reference}/", f"/cases/{supply.case.reference}/supply/",
        f"/trace/?gtin={lot.gtin}&lot={lot.number}",
        f"/cases/?q={supply.case.medicine.name}&stage=closed",
    ):  # fmt: skip
        assert address in client.get(page_of).content.decode(), page_of


def test_takes_the_same_queries_however_many_lots_and_cases(supply: Supply) -> None:
    client = Client()
    client.force_login(supply.house.coordinator)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/medicines/{supply.case.medicine_id}/").status_code == 200
        return len(captured)

    count()
    few = count()
    supply.bring_to("accepted")
    state_handling(supply)
    assert count() == few
