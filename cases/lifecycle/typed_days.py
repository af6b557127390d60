"""Days and instants as people type or paste them: ``4 Dec 2026``, ``2026-12-04``, ``4 Dec 2026 14:30``, ``…Z``.

One line of text rather than a picker or three boxes: it takes what stands in a letter or a mail as it is, works with
every keyboard and screen reader, and loses no typing. A day written in digits alone is refused unless it is ISO,
because 4/12 and 12/4 are two days and a wrong one here hurts somebody.
"""

import calendar
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

# A year outside of these is a slip of the pen, and date arithmetic ends at the year 9999.
FIRST_YEAR, LAST_YEAR = 1900, 2200
EXAMPLE_DAY, EXAMPLE_MOMENT = "4 Dec 2026", "4 Dec 2026 14:30"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_IN_FULL = tuple(name.lower() for name in calendar.month_name[1:])
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_ISO_PART = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2}))?")
_WORDS_PART = re.compile(r"(?P<month>[a-z]{3,9})\.?,?[\s-]+(?P<year>\d{4})")
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_WORDS = (
    re.compile(_WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?P<month>[a-z]{3,9})\.?,?[\s-]+(?P<year>\d{4})"),
    re.compile(_WEEKDAY + r"(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"),
)
_DIGITS = re.compile(r"\d{1,4}[./\s-]\d{1,2}[./\s-]\d{1,4}")
_TIME = re.compile(
    r"(?P<day>.*?\S)(?:\s*T\s*|,?\s+(?:at\s+)?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<zone>z|utc|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


class NotADay(ValueError):
    """Raised with the sentence to show: what was typed, why it is no day, what to write."""


def read_day(text: str) -> date:
    """The day that was typed.

    :raises NotADay: with the value and the remedy in the sentence.
    """
    typed = " ".join(text.split())
    found = _ISO.fullmatch(typed)
    if found:
        return _day(typed, int(found["year"]), int(found["month"]), int(found["day"]))
    for pattern in _WORDS:
        found = pattern.fullmatch(typed.lower())
        month = _month(found["month"]) if found else None
        if found and month:
            return _day(typed, int(found["year"]), month, int(found["day"]))
    if _DIGITS.fullmatch(typed):
        raise NotADay(f"“{typed}” can be read as two days. Write the month as a word, for example {EXAMPLE_DAY}.")
    raise NotADay(f"“{typed}” is not a day. Write day, month and year, for example {EXAMPLE_DAY} or 2026-12-04.")


def read_moment(text: str, *, zone: ZoneInfo) -> datetime:
    """The instant that was typed: a day and a time in ``zone``, or in the zone that is typed behind it.

    :raises NotADay: with the value and the remedy; also for a time that the zone's clocks skipped.
    """
    typed = " ".join(text.split())
    found = _TIME.fullmatch(typed)
    if not found:
        read_day(typed)
        raise NotADay(f"“{typed}” has no time. Write it behind the day, for example {EXAMPLE_MOMENT}.")
    on = read_day(found["day"])
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise NotADay(f"“{found['hour']}:{found['minute']}” is not a time of day. Write 00:00 to 23:59.")
    said = (found["zone"] or "").lower().replace(":", "")
    local = datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=zone)
    if not said and local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NotADay(f"{hour:02}:{minute:02} did not exist on that day in {zone.key}: the clocks went forward.")
    if said in ("z", "utc"):
        return local.replace(tzinfo=UTC)
    if not said:
        return local
    try:
        return local.replace(tzinfo=datetime.strptime(said, "%z").tzinfo)
    except ValueError:
        raise NotADay(f"“{found['zone']}” is no zone. Write Z for UTC, or for example +02:00.") from None


def read_known_part(text: str) -> str:
    """As much of a day as somebody knows, in ISO: ``2026``, ``2026-03`` or ``2026-03-18``.

    :raises NotADay: with the value and the remedy in the sentence.
    """
    typed = " ".join(text.split())
    found = _ISO_PART.fullmatch(typed)
    year, month = (int(found["year"]), int(found["month"] or 1)) if found else (0, None)
    if not found and (words := _WORDS_PART.fullmatch(typed.lower())):
        year, month = int(words["year"]), _month(words["month"])
    if not year or not month:
        return read_day(typed).isoformat()
    _day(typed, year, month, 1)
    return f"{year:04}" if found and not found["month"] else f"{year:04}-{month:02}"


def _month(word: str) -> int | None:
    if word in _IN_FULL:
        return _IN_FULL.index(word) + 1
    return MONTHS.index(word[:3]) + 1 if word[:3] in MONTHS and (len(word) == 3 or word == "sept") else None


def _day(typed: str, year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12 or not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotADay(f"“{typed}” is not a day between {FIRST_YEAR} and {LAST_YEAR}. Write for example {EXAMPLE_DAY}.")
    longest = calendar.monthrange(year, month)[1]
    if not 1 <= day <= longest:
        named = f"{_IN_FULL[month - 1].capitalize()} {year}"
        raise NotADay(f"“{typed}” is not a day of the calendar: {named} has {longest} days.")
    return date(year, month, day)


def write_day(value: date) -> str:
    """``4 Dec 2026``, as `read_day` reads it again."""
    return f"{value.day} {MONTHS[value.month - 1].capitalize()} {value.year}"


class DayField(forms.Field):
    """A day in one line of text."""

    widget = forms.TextInput(attrs={"size": 16, "autocomplete": "off", "data-day": "day"})

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return read_day(str(value))
        except NotADay as sentence:
            raise ValidationError(str(sentence), code="not_a_day") from sentence

    def prepare_value(self, value: Any) -> Any:
        return write_day(value) if isinstance(value, date) else value


class KnownPartField(forms.Field):
    """A day as far as it is known: the year alone, month and year, or the day; kept in ISO."""

    widget = forms.TextInput(attrs={"size": 16, "autocomplete": "off"})

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        try:
            return read_known_part(str(value))
        except NotADay as sentence:
            raise ValidationError(str(sentence), code="not_a_day") from sentence


class MomentField(forms.Field):
    """A day and a time in one line of text, in ``zone`` unless the text names another."""

    widget = forms.TextInput(attrs={"size": 26, "autocomplete": "off", "data-day": "moment"})

    def __init__(self, *, zone: ZoneInfo | None = None, **options: Any) -> None:
        self.zone = zone or ZoneInfo("UTC")
        super().__init__(**options)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=self.zone)
        try:
            return read_moment(str(value), zone=self.zone).astimezone(UTC)
        except NotADay as sentence:
            raise ValidationError(str(sentence), code="not_a_day") from sentence

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        local = value.astimezone(self.zone)
        return f"{write_day(local)} {local:%H:%M}"
