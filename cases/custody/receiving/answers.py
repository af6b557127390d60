"""What was answered at an inspection, item by item, from the facts of the verb: answers, notes and photos."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cases.custody.receiving.packs import Arrival, arrival_of
from cases.custody.receiving.protocol import COUNT, NO, PACKS, YES, Item, Protocol, current
from cases.documents.models import Document
from cases.lifecycle.verbs import Situation

LONGEST_NOTE: Final = 500
_LINE = re.compile(r"\s*([a-z_]+)\s*:\s*(.+?)\s*")


class NoSuchItem(ValueError):
    """A line of notes or photos that names no item of the protocol, or nothing of the case; the message says which."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One item with its answer; ``answer`` is empty while nobody gave one."""

    item: Item
    answer: str
    note: str = ""
    photo: Document | None = None


def arrival_told(situation: Situation) -> Arrival:
    """What the facts of an inspection, and what was read at this end, say of the packs.

    :raises NotReadable: for a pack that was not sent and whose code is none.
    """
    facts = situation.facts
    return arrival_of(
        situation.subject,  # type: ignore[arg-type]
        missing=facts.get("missing", ()),
        broken=facts.get("broken", ()),
        extra=facts.get("extra", ""),
        counted=facts.get("units_received"),
    )


def answered(situation: Situation, arrival: Arrival) -> list[Answered]:
    """Every item of the protocol in effect, in its order.

    :raises NoSuchItem: for a line of notes or photos that names none.
    """
    protocol = current(situation.now)
    notes = lines_of(situation.facts.get("notes", ""), protocol, "note")
    photos = photos_of(situation, protocol)
    return [
        Answered(item, _answer(item, situation.facts, arrival), notes.get(item.code, ""), photos.get(item.code))
        for item in protocol.items
    ]


def lines_of(text: str, protocol: Protocol, what: str) -> dict[str, str]:
    """By item, what a text of lines ``item: words`` says.

    :raises NoSuchItem: names the line, and the items there are.
    """
    codes = {item.code for item in protocol.items}
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None or match[1] not in codes:
            raise NoSuchItem(
                f"Line {number} of the {what}s, “{line.strip()[:40]}”, begins with no item of the protocol and a colon."
                f" The items are: {', '.join(sorted(codes))}."
            )
        if match[1] in found:
            raise NoSuchItem(f"Line {number}: {match[1]} has a {what} already. Write it in one line.")
        if len(match[2]) > LONGEST_NOTE:
            raise NoSuchItem(f"Line {number} has {len(match[2])} characters; {LONGEST_NOTE} are kept. Shorten it.")
        found[match[1]] = match[2]
    return found


def photos_of(situation: Situation, protocol: Protocol) -> dict[str, Document]:
    """By item, the paper of this case that shows it.

    :raises NoSuchItem: for a line that names no item, or no paper of the case that stands.
    """
    named = lines_of(situation.facts.get("photos", ""), protocol, "photo")
    papers = {paper.label: paper for paper in Document.objects.filter(case=situation.case).exclude(state="rejected")}
    if unknown := next(((item, label) for item, label in named.items() if label not in papers), None):
        item, label = unknown
        raise NoSuchItem(f"{label[:20]} is no paper of {situation.case.reference}. Send the photo of {item} first.")
    return {item: papers[label] for item, label in named.items()}


def stopped_at(facts: Mapping[str, Any]) -> datetime | None:
    """When the logger was stopped; nothing where that is not said."""
    told: datetime | None = facts.get("logger_stopped_at")
    return told


def _answer(item: Item, facts: Mapping[str, Any], arrival: Arrival) -> str:
    if item.kind == PACKS:
        return NO if arrival.flawed or arrival.extra else YES
    if item.kind == COUNT:
        return YES if arrival.counted == arrival.consignment.quantity else NO
    return str(facts.get(item.fact, ""))
