"""Every move of a consignment's machine, taken through the door; what the machine does not allow is refused."""

import pytest

from cases.custody.models import Consignment, Unit
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.guard import edges
from cases.lifecycle.verbs import VERBS, verbs_on
from tests.cases.custody.builders import ARRIVED, DECIDED, DISPATCHED, Supply
from tests.written import refused_and_nothing_written

# (source, target) -> the verb that takes it
MOVES = {
    ("planned", "ordered"): "order",
    ("ordered", "allocated"): "allocate",
    ("planned", "cancelled"): "cancel",
    ("ordered", "cancelled"): "cancel",
    ("allocated", "cancelled"): "cancel",
    ("released", "cancelled"): "cancel",
    ("allocated", "released"): "release",
    ("allocated", "destroyed"): "destroy",
    ("released", "allocated"): "take_back",
    ("released", "in_transit"): "dispatch",
    ("in_transit", "arrived"): "arrive",
    ("in_transit", "returned"): "give_back",
    ("in_transit", "lost"): "lose",
    ("arrived", "accepted"): "accept",
    ("arrived", "rejected"): "reject",
    ("arrived", "returned"): "give_back",
    ("arrived", "destroyed"): "destroy",
    ("accepted", "dispensed"): "dispense",
    ("accepted", "returned"): "give_back",
    ("accepted", "destroyed"): "destroy",
    ("rejected", "returned"): "give_back",
    ("rejected", "destroyed"): "destroy",
}
# Of stock and what is drawn from it, taken in tests/regulatory/test_stock.py.
OF_STOCK = [("accepted", "drawn"), ("accepted", "put_back"), ("drawn", "accepted"), ("planned", "accepted")]
UNITS = {
    "allocated": "allocated",
    "in_transit": "in_transit",
    "arrived": "quarantine",
    "accepted": "accepted",
    "rejected": "rejected",
    "dispensed": "dispensed",
    "returned": "returned",
    "destroyed": "destroyed",
    "lost": "lost",
    "cancelled": "cancelled",
}


def take_move(supply: Supply, source: str, verb: str) -> Consignment:
    """Bring a consignment to the source state and take one verb from there."""
    if source == "rejected":
        supply.bring_to("arrived")
        supply.reject("reject_return" if verb == "give_back" else "reject_destroy")
    else:
        supply.bring_to(source)
    coordinator = supply.house.coordinator
    special = {
        "destroy": {"by": coordinator, "reason": "Not usable.", "witness": supply.house.pic},
        "give_back": {"by": coordinator, "reason": "Recalled by the supplier."},
        "cancel": {"by": coordinator, "reason": "The order was withdrawn."},
        "lose": {"by": coordinator, "reason": "The carrier found no trace of it."},
        "take_back": {"by": coordinator, "reason": "The flight was cancelled."},
    }
    if verb in special:
        return supply.do(verb, now=DECIDED, **special[verb])
    if verb == "accept":
        supply.inspect()
        supply.measure()
        supply.decide()
    return getattr(supply, verb)()


def test_the_table_names_every_move() -> None:
    assert sorted([*MOVES, *OF_STOCK]) == edges(Consignment, "state")


@pytest.mark.parametrize(("move", "verb"), sorted(MOVES.items()), ids=lambda value: str(value))
def test_takes_the_move(supply: Supply, move: tuple[str, str], verb: str) -> None:
    source, target = move

    consignment = take_move(supply, source, verb)

    assert consignment.state == target
    event = supply.case.events.filter(verb__startswith="custody.").latest("seq")
    assert (event.verb, event.subject) == (VERBS[f"custody.consignment.{verb}"].event, "C-1")
    if target in UNITS:
        assert {unit.state for unit in Unit.objects.all()} <= {UNITS[target]}
        assert consignment.custody_events.exists() is Unit.objects.exists()


@pytest.mark.parametrize(
    "verb",
    [
        verb.code
        for verb in verbs_on("custody.Consignment")
        if verb.transition and verb.transition not in ("order", "replan", "cancel")
    ],
)
def test_refuses_to_leap_from_the_plan(supply: Supply, verb: str) -> None:
    consignment = supply.plan()

    with refused_and_nothing_written(NotPossible) as refusal:
        supply.take(verb, by=supply.house.coordinator, now=ARRIVED, subject=consignment)

    told = "C-1 was never sent: it is planned." if verb.endswith(".arrive") else "C-1 is planned: from there one cannot"
    assert told in refusal.value.sentence
    assert supply.consignment().state == "planned"


def test_refuses_every_verb_after_a_loss(supply: Supply) -> None:
    lost = take_move(supply, "in_transit", "lose")

    # A line of its record may still be put right: that moves no pack.
    moves = [verb for verb in verbs_on("custody.Consignment") if verb.code != "custody.consignment.correct_event"]
    for verb in moves:
        by = supply.house.coordinator if verb.code != "custody.consignment.second_check" else supply.house.doctor
        with refused_and_nothing_written(NotPossible):
            supply.take(verb.code, by=by, now=DECIDED, subject=lost)


@pytest.mark.usefixtures("in_transit")
def test_plans_a_second_consignment_beside_the_first(supply: Supply) -> None:
    second = supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")

    assert (second.label, second.cycle, second.state, second.unit) == ("C-2", 2, "planned", "vial")
    assert supply.consignment(1).state == "in_transit"


def test_changes_the_planned_days_until_it_is_released(supply: Supply) -> None:
    for state in ("planned", "ordered", "allocated"):
        if state == "planned":
            supply.plan()
        else:
            {"ordered": supply.order, "allocated": supply.allocate}[state]()
        changed = supply.do(
            "replan",
            by=supply.house.coordinator,
            now=DISPATCHED,
            reason="The flight was cancelled.",
            planned_dispatch_on="2026-03-09",
            planned_arrival_on="2026-03-11",
            days_of_therapy=14,
        )
        assert (changed.state, str(changed.planned_arrival_on), changed.days_of_therapy) == (state, "2026-03-11", 14)
    supply.release(planned_dispatch_on="2026-03-09", planned_arrival_on="2026-03-11")

    with refused_and_nothing_written(NotPossible):
        supply.do("replan", by=supply.house.coordinator, now=DISPATCHED, reason="Again.")
