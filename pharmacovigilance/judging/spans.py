"""A day as far as it is known, as the days that it may be."""

import calendar
from datetime import date

Span = tuple[date, date]


def span(written: str) -> Span:
    """The first and the last day that "2026", "2026-03", "2026-03-18" or a moment of that day may mean.

    :raises ValueError: when it is no date.
    """
    parts = [int(part) for part in written[:10].split("-")]
    if len(parts) == 1:
        return date(parts[0], 1, 1), date(parts[0], 12, 31)
    if len(parts) == 2:
        year, month = parts
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    day = date(*parts)
    return day, day
