"""Papers set from a template and data: the same bytes on every machine, tagged for readers aloud (typst; ADR 13)."""

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst

ROOT: Final = Path(__file__).resolve().parents[2]
FONTS: Final = Path(__file__).with_name("fonts")
# Checked as PDF/UA-1 while it is set: a picture without words, or a letter that no font has, is an error, not a blank.
STANDARD: Final = "ua-1"
_MISSING: Final = re.compile(r'the text `"(.+?)"` could not be displayed')
_RIGHT_TO_LEFT: Final = {"R", "AL"}
_LANGUAGE_OF: Final = (("HEBREW", "he"), ("ARABIC", "ar"), ("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("CJK", "ja"))


class NotPrintable(ValueError):
    """A letter that none of the house's fonts holds; ``letters`` are those that the typesetter named."""

    def __init__(self, letters: str) -> None:
        super().__init__(f"“{letters}” cannot be printed: none of the fonts of the house holds it.")
        self.letters = letters


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """One PDF. `data` goes in as JSON and is never read as markup; its `printed_on` is the only date in the file.

    :param template: a typst file below the product's folder, built on ``cases/print/house.typ``.
    :raises NotPrintable: when a letter is in none of the fonts.
    """
    try:
        return typst.compile(
            str(template),
            root=str(ROOT),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=[STANDARD],
        )
    except typst.TypstError as fault:
        missing = _MISSING.search(str(fault))
        if missing is None:
            raise
        raise NotPrintable(missing[1]) from fault


def spoken(text: str) -> dict[str, Any]:
    """A value for a template, with the direction of its first letter that has one (UAX 9, P2) and its script's tag."""
    first = next((sign for sign in text if unicodedata.bidirectional(sign) in {"L", *_RIGHT_TO_LEFT}), "")
    named = unicodedata.name(first, "") if first else ""
    language = next((tag for script, tag in _LANGUAGE_OF if named.startswith(script)), "en")
    return {"text": text, "rtl": bool(first) and unicodedata.bidirectional(first) in _RIGHT_TO_LEFT, "lang": language}
