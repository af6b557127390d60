"""Reading a licensee's own dictionary files: every term, or every reason why not. Pure: bytes in, terms out.

MedDRA's ASCII files part their fields by "$" and have no headings; of a lowest level term (llt.asc) the first field is
its code, the second its words, the third the code of its preferred term (pt.asc) and the tenth whether it is current.
The layout is recalled from the distribution's own description, not read here: a licensee compares the first import.
A list of EDQM terms is CSV with the headings ``code`` and ``term``.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pharmacovigilance.refusing import Fault, ListRefused

LLT, PT = "llt.asc", "pt.asc"
MOST_BYTES: Final = 30_000_000
LONGEST: Final = 250  # characters of a term, as in E.i.1.1a
VERSION: Final = re.compile(r"[1-9]\d?\.[0-9]")
LONGEST_CODE: Final = 15  # as in G.k.4.r.9.2b
_CODE: Final = re.compile(r"[0-9]{8}")
_CURRENCY: Final = {"Y": True, "N": False}
# How many fields a line has at least, for what is read of it.
_LLT_FIELDS, _PT_FIELDS = 10, 2
_EXPORT: Final = "Take the file as it came from the dictionary's owner."


@dataclass(frozen=True, slots=True)
class Term:
    """One term that events may be coded with; ``parent`` is the preferred term of a lowest level term."""

    code: str
    words: str
    is_current: bool = True
    parent_code: str = ""
    parent_words: str = ""


def read_meddra(llt: bytes, pt: bytes) -> list[Term]:
    """The lowest level terms with their preferred terms.

    :raises ListRefused: with every fault of both files; nothing was taken.
    """
    faults: list[Fault] = []
    preferred = dict(_preferred(_lines(PT, pt, _PT_FIELDS, faults), faults))
    terms, seen = [], dict[str, int]()
    for number, fields in _lines(LLT, llt, _LLT_FIELDS, faults):
        code, words, parent, currency = fields[0], fields[1].strip(), fields[2], fields[9].strip()
        wrong = _fault_of_term(LLT, number, code, words, seen)
        if wrong is None and parent not in preferred:
            wrong = Fault(number, LLT, parent, f"Its preferred term is not in {PT}.", "Take both files of one version.")
        if wrong is None and currency not in _CURRENCY:
            wrong = Fault(number, LLT, currency, "The tenth field says neither Y nor N.", _EXPORT)
        if wrong is not None:
            faults.append(wrong)
            continue
        seen[code] = number
        terms.append(Term(code, words, _CURRENCY[currency], parent, preferred[parent]))
    if faults:
        raise ListRefused(faults)
    return terms


def read_edqm(content: bytes) -> list[Term]:
    """The terms of a list of dose forms or routes.

    :raises ListRefused: with every fault; nothing was taken.
    """
    name = "list"
    rows = list(csv.reader(io.StringIO(_text(name, content), newline="")))
    heads = [head.strip().lower() for head in rows[0]]
    if missing := [head for head in ("code", "term") if head not in heads]:
        raise ListRefused(
            [
                Fault(1, head, "", f"The column {head} is missing.", "The headings are code and term.")
                for head in missing
            ]
        )
    faults: list[Fault] = []
    terms, seen = [], dict[str, int]()
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(heads):
            faults.append(Fault(number, name, f"{len(row)} cells", f"The heading has {len(heads)}.", _EXPORT))
            continue
        code, words = row[heads.index("code")].strip(), row[heads.index("term")].strip()
        if wrong := _fault_of_term(name, number, code, words, seen):
            faults.append(wrong)
            continue
        seen[code] = number
        terms.append(Term(code, words))
    if faults or not terms:
        raise ListRefused(faults or [Fault(0, name, "", "It has headings and no term.", _EXPORT)])
    return terms


def _preferred(lines: Iterator[tuple[int, list[str]]], faults: list[Fault]) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for number, fields in lines:
        code, words = fields[0], fields[1].strip()
        if wrong := _fault_of_term(PT, number, code, words, seen):
            faults.append(wrong)
        else:
            seen[code] = number
            yield code, words


def _fault_of_term(name: str, number: int, code: str, words: str, seen: dict[str, int]) -> Fault | None:
    checks: tuple[tuple[bool, str, str], ...] = (
        (not _CODE.fullmatch(code) and name != "list", code, "The code has not eight digits."),
        (not code, code, "It has no code."),
        (len(code) > LONGEST_CODE, code, f"The code has more than {LONGEST_CODE} characters."),
        (code in seen, code, f"The code stands on line {seen.get(code)} already."),
        (not words, code, "The term has no words."),
        (len(words) > LONGEST, words[:40], f"The term has more than {LONGEST} characters."),
    )
    found = next(((value, problem) for holds, value, problem in checks if holds), None)
    return Fault(number, name, found[0][:40], found[1], _EXPORT) if found else None


def _lines(name: str, content: bytes, fields: int, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line that has enough of them."""
    try:
        text = _text(name, content)
    except ListRefused as refusal:
        faults += refusal.faults
        return
    lines = text.splitlines()
    if not any("$" in line for line in lines[:10]):
        faults.append(Fault(1, name, lines[0][:40], "The fields are not parted by “$”.", _EXPORT))
        return
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        parts = line.split("$")
        if len(parts) < fields:
            problem = f"The line has {len(parts)} fields; at least {fields} are needed."
            faults.append(Fault(number, name, line[:40], problem, f"See whether it is {name}. {_EXPORT}"))
        else:
            yield number, parts


def _text(name: str, content: bytes) -> str:
    checks: tuple[tuple[Callable[[], bool], str, str, str], ...] = (
        (lambda: not content.strip(b"\x00\xef\xbb\xbf \t\r\n"), "0 bytes", "The file is empty.", _EXPORT),
        (lambda: len(content) > MOST_BYTES, f"{len(content)} bytes", "The file is larger than 30 MB.", _EXPORT),
        (lambda: content.startswith(b"PK"), "an archive", "The file is an archive.", "Unpack it, send what is in it."),
        (lambda: b"\x00" in content, "byte 0x00", "The file has bytes that no text has.", _EXPORT),
    )
    for holds, value, problem, remedy in checks:
        if holds():
            raise ListRefused([Fault(0, name, value, problem, remedy)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        value = f"byte {content[fault.start]:#04x}"
        raise ListRefused([Fault(line, name, value, "The file is not in UTF-8.", "Save it as UTF-8.")]) from fault
