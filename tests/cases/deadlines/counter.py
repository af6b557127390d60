"""An independent day counter: one day after the other, with its own idea of which days count."""

from datetime import date, timedelta

from cases.deadlines.calendars import Calendar

DAY = timedelta(days=1)


def short(calendar: Calendar, amount: int, unit: str) -> frozenset[str]:
    """The days that a period as short as this one skips."""
    period = calendar.short_period
    return period[1] if period and unit == "calendar_day" and amount <= period[0] else frozenset()


def is_counted(calendar: Calendar, amount: int, unit: str, day: date) -> bool:
    """Whether the day counts, from weekend, holidays and lists."""
    if unit == "working_day":
        return day.weekday() not in calendar.weekend_on(day) and calendar.holiday_name(day) is None
    return calendar.falls_on(day, short(calendar, amount, unit)) is None


def counted_between(calendar: Calendar, amount: int, unit: str, first: date, last: date) -> int:
    """Countable days in (first, last]."""
    return sum(is_counted(calendar, amount, unit, first + DAY * n) for n in range(1, (last - first).days + 1))
