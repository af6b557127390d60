"""Date rules as pure functions: from an event and a rule to a due date, with a ledger that a finger can follow.

Four kinds of date behave differently, and mixing them up costs a patient days or a pharmacy its licence:

- a *duty* must be done by its day; it moves on where the law of the calendar's place says which days move it;
- a *waiting window* must have passed; it is never shortened, and the act is allowed from the day after its last day;
- a *notice lead* counts back from a planned day; it is never shortened either, and never rolled;
- an *expiry* ends a permission; it never moves on, and month ends clamp from the day it was given.

A *forecast* (an authority's usual time to answer) is only an expectation: no roll, no promise.

`due_at` is the last microsecond of the due day in the rule's zone, as an instant in UTC: an act recorded at or before
it is in time, and shown anywhere in that zone it still reads as the due day. `opens_at` is the first instant of the
first open day. Local midnights are found through the zone database, so that days of 23 and 25 hours count as one day.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.deadlines.calendars import Calendar
from cases.deadlines.computation import (
    COMPUTABLE_UNITS,
    Anchor,
    Computation,
    Extension,
    Flags,
    HouseTarget,
    Kind,
    NotComputable,
    Pause,
    Rule,
    Step,
    from_json,
    read_anchor,
)
from cases.deadlines.counting import (
    DAY,
    UNIT_WORDS,
    Walk,
    add_months,
    amount_in_words,
    day_in_words,
    end_of_day,
    spaced,
    start_of_day,
)

__all__ = [
    "COMPUTABLE_UNITS",
    "Anchor",
    "Computation",
    "Extension",
    "Flags",
    "HouseTarget",
    "Kind",
    "NotComputable",
    "Pause",
    "Rule",
    "Step",
    "add_months",
    "compute",
    "end_of_day",
    "from_json",
    "read_anchor",
    "start_of_day",
]

NEVER_ROLLS = {
    "waiting_window": "a waiting window is never shortened by rolling",
    "notice_lead": "a notice lead is never shortened by rolling",
    "expiry": "an expiry never rolls",
    "forecast": "an expected date is not a duty and does not roll",
}


def compute(
    rule: Rule,
    *,
    anchor: Anchor,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
    as_of: date | None = None,
    occurrence: int = 1,
    house_target: HouseTarget | None = None,
) -> Computation | NotComputable:
    """Compute one date.

    `anchor` is the event: a date in the rule's zone, or an aware instant. `as_of` is needed while a pause is open: the
    clock is then counted as stopped up to and with that day, and the result is provisional. `occurrence` is the n-th
    period of an `each_period` rule, always counted from the anchor itself, so that month ends do not drift.
    Raises ValueError for a naive instant, a pause that ends before it begins, or a pause of a lead or an expiry.
    """
    pauses, extensions = tuple(pauses), tuple(extensions)
    if calendar.code != rule.calendar:
        raise ValueError(f"the rule counts in the calendar of {rule.calendar}, not of {calendar.code}")
    if occurrence < 1 or (occurrence > 1 and rule.direction != "each_period"):
        raise ValueError("only a rule that repeats each period has a second occurrence, and they count from 1")
    zone = ZoneInfo(rule.zone)
    anchor_on = _local(anchor, zone)
    if (pauses or extensions) and rule.kind in ("notice_lead", "expiry"):
        raise ValueError(f"the clock of a {rule.kind.replace('_', ' ')} does not stop and is not extended")
    why = _why_not(rule)
    if why:
        return NotComputable(rule, why, _house_target(rule, house_target, anchor, calendar))

    assumed = _assumed_unit(rule)
    unit = assumed or rule.unit
    steps = [Step(f"Event: {spaced(rule.event)}", "the count starts from this event", anchor_on)]
    if assumed:
        steps.append(
            Step(
                "Kind of day assumed",
                f"the source says days without their kind; counted as {spaced(assumed)}s, "
                f"the {'earlier' if assumed == 'calendar_day' else 'later'} result",
            )
        )
    spans = [_span(pause, zone, as_of) for pause in pauses]
    walk = Walk(rule, unit, calendar, zone, anchor, anchor_on, spans, steps)
    if unit == "hour":
        return _hours(walk, pauses, extensions, as_of)
    if rule.direction == "before":
        last = walk.back(int(rule.amount or 0))
    else:
        last = walk.forward(int(rule.amount or 0) * occurrence)
        for extension in extensions:
            start, last = last, walk.onward(last, extension.amount)
            steps.append(
                Step(
                    "Extended",
                    f"{extension.because}; counted on from {day_in_words(start)}",
                    last,
                    f"+ {amount_in_words(extension.amount, unit)}",
                )
            )
    walk.state_pauses(pauses, last)
    due, uncertain = _roll(rule, calendar, last, steps, walk.consulted)
    unknown = tuple(sorted({day.year for day in walk.consulted if calendar.is_unknown_year(day.year)}))
    if unknown and rule.kind in ("waiting_window", "notice_lead"):
        years = ", ".join(map(str, unknown))
        return NotComputable(
            rule,
            f"the public holidays of {years} in {calendar.name} are not known yet, and a "
            f"{rule.kind.replace('_', ' ')} counted without them would be too short",
            _house_target(rule, house_target, anchor, calendar),
        )
    if unknown:
        steps.append(
            Step(
                "Holidays not known",
                f"public holidays of {', '.join(map(str, unknown))} in {calendar.name} are "
                "not known yet and were left out; the date can only become later",
                None,
                "check",
            )
        )
    opens_on = None
    if rule.kind == "waiting_window":
        opens_on = last + DAY if rule.opens == "day_after_last_counted_day" else last
        steps.append(Step("First open day", f"from 00:00 in {rule.zone}", opens_on))
    half = calendar.half_day(due) if rule.kind == "duty" else None
    if half:
        steps.append(Step("Half day", f"offices in {calendar.name} close at {half:%H:%M}", due, f"{half:%H:%M}"))
    span = (min(anchor_on, due), max(anchor_on, due))
    flags = Flags(
        unknown_years=unknown,
        estimated_holidays=calendar.estimated_between(*span) if walk.consulted else (),
        day_kind_assumed=assumed,
        provisional=any(pause.until is None for pause in pauses),
        weather_may_move="WEATHER_WARNING" in calendar.roll_days and rule.kind == "duty",
        roll_not_confirmed=uncertain,
        half_day_closes_at=half,
    )
    if flags.estimated_holidays:
        steps.append(
            Step(
                "Moving feast",
                "a holiday in this span depends on the moon and may move by a day: "
                + ", ".join(day_in_words(day) for day in flags.estimated_holidays),
                None,
                "check",
            )
        )
    return Computation(
        rule=rule,
        anchor=anchor,
        due_on=due,
        due_at=end_of_day(due, zone),
        target_on=last,
        calendar_version=calendar.version,
        ledger=tuple(steps),
        opens_on=opens_on,
        opens_at=start_of_day(opens_on, zone) if opens_on else None,
        flags=flags,
    )


def _hours(walk: Walk, pauses: tuple[Pause, ...], extensions: tuple[Extension, ...], as_of: date | None) -> Computation:
    rule, zone, steps = walk.rule, walk.zone, walk.steps
    assumed_time = not isinstance(walk.anchor, datetime)
    if isinstance(walk.anchor, datetime):
        start = walk.anchor.astimezone(UTC)
    elif rule.kind in ("waiting_window", "forecast"):
        start = start_of_day(walk.anchor_on + DAY, zone)
    else:
        start = start_of_day(walk.anchor_on, zone)
    if assumed_time:
        steps.append(
            Step(
                "Hour of the event not recorded",
                "counted from the safe end of the day",
                walk.anchor_on,
                start.astimezone(zone).strftime("%H:%M"),
            )
        )
    amount = timedelta(hours=float(rule.amount or 0))
    if rule.direction == "before":
        due = start - amount
    else:
        due = start + amount + sum((timedelta(hours=extension.amount) for extension in extensions), timedelta())
        stops = []
        for pause in pauses:
            began = _instant(pause.began, zone)
            if pause.until is not None:
                until = _instant(pause.until, zone)
            elif as_of is not None:
                until = start_of_day(as_of + DAY, zone)
            else:
                raise ValueError("the clock is stopped: say as of which day to count")
            stops.append((began, until, pause.because))
        covered = start
        for began, until, because in sorted(stops):
            began, until = max(began, covered), max(until, covered)
            if began < due and until > began:
                due += until - began
                covered = until
                steps.append(Step("Paused", because, None, str(until - began)))
    due_on = due.astimezone(zone).date()
    sign = "-" if rule.direction == "before" else "+"
    steps.append(
        Step(f"{sign} {amount_in_words(rule.amount or 0, 'hour')}", due.astimezone(zone).strftime("%H:%M"), due_on)
    )
    if rule.kind == "waiting_window":
        steps.append(Step("Opens", due.astimezone(zone).strftime("%H:%M"), due_on))
    return Computation(
        rule=rule,
        anchor=walk.anchor,
        due_on=due_on,
        due_at=due,
        target_on=due_on,
        calendar_version=walk.calendar.version,
        ledger=tuple(steps),
        opens_on=due_on if rule.kind == "waiting_window" else None,
        opens_at=due if rule.kind == "waiting_window" else None,
        flags=Flags(provisional=any(pause.until is None for pause in pauses), event_time_assumed=assumed_time),
    )


def _roll(rule: Rule, calendar: Calendar, last: date, steps: list[Step], consulted: set[date]) -> tuple[date, bool]:
    """Move a duty's last day where the law says so; returns the day and whether an unconfirmed rule would move it."""
    if rule.kind in NEVER_ROLLS:
        steps.append(Step("Rolled", NEVER_ROLLS[rule.kind], None, "no"))
        return last, False
    if not calendar.roll_days:
        closed = calendar.closed_because(last)
        detail = f"no rule confirmed that moves a last day in {calendar.name}"
        if closed:
            detail += f"; this one is a {closed}, the draft says: {calendar.roll_words}"
        steps.append(Step("Rolled", detail, None, "no"))
        return last, closed is not None
    due, reasons = last, []
    consulted.add(due)
    while because := calendar.moved_because(due):
        reasons.append(f"{day_in_words(due)} is a {because}")
        due += DAY
        consulted.add(due)
    detail = "; ".join(reasons) if reasons else "the last day stands"
    steps.append(
        Step(
            "Rolled",
            detail,
            due if reasons else None,
            amount_in_words((due - last).days, "calendar_day") if reasons else "no",
        )
    )
    return due, False


def _why_not(rule: Rule) -> str:
    if rule.unit not in COMPUTABLE_UNITS:
        return f"the source says “{rule.unit.replace('_', ' ')}”, which cannot be counted"
    if rule.amount is None:
        return f"the source gives no number of {UNIT_WORDS.get(rule.unit, ('', 'days'))[1]}"
    return ""


def _assumed_unit(rule: Rule) -> str | None:
    if rule.unit != "day_unit_not_stated":
        return None
    return "calendar_day" if rule.kind in ("duty", "expiry") else "working_day"


def _house_target(rule: Rule, target: HouseTarget | None, anchor: Anchor, calendar: Calendar) -> Computation | None:
    if target is None:
        return None
    kind: Kind = "notice_lead" if rule.kind == "notice_lead" else "duty"
    own = replace(
        rule,
        amount=target.amount,
        unit=target.unit,
        kind=kind,
        direction="before" if kind == "notice_lead" else "after",
    )
    done = compute(own, anchor=anchor, calendar=calendar)
    if isinstance(done, NotComputable):
        return None
    # A target is the house's own: the law's roll does not stretch it.
    label = Step("House target", target.because, done.target_on, "not a legal date")
    due_at = done.due_at if target.unit == "hour" else end_of_day(done.target_on, ZoneInfo(rule.zone))
    kept = tuple(step for step in done.ledger if step.label not in ("Rolled", "Half day"))
    return replace(done, due_on=done.target_on, due_at=due_at, ledger=(*kept, label), is_house_target=True)


def _span(pause: Pause, zone: ZoneInfo, as_of: date | None) -> tuple[date, date]:
    began = _local(pause.began, zone)
    if pause.until is None:
        if as_of is None:
            raise ValueError("the clock is stopped: say as of which day to count")
        return began, max(began, as_of + DAY)
    until = _local(pause.until, zone)
    if until < began or (_instant(pause.until, zone) < _instant(pause.began, zone)):
        raise ValueError(f"a clock stop from {began} cannot end on {until}")
    return began, until


def _local(moment: Anchor, zone: ZoneInfo) -> date:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("an instant without its zone cannot be placed on a day")
        return moment.astimezone(zone).date()
    return moment


def _instant(moment: Anchor, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else start_of_day(moment, zone)
