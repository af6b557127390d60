"""Reading a partner's list: every line, or every reason why not, each with its line, its column and what to do.

The whole list is read or nothing of it is. Pure but for the words in which days are typed.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from cases.lifecycle.typed_days import NotADay, read_day
from pharmacovigilance.reconciling.columns import COLUMNS, LONGEST, NAMES, OUR_NUMBER, THEIR_NUMBER, Column
from pharmacovigilance.refusing import Fault, ListRefused

MOST_BYTES: Final = 2_000_000
MOST_LINES: Final = 10_000
_DELIMITERS: Final = (",", ";", "\t")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_STRANGERS: Final = {
    b"PK\x03\x04": "a workbook",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"%PDF": "a PDF",
    b"\xff\xd8\xff": "a picture",
    b"\x89PNG": "a picture",
    b"<?xml": "XML",
}
_SAVE: Final = "Save it as CSV UTF-8 and send that."


@dataclass(frozen=True, slots=True)
class Line:
    """One case as the partner has it: its cells by column, days as ISO; empty where nothing is given."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class PartnerList:
    """All lines, and the headings of columns that are none of ours; nothing of those was read."""

    lines: tuple[Line, ...]
    not_read: tuple[str, ...]


def read_list(content: bytes, *, today: date) -> PartnerList:
    """Every line of a partner's list.

    :raises ListRefused: with every fault; nothing was taken.
    """
    text = _text(content)
    rows = _rows(text)
    heads = [head.strip().strip("\ufeff").lower() for head in rows[0]]
    if faults := list(_of_headings(heads)):
        raise ListRefused(faults)
    places = {name: heads.index(name) for name in NAMES}
    lines = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(heads):
            faults.append(
                Fault(
                    number, "", f"{len(row)} cells", f"The heading has {len(heads)} columns.", "Give each line as many."
                )
            )
            continue
        raw = {name: row[place].strip() for name, place in places.items()}
        cells = dict(raw)
        for column in COLUMNS:
            cells[column.name], fault = _cell(column, raw[column.name], number, today)
            faults += [fault] if fault else []
        if not cells[OUR_NUMBER] and not cells[THEIR_NUMBER]:
            faults.append(
                Fault(number, OUR_NUMBER, "", "The line has no number, neither ours nor theirs.", "Give one of them.")
            )
        lines.append(Line(number, cells))
    faults += _doubles(lines)
    if faults:
        raise ListRefused(sorted(faults, key=lambda fault: fault.line))
    return PartnerList(tuple(lines), tuple(head for head in heads if head not in NAMES))


def _text(content: bytes) -> str:
    whole = ("", "the file")
    if not content.strip(b"\x00\xef\xbb\xbf \t\r\n"):
        raise ListRefused([Fault(0, "", "0 bytes", "The list is empty.", "Export it again and send it once more.")])
    if len(content) > MOST_BYTES:
        size = f"{len(content) / 1_000_000:.1f} MB"
        raise ListRefused([Fault(0, "", size, "The list is larger than 2 MB.", "Send a shorter period.")])
    for signature, kind in _STRANGERS.items():
        if content.startswith(signature):
            raise ListRefused([Fault(0, "", kind, f"The file is {kind}, not a list of text.", _SAVE)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        value = f"byte {content[fault.start]:#04x}"
        raise ListRefused([Fault(line, "", value, "The file is not in UTF-8.", _SAVE)]) from fault
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise ListRefused([Fault(line, *whole[:1], "byte 0x00", "The file has bytes that no text has.", _SAVE)])
    return text


def _rows(text: str) -> list[list[str]]:
    """The cells of each line, by the delimiter that gives most of the headings."""
    first = text.splitlines()[0]
    delimiter = max(_DELIMITERS, key=lambda one: len(set(_heads(first, one)) & set(NAMES)))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise ListRefused([Fault(0, "", str(fault), "A quotation mark is not closed.", _SAVE)]) from fault
    if len(rows) > MOST_LINES:
        value = f"{len(rows)} lines"
        raise ListRefused([Fault(0, "", value, f"More than {MOST_LINES} lines.", "Send a shorter period.")])
    return rows


def _heads(line: str, delimiter: str) -> list[str]:
    return [head.strip().strip('"\ufeff').lower() for head in line.split(delimiter)]


def _of_headings(heads: list[str]) -> Iterator[Fault]:
    for column in COLUMNS:
        times = heads.count(column.name)
        if times == 0:
            yield Fault(
                1,
                column.name,
                "",
                f"The column {column.name} is missing.",
                f"Add it, empty if need be: {column.label}.",
            )
        elif times > 1:
            yield Fault(1, column.name, f"{times} times", "The column stands there twice.", "Leave one of them out.")


def _cell(column: Column, said: str, number: int, today: date) -> tuple[str, Fault | None]:
    """The cell as it is kept, and what is wrong with it."""

    def wrong(problem: str, remedy: str) -> tuple[str, Fault]:
        return said, Fault(number, column.name, said[:LONGEST], problem, remedy)

    if not said:
        return "", None
    if said.startswith(_FORMULA):
        return wrong("The cell begins like a formula.", "Write the value alone.")
    if len(said) > LONGEST:
        return wrong(f"The cell has {len(said)} characters.", f"At most {LONGEST} are taken: write the value alone.")
    if column.kind == "words" and said.lower() not in column.words:
        return wrong("It is not one of the words.", f"Write one of: {', '.join(column.words)}.")
    if column.kind == "words":
        return said.lower(), None
    if column.kind != "day":
        return said, None
    try:
        day = read_day(said)
    except NotADay:
        return wrong("It is not a day.", "Write year, month and day as 2026-03-18.")
    if day > today:
        return wrong("The day has not come yet.", "Correct it in the list.")
    return day.isoformat(), None


def _doubles(lines: list[Line]) -> Iterator[Fault]:
    """Two lines with one number; which of both is meant is nothing to guess."""
    for name in (OUR_NUMBER, THEIR_NUMBER):
        seen: dict[str, int] = {}
        for line in lines:
            said = line.cells[name]
            if said and said in seen:
                remedy = "Leave one of both lines out."
                yield Fault(line.number, name, said, f"The number stands on line {seen[said]} already.", remedy)
            seen.setdefault(said, line.number)
