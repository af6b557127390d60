"""The date of one deadline: from a computation or a promise onto the row, and computed anew."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cases.deadlines.arithmetic import (
    Anchor,
    Computation,
    Extension,
    NotComputable,
    Pause,
    Rule,
    compute,
    end_of_day,
    from_json,
    read_anchor,
)
from cases.deadlines.calendars import installed
from cases.deadlines.clocks import DeadlineKind, first_rung_at, kind_or_usual
from cases.deadlines.models import Deadline

State = Deadline.State


class DeadlineRefused(ValueError):
    """Raised when a deadline cannot be moved or ended that way; the sentence says why, nothing was changed."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A date that somebody gave, with no rule behind it: the end of a local day, or an instant."""

    on: date
    zone: str
    because: str
    at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        """The last instant in time, in UTC."""
        return self.at.astimezone(UTC) if self.at else end_of_day(self.on, ZoneInfo(self.zone))


Due = Computation | NotComputable | Promise


def dated_of(due: Due, key: str) -> tuple[Computation | Promise, bool]:
    """The date that follows, and whether it is a house target only.

    :raises DeadlineRefused: when no date follows and the house set no target.
    """
    if isinstance(due, NotComputable):
        if due.house_target is None:
            raise DeadlineRefused(f"No date follows for {key}: {due.why}. Give a house target. Nothing was changed.")
        return due.house_target, True
    return due, isinstance(due, Computation) and due.is_house_target


def set_date(deadline: Deadline, dated: Computation | Promise, *, now: datetime) -> None:
    """Put the date, its arithmetic, the day to begin and the next look of the sweep onto the row."""
    image = image_of(dated)
    deadline.computation = image
    deadline.rule = image["rule"]
    deadline.rule_version = (image["rule"] or {}).get("rule_version", "")
    deadline.due_at = dated.due_at
    if isinstance(dated, Computation):
        deadline.due_on, deadline.zone = dated.due_on, dated.rule.zone
    else:
        deadline.due_on, deadline.zone = dated.due_at.astimezone(ZoneInfo(dated.zone)).date(), dated.zone
    deadline.act_by = deadline.due_at - deadline.lead
    deadline.act_on = deadline.act_by.astimezone(ZoneInfo(deadline.zone)).date()
    deadline.next_rung_at = first_rung_at(kind_of_row(deadline), due_at=deadline.due_at, now=now)


def redate(deadline: Deadline, dated: Computation | Promise, *, now: datetime) -> None:
    """A new version of the date. One that was missed stands again when its new date is still to come."""
    if deadline.state == State.MISSED and dated.due_at >= now:
        deadline.reinstate()
    set_date(deadline, dated, now=now)
    deadline.version += 1
    if deadline.state == State.MISSED:
        deadline.next_rung_at = first_rung_at(kind_of_row(deadline), due_at=deadline.due_at, now=now, has_turned=True)


def image_of(dated: Computation | Promise) -> dict[str, Any]:
    """The arithmetic as it is stored."""
    if isinstance(dated, Computation):
        return dated.to_json()
    step = {"label": "Date given", "detail": dated.because, "on": dated.on.isoformat(), "value": ""}
    return {"rule": {}, "ledger": [step], "flags": {}, "anchor": dated.on.isoformat(), "is_house_target": False}


def recomputed(
    deadline: Deadline, *, longer: timedelta, anchor: Anchor | None = None, rule: Rule | None = None
) -> Computation | Promise:
    """The date by the stored rule with every pause and extension; a promise has no rule and moves by ``longer``."""
    if not deadline.rule and rule is None:
        if anchor is not None:
            raise DeadlineRefused(f"{deadline.label} has no rule to count from another event: give the new date.")
        at = deadline.due_at + longer
        on = at.astimezone(ZoneInfo(deadline.zone)).date()
        said = str(deadline.computation["ledger"][0]["detail"])
        return Promise(on, deadline.zone, f"Moved on by the time it was paused ({longer})" if longer else said, at=at)
    rule = rule or from_json(deadline.computation).rule
    done = compute(
        rule,
        anchor=anchor if anchor is not None else read_anchor(deadline.computation["anchor"]),
        calendar=installed()[rule.calendar],
        pauses=[Pause(moment(pause["began"]), moment(pause["until"]), pause["because"]) for pause in deadline.pauses],
        extensions=[Extension(one["amount"], one["because"]) for one in deadline.extensions],
        occurrence=deadline.occurrence,
    )
    if isinstance(done, NotComputable):
        raise DeadlineRefused(f"No date follows for {deadline.label}: {done.why}. Nothing was changed.")
    return done


def judged(deadline: Deadline, on: date | datetime, now: datetime) -> tuple[datetime, bool]:
    """The instant of the fact and whether it was in time; while the clock is stopped every fact is."""
    if isinstance(on, datetime):
        happened = on
    else:
        ends = end_of_day(on, ZoneInfo(deadline.zone))
        today = now.astimezone(ZoneInfo(deadline.zone)).date()
        happened = ends if on < today else min(ends, max(now, ends - timedelta(days=1))) if on == today else ends
    if happened > now:
        raise DeadlineRefused(f"{deadline.label}: {on} is still to come. Record it when it has happened.")
    in_time = deadline.state == State.PAUSED or happened <= deadline.due_at
    return happened, in_time


def moment(text: str) -> datetime:
    """Read an instant that was stored as text."""
    return datetime.fromisoformat(text)


def kind_of_row(deadline: Deadline) -> DeadlineKind:
    """The declared kind of a stored deadline, or the usual one."""
    return kind_or_usual(deadline.kind, force=deadline.force)
