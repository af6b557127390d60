"""Planning a question: by day, once a day, to the case's prescriber; and the tries to have it answered."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.custody.models import Consignment, DoseAdministered
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force
from cases.deadlines.services import Ball, Promise, cancel, open_deadline
from cases.lifecycle.verbs import next_number
from cases.models import Case
from cases.people.models import User
from pharmacovigilance.models import FollowUp, FollowUpAttempt, SafetyReport
from pharmacovigilance.questions import (
    FOLLOW_UP_DAYS,
    GENERAL,
    INFORMATION,
    LOST_AFTER,
    QUESTION_SETS,
    TRIGGERS,
    Trigger,
)

# On the morning of the day, which ends at midnight; and again.
_LADDER: Final = ladder("-16h:holder", "+3d:holder+coordinator", "+7d:coordinator")
FOLLOW_UP: Final = declare(
    DeadlineKind("pharmacovigilance.follow_up", "Follow-up question", Force.HOUSE_TARGET, _LADDER)
)
# What a report leaves open is asked for also after the case is closed: its kind is one of the safety duties.
QUESTION: Final = declare(
    DeadlineKind("pharmacovigilance.report.question", "Question about a safety report", Force.HOUSE_TARGET, _LADDER)
)
OPEN: Final = (FollowUp.State.PLANNED, FollowUp.State.ASKED)


def ask(
    case: Case,
    what: str,
    due_on: date,
    because: str,
    *,
    by: User,
    now: datetime,
    question_set: str = INFORMATION,
    report: SafetyReport | None = None,
    consignment: Consignment | None = None,
    dose: DoseAdministered | None = None,
    asked_of: User | None = None,
) -> FollowUp:
    """Plan a question for that day, in the transaction of what gives rise to it; its date is watched from now on.

    How the patient is, is asked once a day, after however many doses; the same of one report is asked once.

    :param what: the question in a sentence, without the patient's identity.
    :param because: why, with the rule and its version.
    :param asked_of: the case's prescriber when left out.
    """
    standing = FollowUp.objects.filter(case=case, due_on=due_on, question_set=question_set, state__in=OPEN)
    if question_set != GENERAL:
        standing = standing.filter(report=report, what=what)
    if (same := standing.first()) is not None:
        return same
    follow_up = FollowUp.objects.create(
        case=case,
        number=next_number(case.follow_ups),
        question_set=question_set,
        what=what,
        because=because[:200],
        asked_of=asked_of,
        due_on=due_on,
        report=report,
        consignment=consignment,
        dose=dose,
    )
    open_deadline(
        case=case,
        key=f"{kind_of(follow_up)}:{follow_up.label}",
        kind=kind_of(follow_up),
        due=Promise(due_on, case.institution.time_zone, because),
        ball=Ball(user=asked_of.pk if asked_of else case.prescriber.user_id),
        by=by,
        now=now,
        label=f"{what[:160]} {follow_up.label}{f', after {follow_up.after}' if follow_up.after else ''}",
        subject=follow_up.label,
    )
    return follow_up


def kind_of(follow_up: FollowUp) -> str:
    """The kind of the date by which it is asked."""
    return FOLLOW_UP.code if follow_up.question_set == GENERAL else QUESTION.code


def ask_how_the_patient_is(
    consignment: Consignment, since: datetime, because: str, *, by: User, now: datetime, dose: DoseAdministered | None
) -> None:
    """On the days of the schedule after that moment, by the days of the place where the medicine is given."""
    zone = ZoneInfo(consignment.institution.time_zone)
    given_on = since.astimezone(zone).date()
    for days in FOLLOW_UP_DAYS:
        ask(
            consignment.case,
            QUESTION_SETS[GENERAL].title,
            given_on + timedelta(days=days),
            f"day {days} after {because}; house rule P-23, version 2",
            by=by,
            now=now,
            question_set=GENERAL,
            consignment=consignment,
            dose=dose,
        )


def ask_what_it_leaves_open(report: SafetyReport, verb: str, *, by: User, now: datetime) -> None:
    """Everything that the table of triggers asks after this verb, because of what the report says."""
    for trigger in TRIGGERS:
        if trigger.on == verb and holds(trigger, report):
            for due_on in _days_of(trigger, report):
                ask(
                    report.case, trigger.what, due_on, f"{report.label}: {trigger.rule}",
                    by=by, now=now, question_set=trigger.question_set, report=report,
                )  # fmt: skip


def holds(trigger: Trigger, report: SafetyReport) -> bool:
    """Whether the report says what the trigger looks for, and has the day that it counts from."""
    if trigger.unless_reaction and report.had_reaction is not False:
        return False
    if getattr(report, trigger.anchor) is None or (trigger.without and getattr(report, trigger.without)):
        return False
    return any(wanted & _said(report, name) for name, wanted in trigger.holds)


def note_attempt(follow_up: FollowUp, *, how: str, by: User, now: datetime, note: str = "") -> FollowUp:
    """Keep a try that was made; the first one asks the question, and after enough of them it counts as lost."""
    number = next_number(follow_up.attempts)
    FollowUpAttempt.objects.create(
        case_id=follow_up.case_id, follow_up=follow_up, number=number, made_at=now, how=how, note=note, made_by=by
    )
    if follow_up.state == FollowUp.State.PLANNED:
        follow_up.ask()
    if number >= LOST_AFTER and follow_up.state == FollowUp.State.ASKED and how != FollowUpAttempt.How.LETTER:
        follow_up.lose()
    follow_up.save()
    return follow_up


def stop_asking_how_the_patient_is(case: Case, because: str, *, by: User, now: datetime) -> None:
    """Nobody is asked how a patient is who died, or whose case is closed; what a report leaves open is asked still."""
    for follow_up in FollowUp.objects.filter(case=case, question_set=GENERAL, state__in=OPEN).order_by("number"):
        follow_up.withdraw()
        follow_up.save()
        end_date_of(follow_up, because, by=by, now=now)


def end_date_of(follow_up: FollowUp, because: str, *, by: User, now: datetime) -> None:
    """Its date is no longer watched."""
    key = f"{kind_of(follow_up)}:{follow_up.label}"
    for deadline in Deadline.objects.filter(case_id=follow_up.case_id, key=key, state__in=OPEN_STATES):
        cancel(deadline=deadline, reason=because, by=by, now=now)


def _said(report: SafetyReport, name: str) -> set[Any]:
    value = getattr(report, name)
    return set(value) if isinstance(value, list) else {value}


def _days_of(trigger: Trigger, report: SafetyReport) -> Iterable[date]:
    anchor = getattr(report, trigger.anchor)
    if isinstance(anchor, datetime):
        anchor = anchor.astimezone(ZoneInfo(report.case.institution.time_zone)).date()
    return [anchor + timedelta(days=days) for days in trigger.days]
