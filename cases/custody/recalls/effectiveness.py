"""How far a recall has come: packs accounted for against packs traced, answers against letters, and the stopwatch.

Pure: no database, no clock. Levels of the check are those of 21 CFR 7.42(b)(3).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

# The part of those written to whose answer is needed; level B leaves the part to the firm, the house takes half.
SHARES: Final = {"a": Fraction(1), "b": Fraction(1, 2), "c": Fraction(1, 10), "d": Fraction(1, 50), "e": Fraction(0)}
BACK: Final = frozenset({"found", "returned", "destroyed"})
# Where the custody ledger itself says what became of a pack, nobody need say it again.
BY_LEDGER: Final = {"returned": "returned", "destroyed": "destroyed"}


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack traced: what somebody said became of it and when, and its state in the custody ledger since when."""

    outcome: str
    located_at: datetime | None
    ledger: str
    ledger_at: datetime | None = None

    @property
    def became(self) -> str:
        """What became of it; empty while nobody knows."""
        return self.outcome or BY_LEDGER.get(self.ledger, "")

    @property
    def known_at(self) -> datetime | None:
        return self.located_at if self.outcome else self.ledger_at if self.became else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One letter: its state, and when its reader answered or it was given up."""

    state: str
    settled_at: datetime | None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """The sum of a recall."""

    traced: int
    found: int
    returned: int
    destroyed: int
    administered: int
    not_found: int
    letters: int
    answered: int
    given_up: int
    waiting: int
    late: int
    needed: int
    located_at: datetime | None
    answered_at: datetime | None

    @property
    def accounted(self) -> int:
        return self.found + self.returned + self.destroyed + self.administered + self.not_found

    @property
    def missing(self) -> int:
        """Packs of which nobody said anything yet."""
        return self.traced - self.accounted

    @property
    def back(self) -> int:
        """Packs that can reach no patient any more."""
        return self.found + self.returned + self.destroyed

    @property
    def percent_back(self) -> int | None:
        """Of the packs traced, as whole percent, rounded down; nothing where none was traced."""
        return 100 * self.back // self.traced if self.traced else None

    @property
    def is_checked(self) -> bool:
        """Whether as many answered as the level asks for."""
        return self.answered >= self.needed

    def sentence(self) -> str:
        """The finding, in a sentence."""
        if not self.traced:
            return "No pack within reach is on file."
        said = f"{self.accounted} of {self.traced} packs are accounted for; {self.back} can reach no patient any more"
        given = f", {self.administered} had been given" if self.administered else ""
        gone = f", {self.not_found} could not be found" if self.not_found else ""
        return (
            f"{said}{given}{gone}. {self.answered} of {self.letters} letters were answered; {self.needed} are needed."
        )


def measured(packs: Iterable[Pack], answers: Sequence[Answer], *, level: str, opened_at: datetime) -> Effectiveness:
    """Sum a recall up. Without packs it is located from the moment it was opened, without letters answered."""
    packs = list(packs)
    became = [pack.became for pack in packs]
    counts = {name: became.count(name) for name in ("found", "returned", "destroyed", "administered", "not_found")}
    standing = [answer for answer in answers if answer.state != "withdrawn"]
    states = [answer.state for answer in standing]
    return Effectiveness(
        traced=len(packs),
        **counts,
        letters=len(standing),
        answered=states.count("answered"),
        given_up=states.count("unanswered"),
        waiting=states.count("waiting"),
        late=sum(answer.is_late for answer in standing),
        needed=math.ceil(SHARES[level] * len(standing)),
        located_at=_last([pack.known_at for pack in packs], all(became), opened_at),
        answered_at=_last([one.settled_at for one in standing], "waiting" not in states, opened_at),
    )


def _last(moments: Iterable[datetime | None], whole: bool, opened_at: datetime) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return max(known, default=opened_at) if whole else None


def stopwatch(began: datetime, until: datetime) -> str:
    """Elapsed time as a drill is judged by it: ``26 h 04 min``, with seconds below an hour: ``4 min 09 s``."""
    whole = max(until - began, timedelta(0))
    minutes, seconds = divmod(int(whole.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
