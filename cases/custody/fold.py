"""Where a unit is and who holds it, as the fold of its custody events. Pure: no database, no clock.

Events are folded in the order they were recorded, because each was judged against the state it met; a late entry keeps
its own event time. A correction takes the place of the event it corrects; both stay in the ledger (invariants I1, I3
and I14). The words are those of the GS1 Core Business Vocabulary 2.0 that EPCIS events use.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

State = Literal[
    "allocated", "in_transit", "quarantine", "accepted", "rejected", "dispensed", "returned", "destroyed", "lost"
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
    "give_dose": _act("dispensing", "partially_dispensed", "dispensed"),
    "give_back": _act("shipping", "returned", "rejected accepted quarantine in_transit", "returned"),
    "destroy": _act("destroying", "destroyed", "rejected accepted quarantine allocated", "destroyed", "DELETE"),
    "lose": _act("other", "unknown", "in_transit", "lost"),
}

_BY_WORDS: Final = {(act.biz_step, act.disposition): act for act in ACTS.values()}


@dataclass(frozen=True, slots=True)
class Movement:
    """One custody event as the fold needs it. ``corrects`` is the id of the event it takes the place of."""

    id: int
    units: tuple[int, ...]
    biz_step: str
    disposition: str
    holder: str
    place: str = ""
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where one unit stands after its events."""

    state: State
    holder: str
    place: str
    last_event: int


def fold(movements: Iterable[Movement]) -> dict[int, Position]:
    """The position of every unit that the movements name; exactly one each.

    :raises IllegalMovement: for words that are not known, a correction of nothing, or a movement that its unit's state
        does not allow (nothing follows on destroyed, lost or returned).
    """
    positions: dict[int, Position] = {}
    for movement in in_effect(movements):
        act = _BY_WORDS.get((movement.biz_step, movement.disposition))
        if act is None:
            raise IllegalMovement(
                f"Event {movement.id} says {movement.biz_step} / {movement.disposition}: no such words are known."
            )
        for unit in movement.units:
            before = positions.get(unit)
            state = before.state if before else ""
            if state not in act.sources:
                raise IllegalMovement(
                    f"Unit {unit} is {state or 'not allocated'}: event {movement.id} ({movement.biz_step} / "
                    f"{movement.disposition}) cannot follow."
                )
            after = act.to or (before.state if before else None)
            if after is None:
                raise IllegalMovement(f"Event {movement.id} leaves unit {unit} without a state.")
            positions[unit] = Position(after, movement.holder, movement.place, movement.id)
    return positions


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
        counted.append(last)
    return counted
