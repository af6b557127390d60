"""What pages and the API ask about deadlines; each in a counted number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Prefetch, Q, QuerySet

from cases.deadlines.models import OPEN_STATES, Deadline, DeadlineMove, Force

STANDING = ("running", "missed")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of "why this date?": ``total`` is the sum, ``moved`` a date that no longer holds."""

    label: str
    value: str = ""
    detail: str = ""
    total: bool = False
    moved: bool = False


def next_deadlines(case: models.Model, most: int) -> list[Deadline]:
    """The case's first open dates, overdue ones first, each with its holder and its ledger: two queries."""
    return list(
        Deadline.objects.filter(case=case.pk, state__in=OPEN_STATES)
        .select_related("holder")
        .prefetch_related(Prefetch("moves", DeadlineMove.objects.select_related("by").order_by("number")))
        .order_by("due_at", "id")[:most]
    )


def why(deadline: Deadline) -> list[LedgerLine]:
    """Why this date: the arithmetic step by step, the sum, then every move with the date it replaced.

    One query, none when the moves were fetched with the deadline (`next_deadlines`).
    """
    lines = steps_of(deadline.computation.get("ledger", ()))
    lines.append(LedgerLine(_sum_words(deadline), _day(deadline.due_on), _time(deadline), total=True))
    moves = deadline.moves.all() if _has_moves(deadline) else deadline.moves.select_related("by").order_by("number")
    lines += [_move_line(move, deadline) for move in moves if move.what != DeadlineMove.What.OPENED]
    return lines


def steps_of(ledger: Sequence[Mapping[str, Any]]) -> list[LedgerLine]:
    """The steps of a computation, as its JSON has them, in the order they were counted."""
    return [LedgerLine(step["label"], _value(step), step.get("detail", "")) for step in ledger]


def has_run_out(deadline: Deadline, *, now: datetime) -> bool:
    """Whether its last instant lies behind, whatever the sweep has written so far."""
    return deadline.state in STANDING and now > deadline.due_at


def count_open(cases: QuerySet[Any], *, now: datetime) -> dict[Literal["overdue", "open"], int]:
    """How many dates of these cases are open, and how many of them overdue: one query."""
    counted = Deadline.objects.filter(state__in=STANDING, case__in=cases).aggregate(
        open=models.Count("pk"),
        overdue=models.Count("pk", filter=Q(due_at__lt=now) & ~Q(force=Force.WAITING_WINDOW)),
    )
    return cast(dict[Literal["overdue", "open"], int], counted)


def moves_of(case: models.Model) -> QuerySet[DeadlineMove]:
    """Every move of every date of a case, newest first, with who moved it: for the timeline."""
    return (
        DeadlineMove.objects.filter(case=case.pk)
        .select_related("deadline", "by")
        .order_by(F("at").desc(), F("id").desc())
    )


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def _has_moves(deadline: Deadline) -> bool:
    return "moves" in getattr(deadline, "_prefetched_objects_cache", {})


def _sum_words(deadline: Deadline) -> str:
    if deadline.force == Force.WAITING_WINDOW:
        return "Last day of the window"
    return "Last day" if deadline.force == Force.EXPIRY else "Due"


def _time(deadline: Deadline) -> str:
    at = deadline.due_at.astimezone(ZoneInfo(deadline.zone))
    ends_day = (at + timedelta(microseconds=1)).date() > at.date()
    return f"to the end of the day in {deadline.zone}" if ends_day else f"{at:%H:%M} in {deadline.zone}"


def _move_line(move: DeadlineMove, deadline: Deadline) -> LedgerLine:
    at = _day(move.at.astimezone(ZoneInfo(deadline.zone)).date())
    told = f"{capital(move.get_what_display())} on {at} by {move.by.display_name}"
    shifted = move.old_due_on is not None and move.old_due_on != move.new_due_on
    return LedgerLine(
        told,
        _day(move.old_due_on) if shifted and move.old_due_on else "",
        move.reason,
        moved=shifted,
    )


def _value(step: Mapping[str, Any]) -> str:
    on, value = step.get("on"), step.get("value", "")
    day = _day(date.fromisoformat(on)) if on else ""
    return ", ".join(part for part in (day, value) if part)


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
