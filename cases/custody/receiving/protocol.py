"""The receiving protocol as versioned data: what is looked at on arrival, in which order, and what a "no" means.

One file (``protocol.json``) holds every version; the newest that is in effect counts, and an inspection keeps the
version and the question it answered. A version that no pharmacist has reviewed is a draft, and every page that uses it
says so. A wrong file names its item when it is read. Source of the content: custody facts, section 6.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

YES, NO, NOT_APPLICABLE = "yes", "no", "not_applicable"
WORDS: Final = {YES: "yes", NO: "no", NOT_APPLICABLE: "not applicable"}
LOOK, LOGGER, PACKS, COUNT, STORAGE = KINDS = ("look", "logger", "packs", "count", "storage")
BEFORE, AT_THE_LOGGER, AFTER = PHASES = ("before", "logger", "after")
_FILE: Final = Path(__file__).with_name("protocol.json")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    :param fact: its name at the verb; empty where the answer follows from the packs that were read or counted.
    :param phase: before opening, at the logger, or after opening: nothing of a later phase is answered earlier.
    :param no_means: what a "no" says, within a sentence.
    :param stops: whether a "no" keeps the consignment from being accepted on inspection.
    """

    code: str
    title: str
    question: str
    hint: str
    phase: str
    no_means: str
    fact: str = ""
    kind: str = LOOK
    may_not_apply: bool = False
    stops: bool = False

    @property
    def options(self) -> list[tuple[str, str]]:
        """The answers there are: (value, label)."""
        return [
            (code, words.capitalize()) for code, words in WORDS.items() if code != NOT_APPLICABLE or self.may_not_apply
        ]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version, its items in the order they are looked at."""

    version: str
    status: str
    reviewed_by: str
    effective_from: date
    source: str
    confidence: str
    second_check: bool
    items: tuple[Item, ...]

    @property
    def said(self) -> str:
        """How pages and records name it."""
        standing = f"reviewed by {self.reviewed_by}" if self.status == "reviewed" else "an unreviewed draft"
        return f"receiving protocol, version {self.version}, {standing}, {self.confidence} confidence"

    @property
    def asked(self) -> list[Item]:
        """The items that a person answers; of the others the answer follows."""
        return [item for item in self.items if item.fact]

    def item(self, code: str) -> Item:
        return next(item for item in self.items if item.code == code)


@cache
def protocols() -> tuple[Protocol, ...]:
    """Every version, the oldest first."""
    return read(json.loads(_FILE.read_text(encoding="utf-8")))


def current(now: datetime) -> Protocol:
    """The version in effect at that moment; the first one for whatever came before it."""
    standing = [one for one in protocols() if one.effective_from <= now.date()]
    return (standing or protocols()[:1])[-1]


def version_named(version: str) -> Protocol | None:
    """The version an inspection names; nothing for one from before protocols were kept."""
    return next((one for one in protocols() if one.version == version), None)


def title_of(version: str, code: str) -> str:
    """What an item of that version is called; its code where the version is not known any more."""
    protocol = version_named(version)
    known = {item.code: item.title for item in protocol.items} if protocol is not None else {}
    return known.get(code, code)


def every_item(versions: Iterable[Protocol] | None = None) -> list[Item]:
    """Each thing that any version asks a person, once, as the newest version puts it."""
    found: dict[str, Item] = {}
    for protocol in versions or protocols():
        found |= {item.fact: item for item in protocol.asked}
    return list(found.values())


def read(data: dict[str, Any]) -> tuple[Protocol, ...]:
    """The versions of a file.

    :raises ValueError: names the version, the item and what is wrong with it.
    """
    found = []
    for raw in data["protocols"]:
        items = tuple(_item(raw["version"], entry) for entry in raw["items"])
        protocol = Protocol(
            **{
                name: raw[name] for name in ("version", "status", "reviewed_by", "source", "confidence", "second_check")
            },
            effective_from=date.fromisoformat(raw["effective_from"]),
            items=items,
        )
        _refuse_disorder(protocol)
        found.append(protocol)
    return tuple(sorted(found, key=lambda one: one.effective_from))


def _item(version: str, entry: dict[str, Any]) -> Item:
    item = Item(**entry)
    if item.kind not in KINDS or item.phase not in PHASES:
        raise ValueError(f"Protocol {version}, item {item.code}: {item.kind!r} in {item.phase!r} is no kind and phase.")
    if bool(item.fact) == (item.kind in (PACKS, COUNT)):
        raise ValueError(
            f"Protocol {version}, item {item.code}: {item.kind} and the fact {item.fact!r} do not go together."
        )
    return item


def _refuse_disorder(protocol: Protocol) -> None:
    codes = [item.code for item in protocol.items]
    phases = [PHASES.index(item.phase) for item in protocol.items]
    if len(set(codes)) != len(codes):
        raise ValueError(f"Protocol {protocol.version} names an item twice: {codes}.")
    if phases != sorted(phases):
        raise ValueError(f"Protocol {protocol.version}: an item of before opening stands after one of after opening.")
    if protocol.status == "reviewed" and not protocol.reviewed_by:
        raise ValueError(f"Protocol {protocol.version} is reviewed by nobody.")
