"""A file of which nothing was taken: every fault with its line, its column and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_FAULTS: Final = 50  # that are told; the rest is counted


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps a file from being read. ``line`` counts from 1; 0 is the file as a whole.

    :param column: the heading, or the file's own name where several are read together.
    """

    line: int
    column: str
    value: str
    problem: str
    remedy: str


class ListRefused(ValueError):
    """A file of which nothing was taken; ``faults`` are told, ``more`` are counted."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults, self.more = tuple(faults[:MOST_FAULTS]), max(0, len(faults) - MOST_FAULTS)
        super().__init__(" ".join(f"{one.problem} {one.remedy}" for one in self.faults))
