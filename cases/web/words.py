"""How the product says dates, distances, amounts, roles and states (the look, section 4).

Plain functions over values that are given: no database, no clock, no request. ``cases.web.jinja`` makes filters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cases.people.roles import Role

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAYS_IN_FULL = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_IN_FULL = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"

# Places whose name is not simply the last part of the zone's key.
_PLACES = {
    "UTC": "UTC",
    "Etc/UTC": "UTC",
    "America/Sao_Paulo": "São Paulo",
    "America/Asuncion": "Asunción",
    "America/Bogota": "Bogotá",
    "Australia/ACT": "Canberra",
    "Australia/NSW": "Sydney",
    "Asia/Calcutta": "Kolkata",
    "Europe/Kiev": "Kyiv",
    "Asia/Kolkata": "Delhi",
}


# ---------- Dates and times ----------


def zone_of(zone: str | ZoneInfo) -> ZoneInfo:
    """The zone itself, from its key or unchanged.

    :raises zoneinfo.ZoneInfoNotFoundError: for a key that no zone has.
    """
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)


def place(zone: str | ZoneInfo) -> str:
    """The town a zone is named after, as people write it: ``America/New_York`` is New York."""
    key = zone if isinstance(zone, str) else zone.key
    return _PLACES.get(key) or key.rsplit("/", 1)[-1].replace("_", " ")


def local_day(value: date | datetime, *, zone: str | ZoneInfo | None = None) -> date:
    """The calendar day of a date, or of an instant in a zone (UTC when none is given)."""
    if isinstance(value, datetime):
        return value.astimezone(zone_of(zone) if zone else UTC).date()
    return value


def day(value: date | datetime, *, today: date, zone: str | ZoneInfo | None = None) -> str:
    """``Fri 4 Dec`` in the calendar year of ``today``, else ``Thu 14 Jan 2027``: the year is never left to guess."""
    on = local_day(value, zone=zone)
    short = f"{_WEEKDAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"
    return short if on.year == today.year else f"{short} {on.year}"


def day_with_year(value: date | datetime, *, zone: str | ZoneInfo | None = None) -> str:
    """``Fri 4 Dec 2026``: for ledgers, records and anything that is kept or sent."""
    on = local_day(value, zone=zone)
    return f"{_WEEKDAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]} {on.year}"


def day_in_full(value: date | datetime, *, zone: str | ZoneInfo | None = None) -> str:
    """``Friday 4 December 2026``: for headings, letters and the text that is signed."""
    on = local_day(value, zone=zone)
    return f"{_WEEKDAYS_IN_FULL[on.weekday()]} {on.day} {_MONTHS_IN_FULL[on.month - 1]} {on.year}"


def weekday(value: date | datetime, *, zone: str | ZoneInfo | None = None) -> str:
    """``Fri``."""
    return _WEEKDAYS[local_day(value, zone=zone).weekday()]


def month(value: date | datetime, *, zone: str | ZoneInfo | None = None) -> str:
    """``Dec``."""
    return _MONTHS[local_day(value, zone=zone).month - 1]


def hour(instant: datetime, *, zone: str | ZoneInfo) -> str:
    """``09:03``: the time of day in a zone, without naming it (the sentence around it does)."""
    return f"{instant.astimezone(zone_of(zone)):%H:%M}"


def moment(instant: datetime, *, zone: str | ZoneInfo, today: date, named: bool = True) -> str:
    """``Fri 4 Dec 23:59 Canberra``: day, time and the place whose clock it is."""
    text = f"{day(instant, today=today, zone=zone)} {hour(instant, zone=zone)}"
    return f"{text} {place(zone)}" if named else text


def iso_day(value: date) -> str:
    """``2026-12-04``: for auditors and machines."""
    return value.strftime("%Y-%m-%d")


def iso_moment(instant: datetime) -> str:
    """``2026-11-10 14:31:08Z``: an instant in UTC for auditors; seconds, never fractions."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


# ---------- Distances ----------


def plural(count: int | Decimal, one: str, many: str = "") -> str:
    """The form of a noun for a count: ``plural(2, "vial")`` is vials."""
    return one if count in (1, -1) else many or f"{one}s"


def counted(count: int, one: str, many: str = "") -> str:
    """``3 requirements``, ``1 requirement``, ``no requirement``-free zero: ``0 requirements``."""
    return f"{number(count)} {plural(count, one, many)}"


def days(count: int) -> str:
    """``2 days``, ``1 day``, ``−2 days``."""
    return counted(count, "day")


def distance(span: timedelta) -> str:
    """How far something is: ``16 days``, ``1 day``, ``10 hours``, ``56 min``; rounded towards nought, sign kept."""
    sign = MINUS if span < timedelta(0) else ""
    size = abs(span)
    if size >= timedelta(days=1):
        return f"{sign}{counted(size.days, 'day')}"
    if size >= timedelta(hours=1):
        return f"{sign}{counted(int(size.total_seconds() // 3600), 'hour')}"
    return f"{sign}{int(size.total_seconds() // 60)} min"


def ago(instant: datetime, *, now: datetime) -> str:
    """``1 min ago``, ``2 days ago``; ``just now`` under a minute; ``in 3 hours`` for what is ahead."""
    span = now - instant
    if abs(span) < timedelta(minutes=1):
        return "just now"
    return f"{distance(span)} ago" if span > timedelta(0) else f"in {distance(-span)}"


def until(target: date, *, today: date) -> str:
    """How far a day is from today: ``today``, ``tomorrow``, ``16 days``, ``yesterday``, ``2 days ago``."""
    gap = (target - today).days
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if gap in named:
        return named[gap]
    return days(gap) if gap > 0 else f"{days(-gap)} ago"


@dataclass(frozen=True)
class Slack:
    """Time until harm minus time still needed, ready to be shown: a number, its unit, a state and the state's words."""

    number: str
    unit: str
    state: str
    words: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}"


def slack(span: timedelta, *, harm_days: int = 1, care_days: int = 7) -> Slack:
    """Slack as the look shows it: under ``harm_days`` or negative is harm, under ``care_days`` is care, else wait.

    A day or more is told in whole days (rounded towards less time), less than a day in hours.
    """
    if span < timedelta(days=harm_days):
        state, words = ("harm", "late" if span < timedelta(0) else "act now")
    elif span < timedelta(days=care_days):
        state, words = "care", "act soon"
    else:
        state, words = "wait", "in time"
    seconds = span.total_seconds()
    if abs(seconds) < 86_400:
        amount, unit = int(seconds // 3600), "h"
    else:
        amount, unit = int(seconds // 86_400), "d"
    return Slack(number=number(amount), unit=unit, state=state, words=words)


# ---------- Numbers, amounts, lists ----------


def number(value: int | Decimal) -> str:
    """``1,200``, ``−2``, ``0.5``: grouped from four digits on, a true minus sign, no trailing noughts."""
    amount = Decimal(value)
    text = f"{abs(amount):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if amount < 0 and text != "0" else text


# Units that are written alike for one and many (SI and its neighbours); everything else is a countable word.
_UNIT_SYMBOLS = frozenset({"mg", "g", "kg", "µg", "mcg", "mL", "ml", "L", "IU", "mmol", "mEq", "MBq", "GBq", "%", "°C"})
_IRREGULAR = {
    "box": "boxes",
    "sachet": "sachets",
    "suppository": "suppositories",
    "dose": "doses",
    "syringe": "syringes",
    "pre-filled syringe": "pre-filled syringes",
    "bottle": "bottles",
    "patch": "patches",
}


def quantity(amount: int | Decimal, unit: str) -> str:
    """``2 vials``, ``1 vial``, ``0.5 mL``, ``1,200 tablets``: an amount always has its unit."""
    if unit in _UNIT_SYMBOLS:
        return f"{number(amount)}{NO_BREAK}{unit}"
    return f"{number(amount)}{NO_BREAK}{plural(amount, unit, _IRREGULAR.get(unit, ''))}"


def joined(parts: Iterable[object], last: str = "and") -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    words = [str(part) for part in parts]
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def size(octets: int) -> str:
    """A file's size: ``640 bytes``, ``18 kB``, ``1.9 MB`` (thousands, as operating systems' file lists show it)."""
    if octets < 1000:
        return counted(octets, "byte")
    if octets < 1_000_000:
        return f"{round(octets / 1000)}{NO_BREAK}kB"
    return f"{octets / 1_000_000:.1f}{NO_BREAK}MB"


def fingerprint(hexadecimal: str, groups: int = 4) -> str:
    """The head of a SHA-256 in groups of four for the eye: ``9f3c 41aa 07d2 b85e``."""
    head = hexadecimal[: groups * 4]
    return " ".join(head[at : at + 4] for at in range(0, len(head), 4))


def without_remark(text: str) -> str:
    """A name or a label without its long remark in brackets, for a row; the case page keeps the whole."""
    return re.sub(r"\s*\([^()]{20,}\)", "", text)


def capital(text: str) -> str:
    """The text with its first letter as a capital and the rest left alone."""
    return text[:1].upper() + text[1:]


# ---------- People ----------


def patient(initials: str, birth_year: int | None) -> str:
    """``A.M., born 1987``: all that a page may say about who the patient is."""
    return f"{initials}, born {birth_year}" if birth_year else initials


_ROLE_WORDS = {
    Role.COORDINATING_PHARMACIST: "coordinating pharmacist",
    Role.PHARMACIST_IN_CHARGE: "pharmacist in charge",
    Role.PRESCRIBER: "prescriber",
    Role.DELEGATE: "prescriber’s delegate",
    Role.RECEIVING_PHARMACIST: "receiving pharmacist",
    Role.ADMINISTRATOR: "administrator",
    Role.AUDITOR: "auditor",
    Role.SYSTEM: "service account",
}


def role(value: str) -> str:
    """A role in the trade's words; a word that is no role (authority, importer) is given back readable."""
    return _ROLE_WORDS.get(Role(value)) or value if value in set(Role) else value.replace("_", " ")
