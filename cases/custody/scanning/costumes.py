"""What scanners and keyboards make of the group separator and of the symbology, undone. Pure.

Sources: GS1 General Specifications 3.2 and 7.8 (separator is ASCII 29; symbology identifiers by ISO/IEC 15424); the
costumes are what wedge scanners of several makers send when a keyboard cannot type ASCII 29 (custody facts, 4).
"""

from dataclasses import dataclass
from typing import Final

GS: Final = "\x1d"
# Longest first. None of these can stand in a lot or serial of GS1's character set 82, except the angle brackets.
COSTUMES: Final = (
    "\\u001d", "\\x1d", "<0x1d>", "{0x1d}", "<GS>", "{GS}", "[GS]", "<F8>", "{F8}", "[F8]", "<FNC1>", "{FNC1}",
    "[FNC1]", "{1D}", "~029", "\\029", "~d029", "^029", "^]", "~1", "\u241d", "\u2194", "\x1d", "\x1c",
    "^", "|", "~", "#", "`", "{", "}", "\\",
)  # fmt: skip
SYMBOLOGIES: Final = {
    "d2": "GS1 DataMatrix",
    "d5": "GS1 DataMatrix",
    "C1": "GS1-128",
    "Q3": "GS1 QR code",
    "e0": "GS1 DataBar",
}
OTHER_SYMBOLOGIES: Final = {
    "d1": "a plain Data Matrix, not a GS1 one",
    "C0": "a plain Code 128",
    "E0": "an EAN or UPC bar code, which holds no lot and no serial",
    "E4": "an EAN-8 bar code, which holds no lot and no serial",
    "Q1": "a plain QR code",
    "A0": "a Code 39",
}


@dataclass(frozen=True, slots=True)
class Undressed:
    """The element string with every separator as ASCII 29.

    :param at: for each of its characters, its position (from 1) in the text as it came.
    :param symbology: the two characters after ``]``, or empty when the scanner sent none.
    """

    text: str
    at: tuple[int, ...]
    symbology: str
    separators: int


def undress(raw: str) -> Undressed:
    """Take off the symbology and every costume of the separator; line ends and tabs are the scanner's own."""
    start = len(raw) - len(raw.lstrip(" \r\n\t"))
    text = raw[start:].rstrip(" \r\n\t\x04\x1e")
    symbology = ""
    if text.startswith("]") and len(text) >= 3:
        symbology, text, start = text[1:3], text[3:], start + 3
    characters: list[str] = []
    places: list[int] = []
    place = 0
    while place < len(text):
        costume = next((one for one in COSTUMES if text[place : place + len(one)].upper() == one.upper()), "")
        characters.append(GS if costume else text[place])
        places.append(start + place + 1)
        place += len(costume) or 1
    while characters and characters[-1] == GS:
        characters.pop()
        places.pop()
    return Undressed("".join(characters), tuple(places), symbology, characters.count(GS))
