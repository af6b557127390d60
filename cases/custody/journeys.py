"""What the steps of a journey bring about: milestones are dates of the case, a loss is an exception with its day."""

from cases.custody.clocks import EXCEPTION, working_days
from cases.custody.models import Consignment, Milestone
from cases.custody.verbs.common import consignment_of
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, Promise, cancel, meet, open_deadline
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent

MILESTONE = declare(
    DeadlineKind(
        "custody.milestone",
        "Milestone of a consignment",
        Force.HOUSE_TARGET,
        ladder("+0d:coordinator", "+1d:coordinator+pic"),
        harm=Harm.ROUTINE,
    )
)


@after("custody.milestone.plan")
def milestone_is_watched(situation: Situation, event: CaseEvent) -> None:
    """A milestone is a date of the case; who has the ball is the carrier once it has the box."""
    milestone = situation.record(Milestone)
    box = milestone.consignment
    carrier = box.carrier if box.state == Consignment.State.IN_TRANSIT else None
    zone = situation.case.pharmacy.time_zone
    open_deadline(
        case=situation.case,
        key=f"{MILESTONE.code}:{milestone.label}",
        kind=MILESTONE.code,
        due=Promise(milestone.planned_at.date(), zone, "planned; house rule C-45, version 1", at=milestone.planned_at),
        ball=Ball(party=carrier.name) if carrier is not None else Ball(user=situation.case.coordinator_id),
        by=situation.by,
        now=situation.now,
        label=f"{box.label}: {milestone.get_kind_display()}, {milestone.place}"[:200],
        subject=milestone.label,
    )


@after("custody.milestone.reach")
def milestone_is_reached(situation: Situation, event: CaseEvent) -> None:
    milestone = situation.record(Milestone)
    for row in _of(situation, milestone):
        meet(deadline=row, on=situation.facts["reached_at"], by=situation.by, now=situation.now)


@after("custody.milestone.drop")
def milestone_is_dropped(situation: Situation, event: CaseEvent) -> None:
    milestone = situation.record(Milestone)
    for row in _of(situation, milestone):
        cancel(deadline=row, reason=situation.reason, by=situation.by, now=situation.now)


@after(*(f"custody.consignment.{word}" for word in ("arrive", "give_back", "lose", "cancel")))
def the_journey_has_ended(situation: Situation, event: CaseEvent) -> None:
    """What was planned on the way and never reported is waited for no more; the lines stay as they are."""
    box = consignment_of(situation)
    for milestone in box.milestones.filter(state=Milestone.State.PLANNED):
        for row in _of(situation, milestone):
            why = f"{box.label} is {box.get_state_display()}."
            cancel(deadline=row, reason=why, by=situation.by, now=situation.now)


@after("custody.consignment.lose")
def the_loss_has_its_day(situation: Situation, event: CaseEvent) -> None:
    """The carrier answers for a loss within two working days, a house target; the exception stays until resolved."""
    box = consignment_of(situation)
    for one in box.supply_exceptions.filter(kind="lost_in_transit", state="open"):
        open_deadline(
            case=situation.case,
            key=f"{EXCEPTION.code}:{one.label}",
            kind=EXCEPTION.code,
            subject=one.label,
            label=f"{one.label}: {box.label} {one.get_kind_display()}"[:200],
            due=working_days(2, situation.now, situation.case, "the carrier answers for a loss"),
            ball=Ball(party=one.acts_next),
            by=situation.by,
            now=situation.now,
        )


def _of(situation: Situation, milestone: Milestone) -> list[Deadline]:
    return list(
        Deadline.objects.filter(
            case=situation.case, kind=MILESTONE.code, subject=milestone.label, state__in=OPEN_STATES
        ).order_by("id")
    )
