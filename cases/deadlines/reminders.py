"""What a reminder says, asked afresh just before it is sent: only of dates that still stand."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F

from cases.deadlines.models import Deadline, Force, Reminder
from cases.deadlines.sweep import DIGEST, URGENT
from cases.notices.letters import Letter, NoLonger, compose_with, letter_from, link
from cases.notices.models import Notice

MOST_LINES = 40
GONE = "None of its dates stands any more."


@dataclass(frozen=True, slots=True)
class Line:
    """One date in a letter: a case by its reference, what, until when, and who has the ball.

    ``needs`` is how many whole days of work stand before the date, 0 where none is counted; ``begin_on`` the last day
    to begin it, ``begins_late`` when that is past.
    """

    reference: str
    subject: str
    label: str
    due_at: datetime
    zone: str
    is_window: bool
    is_missed: bool
    is_late: bool
    ball: str
    link: str
    needs: int = 0
    begin_on: date | None = None
    begins_late: bool = False


@compose_with(DIGEST)
def digest(notice: Notice, now: datetime) -> Letter | NoLonger:
    """One message for all that one person is to hear of one sweep, the most urgent first."""
    return _letter("mail/deadlines.reminders.txt", notice, now)


@compose_with(URGENT)
def urgent(notice: Notice, now: datetime) -> Letter | NoLonger:
    """One message for one date whose passing does harm."""
    return _letter("mail/deadlines.urgent_reminder.txt", notice, now)


def standing(notice: Notice) -> list[Reminder]:
    """The reminders of a notice whose deadline still stands in the version they were planned for. One query.

    A deadline that was met, cancelled, paused or moved since is not spoken of; a waiting window that ran out is.
    """
    reminders = (
        Reminder.objects.filter(notice=notice, version=F("deadline__version"))
        .select_related("deadline__case", "deadline__holder")
        .order_by("-deadline__harm", "deadline__act_by", "id")
    )
    return [reminder for reminder in reminders if _stands(reminder.deadline)]


def _stands(deadline: Deadline) -> bool:
    if deadline.state in (Deadline.State.RUNNING, Deadline.State.MISSED):
        return True
    return deadline.force == Force.WAITING_WINDOW and deadline.met_at == deadline.due_at


def _letter(template: str, notice: Notice, now: datetime) -> Letter | NoLonger:
    reminders = standing(notice)
    if not reminders:
        return NoLonger(GONE)
    lines = list({reminder.deadline_id: _line(reminder, now) for reminder in reminders}.values())
    return letter_from(
        template,
        notice,
        now=now,
        lines=lines[:MOST_LINES],
        more=max(len(lines) - MOST_LINES, 0),
        total=len(lines),
        overdue=sum(line.is_missed for line in lines),
        caught_up=any(line.is_late for line in lines),
    )


def _line(reminder: Reminder, now: datetime) -> Line:
    deadline = reminder.deadline
    case: Any = deadline.case
    return Line(
        reference=case.reference,
        subject=deadline.subject,
        label=deadline.label,
        due_at=deadline.due_at,
        zone=deadline.zone,
        is_window=deadline.force == Force.WAITING_WINDOW,
        is_missed=now > deadline.due_at and deadline.force != Force.WAITING_WINDOW,
        is_late=reminder.is_late,
        ball=deadline.ball,
        link=link(f"/cases/{case.reference}/"),
        needs=deadline.lead.days,
        begin_on=deadline.act_on,
        begins_late=now > deadline.act_by,
    )
