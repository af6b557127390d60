"""The checklists of the two reviews: files beside this one, each one version; checked when they are read. Pure."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from cases.documents.types import TYPES

DATA: Final = Path(__file__).with_name("data")
KINDS: Final = ("clinical", "regulatory")
# Who must act where an item failed.
ACTORS: Final[Mapping[str, str]] = {
    "prescriber": "the prescriber",
    "coordinator": "the coordinating pharmacist",
    "institution": "the receiving institution",
    "manufacturer": "the manufacturer",
    "authority": "the authority",
    "reviewer": "the reviewer",
}
# Parts of a case that a checklist may look at; a kind of paper is `paper:TYPE`, all that is filed `papers`.
PARTS: Final[Mapping[str, str]] = {
    "determination": "Determination",
    "patient": "Patient",
    "medicine": "Medicine",
    "indication": "Indication",
    "urgency": "Urgency",
    "prescriber": "Prescriber",
    "institution": "Institution",
    "pathway": "Pathway",
    "conditions": "Conditions answered",
}
# When an item applies; each is judged in regulatory/reviewing/content.py.
CIRCUMSTANCES: Final = ("minor", "controlled_drug", "cold_chain", "urgent", "unlicensed", "translation", "filed_before")
PAPER: Final = "paper:"
ALL_PAPERS: Final = "papers"
_ID: Final = re.compile(r"[A-Z]{2}-\d{2}")


class ChecklistError(ValueError):
    """A checklist that cannot be used; the message names file, item and value."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `applies_when` names circumstances of which all must hold; one that is not known counts as holding."""

    id: str
    group: str
    text: str
    rests_on: tuple[str, ...]
    acts: str
    help: str = ""
    applies_when: tuple[str, ...] = ()
    may_not_apply: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """One version of one checklist; `sha256` is over its file's data."""

    kind: str
    version: str
    status: str
    source: str
    confidence: str
    looks_at: tuple[str, ...]
    items: tuple[Item, ...]
    sha256: str

    @property
    def is_reviewed(self) -> bool:
        """Whether a pharmacist in charge has checked the checklist itself."""
        return self.status == "reviewed"

    @property
    def named(self) -> str:
        """The version in words, with what a reader must know of it."""
        known = "reviewed" if self.is_reviewed else f"draft, not reviewed; {self.confidence} confidence"
        return f"{self.kind} checklist, version {self.version} ({known})"


@cache
def checklist(kind: str) -> Checklist:
    """The checklist of one kind of review as it is now.

    :raises ChecklistError: naming every fault.
    """
    return read(json.loads((DATA / f"{kind}.json").read_text(encoding="utf-8")), kind)


def read(raw: Mapping[str, Any], kind: str) -> Checklist:
    """A checklist from its data.

    :raises ChecklistError: naming every fault.
    """
    if faults := list(_faults(raw, kind)):
        raise ChecklistError(f"The {kind} checklist cannot be used. " + " ".join(faults))
    plain = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    items = tuple(_item(one) for one in raw["items"])
    return Checklist(
        kind=kind,
        version=raw["version"],
        status=raw["status"],
        source=raw["source"],
        confidence=raw["confidence"],
        looks_at=tuple(raw["looks_at"]),
        items=items,
        sha256=hashlib.sha256(plain.encode()).hexdigest(),
    )


def _item(one: Mapping[str, Any]) -> Item:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in one.items()}
    return Item(**given)


def _faults(raw: Mapping[str, Any], kind: str) -> Iterator[str]:
    if raw.get("kind") != kind:
        yield f"It says it is {raw.get('kind')!r}."
    if raw.get("status") not in ("draft_unreviewed", "reviewed"):
        yield f"Its status is {raw.get('status')!r}; give draft_unreviewed or reviewed."
    yield from (f"{name} is missing." for name in ("version", "source", "confidence") if not raw.get(name))
    looks_at = raw.get("looks_at", [])
    yield from (f"looks_at names {part!r}, which nobody knows." for part in looks_at if not _known(part))
    ids = [item.get("id", "") for item in raw.get("items", [])]
    if not ids:
        yield "It has no item."
    for item in raw.get("items", []):
        name = item.get("id", "")
        if not _ID.fullmatch(name) or ids.count(name) > 1:
            yield f"{name!r} is no id of its own, such as CL-01."
        if missing := [field for field in ("group", "text", "rests_on", "acts") if not item.get(field)]:
            yield f"{name} lacks {', '.join(missing)}."
        if unknown := sorted(set(item) - set(Item.__slots__)):
            yield f"{name} has {', '.join(unknown)}, which nobody reads."
        if item.get("acts") not in ACTORS:
            yield f"{name} is put right by {item.get('acts')!r}; give one of {', '.join(ACTORS)}."
        for part in item.get("rests_on", []):
            if part not in looks_at and not (part.startswith(PAPER) and ALL_PAPERS in looks_at and _known(part)):
                yield f"{name} rests on {part!r}, which looks_at does not name."
        for when in item.get("applies_when", []):
            if when not in CIRCUMSTANCES:
                yield f"{name} applies when {when!r}; give one of {', '.join(CIRCUMSTANCES)}."


def _known(part: str) -> bool:
    return part in PARTS or part == ALL_PAPERS or (part.startswith(PAPER) and part.removeprefix(PAPER) in TYPES)
