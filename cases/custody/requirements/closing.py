"""What must have an end before a case has one: every consignment that was set in motion."""

from cases.custody.models import Consignment
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

State = Consignment.State
# What ends each of them; one that is planned only was never set in motion, and ends with the case.
ENDED_BY = {
    State.ORDERED: "allocate it, or cancel it",
    State.ALLOCATED: "dispatch it, or cancel it",
    State.RELEASED: "dispatch it, or cancel it",
    State.IN_TRANSIT: "record its arrival, its return or its loss",
    State.ARRIVED: "accept or reject it",
    State.ACCEPTED: "dispense it, return it or destroy it",
    State.REJECTED: "return it or destroy it",
}

ENDED_IN_STOCK = {State.ACCEPTED: "draw it for patients, return it or destroy it"}


@requirement(
    "NoConsignmentUnderWay",
    "No consignment is under way, and none lies unused or unreturned",
    on=("cases.case.close",),
    satisfied_by="whoever holds the consignment",
    rule="house rule C-25, version 1 (edge cases 16 and 42)",
)
def no_consignment_under_way(situation: Situation) -> Finding:
    standing = situation.case.consignments.filter(state__in=list(ENDED_BY)).order_by("number")
    ends = ENDED_BY | ENDED_IN_STOCK if situation.case.is_stock else ENDED_BY
    told = [f"{one.label} is {one.get_state_display()}: {ends[State(one.state)]}" for one in standing]
    if not told:
        return Finding(met=True, fact="Every consignment has ended.")
    return Finding(
        met=False,
        fact="; ".join(told) + ".",
        sources=tuple(one.label for one in standing),
        remedy=("Open the consignments", "tab:supply"),
    )
