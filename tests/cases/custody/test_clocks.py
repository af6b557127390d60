"""The dates that a consignment opens, moves, meets and ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.deadlines.models import Deadline
from cases.models import Case
from cases.notices.models import Notice
from tests.cases.custody.builders import DECIDED, DISPATCHED, DISPENSED, Supply


def deadline(key: str) -> Deadline:
    return Deadline.objects.get(key=key)


def test_watches_the_planned_arrival_from_the_order_on(supply: Supply) -> None:
    supply.plan()
    assert not Deadline.objects.filter(kind="custody.planned_arrival").exists()

    supply.order()

    watched = deadline("custody.planned_arrival:C-1")
    assert (watched.due_on, watched.zone, watched.force, watched.holder) == (
        date(2026, 3, 6),
        "Europe/London",
        "house_target",
        supply.house.coordinator,
    )


@pytest.mark.usefixtures("in_transit")
def test_gives_the_ball_to_the_carrier_at_dispatch(supply: Supply) -> None:
    watched = deadline("custody.planned_arrival:C-1")
    assert (watched.ball, watched.holder) == ("Skyline Invented Cargo", None)


@pytest.mark.usefixtures("ordered")
def test_moves_the_arrival_with_the_plan_and_keeps_the_earlier_date_in_the_ledger(supply: Supply) -> None:
    supply.do(
        "replan",
        by=supply.house.coordinator,
        now=DISPATCHED,
        reason="The flight was cancelled.",
        planned_dispatch_on="2026-03-09",
        planned_arrival_on="2026-03-11",
        days_of_therapy=28,
    )

    watched = deadline("custody.planned_arrival:C-1")
    assert watched.due_on == date(2026, 3, 11)
    move = watched.moves.latest("number")
    assert (move.what, move.old_due_on, move.new_due_on) == ("recomputed", date(2026, 3, 6), date(2026, 3, 11))


@pytest.mark.usefixtures("in_transit")
@pytest.mark.parametrize(
    ("arrived_at", "state"),
    [
        (datetime(2026, 3, 6, 23, 59, tzinfo=UTC), "met"),
        (datetime(2026, 3, 7, 0, 1, tzinfo=UTC), "met_late"),
    ],
)
def test_meets_the_arrival_by_the_moment_it_was_handed_over(supply: Supply, arrived_at: datetime, state: str) -> None:
    supply.do("arrive", by=supply.house.receiving, now=arrived_at + timedelta(days=3), arrived_at=arrived_at)

    assert deadline("custody.planned_arrival:C-1").state == state


@pytest.mark.usefixtures("arrived")
def test_wants_a_decision_one_working_day_after_the_arrival(supply: Supply) -> None:
    # Friday's arrival is decided on Monday; the pharmacist in charge has the ball.
    decision = deadline("custody.quarantine_decision:C-1")
    assert (decision.due_on, decision.zone, decision.holder_role, decision.force) == (
        date(2026, 3, 9),
        "Europe/London",
        "pharmacist_in_charge",
        "house_target",
    )


@pytest.mark.parametrize("end", ["accept", "reject"])
def test_the_decision_is_met_by_accepting_or_rejecting(supply: Supply, end: str) -> None:
    supply.bring_to("arrived" if end == "reject" else "accepted")
    if end == "reject":
        supply.reject()

    assert deadline("custody.quarantine_decision:C-1").met_at == DECIDED
    assert deadline("custody.shelf_life:C-1").state == ("running" if end == "accept" else "cancelled")


@pytest.mark.usefixtures("arrived")
def test_watches_the_shelf_life_of_what_has_arrived(supply: Supply) -> None:
    assert deadline("custody.shelf_life:C-1").due_on == date(2027, 8, 31)


@pytest.mark.usefixtures("dispensed")
def test_counts_the_run_out_from_dispensing(supply: Supply) -> None:
    run_out = deadline("custody.run_out")
    assert Case.objects.get(pk=supply.case.pk).runs_out_on == date(2026, 4, 2)
    assert (run_out.due_on, run_out.force, run_out.harm) == (date(2026, 4, 2), "expiry", 5)
    assert run_out.act_on == date(2026, 3, 12)
    assert deadline("custody.shelf_life:C-1").state == "cancelled"


@pytest.mark.usefixtures("dispensed")
def test_moves_the_run_out_when_it_is_counted_by_hand(supply: Supply) -> None:
    supply.take("cases.case.note_run_out", by=supply.house.coordinator, now=DISPENSED, runs_out_on="2026-03-28")

    run_out = deadline("custody.run_out")
    assert run_out.due_on == date(2026, 3, 28)
    assert run_out.moves.latest("number").old_due_on == date(2026, 4, 2)


@pytest.mark.usefixtures("in_transit")
def test_stops_waiting_for_what_is_lost_and_tells_the_coordinator(supply: Supply) -> None:
    supply.do("lose", by=supply.house.coordinator, now=DECIDED, reason="The carrier found no trace of it.")

    assert deadline("custody.planned_arrival:C-1").state == "cancelled"
    notice = Notice.objects.get(kind="custody.loss")
    assert (notice.recipient, notice.is_urgent, notice.facts) == (supply.house.coordinator, True, {"record": "C-1"})


@pytest.mark.usefixtures("arrived")
def test_tells_of_an_excursion_and_of_nothing_else(supply: Supply) -> None:
    supply.measure()
    assert not Notice.objects.filter(kind="custody.excursion").exists()

    supply.measure(minutes_outside=0)

    assert Notice.objects.filter(kind="custody.excursion").count() == 1


@pytest.mark.usefixtures("accepted")
def test_wants_a_new_decision_when_accepted_units_return_to_quarantine(supply: Supply) -> None:
    supply.measure(now=DISPENSED, lowest_c="2.9", highest_c="12.0", minutes_outside=30)

    event = supply.case.events.latest("seq")
    again = deadline(f"custody.quarantine_decision:C-1:{event.seq}")
    assert (again.due_on, again.state) == (date(2026, 3, 9), "running")
    supply.decide("reject_destroy", now=DISPENSED)
    assert deadline(again.key).state == "met"
