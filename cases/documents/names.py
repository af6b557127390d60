"""File names as they come and as they go. Pure."""

import re
import unicodedata
from typing import Final

from cases.documents.errors import UploadRefused
from cases.documents.media import EXTENSIONS

LONGEST: Final = 150
# Marks that turn the direction of writing, so that "exe.fdp" is read as "pdf.exe"; and invisible joiners.
_DECEIVING: Final = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_RESERVED: Final = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def clean_name(name: str) -> str:
    """The name a file came with, normalised, for showing it again to people who may see the document.

    :raises UploadRefused: for a path, or for characters that cannot be seen or turn the direction of writing.
    """
    shown = "".join(letter if letter.isprintable() and letter not in _DECEIVING else "\ufffd" for letter in name)[:80]
    remedy = "Rename the file with letters and digits, and send it again."
    if "\x00" in name:
        raise UploadRefused("name-has-nul", "The file name holds a NUL character.", remedy, name=shown, value="U+0000")
    if "/" in name or "\\" in name or name.strip() in {".", ".."}:
        raise UploadRefused("name-is-path", "The file name is a path to a folder.", remedy, name=shown, value="/ or \\")
    for letter in name:
        if letter in _DECEIVING or unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}:
            raise UploadRefused(
                "name-deceives",
                f"The file name holds the character U+{ord(letter):04X}, which cannot be seen or turns the writing.",
                remedy,
                name=shown,
                value=f"U+{ord(letter):04X}",
            )
    tidy = " ".join(unicodedata.normalize("NFC", name).split()).strip(". ")
    if _RESERVED.match(tidy):
        tidy = f"_{tidy}"
    if len(tidy) > LONGEST:
        stem, dot, extension = tidy.rpartition(".")
        keep = f".{extension}" if dot and len(extension) <= 5 else ""
        tidy = (stem if keep else tidy)[: LONGEST - len(keep)].rstrip() + keep
    return tidy


def download_name(*, case_reference: str, label: str, version: int, doc_type: str, media_type: str) -> str:
    """The name a paper leaves the house with: references and type, no identity, ASCII only (RFC 6266)."""
    kind = re.sub(r"[^a-z0-9]+", "-", doc_type.lower()).strip("-") or "paper"
    return f"{case_reference}_{label}_v{version}_{kind}.{EXTENSIONS.get(media_type, 'bin')}"
