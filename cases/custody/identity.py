"""Chain of identity: one string that stays with one patient's product, read by two people at every step. Pure.

Source: custody facts section 6 (FDA's draft on cell therapies, ISBT 128 ST-028): the association is permanent from
collection to follow-up, and no name or birth date stands in it. The string is opaque: it is compared, never read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

COLLECTION = "collection"
STEPS: Final[Mapping[str, str]] = {
    COLLECTION: "at collection, when it is assigned",
    "dispatch": "before dispatch",
    "receipt": "on receipt, before it is accepted",
    "dispensing": "before dispensing or thawing",
    "dose": "at the patient, before the dose",
}
PEOPLE = 2
LONGEST = 50


@dataclass(frozen=True, slots=True)
class Read:
    """What one person read at one step."""

    step: str
    text: str
    by: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a step may be taken, and in one sentence why or why not."""

    is_met: bool
    says: str


def assigned(reads: Iterable[Read]) -> str:
    """The string that two people read alike at collection, the first such; empty while there is none."""
    readers: dict[str, set[int]] = {}
    for read in reads:
        if read.step == COLLECTION:
            readers.setdefault(read.text, set()).add(read.by)
            if len(readers[read.text]) >= PEOPLE:
                return read.text
    return ""


def standing(reads: Iterable[Read], step: str) -> Standing:
    """How a step stands, given everything read of the case in order of record.

    A reading that differs takes away what was read before it: two people must read the right string again.
    """
    reads = list(reads)
    if not (value := assigned(reads)):
        return Standing(False, "No two people have read the same string at collection yet.")
    agreed: set[int] = set()
    differs = ""
    for read in reads:
        if read.step != step:
            continue
        if read.text == value:
            agreed.add(read.by)
        else:
            agreed, differs = set(), read.text
    if len(agreed) >= PEOPLE:
        return Standing(True, f"{len(agreed)} people read {value} {STEPS[step]}.")
    if differs and not agreed:
        return Standing(False, f"{differs} was read {STEPS[step]}; the patient's is {value}. It is not this patient's.")
    return Standing(False, f"{len(agreed)} of {PEOPLE} people have read {value} {STEPS[step]}.")
