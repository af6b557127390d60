"""What a verb's form refuses by itself: each fault names the field, what was given, and what would do."""

from decimal import Decimal
from typing import Any

import pytest

from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.forms import PlainDecimal
from cases.models import Case
from tests.factories import NOW, House, build_case, build_house
from tests.laid import laid
from tests.written import refused_and_nothing_written

pytestmark = pytest.mark.django_db

MOST = "was given, the most that is taken is 3660. Correct it."
FAR_AWAY = "is not a day between 1900 and 2200. Write for example 4 Dec 2026."
PLAN = {
    "quantity": "2",
    "days_of_therapy": "28",
    "planned_dispatch_on": "2026-03-05",
    "planned_arrival_on": "2026-03-07",
}


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("quantity", "0", "Quantity: 0 was given, the least that is taken is 0.001. Correct it."),
        ("quantity", "-0", "Quantity: -0 was given, the least that is taken is 0.001. Correct it."),
        ("quantity", "-3", "Quantity: -3 was given, the least that is taken is 0.001. Correct it."),
        ("days_of_therapy", "100000", f"Days of therapy in it: 100000 {MOST}"),
        ("cycle", "40000", f"Cycle: 40000 {MOST}"),
        ("planned_arrival_on", "9999-12-31", f"“9999-12-31” {FAR_AWAY}"),
        ("planned_dispatch_on", "0001-01-01", f"“0001-01-01” {FAR_AWAY}"),
    ],
)
def test_refuses_a_number_or_a_day_that_no_column_or_calendar_can_hold(
    house: House, case: Case, field: str, value: str, sentence: str
) -> None:
    facts: dict[str, Any] = PLAN | {field: value}
    with refused_and_nothing_written(FactsInvalid) as refusal:
        advance(case, "custody.consignment.plan", by=house.coordinator, now=NOW, facts=facts)
    assert refusal.value.errors == {field: [sentence]}


@pytest.mark.parametrize(
    ("verb", "facts", "field", "label", "most"),
    [
        ("custody.consignment.plan", PLAN, "port", "Port of entry", 80),
        ("documents.slot.ask", {"doc_type": "prescription", "due_on": "2026-03-09"}, "note", "What exactly", 500),
    ],
)
def test_refuses_a_text_longer_than_its_column_and_takes_one_that_just_fits(
    house: House, case: Case, verb: str, facts: dict[str, Any], field: str, label: str, most: int
) -> None:
    facts = facts | ({"asked_of": str(house.doctor.pk)} if verb == "documents.slot.ask" else {})
    with refused_and_nothing_written(FactsInvalid) as refusal:
        advance(case, verb, by=house.coordinator, now=NOW, facts=facts | {field: "é" * (most + 1)})
    told = f"{label}: {most + 1} characters were given, at most {most} are kept. Shorten it."
    assert refusal.value.errors == {field: [told]}
    assert advance(case, verb, by=house.coordinator, now=NOW, facts=facts | {field: "é" * most}).facts[field][-1] == "é"


def test_refuses_an_instant_that_nobody_can_mean(house: House, case: Case) -> None:
    facts = {"name": "quality_defect_aware", "happened_at": "9999-12-31T23:59"}
    with refused_and_nothing_written(FactsInvalid) as refusal:
        advance(case, "regulatory.pathway_event.record", by=house.coordinator, now=NOW, facts=facts)
    assert refusal.value.errors == {"happened_at": [f"“9999-12-31” {FAR_AWAY}"]}


def test_takes_the_last_day_there_is(house: House, case: Case) -> None:
    advance(case, "cases.case.note_run_out", by=house.coordinator, now=NOW, facts={"runs_out_on": "2200-12-31"})
    assert str(Case.objects.get(pk=case.pk).runs_out_on) == "2200-12-31"


@pytest.mark.parametrize(("kept", "shown"), [("6.000", "6"), ("0.500", "0.5"), ("1200.000", "1200")])
def test_an_amount_is_suggested_without_idle_noughts(kept: str, shown: str) -> None:
    assert PlainDecimal(max_digits=12, decimal_places=3).prepare_value(Decimal(kept)) == shown
