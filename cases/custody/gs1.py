"""GS1 identifiers as typed: the check digit, the list of serials. Pure (GS1 General Specifications, 3 and 7.9)."""

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


class NotReadable(ValueError):
    """A scanned or typed text that is no element string; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class PackText:
    """The four fields of a pack, as text; empty where the pack did not say. ``expiry`` is YYMMDD."""

    gtin: str = ""
    serial: str = ""
    lot: str = ""
    expiry: str = ""
