"""A case ends when every consignment has: nothing under way, nothing unused, nothing unreturned."""

import pytest

from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Case
from tests.cases.custody.builders import DECIDED, Supply
from tests.written import refused_and_nothing_written

CLOSE = {"outcome": "withdrawn", "reason": "The family decided otherwise."}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("ordered", "C-1 is ordered: allocate it, or cancel it."),
        ("released", "C-1 is released to ship: dispatch it, or cancel it."),
        ("in_transit", "C-1 is in transit: record its arrival, its return or its loss."),
        ("arrived", "C-1 is arrived, in quarantine: accept or reject it."),
        ("accepted", "C-1 is accepted: dispense it, return it or destroy it."),
    ],
)
def test_is_refused_while_one_is(supply: Supply, state: str, told: str) -> None:
    supply.bring_to(state)
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.take("cases.case.close", by=supply.house.coordinator, now=DECIDED, **CLOSE)
    (line,) = refusal.value.unmet  # type: ignore[attr-defined]
    assert (line.code, line.fact, line.overridable) == ("NoConsignmentUnderWay", told, False)


@pytest.mark.usefixtures("dispensed")
def test_what_was_only_planned_ends_with_the_case_and_what_is_dispensed_is_done(supply: Supply) -> None:
    supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")
    supply.take("cases.case.close", by=supply.house.coordinator, now=DECIDED, **CLOSE)
    assert Case.objects.get(pk=supply.case.pk).stage == "closed"
