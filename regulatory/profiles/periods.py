"""Calendar periods that reports hang on: months, quarters, half-years."""

from collections.abc import Iterable
from datetime import date

from cases.deadlines.arithmetic import add_months

# The event that ends a period, and the period it names by itself; `period_ended` needs a reading to know its length.
CALENDAR_PERIODS: dict[str, str | None] = {"month_ended": "month", "quarter_ended": "quarter", "period_ended": None}
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
MOST_PERIODS = 60


def period_end(period: str, day: date) -> date:
    """The last day of the calendar period in which the day lies; raises KeyError for a period that is not known."""
    length = MONTHS[period]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    return date.fromordinal(add_months(first, length).toordinal() - 1)


def period_start(period: str, last: date) -> date:
    """The first day of the calendar period that ends on that day; raises KeyError for a period that is not known."""
    return add_months(date(last.year, last.month, 1), 1 - MONTHS[period])


def period_ends(period: str, days: Iterable[date], since: Iterable[date], today: date) -> tuple[date, ...]:
    """Ends of every period with one of the days in it, and of every period from `since` up to the one of today."""
    ends = {period_end(period, day) for day in days}
    for start in since:
        end = period_end(period, start)
        for _ in range(MOST_PERIODS):
            ends.add(end)
            if end >= today:
                break
            end = period_end(period, date.fromordinal(end.toordinal() + 1))
    return tuple(sorted(ends))
