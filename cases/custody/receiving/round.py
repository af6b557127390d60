"""One person's round through the protocol: which step comes when, what was answered, and what differs. Reads only.

The order is that of the protocol: nothing after opening is answered before the logger was stopped and read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from cases.custody.gs1 import PackText
from cases.custody.models import Consignment, InspectionDraft, Unit
from cases.custody.receiving.protocol import (
    AFTER,
    COUNT,
    LOGGER,
    NO,
    NOT_APPLICABLE,
    PACKS,
    YES,
    Item,
    Protocol,
    current,
)
from cases.custody.scanning.packs import FIELDS, beside
from cases.people.models import User

DECIDE: Final = "decide"
READINGS: Final = ("lowest_c", "highest_c", "minutes_outside")


@dataclass(frozen=True, slots=True)
class Compared:
    """One pack that was read beside the pack that was expected; ``fields`` as the component draws them."""

    read: PackText
    fields: list[dict[str, Any]]
    how: str
    unit: Unit
    note: str = ""

    @property
    def off(self) -> list[str]:
        """The names of the fields that differ."""
        return [entry["name"] for entry in self.fields if not entry["matches"]]

    @property
    def matches(self) -> bool:
        return not self.off and not self.note

    @property
    def state(self) -> str:
        return "harm" if not self.matches else "hold" if self.how == "typed" else "good"

    @property
    def verdict(self) -> str:
        """What the comparison says, in one sentence or two."""
        if self.matches:
            return "As sent. A second person types it too." if self.how == "typed" else "This pack is as it was sent."
        if self.note:
            return self.note
        does = "does" if len(self.off) == 1 else "do"
        return f"{len(self.fields) - len(self.off)} of {len(self.fields)} fields match. {listed(self.off)} {does} not."


@dataclass
class Round:
    """One person's inspection of one consignment, as far as it has come."""

    consignment: Consignment
    units: list[Unit]
    protocol: Protocol
    file_read: bool = False
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> list[str]:
        """The names of all steps in their order."""
        found: list[str] = []
        for item in self.protocol.items:
            if item.kind == PACKS:
                found += [f"pack-{number}" for number in range(1, len(self.units) + 1)]
            else:
                found.append(LOGGER if item.kind == LOGGER else item.code)
        return [*dict.fromkeys(found), DECIDE]

    def item_of(self, step: str) -> Item | None:
        """The item of the protocol that a step answers; nothing for the decision."""
        if step == DECIDE:
            return None
        kind = PACKS if step.startswith("pack-") else LOGGER if step == LOGGER else ""
        return next(item for item in self.protocol.items if (item.kind == kind if kind else item.code == step))

    def kind_of(self, step: str) -> str:
        """What a step asks: look, logger, pack, count, storage or decide."""
        item = self.item_of(step)
        return DECIDE if item is None else "pack" if item.kind == PACKS else item.kind

    @property
    def sent(self) -> str:
        """How many units were sent, without idle zeros."""
        return f"{self.consignment.quantity.normalize():f}"

    def is_answered(self, step: str) -> bool:
        return step in self.answers

    @property
    def first_open(self) -> str:
        """The first step without an answer."""
        return next(step for step in self.steps if step == DECIDE or not self.is_answered(step))

    def why_not_yet(self, step: str) -> str:
        """Why a step cannot be answered yet, in two sentences; empty when it can."""
        item = self.item_of(step)
        if item is not None and item.phase != AFTER:
            return ""
        sent = self.consignment.logger_number
        if not sent or self.is_answered(LOGGER):
            return ""
        return f"Nothing is opened before logger {sent} is stopped and read. Stop it, and answer that step first."

    def compared(self) -> dict[str, Compared]:
        """Every pack that was read, by its step: matched by serial first, then in the order they were sent."""
        reads = {step: self.answers[step] for step in self.steps if step.startswith("pack-") and step in self.answers}
        left = list(self.units)
        partner: dict[str, Unit | None] = {}
        for step, read in reads.items():
            partner[step] = next((unit for unit in left if unit.serial == read.get("serial")), None)
            if partner[step] is not None:
                left.remove(partner[step])  # type: ignore[arg-type]
        seen: set[str] = set()
        found = {}
        for step, read in reads.items():
            unit = partner[step] or (left.pop(0) if left else self.units[0])
            note = "" if read.get("serial") not in seen else "This serial was read before: one pack was read twice."
            if read.get("missing"):
                note = "This pack is not there."
            elif read.get("broken"):
                note = note or "This pack is broken."
            seen.add(read.get("serial", ""))
            found[step] = _beside(read, unit, note)
        return found

    def differences(self) -> list[str]:
        """Everything that keeps all of it from being accepted, in words."""
        return [*self.stopping(), *self.of_packs()]

    def stopping(self) -> list[str]:
        """Items with a "no" that keeps any of it from being accepted."""
        return [f"{item.title}: no" for item in self.protocol.asked if item.stops and self.answer(item) == NO]

    def of_packs(self) -> list[str]:
        """What is not as sent of single packs and of their number."""
        found = []
        for step, pack in self.compared().items():
            name = step.replace("pack-", "Pack ")
            if pack.note:
                found.append(f"{name}: {pack.note[:1].lower()}{pack.note[1:].rstrip('.')}")
            elif pack.off:
                found.append(f"{name}: {listed(pack.off)} not as sent")
        counted = self.answers.get(COUNT, {})
        if counted and Decimal(counted["units"]) != self.consignment.quantity:
            found.append(f"Count: {counted['units']} counted, {self.sent} sent")
        if counted.get("extra"):
            found.append(f"Not sent, and there: {len(counted['extra'].splitlines())}")
        return found

    def waiting(self) -> list[str]:
        """Packs that one person typed, and that a second one must read."""
        return [step.replace("pack-", "Pack ") for step, pack in self.compared().items() if pack.state == "hold"]

    def answer(self, item: Item) -> str:
        """What was answered of one item, empty while nothing was."""
        given = self.answers.get(LOGGER if item.kind == LOGGER else item.code, {})
        if item.kind != LOGGER:
            return str(given.get("answer", ""))
        if not self.consignment.logger_number:
            return NOT_APPLICABLE
        if not given:
            return ""
        holds = not given.get("unread") if item.code == "logger_read" else self._is_expected(given)
        return YES if holds else NO

    def facts(self, result: str, now: datetime) -> dict[str, Any]:
        """What the verb is told: every answer, note and photo, the packs, the count, the result."""
        compared = self.compared().values()
        counted, stored = self.answers.get(COUNT, {}), self.answers.get("storage", {})
        facts: dict[str, Any] = {item.fact: self.answer(item) for item in self.protocol.asked}
        facts |= {
            "units_received": counted.get("units", ""),
            "missing": [pack.unit.serial for pack in compared if pack.how == "not there"],
            "broken": [pack.unit.serial for pack in compared if pack.note == "This pack is broken."],
            "extra": counted.get("extra", ""),
            "logger_stopped_at": self.answers.get(LOGGER, {}).get("stopped_at", ""),
            "stored_at": stored.get("at", "") if stored.get("answer") == YES else "",
            "notes": self._lines(self._note_of),
            "photos": self._lines(lambda step: str(self.answers.get(step, {}).get("photo", ""))),
        }
        return facts | {"inspected_at": now, "result": result, "remarks": "; ".join(self.differences())}

    def readings(self) -> dict[str, Any]:
        """What the logger said, for the verb that judges it; empty when nothing was read off it."""
        logger = self.answers.get(LOGGER, {})
        return {name: logger[name] for name in READINGS if logger.get(name) not in (None, "")}

    def note(self, step: str) -> str:
        return str(self.answers.get(step, {}).get("note", ""))

    def _note_of(self, step: str) -> str:
        number = self.answers.get(LOGGER, {}).get("number", "") if step == LOGGER else ""
        return " ".join(part for part in (f"Number read: {number}." if number else "", self.note(step)) if part)

    def _lines(self, told: Any) -> str:
        """One line an item; what was said of several packs stands together."""
        found: dict[str, list[str]] = {}
        for step in self.steps[:-1]:
            item, words = self.item_of(step), " ".join(told(step).split())
            if item is not None and words:
                pack = (
                    f"{step.replace('pack-', 'Pack ')}: " if item.kind == PACKS and not words.startswith("D-") else ""
                )
                found.setdefault(item.code, []).append(f"{pack}{words}")
        return "\n".join(f"{code}: {'; '.join(parts)[:500]}" for code, parts in found.items())

    def _is_expected(self, logger: dict[str, Any]) -> bool:
        return bool(logger.get("number") == self.consignment.logger_number)


def round_of(consignment: Consignment, by: User, *, now: datetime) -> Round:
    """The inspection as this person has left it."""
    draft = InspectionDraft.objects.filter(consignment=consignment, by=by).first()
    units = list(consignment.units.select_related("lot").order_by("serial"))
    files = consignment.exposure_assessments.filter(assessed_at__gte=consignment.arrived_at or now)
    return Round(consignment, units, current(now), files.exists(), dict(draft.answers) if draft else {})


def listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _beside(read: dict[str, Any], unit: Unit, note: str) -> Compared:
    pack = PackText(**{name: read.get(name, "") for _, name in FIELDS})
    return Compared(pack, beside(pack, unit), str(read.get("how", "")), unit, note)
