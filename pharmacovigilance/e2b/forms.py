"""How one value must look: date, country, code, number, identifier. Each form says what is wrong in a sentence.

Source: ICH E2B(R3) implementation guide, data elements and appendix II (dates). The schema checks none of it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from pharmacovigilance.e2b.elements import Element, Table


class Fault(NamedTuple):
    """A rule that a value breaks; ``rule`` without its layer's prefix."""

    rule: str
    sentence: str
    is_warning: bool = False


class Judged(NamedTuple):
    """What a form looks at. ``now`` is the moment of the check: no date may lie after it."""

    text: str
    element: Element
    table: Table
    now: datetime


_DATE: Final = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d+)?([+-]\d{2}(?:\d{2})?)?")
_DATE_HINT: Final = "Dates are written CCYYMMDDhhmmss with the offset from UTC, cut off at what is known."
_CASE_ID: Final = re.compile(r"([A-Z]{2})-([^-\s][^-]*)-(\S.*)")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_MEDDRA: Final = re.compile(r"\d{8}")
_MEDDRA_VERSION: Final = re.compile(r"\d{1,2}\.\d")
_LANGUAGE: Final = re.compile(r"[a-z]{3}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*")
_FURTHEST_ZONE: Final = timedelta(hours=14)


def _free(judged: Judged) -> list[Fault]:
    return []


def _code(judged: Judged) -> list[Fault]:
    allowed = judged.table.codes[judged.element.codes]
    if judged.text in allowed:
        return []
    return [Fault("CODE", f"has the code {judged.text!r}, which is not in its list: {', '.join(allowed)}.")]


def _unit(judged: Judged) -> list[Fault]:
    if judged.text in judged.table.codes["unit"]:
        return []
    return [
        Fault("UNIT", f"has the unit {judged.text!r}, which is not on the list of UCUM units allowed here.", True)
    ]  # fmt: skip


def _country(judged: Judged) -> list[Fault]:
    if judged.text in judged.table.countries:
        return []
    return [Fault("COUNTRY", f"has the country {judged.text!r}; it is two capital letters of ISO 3166-1, or EU.")]


def _language(judged: Judged) -> list[Fault]:
    if _LANGUAGE.fullmatch(judged.text):
        return []
    return [Fault("LANGUAGE", f"has the language {judged.text!r}; it is three small letters of ISO 639-2.")]


def _boolean(judged: Judged) -> list[Fault]:
    if judged.text in ("true", "false"):
        return []
    return [Fault("BOOLEAN", f"has {judged.text!r}; it is true or false.")]


def _true_only(judged: Judged) -> list[Fault]:
    if judged.text == "true":
        return []
    instead = "the null flavour NI" if "NI" in judged.element.nulls else "nothing"
    return [Fault("TRUE", f"has {judged.text!r}; it is true, or {instead} stands there. False is not a value of it.")]


def _number(judged: Judged) -> list[Fault]:
    return [] if _NUMBER.fullmatch(judged.text) else [Fault("NUMBER", f"has {judged.text!r}; it is a number.")]


def _meddra(judged: Judged) -> list[Fault]:
    if _MEDDRA.fullmatch(judged.text):
        return []
    return [Fault("MEDDRA", f"has {judged.text!r}; a MedDRA code has eight digits.")]


def _meddra_version(judged: Judged) -> list[Fault]:
    if _MEDDRA_VERSION.fullmatch(judged.text):
        return []
    return [Fault("MEDDRA-VERSION", f"has {judged.text!r}; a MedDRA version is written like 29.0.")]


def _case_id(judged: Judged) -> list[Fault]:
    found = _CASE_ID.fullmatch(judged.text)
    if found and found[1] in judged.table.countries:
        return []
    return [
        Fault(
            "IDENTIFIER", f"has {judged.text!r}; it is country-organisation-number, the country two capital letters, "
            "no dash within the organisation.",
        )
    ]  # fmt: skip


def _base64(judged: Judged) -> list[Fault]:
    return [] if _BASE64.fullmatch(judged.text) else [Fault("BASE64", "holds a document that is not base 64.")]


def _date(judged: Judged) -> list[Fault]:
    return _dated(judged, digits=4, zoned=False)


def _day(judged: Judged) -> list[Fault]:
    return _dated(judged, digits=8, zoned=False)


def _instant(judged: Judged) -> list[Fault]:
    return _dated(judged, digits=14, zoned=True)


def _dated(judged: Judged, *, digits: int, zoned: bool) -> list[Fault]:
    text = judged.text
    found = _DATE.fullmatch(text)
    moment = earliest(text) if found else None
    if found is None or moment is None:
        return [Fault("DATE", f"has {text!r}, which is no date. {_DATE_HINT}")]
    faults = []
    known = len("".join(part for part in found.groups()[:6] if part))
    if known < digits:
        words = {8: "the day", 14: "the second"}[digits]
        faults.append(Fault("PRECISION", f"has {text!r}; it is given to {words}. {_DATE_HINT}"))
    elif zoned and not found[7]:
        faults.append(Fault("ZONE", f"has {text!r} without its offset from UTC. {_DATE_HINT}", True))
    if moment > judged.now:
        faults.append(Fault("FUTURE", f"has {text!r}, which lies after the check ({judged.now:%Y-%m-%d %H:%M} UTC)."))
    return faults


def earliest(text: str) -> datetime | None:
    """The earliest moment that a date of the standard can mean, whatever its zone; none when it is no date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        if zone:
            off = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
            return moment - off if zone[0] == "+" else moment + off
        return moment - _FURTHEST_ZONE
    except (ValueError, OverflowError):
        return None


def day_of(text: str) -> date | None:
    """The day that a date names, when it is given to the day."""
    found = _DATE.fullmatch(text)
    if found is None or not found[3]:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


KINDS: Final[Mapping[str, Callable[[Judged], list[Fault]]]] = {
    "text": _free, "telecom": _free, "code": _code, "unit": _unit, "country": _country, "language": _language,
    "bool": _boolean, "true": _true_only, "number": _number, "meddra": _meddra, "meddra_version": _meddra_version,
    "case_id": _case_id, "b64": _base64, "date": _date, "day": _day, "instant": _instant,
}  # fmt: skip


def faults_of(judged: Judged) -> list[Fault]:
    """What is wrong with one value: its form or list; only what has the right form can be too long."""
    faults = KINDS[judged.element.kind](judged)
    if not faults and judged.element.length and len(judged.text) > judged.element.length:
        faults.append(
            Fault("LENGTH", f"has {len(judged.text):,} characters; at most {judged.element.length:,} are taken.")
        )
    return faults
