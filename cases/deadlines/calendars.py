"""Calendars of jurisdictions: weekend with dated history, public holidays, half days, and which days move a last day.

The days that move a last day are a rule of their own and not the weekend: a Saturday moves it in Australia, not in
Singapore. Public holidays come from the pinned package `holidays` and a table of overrides with sources. A year beyond
the checked ones is *unknown*: its holidays are not guessed, the calendar says so, and arithmetic passes it on.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays

DATA = Path(__file__).parent / "data"
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PUBLIC_HOLIDAY = "PUBLIC_HOLIDAY"
WEATHER_WARNING = "WEATHER_WARNING"
OVERRIDE_KINDS = ("holiday", "not_holiday", "weather_warning", "half_day")


class CalendarDataError(ValueError):
    """The calendar tables hold something that cannot be used; the message names the entry and the remedy."""


@dataclass(frozen=True, slots=True)
class Override:
    """One day that the package does not know or has wrong, with the source that says so."""

    jurisdiction: str
    on: date
    kind: str
    name: str
    source: str
    closes_at: time | None = None


@dataclass(frozen=True)
class Calendar:
    """One jurisdiction's days. All questions are about local dates; `version` names exactly which table answered."""

    code: str
    name: str
    zone: str
    version: str
    weekend: frozenset[int]
    history: tuple[tuple[date, frozenset[int]], ...] = ()
    roll_days: frozenset[str] = frozenset()
    roll_words: str = ""
    roll_fact: str = ""
    short_period: tuple[int, frozenset[str]] | None = None
    month_rule: str = "same_day_number"
    clear_days: bool = False
    weekly_holidays: frozenset[int] = frozenset()
    known_through: int = 0
    weekly_half_days: tuple[tuple[int, time, date], ...] = ()
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    half_day_category: str | None = None
    overrides: Mapping[date, tuple[Override, ...]] = field(default_factory=dict, hash=False, compare=False)

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def weekend_on(self, day: date) -> frozenset[int]:
        """The weekdays (Monday is 0) that were the weekend on that day, by the dated history."""
        for until, weekend in self.history:
            if day <= until:
                return weekend
        return self.weekend

    def holiday_name(self, day: date) -> str | None:
        """The public holiday on that day, or None; in an unknown year only what the override table says."""
        for override in self.overrides.get(day, ()):
            if override.kind == "holiday":
                return override.name
            if override.kind == "not_holiday":
                return None
        if self.is_unknown_year(day.year):
            return None
        return _holidays(self.code, day.year, self.subdivision, self.categories).get(day)

    def closed_because(self, day: date) -> str | None:
        """Why that day is not a working day, in words, or None when it is one."""
        holiday = self.holiday_name(day)
        if holiday:
            return f"public holiday, {holiday}"
        if day.weekday() in self.weekend_on(day):
            return WEEKDAY_NAMES[day.weekday()]
        return None

    def is_working_day(self, day: date) -> bool:
        return self.closed_because(day) is None

    def falls_on(self, day: date, tokens: frozenset[str]) -> str | None:
        """Which of the tokens (weekday codes, PUBLIC_HOLIDAY, WEATHER_WARNING) that day is, in words, or None."""
        if PUBLIC_HOLIDAY in tokens:
            holiday = self.holiday_name(day)
            if holiday:
                return f"public holiday, {holiday}"
            if day.weekday() in self.weekly_holidays:
                return f"{WEEKDAY_NAMES[day.weekday()]}, a general holiday"
        if WEATHER_WARNING in tokens:
            for override in self.overrides.get(day, ()):
                if override.kind == "weather_warning":
                    return override.name
        if WEEKDAYS[day.weekday()] in tokens:
            return WEEKDAY_NAMES[day.weekday()]
        return None

    def moved_because(self, day: date) -> str | None:
        """Why a last day on that day moves on by this jurisdiction's law, or None when it stands."""
        return self.falls_on(day, self.roll_days) if self.roll_days else None

    def half_day(self, day: date) -> time | None:
        """When offices close early on that day (local time), or None; 13:00 where only the fact is known."""
        for override in self.overrides.get(day, ()):
            if override.kind == "half_day":
                return override.closes_at or time(13)
        for weekday, closes_at, since in self.weekly_half_days:
            if day.weekday() == weekday and day >= since:
                return closes_at
        if self.half_day_category is None or self.is_unknown_year(day.year):
            return None
        half_days = _holidays(self.code, day.year, self.subdivision, (self.half_day_category,))
        return time(13) if day in half_days else None

    def is_unknown_year(self, year: int) -> bool:
        """Whether this year's public holidays have not been checked: they are then left out, never guessed."""
        return year > self.known_through or year < _first_year(self.code)

    def estimated_between(self, first: date, last: date) -> tuple[date, ...]:
        """Days in the span whose holiday depends on a moon that was not yet sighted when the table was made."""
        if last < first:
            first, last = last, first
        found = []
        for year in range(first.year, last.year + 1):
            if self.is_unknown_year(year):
                continue
            for day, name in _holidays(self.code, year, self.subdivision, self.categories).items():
                if "estimated" in name and first <= day <= last:
                    found.append(day)
        return tuple(sorted(found))


@dataclass(frozen=True)
class Calendars:
    """All calendars by jurisdiction code."""

    by_code: Mapping[str, Calendar]

    def __getitem__(self, code: str) -> Calendar:
        try:
            return self.by_code[code]
        except KeyError:
            raise LookupError(f"There is no calendar for {code!r}. Known: {', '.join(sorted(self.by_code))}.") from None

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    @property
    def version(self) -> str:
        """One string for the whole set, to store beside a computation that used several."""
        return "calendars-" + _digest([self.by_code[code].version for code in sorted(self.by_code)])

    @classmethod
    def build(
        cls,
        jurisdictions: Iterable[Mapping[str, Any]],
        *,
        overrides: Mapping[str, Any] | None = None,
        table: Mapping[str, Any] | None = None,
    ) -> "Calendars":
        """Build from the jurisdictions' facts, the reading table and the override table; raises CalendarDataError."""
        table = _read("calendars.json") if table is None else table
        days = read_overrides(_read("overrides.json") if overrides is None else overrides)
        return cls({raw["code"]: _calendar(raw, table, days) for raw in jurisdictions})


def read_overrides(raw: Mapping[str, Any]) -> tuple[Override, ...]:
    """Check and read an override table; raises CalendarDataError with every wrong entry at once."""
    found, wrong = [], []
    for index, entry in enumerate(raw.get("days", [])):
        where = f"overrides, day {index + 1} ({entry.get('jurisdiction')} {entry.get('date')})"
        try:
            on = date.fromisoformat(str(entry.get("date")))
            closes_at = time.fromisoformat(entry["closes_at"]) if entry.get("closes_at") else None
        except ValueError as error:
            wrong.append(f"{where}: {error}; write YYYY-MM-DD and HH:MM")
            continue
        if entry.get("kind") not in OVERRIDE_KINDS:
            wrong.append(f"{where}: kind {entry.get('kind')!r}; use one of {', '.join(OVERRIDE_KINDS)}")
        if not entry.get("source") or not entry.get("name"):
            wrong.append(f"{where}: a day needs its name and its source")
        found.append(
            Override(
                str(entry.get("jurisdiction")),
                on,
                str(entry.get("kind")),
                str(entry.get("name")),
                str(entry.get("source")),
                closes_at,
            )
        )
    if wrong:
        raise CalendarDataError("; ".join(wrong))
    return tuple(found)


_installed: Calendars | None = None


def install(calendars: Calendars) -> None:
    """Give the trunk its calendars: called once by the outer app that holds the jurisdictions' facts."""
    global _installed
    _installed = calendars


def installed() -> Calendars:
    """The calendars given by `install`; raises LookupError when no outer app has given any."""
    if _installed is None:
        raise LookupError("No calendars are installed; the app that holds the jurisdictions installs them at start.")
    return _installed


def _calendar(raw: Mapping[str, Any], table: Mapping[str, Any], days: tuple[Override, ...]) -> Calendar:
    code, facts = raw["code"], raw["calendar"]
    own = {**table["defaults"], **table["jurisdictions"].get(code, {})}
    mine = [override for override in days if override.jurisdiction == code]
    by_day: dict[date, tuple[Override, ...]] = {}
    for override in mine:
        by_day[override.on] = (*by_day.get(override.on, ()), override)
    stated = facts.get("roll_excluded")
    short = facts.get("short_period")
    fingerprint = _digest([facts, raw["time_zone"], own, [repr(override) for override in mine]])
    return Calendar(
        code=code,
        name=raw["name"],
        zone=raw["time_zone"],
        version=f"{code}/holidays-{version_of('holidays')}/{fingerprint}",
        weekend=_weekdays(facts["weekend"]["value"]),
        history=tuple(
            sorted(
                (date.fromisoformat(entry["value"]["until"]), _weekdays(entry["value"]["weekend"]))
                for entry in facts["history"]
            )
        ),
        roll_days=frozenset(stated["value"] if stated else own.get("roll_days", ())),
        roll_words=facts["roll"]["value"],
        roll_fact=stated["id"] if stated else facts["roll"]["id"],
        short_period=(int(short["max_days"]), frozenset(short["skip"])) if short else None,
        month_rule=own["month_rule"],
        clear_days=bool(own.get("clear_days", False)),
        weekly_holidays=_weekdays(own.get("weekly_holidays", [])),
        known_through=int(own["known_through"]),
        weekly_half_days=tuple(
            (
                WEEKDAYS.index(entry["weekday"]),
                time.fromisoformat(entry["closes_at"]),
                date.fromisoformat(entry["from"]),
            )
            for entry in own.get("half_days", [])
        ),
        subdivision=own.get("subdivision"),
        categories=tuple(own["categories"]),
        half_day_category=own.get("half_day_category"),
        overrides=by_day,
    )


def _weekdays(codes: Iterable[str]) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(code) for code in codes)


@cache
def _holidays(code: str, year: int, subdivision: str | None, categories: tuple[str, ...]) -> Mapping[date, str]:
    try:
        table = holidays.country_holidays(code, subdiv=subdivision, years=year, categories=categories, language="en_US")
    except NotImplementedError as error:
        raise CalendarDataError(f"{code}: the package of holidays does not know it ({error})") from error
    return {day: name for day, name in table.items() if day.year == year}


@cache
def _first_year(code: str) -> int:
    return int(type(holidays.country_holidays(code)).start_year)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@cache
def _read(name: str) -> Mapping[str, Any]:
    return dict(json.loads((DATA / name).read_text(encoding="utf-8")))
