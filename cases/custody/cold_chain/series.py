"""Readings of one logger, in the order of time."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from operator import sub
from statistics import median


@dataclass(frozen=True)
class Series:
    """``at`` in seconds since 1970 UTC, strictly rising; ``celsius`` beside it."""

    at: array[float]
    celsius: array[float]

    @classmethod
    def of(cls, readings: Iterable[tuple[float, float]]) -> Series:
        """From (seconds, °C) in any order; readings of one instant become their mean."""
        at, celsius = array("d"), array("d")
        same: list[float] = []
        for instant, value in sorted(readings):
            if at and at[-1] == instant:
                same.append(value)
                celsius[-1] = sum(same) / len(same)
                continue
            same = [value]
            at.append(instant)
            celsius.append(value)
        return cls(at, celsius)

    def __len__(self) -> int:
        return len(self.at)

    @property
    def begins(self) -> datetime:
        return instant_of(self.at[0])

    @property
    def ends(self) -> datetime:
        return instant_of(self.at[-1])

    @cached_property
    def steps(self) -> list[float]:
        """Seconds from each reading to the next."""
        return list(map(sub, self.at[1:], self.at))

    @cached_property
    def usual_step(self) -> float:
        """The logger's interval in seconds; 0 for a single reading."""
        return median(self.steps) if self.steps else 0.0

    def between(self, begins: datetime, ends: datetime) -> Series:
        """What was read from one instant to another, both included: from packing to opening, say."""
        first, last = bisect_left(self.at, begins.timestamp()), bisect_right(self.at, ends.timestamp())
        return Series(self.at[first:last], self.celsius[first:last])


def instant_of(seconds: float) -> datetime:
    """The instant of a reading."""
    return datetime.fromtimestamp(seconds, UTC)
