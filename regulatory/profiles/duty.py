"""What a duty is: one clock of a case, with its holder, its date or why there is none, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from cases.deadlines.computation import Anchor, Computation, HouseTarget, Kind, NotComputable
from regulatory.profiles import words


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another date of the same duty that the source's note asks to be shown beside it."""

    label: str
    due: Computation | NotComputable

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "due": self.due.to_json()}


@dataclass(frozen=True, slots=True)
class Duty:
    """One clock. `state`: open (its event has happened or is planned), not_begun (waiting for it), or ended (answered).

    `applies` is False, True, or None where the condition in `applies_if` was not answered. `key` is stable: the fact
    and the occurrence (`#reference` of its event, else `@day`), so that a stored deadline can be found again.
    """

    key: str
    fact: str
    deadline_type: str
    kind: Kind
    holder: str
    holder_outside: bool
    trigger: str
    anchor: Anchor | None
    direction: str
    state: Literal["open", "not_begun", "ended"]
    due: Computation | NotComputable | None
    force: str
    recipient: str | None
    applies_if: str | None
    applies: bool | None
    basis: str
    sources: tuple[str, ...]
    confidence: str
    also: tuple[Alternative, ...]
    remarks: tuple[str, ...]
    profile: str
    version: str

    @property
    def due_on(self) -> date | None:
        return self.due.due_on if isinstance(self.due, Computation) else None

    @property
    def computable(self) -> bool:
        return isinstance(self.due, Computation)

    @property
    def target_on(self) -> date | None:
        """The day safe by every reading: the earliest before any roll; of a wait the latest; else a house target."""
        shown = [self.due, *(alternative.due for alternative in self.also)]
        days = [done.target_on for done in shown if isinstance(done, Computation)]
        if days and self.kind not in ("waiting_window", "forecast"):
            return min(days)
        if days:
            return max(days)
        if isinstance(self.due, NotComputable) and self.due.house_target:
            return self.due.house_target.due_on
        return None

    def to_json(self) -> dict[str, Any]:
        due = self.due.to_json() if self.due else None
        return {
            "key": self.key,
            "deadline_type": self.deadline_type,
            "kind": self.kind,
            "holder": self.holder,
            "holder_outside": self.holder_outside,
            "trigger": self.trigger,
            "anchor": self.anchor.isoformat() if self.anchor else None,
            "direction": self.direction,
            "state": self.state,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "target_on": self.target_on.isoformat() if self.target_on else None,
            "computable": self.computable,
            "ledger": due["ledger"] if due and due["computable"] else [],
            "due": due,
            "force": self.force,
            "recipient": self.recipient,
            "applies_if": self.applies_if,
            "applies": self.applies,
            "fact": self.fact,
            "basis": self.basis,
            "sources": list(self.sources),
            "confidence": self.confidence,
            "also": [alternative.to_json() for alternative in self.also],
            "remarks": list(self.remarks),
            "profile": self.profile,
            "version": self.version,
        }


def house_target(table: Mapping[str, Any], deadline_type: str, unit: str | None) -> HouseTarget | None:
    """The first entry of the table that fits, or None where the house sets itself no target."""
    for entry in table.get("targets", ()):
        if entry["deadline_type"] in ("*", deadline_type) and entry["unit"] in ("*", unit):
            return HouseTarget(entry["amount"], entry["in"], entry["because"]) if entry["amount"] is not None else None
    return None


NO_CONDITION_KNOWN = "not known, ask the authority"


def condition_words(fact: Mapping[str, Any], field: str) -> str:
    """The condition on which a paper or a duty hangs, in words; empty where it hangs on none.

    A paper that is conditional and whose condition nobody knows is never one that is not required: it says so.
    """
    text = str(fact.get(field) or "")
    return text or (NO_CONDITION_KNOWN if fact.get("required") == "conditional" else "")


def asked_whether(fact: Mapping[str, Any]) -> str:
    """What is asked of a paper whose condition nobody knows, as a person answers it once the authority has said."""
    return f"{words.capital(words.paper(str(fact['doc_type'])))}: condition {NO_CONDITION_KNOWN}"


def asked_as(fact: Mapping[str, Any], field: str) -> str:
    """The key under which its condition is answered: that of its words, or its own where nobody knows them."""
    text = fact.get(field)
    return condition_key(str(text if text else fact["id"]))


def condition_key(text: str) -> str:
    """The name under which a condition written in words is answered in `Facts.conditions`."""
    return "_".join("".join(char if char.isalnum() else " " for char in text.lower()).split())
