"""GS1 identifiers and element strings as typed or scanned. Pure (GS1 General Specifications, sections 3, 7.8, 7.9)."""

import re
from dataclasses import dataclass

GTIN_DIGITS = 14


def check_digit_of(digits: str) -> int:
    """The modulo-10 check digit for the digits before it: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def fault_of_gtin(gtin: str) -> str:
    """What is wrong with a GTIN-14, as a sentence; empty when its check digit fits."""
    if len(gtin) != GTIN_DIGITS or not gtin.isascii() or not gtin.isdigit():
        return f"A GTIN has {GTIN_DIGITS} digits; {gtin!r} was given. Copy it from the pack."
    wanted = check_digit_of(gtin[:-1])
    if wanted != int(gtin[-1]):
        return f"The check digit of GTIN {gtin} is {gtin[-1]} and should be {wanted}: one digit was misread."
    return ""


def serials_of(typed: str) -> list[str]:
    """The serial numbers of a text with one on each line; blank lines and blanks around a serial are not part of it."""
    return [line.strip() for line in typed.splitlines() if line.strip()]


def fault_of_serials(serials: list[str]) -> str:
    """What is wrong with a list of serials, as a sentence; empty when each has 1 to 20 characters and comes once."""
    if too_long := [serial for serial in serials if len(serial) > 20]:
        return f"A serial has at most 20 characters; {too_long[0]!r} has {len(too_long[0])}."
    if twice := sorted({serial for serial in serials if serials.count(serial) > 1}):
        return f"{', '.join(twice)} was entered twice. One line is one pack."
    return ""


# Application identifier -> (field, digits of a fixed length or 0 for up to 20 characters). Others are refused by name.
_IDENTIFIERS = {"01": ("gtin", 14), "17": ("expiry", 6), "10": ("lot", 0), "21": ("serial", 0)}
_LONGEST = 20
SEPARATOR = "\x1d"
# What scanners and keyboards make of the group separator, and what they put in front.
_COSTUMES = ("<GS>", "{GS}", "\u241d", "^]")
_SYMBOLOGIES = ("]d2", "]C1", "]Q3", "]e0")
_PRINTED = re.compile(r"\((\d{2,4})\)([^()]*)")


class NotReadable(ValueError):
    """A scanned or typed text that is no element string; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class PackText:
    """The four fields of a pack, as text; empty where the pack did not say. ``expiry`` is YYMMDD."""

    gtin: str = ""
    serial: str = ""
    lot: str = ""
    expiry: str = ""


def read_element_string(text: str) -> PackText:
    """The fields of one scanned GS1 element string, or of one typed with brackets as it is printed.

    Source: GS1 General Specifications, sections 3.2 and 7.8. Compares nothing and knows no expected pack.

    :raises NotReadable: with a sentence.
    """
    text = text.strip(" \r\n\t")
    for symbology in _SYMBOLOGIES:
        text = text.removeprefix(symbology)
    for costume in _COSTUMES:
        text = text.replace(costume, SEPARATOR)
    parts = _printed(text) if text.startswith("(") else _scanned(text.lstrip(SEPARATOR))
    found: dict[str, str] = {}
    for identifier, value in parts:
        field = _IDENTIFIERS[identifier][0]
        if found.setdefault(field, value) != value:
            raise NotReadable(f"The code holds two values for the {field}. Scan one pack alone.")
    if fault := fault_of_gtin(found.get("gtin", "")):
        raise NotReadable(fault)
    return PackText(**found)


def _printed(text: str) -> list[tuple[str, str]]:
    parts = [(identifier, value.strip()) for identifier, value in _PRINTED.findall(text)]
    for identifier, value in parts:
        _refuse_unknown(identifier, value)
    return parts


def _scanned(text: str) -> list[tuple[str, str]]:
    parts = []
    while text:
        identifier = text[:2]
        _refuse_unknown(identifier, text[2:])
        fixed = _IDENTIFIERS[identifier][1]
        value, rest = (text[2 : 2 + fixed], text[2 + fixed :]) if fixed else _until_separator(text[2:])
        if fixed and (len(value) != fixed or not value.isdigit()):
            raise NotReadable(f"After ({identifier}) come {fixed} digits; {value!r} came. Scan the whole code again.")
        parts.append((identifier, value))
        text = rest.removeprefix(SEPARATOR)
    return parts


def _until_separator(text: str) -> tuple[str, str]:
    value, separator, rest = text.partition(SEPARATOR)
    return value, separator + rest


def _refuse_unknown(identifier: str, value: str) -> None:
    if identifier not in _IDENTIFIERS:
        raise NotReadable(
            f"{(identifier + value)[:12]!r} begins with none of (01), (10), (17) and (21). Scan the square code on the "
            "pack, or type what is printed."
        )
    if not value:
        raise NotReadable(f"Nothing follows ({identifier}). Scan the whole code again.")
