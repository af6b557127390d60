"""Stamps of a logger as instants: each day and each time of day is understood once, however often it comes."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ](\d{1,4})\.?")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDER_WORDS: Final = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}


class NoStamp(ValueError):
    """A text that is no day, no time, or no instant in this place; the sentence says which."""


def day_in(text: str, order: str) -> date:
    """A day written in that order (``ymd``, ``dmy``, ``mdy``). :raises NoStamp: when it is none."""
    found = _DAY.fullmatch(text)
    if found is None:
        raise NoStamp(f"{text!r} is no date")
    parts = dict(zip(order, found.groups(), strict=True))
    month = parts["m"].casefold()
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdecimal() else 0
    if len(parts["y"]) not in (2, 4):
        raise NoStamp(f"{text!r} is no date {ORDER_WORDS[order]}")
    year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
    try:
        return date(year, number, int(parts["d"]))
    except ValueError:
        raise NoStamp(f"{text!r} is no date {ORDER_WORDS[order]}") from None


def seconds_in(text: str) -> int:
    """Seconds since midnight of a time of day, 24 hours or AM and PM. :raises NoStamp: when it is none."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise NoStamp(f"{text!r} is no time of day")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            raise NoStamp(f"{text!r} is no time of day")
        hour = hour % 12 + (12 if found[4].casefold() == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise NoStamp(f"{text!r} is no time of day")
    return hour * 3600 + minute * 60 + second


def orders_that_fit(days: Iterable[str]) -> list[str]:
    """The orders, day first or month first, in which every one of these is a day and they rise or fall throughout."""
    fit = []
    for order in ("dmy", "mdy"):
        try:
            read = [day_in(text, order) for text in days]
        except NoStamp:
            continue
        if read == sorted(read) or read == sorted(read, reverse=True):
            fit.append(order)
    return fit


class Clock:
    """Turns a day and a time of day, as written in one zone, into seconds since 1970 UTC.

    What it has learnt stands in ``midnights`` and ``seconds``: their sum is the instant. A day on which the clocks
    change is never learnt.
    """

    def __init__(self, order: str, zone: str) -> None:
        self.order, self.zone = order, ZoneInfo(zone)
        self.midnights: dict[str, float] = {}
        self.seconds: dict[str, int] = {}

    def instant(self, day: str, time: str, after: float) -> float:
        """The instant of a stamp, learnt where that is possible.

        :param after: the reading before; an hour that comes twice in autumn is the second one when it must be.
        :raises NoStamp: not a day, not a time, or an hour that the clocks skipped.
        """
        on, passed = day_in(day.strip(), self.order), seconds_in(time)
        begins = datetime(on.year, on.month, on.day, tzinfo=self.zone)
        if begins.utcoffset() == (begins + timedelta(days=1)).utcoffset():
            self.midnights[day], self.seconds[time] = begins.timestamp(), passed
            return begins.timestamp() + passed
        local = begins + timedelta(seconds=passed)
        first, second = (local.replace(fold=fold).timestamp() for fold in (0, 1))
        if first > second:
            raise NoStamp(f"{local:%Y-%m-%d %H:%M} does not exist in {self.zone.key}: the clocks skipped that hour")
        return second if first <= after else first


class OwnOffset:
    """Stamps that carry their own offset; each is read by itself."""

    def __init__(self) -> None:
        self.midnights: dict[str, float] = {}
        self.seconds: dict[str, int] = {}

    def instant(self, day: str, time: str, after: float) -> float:
        """:raises NoStamp: no ISO stamp, or one without an offset."""
        try:
            stamp = datetime.fromisoformat(f"{day.strip()}T{time.strip()}")
        except ValueError:
            raise NoStamp(f"{day + ' ' + time!r} is no ISO stamp") from None
        if stamp.tzinfo is None:
            raise NoStamp(f"{day + ' ' + time!r} has no offset")
        return stamp.timestamp()
