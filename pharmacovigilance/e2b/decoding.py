"""A message as a person reads it: section by section, each value with its element's id and what its code means."""

from dataclasses import dataclass
from typing import Final

from pharmacovigilance.e2b.elements import Element, Table, table
from pharmacovigilance.e2b.places import HL7
from pharmacovigilance.e2b.reading import Part, Value

NULLS: Final = {
    "NI": "no information",
    "MSK": "known, withheld",
    "UNK": "unknown",
    "NA": "not applicable",
    "ASKU": "asked, not known",
    "NASK": "not asked",
    "NINF": "minus infinity",
    "PINF": "plus infinity",
    "OTH": "other",
}
_DATES: Final = ("date", "day", "instant")


@dataclass(frozen=True)
class Line:
    """One element.

    :param value: as it stands in the message; of a null flavour its code.
    :param words: what the code means, the date as people write it; empty where the value speaks for itself.
    :param is_null: a null flavour stands in the value's stead.
    """

    element: str
    label: str
    value: str
    words: str
    is_null: bool


@dataclass(frozen=True)
class Section:
    """One part of the message: its number in the standard, its name, its own lines."""

    id: str
    number: str
    title: str
    lines: tuple[Line, ...]


def decoded(batch: Part) -> list[Section]:
    """Every part that says something, in the order of the message."""
    listed, names = table(), _named(batch)
    sections: list[Section] = []
    for part in batch.walk():
        lines = tuple(_lines(part, listed, names))
        if lines:
            sections.append(Section(f"part-{len(sections) + 1}", part.scope.section, _title(part), lines))
    return sections


def _title(part: Part) -> str:
    return part.scope.label + (f" {_count(part)}" if part.scope.times != "one" else "")


def _count(part: Part) -> str:
    """1, or 2.1 for the first of the second: a dosage line of the second drug."""
    above = part.above
    while above is not None and above.scope.times == "one":
        above = above.above
    outer = _count(above) + "." if above is not None and above.scope.name in ("drug", "parent") else ""
    return f"{outer}{part.number}"


def _lines(part: Part, listed: Table, names: dict[str, str]) -> list[Line]:
    return [
        _line(element, value, listed, names)
        for element in listed.of_scope[part.scope.name]
        for value in part.values.get(element.id, ())
        if value.is_given
    ]


def _named(batch: Part) -> dict[str, str]:
    """Each reaction by the identifier that assessments name it by."""
    return {
        own.get("root", ""): _title(part)
        for part in batch.parts("reaction")
        if part.node is not None and (own := part.node.find(f"{{{HL7}}}id")) is not None
    }


def _line(element: Element, value: Value, listed: Table, names: dict[str, str]) -> Line:
    if not value.text:
        return Line(element.id, element.label, value.null, NULLS.get(value.null, ""), True)
    words = listed.words(element, value.text) if element.codes else ""
    if element.id == "G.k.9.i.1":
        words = names.get(value.text, "")
    if element.kind in _DATES:
        words = _date(value.text)
    return Line(element.id, element.label, value.text, "" if words == value.text else words, False)


def _date(text: str) -> str:
    """A date of the standard as people write it, as far as it is known."""
    digits, zone = text[:14].partition("+")[0].partition("-")[0], ""
    if len(text) > 14:
        zone = f" UTC{text[14:]}"
    day = "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part)
    time = ":".join(part for part in (digits[8:10], digits[10:12], digits[12:14]) if part)
    return f"{day} {time}".strip() + zone
