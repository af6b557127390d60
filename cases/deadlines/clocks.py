"""Kinds of deadline, declared as data by the branches, each with its ladder of reminders.

A branch adds a kind in its own ``clocks.py``::

    declare(DeadlineKind("regulatory.renewal", "Renewal to be filed", Force.STATUTORY,
                         ladder("-14d", "-7d", "-1d:holder+coordinator", "+0d:holder+coordinator", "+1d:pic"),
                         harm=Harm.LICENCE))

A rung is an offset from the due instant and the people who hear of it. Offsets are elapsed time (``d`` is 24 hours):
a reminder is help, not law, so that no calendar enters here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from cases.deadlines.models import Deadline, Force, Harm
from cases.people.models import User

# A date is missed in the first microsecond after its last instant.
INSTANT = timedelta(microseconds=1)
_RUNG = re.compile(r"(?P<sign>[+-])(?P<amount>\d{1,4})(?P<unit>[dhm])(?::(?P<to>[a-z+]+))?")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Hearer(StrEnum):
    """Who hears a rung. An outside holder has no account here: the case's coordinator hears in its place."""

    HOLDER = "holder"
    COORDINATOR = "coordinator"
    PIC = "pic"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: how long before (negative) or after the due instant, and who hears."""

    code: str
    offset: timedelta
    to: tuple[Hearer, ...]


@dataclass(frozen=True, slots=True)
class DeadlineKind:
    """What all deadlines of one kind share. ``is_urgent`` ones are told at once and alone, never in a digest; the clock
    of one that ``never_stops`` is neither paused nor extended.
    """

    code: str
    label: str
    force: Force
    ladder: tuple[Rung, ...]
    harm: Harm = Harm.ROUTINE
    is_urgent: bool = False
    lead: timedelta = timedelta(0)
    never_stops: bool = False

    @property
    def is_met_by_time(self) -> bool:
        """Whether the passing of the date is what was waited for: a waiting window runs out, nobody misses it."""
        return self.force == Force.WAITING_WINDOW


@dataclass(frozen=True, slots=True)
class Step:
    """What one sweep does with one deadline: says ``rung`` to ``to`` (the hearers of those it stands for as well)."""

    rung: Rung | None
    to: tuple[Hearer, ...]
    rung_at: datetime | None
    collapsed: int
    turns: bool
    next_rung_at: datetime | None


class UnknownKind(KeyError):
    """Raised when a deadline is opened of a kind that nobody declared."""


class OwnLetter(Protocol):
    """Writes to the holder of one date and gives the primary key of the notice; called in the sweep's transaction."""

    def __call__(self, deadline: Deadline, recipient: User, *, key: str, by: User, now: datetime) -> int: ...


_KINDS: dict[str, DeadlineKind] = {}
_OWN_LETTERS: dict[str, OwnLetter] = {}


def writes_its_own_letter(code: str) -> Callable[[OwnLetter], OwnLetter]:
    """Decorator: the holder of a date of this kind is told by a letter of its own, never in a digest."""

    def register(writer: OwnLetter) -> OwnLetter:
        _OWN_LETTERS[code] = writer
        return writer

    return register


def own_letter_of(code: str) -> OwnLetter | None:
    """What writes to the holder of a date of this kind; nothing where the digest tells of it."""
    return _OWN_LETTERS.get(code)


def _rung(text: str) -> Rung:
    found = _RUNG.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no rung: write '-3d', '+0d:holder+coordinator' or '-12h:pic'.")
    amount = int(found["amount"]) * (-1 if found["sign"] == "-" else 1)
    names = (found["to"] or Hearer.HOLDER).split("+")
    strangers = sorted(set(names) - set(Hearer))
    if strangers:
        raise ValueError(f"{text!r} names {', '.join(strangers)}: a rung is heard by {', '.join(Hearer)}.")
    code = f"{found['sign']}{int(found['amount'])}{found['unit']}"
    return Rung(code, timedelta(**{_UNITS[found["unit"]]: amount}), tuple(Hearer(name) for name in names))


def ladder(*rungs: str) -> tuple[Rung, ...]:
    """Read ``"-3d"``, ``"+0d:holder+coordinator"``: sign, amount, unit (d, h, m), hearers (the holder if left out).

    :raises ValueError: for a rung that cannot be read or comes twice.
    """
    read = tuple(sorted((_rung(text) for text in rungs), key=lambda rung: rung.offset))
    offsets = [rung.offset for rung in read]
    if len(set(offsets)) < len(offsets):
        raise ValueError(
            f"Two rungs of the ladder {', '.join(rungs)} fall on one instant: join their hearers with '+'."
        )
    return read


USUAL_LADDER = ladder(
    "-7d", "-3d", "-1d", "+0d:holder+coordinator", "+1d:holder+coordinator+pic", "+7d:coordinator+pic"
)
WINDOW_LADDER = ladder("-1d:coordinator", "+0d:coordinator")


def declare(kind: DeadlineKind) -> DeadlineKind:
    """Make a kind known. Declaring the same one again changes nothing.

    :raises ValueError: when another kind has that code, or the code has no owner ("regulatory.renewal").
    """
    if "." not in kind.code:
        raise ValueError(f"{kind.code!r} has no owner: write 'regulatory.renewal'.")
    if _KINDS.setdefault(kind.code, kind) != kind:
        raise ValueError(f"The kind {kind.code!r} was declared twice with different contents.")
    return kind


def kind_of(code: str) -> DeadlineKind:
    """The declared kind of that code.

    :raises UnknownKind: naming the kinds there are.
    """
    try:
        return _KINDS[code]
    except KeyError:
        known = ", ".join(sorted(_KINDS)) or "none"
        raise UnknownKind(f"No deadline kind {code!r} is declared. Declared: {known}.") from None


def kinds() -> tuple[DeadlineKind, ...]:
    """Every declared kind, by code."""
    return tuple(_KINDS[code] for code in sorted(_KINDS))


def kind_or_usual(code: str, *, force: str) -> DeadlineKind:
    """The kind of a stored deadline; with the usual ladder, never silent, where its code is no longer declared."""
    if code in _KINDS:
        return _KINDS[code]
    rungs = WINDOW_LADDER if force == Force.WAITING_WINDOW else USUAL_LADDER
    return DeadlineKind(code, code, Force(force), rungs)


def first_rung_at(kind: DeadlineKind, *, due_at: datetime, now: datetime, has_turned: bool = False) -> datetime | None:
    """When the sweep must first look at a deadline that is opened, moved or resumed ``now``.

    Rungs before the date that lie behind already are not said: whoever opened it has just seen it. The due instant is
    never left out, even when it lies behind: one opened overdue is missed, and its rungs from there on are said.
    """
    ahead = [due_at + rung.offset for rung in kind.ladder if due_at + rung.offset > now]
    if not has_turned:
        ahead.append(due_at)
    return min(ahead, default=None)


def next_step(kind: DeadlineKind, *, due_at: datetime, from_at: datetime, now: datetime, has_turned: bool) -> Step:
    """What is due at ``now`` for a deadline whose next look was planned for ``from_at``.

    Of several rungs that passed (after an outage) only the last is said, to everybody who should have heard one of
    them; the others are counted. ``has_turned`` is true
    once the deadline is missed. A waiting window that ran out says its last rung and needs no more looks.
    """
    turns = not has_turned and now > due_at
    passed = [rung for rung in kind.ladder if from_at <= due_at + rung.offset <= now]
    ends = turns and kind.is_met_by_time
    ahead = [] if ends else [due_at + rung.offset for rung in kind.ladder if due_at + rung.offset > now]
    if not has_turned and not turns:
        ahead.append(due_at + INSTANT)
    said = passed[-1] if passed else None
    return Step(
        rung=said,
        to=tuple(dict.fromkeys(hearer for rung in passed for hearer in rung.to)),
        rung_at=due_at + said.offset if said else None,
        collapsed=max(len(passed) - 1, 0),
        turns=turns,
        next_rung_at=min(ahead, default=None),
    )
