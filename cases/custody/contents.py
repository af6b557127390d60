"""What became of a pack's contents, counted in its smallest unit: an account that is never overdrawn. Pure.

Each entry takes an amount from one place to another, so that what was received is always on the shelf, with the
patient, given, brought back, wasted, returned, destroyed or lost (invariant I2; NCI's drug accountability record:
one account a pack, no blanks, and what a patient brings back is never stock again).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

SHELF, PATIENT, BACK = "shelf", "patient", "back"
PLACES: Final[Mapping[str, str]] = {
    SHELF: "on the shelf",
    PATIENT: "with the patient",
    "given": "given",
    BACK: "brought back",
    "wasted": "wasted",
    "returned": "returned",
    "destroyed": "destroyed",
    "lost": "lost",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry: from where to where, and whether a second person must have seen it."""

    label: str
    source: str
    to: str
    witnessed: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "dispense": Kind("dispensed", SHELF, PATIENT),
    "give": Kind("given", PATIENT, "given"),
    "bring_back": Kind("brought back by the patient", PATIENT, BACK),
    "waste": Kind("wasted on the shelf", SHELF, "wasted", witnessed=True),
    "waste_after": Kind("wasted after dispensing", PATIENT, "wasted", witnessed=True),
    "destroy": Kind("destroyed", SHELF, "destroyed", witnessed=True),
    "destroy_back": Kind("destroyed after it was brought back", BACK, "destroyed", witnessed=True),
    "give_back": Kind("returned to the supplier", SHELF, "returned"),
    "lose": Kind("lost on the way", SHELF, "lost"),
}


class Overdrawn(ValueError):
    """More was taken than is there."""

    def __init__(self, source: str, there: int, asked: int) -> None:
        super().__init__(f"{asked} were to be taken, but {there} are {PLACES[source]}.")
        self.source, self.there, self.asked = source, there, asked


def accounts(content: int, entries: Iterable[tuple[str, int]]) -> dict[str, int]:
    """How much is where: by place, in smallest units, summing up to the content.

    :param content: what a full pack holds.
    :param entries: (kind, amount) in order of record.
    :raises Overdrawn: at the first entry that takes more than is there.
    """
    held = dict.fromkeys(PLACES, 0) | {SHELF: content}
    for name, amount in entries:
        kind = KINDS[name]
        if held[kind.source] < amount:
            raise Overdrawn(kind.source, held[kind.source], amount)
        held[kind.source] -= amount
        held[kind.to] += amount
    return held


def days_in_part(days: int, *, of: int, before: int, amount: int) -> int:
    """Whole days of therapy in a part: all parts of a supply together have exactly its days.

    :param days: days of therapy in the whole.
    :param of: smallest units in the whole; ``before`` of them were dispensed already, ``amount`` are now.
    """
    return days * (before + amount) // of - days * before // of
