"""How is the patient? Asked on planned days."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from cases.custody.models import Consignment
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import Force
from cases.deadlines.services import Promise
from cases.lifecycle.verbs import Situation, after, next_number
from cases.models import CaseEvent
from pharmacovigilance.clocks.dates import cancel_for, meet_for, open_for
from pharmacovigilance.models import FollowUp
from pharmacovigilance.verbs.follow_ups import follow_up_of

FOLLOW_UP = declare(
    DeadlineKind(
        "pharmacovigilance.follow_up",
        "Follow-up question",
        Force.HOUSE_TARGET,
        ladder("+0d:holder", "+3d:holder+coordinator", "+7d:coordinator"),
    )
)
FOLLOW_UP_DAYS = (7, 30, 90)


@after("custody.consignment.dispense")
def follow_ups_are_planned(situation: Situation, event: CaseEvent) -> None:
    """After a dispensing the prescriber is asked on days 7, 30 and 90 how the patient is."""
    consignment = situation.subject
    if not isinstance(consignment, Consignment) or consignment.dispensed_at is None:
        return
    zone = ZoneInfo(consignment.institution.time_zone)
    dispensed_on = consignment.dispensed_at.astimezone(zone).date()
    for days in FOLLOW_UP_DAYS:
        follow_up = FollowUp.objects.create(
            case=situation.case,
            consignment=consignment,
            number=next_number(situation.case.follow_ups),
            due_on=dispensed_on + timedelta(days=days),
        )
        _ask(situation, follow_up, f"day {days} after {consignment.label} was dispensed; house rule P-23, version 1")


@after("pharmacovigilance.follow_up.schedule")
def a_follow_up_is_planned(situation: Situation, event: CaseEvent) -> None:
    _ask(situation, follow_up_of(situation), "planned by a pharmacist")


@after("pharmacovigilance.follow_up.answer")
def a_follow_up_is_answered(situation: Situation, event: CaseEvent) -> None:
    meet_for(situation, situation.facts["answered_at"], FOLLOW_UP.code, situation.subject_label)


@after("pharmacovigilance.follow_up.note_attempt")
def a_follow_up_may_be_lost(situation: Situation, event: CaseEvent) -> None:
    follow_up = follow_up_of(situation)
    if follow_up.is_lost:
        cancel_for(situation, f"Lost after {follow_up.attempts} attempts.", FOLLOW_UP.code, follow_up.label)


def _ask(situation: Situation, follow_up: FollowUp, because: str) -> None:
    case = situation.case
    open_for(
        situation,
        FOLLOW_UP.code,
        follow_up.label,
        Promise(follow_up.due_on, case.institution.time_zone, because),
        case.prescriber.user,
        label=f"How is the patient? {follow_up.label}, after {follow_up.consignment.label}",
    )
