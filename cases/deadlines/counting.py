"""Counting days: the walk from an event to a last counted day, and the local midnights that bound a day."""

import calendar as month_table
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.deadlines.calendars import Calendar
from cases.deadlines.computation import Anchor, Pause, Rule, Step

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
UNIT_WORDS = {
    "hour": ("hour", "hours"),
    "calendar_day": ("calendar day", "calendar days"),
    "working_day": ("working day", "working days"),
    "week": ("week", "weeks"),
    "month": ("month", "months"),
    "year": ("year", "years"),
}


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC, also where clocks change at midnight."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last microsecond of a local day, in UTC."""
    return start_of_day(day + DAY, zone) - TICK


def add_months(day: date, months: int) -> date:
    """The same day number some months on (or back), or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, month_table.monthrange(year, month + 1)[1]))


class Walk:
    """Counts days for one computation, and remembers which days' holidays it had to know."""

    def __init__(
        self,
        rule: Rule,
        unit: str,
        calendar: Calendar,
        zone: ZoneInfo,
        anchor: Anchor,
        anchor_on: date,
        spans: list[tuple[date, date]],
        steps: list[Step],
    ):
        self.rule, self.unit, self.calendar, self.zone = rule, unit, calendar, zone
        self.anchor, self.anchor_on, self.spans, self.steps = (anchor, anchor_on, spans, steps)
        self.consulted: set[date] = set()
        self.paused: set[date] = set()
        self.skipped: list[str] = []
        amount = int(rule.amount or 0)
        short = calendar.short_period
        self.short_skip = short[1] if short and unit == "calendar_day" and 0 < amount <= short[0] else None

    def counts(self, day: date) -> bool:
        """Whether that day is one of the days the rule counts, pauses aside."""
        because = None
        if self.unit == "working_day":
            self.consulted.add(day)
            because = self.calendar.closed_because(day)
        elif self.short_skip is not None:
            self.consulted.add(day)
            because = self.calendar.falls_on(day, self.short_skip)
        if because and because not in ("Saturday", "Sunday", "Friday"):
            self.skipped.append(f"{day_in_words(day)} is not counted: {because}")
        return because is None

    def runs(self, day: date) -> bool:
        """Whether the clock runs on that day; a countable day of a pause is remembered as paused."""
        if not self.counts(day):
            return False
        if any(began <= day < until for began, until in self.spans):
            self.paused.add(day)
            return False
        return True

    def onward(self, last: date, amount: int) -> date:
        """The day on which `amount` more of the rule's unit has been counted after `last`."""
        if self.unit in ("month", "year"):
            return add_months(last, amount * (12 if self.unit == "year" else 1))
        left = amount * (7 if self.unit == "week" else 1)
        if self.unit != "working_day" and self.short_skip is None and not self.spans:
            return last + DAY * left  # every day counts, so there is nothing to walk
        while left > 0:
            last += DAY
            left -= self.runs(last)
        return last

    def forward(self, amount: int) -> date:
        """The last counted day after the event, pauses included; states the count without them first."""
        first = self.anchor_on + DAY if self.rule.first_counted_day == "day_after_event" else self.anchor_on
        spans, self.spans = self.spans, []
        unpaused = self._count_from(first, amount)
        notes = "; ".join(dict.fromkeys(self.skipped))
        self.spans = spans
        last = self._count_from(first, amount) if spans else unpaused
        if amount:
            label = "Day 1: the day after" if first > self.anchor_on else "Day 1: the day of the event"
            self.steps.append(Step(label, "", first))
        counted = amount * (7 if self.unit == "week" else 1)
        ordinal = f": day {counted}" if self.unit in ("calendar_day", "week") else ""
        self.steps.append(Step(f"+ {amount_in_words(amount, self.unit)}{ordinal}", notes, unpaused))
        return last

    def _count_from(self, first: date, amount: int) -> date:
        if self.unit in ("month", "year"):
            return self._months_on(first, amount * (12 if self.unit == "year" else 1))
        return self.onward(first - DAY, amount)

    def _months_on(self, first: date, months: int) -> date:
        """The last day of a period of months; then as many days more as the clock stood still in it."""
        before_corresponding = (
            self.calendar.month_rule == "ends_before_corresponding_day" or self.rule.first_counted_day == "event_day"
        )
        if before_corresponding and self.rule.kind != "expiry":
            last = add_months(first, months)
            last = last - DAY if last.day == first.day else last
        else:
            last = add_months(self.anchor_on, months)
            if last.day != self.anchor_on.day:
                self.skipped.append(f"the month has no day {self.anchor_on.day}: its last day")
        if not self.spans:
            return last
        left = sum(
            1 for offset in range((last - self.anchor_on).days) if not self.runs(self.anchor_on + DAY * (offset + 1))
        )
        while left > 0:
            last += DAY
            left -= self.runs(last)
        return last

    def back(self, amount: int) -> date:
        """The last day on which notice may still be given."""
        last = self.anchor_on
        if self.unit in ("month", "year"):
            last = add_months(last, -amount * (12 if self.unit == "year" else 1))
        else:
            left = amount * (7 if self.unit == "week" else 1)
            if self.unit != "working_day" and self.short_skip is None:
                last, left = last - DAY * left, 0
            while left > 0:
                last -= DAY
                left -= self.counts(last)
        if self.calendar.clear_days:
            last -= DAY
            while not self.counts(last):
                last -= DAY
            self.skipped.append("clear days: both end days are excluded")
        self.steps.append(Step(f"- {amount_in_words(amount, self.unit)}", "; ".join(dict.fromkeys(self.skipped)), last))
        closed = self.calendar.closed_because(last) if not self.calendar.is_unknown_year(last.year) else None
        if closed:
            self.steps.append(Step("Falls on a closed day", f"{closed}: give notice on an earlier working day", last))
        return last

    def state_pauses(self, pauses: tuple[Pause, ...], last: date) -> None:
        if self.rule.kind in ("notice_lead", "expiry"):
            return
        if not pauses:
            self.steps.append(Step("Paused", "the clock was not stopped", None, "0 days"))
        for pause, (began, until) in zip(pauses, self.spans, strict=True):
            days = sum(1 for day in self.paused if began <= day < until)
            end = f"runs again {day_in_words(until)}" if pause.until is not None else "still stopped"
            detail = "; ".join(part for part in (pause.because, f"stopped {day_in_words(began)}, {end}") if part)
            self.steps.append(Step("Paused", detail, last, f"{days} day{'' if days == 1 else 's'}"))


def spaced(name: str) -> str:
    return name.replace("_", " ")


def amount_in_words(amount: float, unit: str) -> str:
    one, many = UNIT_WORDS[unit]
    number = int(amount) if amount == int(amount) else amount
    return f"{number} {one if number == 1 else many}"


def day_in_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
