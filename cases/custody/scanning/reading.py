"""A strict reading of GS1 element strings: biip parses, and what biip lets pass is refused here by name. Pure.

biip accepts a wrong check digit, two different lots, a lot without GTIN and pairs that exclude each other (custody
facts, 3); a pack of medicine may have none of these. Source of the rules: GS1 General Specifications 3.2, 4.15, 7.8,
7.9 and 7.11; day 00 of an expiry is the last day of its month (3.4.7).
"""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations
from typing import Final

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_element_strings import GS1ElementString

from cases.custody.gs1 import NotReadable, check_digit_of
from cases.custody.scanning.costumes import GS, OTHER_SYMBOLOGIES, SYMBOLOGIES, Undressed, undress

FIELDS: Final = {"01": "gtin", "17": "expiry", "10": "lot", "21": "serial"}
WORDS: Final = {"01": "GTIN", "17": "expiry", "10": "lot", "21": "serial"}
# GS1 General Specifications 4.15: what may not stand together, and what cannot stand alone.
EXCLUDES: Final = (("01", "02"), ("01", "37"), ("01", "255"), ("21", "235"))
NEEDS_A_GTIN: Final = (
    "10",
    "17",
    "21",
    "11",
    "15",
    "235",
    "240",
    "241",
    "7003",
    "710",
    "711",
    "712",
    "713",
    "714",
    "715",
)
SET_82: Final = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_PRINTED = re.compile(r"\((\d{2,4})\)([^()]*)")


class ScanRefused(NotReadable):
    """A scanned or typed text that is no pack's element string.

    :param code: the name of the fault, one of ``FAULTS``.
    :param position: the place in the text as it came, from 1; 0 for the text as a whole.
    """

    def __init__(self, code: str, position: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.position = code, position


# Every name a refusal can have; the command and the API give it, tests pin it.
FAULTS: Final = (
    "empty", "other_symbology", "unknown_identifier", "nothing_follows", "too_short", "too_long", "bad_character",
    "bad_digit", "bad_check_digit", "bad_date", "repeated_differs", "missing_gtin", "excluded_pair", "missing_field",
    "lost_separator",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """The four fields of one pack.

    :param expiry: the last day; ``printed`` is the six digits of the pack.
    :param symbology: two characters by ISO/IEC 15424, empty when not sent: it is not proved then that a GS1 code
        was read.
    :param others: further identifiers of the pack and their values.
    """

    gtin: str
    expiry: date
    printed: str
    lot: str
    serial: str
    symbology: str = ""
    others: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """One pack that may be in front of the scanner."""

    gtin: str
    expiry: date
    lot: str
    serial: str

    def run_together(self) -> set[str]:
        """Every way its four fields read when the scanner drops all separators."""
        parts = [f"01{self.gtin}", f"17{self.expiry:%y%m%d}", f"10{self.lot}", f"21{self.serial}"]
        return {"".join(order) for order in permutations(parts)}


@dataclass(frozen=True, slots=True)
class _Part:
    identifier: str
    value: str
    at: int


def read_scan(raw: str) -> Scan:
    """The four fields of one pack, from a scanner's text or from text with brackets as printed.

    :raises ScanRefused: with a name, the position and a sentence.
    """
    worn = undress(raw)
    if not worn.text:
        raise ScanRefused("empty", 0, "Nothing was read. Scan the square code on the pack.")
    if worn.symbology and worn.symbology not in SYMBOLOGIES:
        what = OTHER_SYMBOLOGIES.get(worn.symbology, f"another symbology (]{worn.symbology})")
        raise ScanRefused("other_symbology", 1, f"The scanner read {what}. Scan the square GS1 code on the pack.")
    parts = _printed(worn) if worn.text.startswith("(") else _scanned(worn)
    found = _one_of_each(parts)
    _refuse_pairs(found)
    warnings = [_day_00(found), "" if worn.symbology or worn.text.startswith("(") else UNPROVED]
    last = _last_day(found["17"])
    return Scan(
        gtin=found["01"].value,
        expiry=last,
        printed=found["17"].value,
        lot=found["10"].value,
        serial=found["21"].value,
        symbology=worn.symbology,
        others={name: part.value for name, part in found.items() if name not in FIELDS},
        warnings=tuple(warning for warning in warnings if warning),
    )


UNPROVED: Final = "The scanner did not say which kind of code it read."
LOST: Final = (
    "The scanner dropped the separator between the fields; the pack was told by its whole text. Put the scanner right "
    "on the scanner page."
)


def read_against(raw: str, expected: list[Expected]) -> Scan:
    """As :func:`read_scan`; a text that lost its separators is read only as the expected pack it is letter for letter.

    No parser can see a lost separator: ``21SN1`` and ``17271231`` run together are a valid serial. Where an expected
    pack is exactly that text, it is told by it; else a field was swallowed, is missing, and the text is refused. A
    serial may hold any digits: ``SN10-0021`` is none that swallowed its neighbour.

    :raises ScanRefused: as above, and ``lost_separator``.
    """
    worn = undress(raw)
    bare = worn.text.replace(GS, "")
    for pack in expected:
        if worn.separators == 0 and bare in pack.run_together() and not _is_whole(raw, pack):
            return Scan(pack.gtin, pack.expiry, f"{pack.expiry:%y%m%d}", pack.lot, pack.serial, worn.symbology,
                        warnings=(LOST,))  # fmt: skip
    try:
        return read_scan(raw)
    except ScanRefused as refusal:
        if refusal.code in ("missing_field", "too_long") and worn.separators == 0 and not worn.text.startswith("("):
            raise ScanRefused(
                "lost_separator",
                refusal.position,
                f"{refusal} It came without any separator: the scanner may have dropped it. Put the scanner right on "
                "the scanner page, then scan again.",
            ) from refusal
        raise


def read_fields(*, gtin: str, expiry: str, lot: str, serial: str) -> Scan:
    """The same rules for four fields that were typed; ``expiry`` as six digits YYMMDD.

    :raises ScanRefused: as :func:`read_scan`.
    """
    return read_scan(f"(01){gtin.strip()}(17){expiry.strip()}(10){lot.strip()}(21){serial.strip()}")


def _is_whole(raw: str, pack: Expected) -> bool:
    try:
        scan = read_scan(raw)
    except ScanRefused:
        return False
    return (scan.gtin, scan.expiry, scan.lot, scan.serial) == (pack.gtin, pack.expiry, pack.lot, pack.serial)


def _printed(worn: Undressed) -> list[_Part]:
    parts, place = [], 0
    for match in _PRINTED.finditer(worn.text):
        if worn.text[place : match.start()].strip():
            break
        value = match.group(2)
        stripped = value.strip()
        at = match.start(2) + len(value) - len(value.lstrip()) if stripped else match.start(2)
        parts.append(_judged(match.group(1), stripped, worn.at[min(at, len(worn.at) - 1)], worn.at[match.start()]))
        place = match.end()
    if worn.text[place:].strip() or not parts:
        raise ScanRefused(
            "unknown_identifier",
            worn.at[min(place, len(worn.at) - 1)],
            f"{worn.text[place : place + 12]!r} does not begin with an identifier in brackets, such as (01).",
        )
    return parts


def _scanned(worn: Undressed) -> list[_Part]:
    text, parts, place = worn.text, [], 0
    while place < len(text):
        if text[place] == GS:
            place += 1
            continue
        identifier = _identifier(text[place:], worn.at[place])
        begins = place + len(identifier.ai)
        if identifier.separator_required:
            ends = text.find(GS, begins)
            ends = len(text) if ends < 0 else ends
        else:
            ends = min(begins + _digits(identifier), len(text))
            cut = text.find(GS, begins, ends)
            ends = cut if cut >= 0 else ends
        at = worn.at[begins] if begins < len(text) else worn.at[-1] + 1
        parts.append(_judged(identifier.ai, text[begins:ends], at, worn.at[place]))
        place = ends
    return parts


def _identifier(text: str, at: int) -> GS1ApplicationIdentifier:
    try:
        return GS1ApplicationIdentifier.extract(text)
    except ParseError:
        raise ScanRefused(
            "unknown_identifier",
            at,
            f"{text.split(GS)[0][:12]!r} begins with no identifier of GS1, such as (01), (10), (17) or (21). Scan the "
            "square code on the pack, or type what is printed.",
        ) from None


def _digits(identifier: GS1ApplicationIdentifier) -> int:
    """The length of the value of a predefined one: ``N2+N14`` is fourteen."""
    return sum(int(part[1:]) for part in identifier.format.split("+")[1:])


def _judged(name: str, value: str, at: int, begins: int) -> _Part:
    identifier = _identifier(name, begins)
    if identifier.ai != name:
        raise ScanRefused("unknown_identifier", begins, f"({name}) is no identifier of GS1. Copy it from the pack.")
    if not value:
        raise ScanRefused("nothing_follows", at, f"Nothing follows ({name}). Scan the whole code again.")
    for place, character in enumerate(value):
        if character not in SET_82:
            told = "a blank" if character == " " else f"{character!r}"
            raise ScanRefused(
                "bad_character",
                at + place,
                f"The {_called(name)} {value!r} holds {told}, which no pack may print there.",
            )
    _refuse_length(identifier, name, value, at)
    try:
        element = GS1ElementString.parse(f"{name}{value}")
    except ParseError:
        raise _unparsed(name, value, at) from None
    if element.gtin_error or element.sscc_error or element.gln_error:
        wanted = check_digit_of(value[:-1])
        raise ScanRefused(
            "bad_check_digit",
            at + len(value) - 1,
            f"The check digit of {_called(name)} {value} is {value[-1]} and should be {wanted}: one digit was misread.",
        )
    return _Part(name, value, at)


def _refuse_length(identifier: GS1ApplicationIdentifier, name: str, value: str, at: int) -> None:
    most = sum(int(part.strip("NX.")) for part in identifier.format.replace("..", "").split("+")[1:])
    if ".." in identifier.format and len(value) > most:
        raise ScanRefused(
            "too_long",
            at + most,
            f"A {_called(name)} has at most {most} characters; {value!r} has {len(value)}.",
        )
    if ".." not in identifier.format and len(value) != most:
        raise ScanRefused(
            "too_short" if len(value) < most else "too_long",
            at + min(len(value), most),
            f"After ({name}) come {most} characters; {value!r} has {len(value)}. Scan the whole code again.",
        )


def _unparsed(name: str, value: str, at: int) -> ScanRefused:
    if not value.isdigit() and re.match(r"[01]", name):
        wrong = next((place for place, character in enumerate(value) if not character.isdigit()), 0)
        return ScanRefused("bad_digit", at + wrong, f"After ({name}) come digits; {value!r} holds {value[wrong]!r}.")
    if name in ("11", "12", "13", "15", "16", "17", "7003"):
        return ScanRefused(
            "bad_date",
            at + (2 if not 1 <= int(value[2:4] or 0) <= 12 else 4),
            f"({name}) {value} is no day of any calendar: year {value[:2]}, month {value[2:4]}, day {value[4:6]}.",
        )
    return ScanRefused("bad_digit", at, f"{value!r} cannot stand after ({name}). Scan the whole code again.")


def _one_of_each(parts: list[_Part]) -> dict[str, _Part]:
    found: dict[str, _Part] = {}
    for part in parts:
        if found.setdefault(part.identifier, part).value != part.value:
            raise ScanRefused(
                "repeated_differs",
                part.at,
                f"The code holds two values for the {_called(part.identifier)}: {found[part.identifier].value} and "
                f"{part.value}. Scan one pack alone.",
            )
    return found


def _refuse_pairs(found: dict[str, _Part]) -> None:
    for one, other in EXCLUDES:
        if one in found and other in found:
            raise ScanRefused(
                "excluded_pair",
                found[other].at,
                f"({one}) and ({other}) cannot stand in one code. Scan the code of the single pack, not of its carton.",
            )
    if "01" not in found and (lone := next((name for name in NEEDS_A_GTIN if name in found), "")):
        raise ScanRefused(
            "missing_gtin",
            found[lone].at,
            f"The code has a {_called(lone)} and no GTIN (01). Scan the whole code again.",
        )
    missing = [name for name in FIELDS if name not in found]
    if missing:
        names = ", ".join(f"{WORDS[name]} ({name})" for name in missing)
        raise ScanRefused("missing_field", 0, f"The code does not say: {names}. Scan the square code, not the bars.")


def _day_00(found: dict[str, _Part]) -> str:
    if not found["17"].value.endswith("00"):
        return ""
    return f"The pack prints the expiry without a day ({found['17'].value}): its last day of the month counts."


def _last_day(part: _Part) -> date:
    element = GS1ElementString.parse(f"17{part.value}")
    if element.date is not None:
        return element.date
    year, month = 2000 + int(part.value[:2]), int(part.value[2:4])
    return date(year, month, monthrange(year, month)[1])


def _called(name: str) -> str:
    return WORDS.get(name, f"value of ({name})")
