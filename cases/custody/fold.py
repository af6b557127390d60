"""Where a unit is and who holds it, as the fold of its custody events. Pure: no database, no clock.

Events are folded in the order they were recorded, because each was judged against the state it met; a late entry keeps
its own event time. A correction takes the place of the event it corrects; both stay in the ledger (invariants I1, I3
and I14). The words are those of the GS1 Core Business Vocabulary 2.0 that EPCIS events use.

:func:`fold` reads a whole ledger; a :class:`Book` grows by one entry at a time and refuses what cannot follow. Both
give the same positions after every entry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

State = Literal[
    "allocated",
    "in_transit",
    "quarantine",
    "accepted",
    "rejected",
    "dispensed",
    "returned",
    "destroyed",
    "lost",
    "cancelled",
    "drawn",
]


class IllegalMovement(ValueError):
    """An event that cannot follow on where its unit is; the message names the unit, the event and the state."""


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of custody event: its words, from which unit states it may come, and the state it leaves.

    ``to`` is ``None`` when the state stays; ``""`` among the sources means a unit that is not known yet.
    """

    biz_step: str
    disposition: str
    sources: frozenset[str]
    to: State | None = None
    action: str = "OBSERVE"


def _act(biz_step: str, disposition: str, sources: str, to: State | None = None, action: str = "OBSERVE") -> Act:
    return Act(biz_step, disposition, frozenset("" if name == "new" else name for name in sources.split()), to, action)


ACTS: Final[Mapping[str, Act]] = {
    "allocate": _act("reserving", "reserved", "new", "allocated"),
    "release": _act("staging_outbound", "in_progress", "allocated"),
    "take_back": _act("storing", "reserved", "allocated"),
    "dispatch": _act("shipping", "in_transit", "allocated", "in_transit"),
    "arrive": _act("receiving", "in_progress", "in_transit", "quarantine"),
    "inspect_sound": _act("inspecting", "conformant", "quarantine"),
    "inspect_flawed": _act("inspecting", "non_conformant", "quarantine"),
    "temperature_sound": _act("sensor_reporting", "conformant", "quarantine accepted"),
    "temperature_flawed": _act("sensor_reporting", "non_conformant", "quarantine accepted", "quarantine"),
    "decide_release": _act("holding", "conformant", "quarantine accepted"),
    "decide_quarantine": _act("holding", "non_sellable_other", "quarantine accepted", "quarantine"),
    "decide_reject": _act("holding", "non_conformant", "quarantine accepted", "quarantine"),
    "accept": _act("accepting", "available", "quarantine accepted", "accepted"),
    "reject": _act("holding", "unavailable", "quarantine", "rejected"),
    "dispense": _act("dispensing", "dispensed", "accepted", "dispensed"),
    # Some of it goes to the patient, or was given there: the pack stays what it is until the last of it is dispensed.
    "dispense_part": _act("dispensing", "in_progress", "accepted"),
    # A part is with the patient, and the rest on the shelf was wasted or destroyed.
    "use_up": _act("dispensing", "container_open", "accepted", "dispensed"),
    "give_dose": _act("dispensing", "partially_dispensed", "accepted dispensed"),
    "give_back": _act("shipping", "returned", "rejected accepted quarantine in_transit", "returned"),
    "destroy": _act("destroying", "destroyed", "rejected accepted quarantine allocated", "destroyed", "DELETE"),
    "cancel": _act("storing", "available", "allocated", "cancelled"),
    "hand_over": _act("transporting", "in_transit", "in_transit"),
    # From stock to the consignment of a patient, and back: the pack leaves one consignment and comes to another.
    "draw_out": _act("picking", "reserved", "accepted", "drawn"),
    "draw_in": _act("stocking", "available", "new", "accepted"),
    "lose": _act("other", "unknown", "in_transit", "lost"),
}

_BY_WORDS: Final = {(act.biz_step, act.disposition): act for act in ACTS.values()}
# From these a unit never moves again, not even by a correction.
ENDS: Final = frozenset({"returned", "destroyed", "lost", "cancelled", "drawn"})
DID_NOT_OCCUR: Final = "did_not_occur"
INCORRECT_DATA: Final = "incorrect_data"


@dataclass(frozen=True, slots=True)
class Movement:
    """One custody event as the fold needs it.

    :param corrects: the id of the event it takes the place of.
    :param error: why, in the words of EPCIS: ``did_not_occur`` takes the event away, ``incorrect_data`` replaces it.
    :param capture: what makes two captures the same one (:func:`cases.custody.ledger.capture_of`); empty for none.
    """

    id: int
    units: tuple[int, ...]
    biz_step: str
    disposition: str
    holder: str
    place: str = ""
    corrects: int | None = None
    error: str = ""
    event_at: datetime | None = None
    capture: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where one unit stands after its events."""

    state: State
    holder: str
    place: str
    last_event: int


def step(before: Position | None, movement: Movement, unit: int) -> Position:
    """The position of one unit after one more movement.

    :raises IllegalMovement: for words that are not known, or a movement that the unit's state does not allow.
    """
    act = _BY_WORDS.get((movement.biz_step, movement.disposition))
    if act is None:
        raise IllegalMovement(
            f"Event {movement.id} says {movement.biz_step} / {movement.disposition}: no such words are known."
        )
    state = before.state if before else ""
    if state not in act.sources:
        raise IllegalMovement(
            f"Unit {unit} is {state or 'not allocated'}: event {movement.id} ({movement.biz_step} / "
            f"{movement.disposition}) cannot follow."
        )
    after = act.to or (before.state if before else None)
    if after is None:
        raise IllegalMovement(f"Event {movement.id} leaves unit {unit} without a state.")
    return Position(after, movement.holder, movement.place, movement.id)


def fold(movements: Iterable[Movement]) -> dict[int, Position]:
    """The position of every unit that the movements name; exactly one each.

    :raises IllegalMovement: for words that are not known, a correction of nothing, or a movement that its unit's state
        does not allow.
    """
    positions: dict[int, Position] = {}
    for movement in in_effect(movements):
        for unit in movement.units:
            positions[unit] = step(positions.get(unit), movement, unit)
    return positions


def positions_at(movements: Iterable[Movement], moment: datetime) -> dict[int, Position]:
    """Where each unit was at that moment of event time, by what is known now (leave out what was recorded later).

    A late entry counts from its own event time; of two of one time the later recorded one counts.
    """
    known: dict[int, Position] = {}
    found: dict[int, tuple[datetime, Position]] = {}
    for movement in in_effect(movements):
        for unit in movement.units:
            known[unit] = step(known.get(unit), movement, unit)
            at = movement.event_at
            if at is not None and at <= moment and (unit not in found or found[unit][0] <= at):
                found[unit] = (at, known[unit])
    return {unit: position for unit, (_, position) in found.items()}


def in_effect(movements: Iterable[Movement]) -> list[Movement]:
    """The movements that count, in order of record: a corrected one is replaced by its correction, where it stood."""
    ordered = sorted(movements, key=lambda movement: movement.id)
    known = {movement.id: movement for movement in ordered}
    replaced: dict[int, Movement] = {}
    for movement in ordered:
        if movement.corrects is None:
            continue
        if movement.corrects not in known or movement.corrects >= movement.id:
            raise IllegalMovement(f"Event {movement.id} corrects event {movement.corrects}, which is not before it.")
        if movement.corrects in replaced:
            raise IllegalMovement(f"Event {movement.corrects} is corrected twice; correct its correction instead.")
        replaced[movement.corrects] = movement
    counted = []
    for movement in ordered:
        if movement.corrects is not None:
            continue
        last = movement
        while last.id in replaced:
            last = replaced[last.id]
        if last.error != DID_NOT_OCCUR:
            counted.append(last)
    return counted


class Book:
    """A custody ledger as it grows. An entry that is refused changes nothing."""

    def __init__(self, movements: Iterable[Movement] = ()) -> None:
        self.movements = sorted(movements, key=lambda movement: movement.id)
        self.positions = fold(self.movements)
        self._captures = {movement.capture: movement for movement in self.movements if movement.capture}

    def enter(self, movement: Movement) -> Movement:
        """Take one entry; gives the earlier one, and changes nothing, when the same capture stands already.

        :raises IllegalMovement: when it cannot follow, or a correction would move a unit whose way has ended.
        """
        if movement.capture and (earlier := self._captures.get(movement.capture)):
            return earlier
        self.positions |= self._moved(movement)
        self.movements.append(movement)
        if movement.capture:
            self._captures[movement.capture] = movement
        return movement

    def _moved(self, movement: Movement) -> dict[int, Position]:
        if self.movements and movement.id <= self.movements[-1].id:
            raise IllegalMovement(f"Event {movement.id} is not later than event {self.movements[-1].id}.")
        if movement.corrects is None:
            return {unit: step(self.positions.get(unit), movement, unit) for unit in movement.units}
        corrected = fold([*self.movements, movement])
        for unit, before in self.positions.items():
            after = corrected.get(unit)
            if after is None:
                raise IllegalMovement(f"Event {movement.id} would leave unit {unit} without any event.")
            if before.state in ENDS and after.state != before.state:
                raise IllegalMovement(
                    f"Unit {unit} is {before.state}, which is the end of its way: event {movement.id} would make it "
                    f"{after.state}. Record what was found as a matter of its own."
                )
        return corrected
