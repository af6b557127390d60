"""The words of a recall's letters, by the role of the reader. Pure: the same facts give the same text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Named:
    """One pack as a letter names it."""

    gtin: str
    lot: str
    serial: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Told:
    """What one letter is written from. Nothing of a patient stands in it."""

    recall: str
    is_drill: bool
    recall_class: str
    source: str
    reason: str
    instruction: str
    case: str
    medicine: str
    pharmacy: str
    packs: Sequence[Named]
    due: str


@cache
def words() -> Mapping[str, Any]:
    """The words of the letters."""
    found: dict[str, Any] = json.loads((HERE / "words.json").read_text("utf-8"))
    return found


def write(role: str, told: Told) -> tuple[str, str]:
    """Title and text of the letter to one role; the text is paragraphs with a blank line between them."""
    said, of_role = words(), words()["letters"][role]
    fill = {
        "recall": told.recall,
        "medicine": told.medicine,
        "case": told.case,
        "lots": ", ".join(sorted({pack.lot for pack in told.packs})),
        "due": told.due,
    }
    title = of_role["title"].format(**fill)
    named = [
        said["pack"].format(gtin=pack.gtin, lot=pack.lot, serial=pack.serial, expiry=pack.expires_on.isoformat())
        for pack in told.packs
    ]
    paragraphs = [
        *([said["drill"]] if told.is_drill else []),
        of_role["opening"].format(**fill),
        said["classes"][told.recall_class],
        f"{said['why']}: {told.reason}",
        f"{said['packs']}:\n" + "\n".join(named),
        f"{said['do']}:\n"
        + "\n".join(f"{n}. {line.format(**fill)}" for n, line in enumerate(of_role["asks"], start=1)),
        f"{said['instruction']}: {told.instruction}",
        said["from"].format(pharmacy=told.pharmacy, source=told.source),
        said["remark"],
    ]
    return (f"DRILL: {title}" if told.is_drill else title)[:200], "\n\n".join(paragraphs)
