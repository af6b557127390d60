"""A second opinion on dates that shares no code with the product: it goes from day to day and asks each if it counts.

What it knows is what is published: the jurisdictions' facts (weekends, what moves a last day) as they lie in the data
folder, and the package `holidays`. What those leave open is said below a second time, by hand, so that a slip in the
product's own table is seen as a difference.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)
CODES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
DATA = Path(__file__).parents[1] / "regulatory" / "profiles" / "data"
# facts/regulatory.md 3.4: the rolls that stand there in words, the months of Australia and New Zealand, and Canada's
# "at least n days", which leaves out both end days. Hong Kong's Sunday is a general holiday. The agency of GB is in
# England. Public holidays after 2027 are gazetted nowhere yet: nobody counts with them.
MOVES_BY_WORDS = {"CA": ("SUN", "PUBLIC_HOLIDAY"), "IN": ("SUN", "PUBLIC_HOLIDAY")}
MONTH_ENDS_THE_DAY_BEFORE = ("AU", "NZ")
CLEAR_DAYS = ("CA",)
GENERAL_HOLIDAYS = {"HK": ("SUN",)}
SUBDIVISION = {"GB": "ENG"}
GAZETTED_UNTIL = 2027
# facts/regulatory.md 3.2: a number of days whose kind is not stated counts calendar days for a duty, else working days.
EARLIER_WINS = ("duty", "expiry")


@dataclass(frozen=True)
class Counted:
    """What was counted: the day before any roll, the day after it, and the first open day of a window."""

    last: date
    due: date
    opens: date | None


@cache
def _facts(code: str) -> Mapping[str, Any]:
    found = json.loads((DATA / "jurisdictions.json").read_text(encoding="utf-8"))
    return dict(next(one for one in found if one["code"] == code))


@cache
def _holidays_of(code: str, year: int) -> frozenset[date]:
    if year > GAZETTED_UNTIL:
        return frozenset()
    return frozenset(day for day in holidays.country_holidays(code, subdiv=SUBDIVISION.get(code), years=year))


def is_holiday(code: str, day: date) -> bool:
    """Whether it is a public holiday there."""
    return day in _holidays_of(code, day.year)


def is_weekend(code: str, day: date) -> bool:
    """By the weekend of that day's own time."""
    stated = _facts(code)["calendar"]
    former = [one["value"] for one in stated["history"] if day <= date.fromisoformat(one["value"]["until"])]
    weekend = min(former, key=lambda one: one["until"])["weekend"] if former else stated["weekend"]["value"]
    return CODES[day.weekday()] in weekend


def is_one_of(code: str, day: date, tokens: tuple[str, ...]) -> bool:
    """Whether that day is one that such a rule names; no warning of weather stands on file."""
    if CODES[day.weekday()] in tokens:
        return True
    general = CODES[day.weekday()] in GENERAL_HOLIDAYS.get(code, ())
    return "PUBLIC_HOLIDAY" in tokens and (general or is_holiday(code, day))


def moves(code: str, day: date) -> bool:
    """Whether a duty's last day there moves on."""
    stated = _facts(code)["calendar"].get("roll_excluded")
    return is_one_of(code, day, tuple(stated["value"]) if stated else MOVES_BY_WORDS.get(code, ()))


def counts(code: str, day: date, unit: str, amount: int) -> bool:
    """Whether the day is one of those that are counted; short periods skip days in some places."""
    if unit == "working_day":
        return not is_weekend(code, day) and not is_holiday(code, day)
    short = _facts(code)["calendar"].get("short_period")
    if unit == "calendar_day" and short and 0 < amount <= short["max_days"]:
        return not is_one_of(code, day, tuple(short["skip"]))
    return True


def months_on(first: date, months: int) -> date:
    """The same day number so many months later, else the last day of that month: walked, not reckoned."""
    day, turned = first, 0
    while True:
        turned += (day + DAY).day == 1
        if turned > months:
            return day
        day += DAY
        if turned == months and day.day == first.day:
            return day


def months_back(first: date, months: int) -> date:
    """The same day number so many months earlier, else the last day of that month."""
    day, turned = first, 0
    while turned < months or day.day > first.day:
        turned += day.day == 1
        day -= DAY
    return day


def _after(code: str, kind: str, unit: str, amount: int, anchor: date, *, event_day: bool) -> date:
    if unit in ("month", "year"):
        months = amount * (12 if unit == "year" else 1)
        if kind != "expiry" and (event_day or code in MONTH_ENDS_THE_DAY_BEFORE):
            first = anchor if event_day else anchor + DAY
            corresponding = months_on(first, months)
            return corresponding - DAY if corresponding.day == first.day else corresponding
        return months_on(anchor, months)
    wanted = amount * (7 if unit == "week" else 1)
    day = anchor - DAY if event_day else anchor
    while wanted:
        day += DAY
        wanted -= counts(code, day, unit, amount)
    return day


def _before(code: str, unit: str, amount: int, anchor: date) -> date:
    if unit in ("month", "year"):
        day = months_back(anchor, amount * (12 if unit == "year" else 1))
    else:
        day, wanted = anchor, amount * (7 if unit == "week" else 1)
        while wanted:
            day -= DAY
            wanted -= counts(code, day, unit, amount)
    if code in CLEAR_DAYS:
        day -= DAY
        while not counts(code, day, unit, amount):
            day -= DAY
    return day


def count(
    code: str, kind: str, unit: str, amount: int, anchor: date, *, opens: str = "", event_day: bool = False
) -> Counted:
    """Count from that local day in days, weeks, months or years.

    :param kind: duty, waiting_window, notice_lead (counted back), expiry or forecast.
    """
    if unit == "day_unit_not_stated":
        unit = "calendar_day" if kind in EARLIER_WINS else "working_day"
    if kind == "notice_lead":
        last = _before(code, unit, amount, anchor)
    else:
        last = _after(code, kind, unit, amount, anchor, event_day=event_day)
    due = last
    while kind == "duty" and moves(code, due):
        due += DAY
    first_open = last if opens == "last_counted_day" else last + DAY
    return Counted(last, due, first_open if kind == "waiting_window" else None)


def local_day(anchor: str, zone: str) -> date:
    """The local day of an anchor as it is stored: a day, or an instant with its offset."""
    return datetime.fromisoformat(anchor).astimezone(ZoneInfo(zone)).date() if "T" in anchor else _day(anchor)


def last_instant(day: date, zone: str) -> datetime:
    """The microsecond before the next local day begins."""
    return datetime.combine(day + DAY, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(microseconds=1)


def disagreements(image: Mapping[str, Any], *, occurrence: int = 1) -> Iterator[str]:
    """In what a stored computation (as JSON) differs from this count; nothing when it is right."""
    rule = image["rule"]
    if rule["unit"] == "hour":
        yield from _of_hours(image)
        return
    code, zone, kind = rule["calendar"], rule["zone"], rule["kind"]
    if zone != _facts(code)["time_zone"]:
        yield f"counted in {zone}, not in the time of {code}"
    own = count(
        code, kind, rule["unit"], int(rule["amount"]) * occurrence, local_day(image["anchor"], zone),
        opens=rule["opens"], event_day=rule["first_counted_day"] == "event_day",
    )  # fmt: skip
    due = own.last if image["is_house_target"] else own.due
    for name, mine in (("target_on", own.last), ("due_on", due), ("opens_on", own.opens)):
        if image[name] != (mine.isoformat() if mine else None):
            yield f"{name} is {image[name]}, counted day by day {mine}"
    if datetime.fromisoformat(image["due_at"]) != last_instant(due, zone):
        yield f"due_at is {image['due_at']}, the day ends {last_instant(due, zone)}"
    if own.opens:
        opens_at = datetime.fromisoformat(image["opens_at"])
        if opens_at - timedelta(microseconds=1) != last_instant(own.opens - DAY, zone):
            yield f"opens_at is {image['opens_at']}, not the first instant of {own.opens}"


def _of_hours(image: Mapping[str, Any]) -> Iterator[str]:
    """Hours are true hours, also in the night when the clocks change; of a bare day they count from its safe end."""
    rule, zone = image["rule"], image["rule"]["zone"]
    if "T" in image["anchor"]:
        began = datetime.fromisoformat(image["anchor"]).astimezone(UTC)
    else:
        bound = _day(image["anchor"]) + (DAY if rule["kind"] in ("waiting_window", "forecast") else 0 * DAY)
        began = datetime.combine(bound, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    step = timedelta(hours=-1 if rule["direction"] == "before" else 1)
    ends = began
    for _ in range(int(rule["amount"])):
        ends += step
    if datetime.fromisoformat(image["due_at"]) != ends:
        yield f"due_at is {image['due_at']}, counted hour by hour {ends}"
    if image["due_on"] != ends.astimezone(ZoneInfo(zone)).date().isoformat():
        yield f"due_on is {image['due_on']}, the hour falls on {ends.astimezone(ZoneInfo(zone)).date()}"


def _day(text: str) -> date:
    return date.fromisoformat(text)
