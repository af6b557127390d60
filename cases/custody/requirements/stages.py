"""What the headline waits for: a consignment under way, accepted, dispensed, in this round of supply."""

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Max

from cases.custody.models import Consignment
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import CaseEvent

State = Consignment.State
DISPENSED = "custody.consignment.dispensed"
# Of stock nothing is dispensed here: it ends when all of it was drawn for patients, returned or destroyed.
NOTHING_ON_HAND = (State.DRAWN, State.RETURNED, State.DESTROYED)
ROUND_BEGINS = ("cases.case.sourcing_begun", "cases.case.resupply_begun")


def _of_this_round(situation: Situation, states: Iterable[str]) -> list[Consignment]:
    """Consignments in these states; a dispensed one counts only if that was recorded since sourcing last began."""
    told = CaseEvent.objects.filter(case=situation.case)
    begun = told.filter(verb__in=ROUND_BEGINS).aggregate(last=Max("seq"))["last"] or 0
    dispensed = set(told.filter(verb=DISPENSED, seq__gt=begun).values_list("subject", flat=True))
    standing = situation.case.consignments.filter(state__in=list(states)).order_by("number")
    return [one for one in standing if one.state != State.DISPENSED or one.label in dispensed]


def _shown(situation: Situation, states: tuple[str, ...], missing: str) -> Finding:
    found = _of_this_round(situation, states)
    words = ", ".join(f"{one.label} is {one.get_state_display()}" for one in found)
    return Finding(met=bool(found), fact=f"{words}." if found else missing, sources=tuple(one.label for one in found))


@requirement(
    "ConsignmentUnderWay",
    "A consignment is in transit",
    on=("cases.case.begin_shipment",),
    satisfied_by="a pharmacist of this case",
    rule="house rule C-22, version 1",
)
def consignment_under_way(situation: Situation) -> Finding:
    states = (State.IN_TRANSIT, State.ARRIVED, State.ACCEPTED, State.DISPENSED)
    return _shown(situation, states, "No consignment has left yet.")


@requirement(
    "ConsignmentAccepted",
    "A consignment was accepted",
    on=("cases.case.begin_dispensing",),
    satisfied_by="a pharmacist of this case, after a release",
    rule="house rule C-23, version 1",
)
def consignment_accepted(situation: Situation) -> Finding:
    return _shown(situation, (State.ACCEPTED, State.DISPENSED), "No consignment is accepted yet.")


def _used_up(situation: Situation) -> Finding:
    """Of stock: that some came, and that nothing of it is left."""
    left = [one for one in situation.case.consignments.order_by("number") if one.state == State.ACCEPTED]
    told = ", ".join(f"{one.label} is still on hand" for one in left)
    found = _shown(situation, NOTHING_ON_HAND, "Nothing of this stock has come to its end yet.")
    return replace(
        found,
        met=found.met and not left,
        fact=f"{told}." if left else found.fact,
        sentence="Nothing of the stock is on hand any more",
        satisfied_by="the institution or a pharmacist of this case, by drawing, returning or destroying it",
    )


@requirement(
    "ConsignmentDispensed",
    "A consignment was dispensed",
    on=("cases.case.begin_follow_up",),
    satisfied_by="the receiving pharmacist",
    rule="house rule C-24, version 1",
)
def consignment_dispensed(situation: Situation) -> Finding:
    if situation.case.is_stock:
        return _used_up(situation)
    return _shown(situation, (State.DISPENSED,), "No consignment has been dispensed since sourcing last began.")
