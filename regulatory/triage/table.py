"""The rule table of triage as data: questions, reasons, rules in order, outcomes and readings (``data/rules.json``).

Pure: no Django, no database, no clock. Everything is checked on load; a table with one wrong value is refused whole,
with every problem at once. The table's version stands beside each answer that rests on it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from regulatory.triage.checking import problems_in
from regulatory.triage.terms import CHOSEN, WITHIN_CAP, Problem

DATA = Path(__file__).parent / "data"


class RuleTableError(ValueError):
    """A rule table that cannot be used; ``problems`` is the whole list."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("The rule table of triage cannot be used:\n" + "\n".join(f"  {one}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Input:
    """One question of E1: its id, what it belongs to (Q1 to Q4, or +), and the values it takes."""

    id: str
    question: str
    kind: str
    text: str
    by: str
    values: tuple[str, ...] = ()
    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for one side or the other; shown whenever it holds, whichever rule decides."""

    id: str
    kind: str
    sentence: str
    effect: str
    question: str
    sources: tuple[str, ...]
    when: Mapping[str, Any] = field(hash=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; the first whose ``when`` holds gives the outcome."""

    id: str
    outcome: str
    sentence: str
    sources: tuple[str, ...]
    effective_from: str
    when: Mapping[str, Any] = field(hash=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows beside the outcome: urgent, a task, a warning."""

    id: str
    kind: str
    sentence: str
    sources: tuple[str, ...]
    when: Mapping[str, Any] = field(hash=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two answers that cannot both be true."""

    id: str
    inputs: tuple[str, ...]
    sentence: str
    remedy: str
    when: Mapping[str, Any] = field(hash=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a triage may end: its words, what it creates, and what holds of it."""

    id: str
    words: str
    creates: str
    opens_case: bool
    confident: bool
    person_first: bool


@dataclass(frozen=True)
class Table:
    """One version of the rules, checked."""

    version: str
    status: str
    effective_from: str
    reviewed_on: str | None
    reviewed_by: str | None
    notice: str
    sha256: str
    sources: Mapping[str, str]
    inputs: Mapping[str, Input]
    reasons: Mapping[str, Reason]
    rules: Mapping[str, Rule]
    consequences: Mapping[str, Consequence]
    contradictions: Mapping[str, Contradiction]
    outcomes: Mapping[str, Outcome]
    readings: Mapping[str, Any]

    @property
    def is_reviewed(self) -> bool:
        """Whether a named person has checked the rules; until then every answer says draft."""
        return self.status in ("reviewed", "active") and bool(self.reviewed_on and self.reviewed_by)

    @property
    def since(self) -> date:
        """The day from which the rules hold."""
        return date.fromisoformat(self.effective_from)

    @property
    def label(self) -> str:
        """The rules in words, with what a reader must know of them."""
        return f"triage rules {self.version}" + ("" if self.is_reviewed else " (draft, not reviewed)")

    @cached_property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """Every finite fact that rules can see, with its values, in the order of the questions."""
        chosen = {one.id: one.values for one in self.inputs.values() if one.kind in CHOSEN}
        return chosen | {WITHIN_CAP: ("yes", "no")}

    @cached_property
    def deciding(self) -> tuple[str, ...]:
        """The facts that some rule looks at, directly or through a reason."""
        seen = {name for rule in self.rules.values() for name in self.facts_in(rule.when)}
        return tuple(name for name in self.values if name in seen)

    @cached_property
    def classes(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The values of each deciding fact in classes that no rule can tell apart: exact, and far fewer to try."""
        literals: dict[str, list[frozenset[str]]] = {}
        for rule in self.rules.values():
            for name, wanted in self._literals(rule.when):
                literals.setdefault(name, []).append(wanted)
        found: dict[str, tuple[tuple[str, ...], ...]] = {}
        for name in self.deciding:
            groups: dict[tuple[bool, ...], list[str]] = {}
            for value in self.values[name]:
                groups.setdefault(tuple(value in wanted for wanted in literals[name]), []).append(value)
            found[name] = tuple(tuple(group) for group in groups.values())
        return found

    def facts_in(self, tree: Mapping[str, Any]) -> frozenset[str]:
        """The finite facts that an expression looks at."""
        return frozenset(name for name, _ in self._literals(tree))

    def _literals(self, tree: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
        operator, operand = operation(tree)
        if operator == "input":
            yield operand, frozenset(tree["in"])
        elif operator == "reason":
            yield from self._literals(self.reasons[operand].when)
        elif operator == "group":
            for reason in self.reasons.values():
                if reason.kind == operand:
                    yield from self._literals(reason.when)
        elif operator == "not":
            yield from self._literals(operand)
        else:
            for part in operand:
                yield from self._literals(part)


def operation(tree: Mapping[str, Any]) -> tuple[str, Any]:
    """The operator of an expression and its operand: input, reason, group, not, all or any."""
    for name in ("input", "reason", "group", "not", "all", "any"):
        if name in tree:
            return name, tree[name]
    raise KeyError(f"{tree!r} holds no operator.")


@cache
def load() -> Table:
    """The product's rule table.

    :raises RuleTableError: with every problem at once.
    """
    return read((DATA / "rules.json").read_bytes())


def read(content: bytes) -> Table:
    """A rule table from the bytes of its file; its fingerprint is over exactly these.

    :raises RuleTableError: with every problem at once.
    """
    try:
        raw = json.loads(content)
    except ValueError as error:
        raise RuleTableError([Problem("/", str(error), "is no JSON", "Correct the file.")]) from error
    if found := problems_in(raw):
        raise RuleTableError(found)
    return Table(
        version=raw["version"],
        status=raw["status"],
        effective_from=raw["effective_from"],
        reviewed_on=raw["reviewed_on"],
        reviewed_by=raw["reviewed_by"],
        notice=raw["notice"],
        sha256=hashlib.sha256(content).hexdigest(),
        sources=raw["sources"],
        inputs={one["id"]: _input(one) for one in raw["inputs"]},
        reasons={
            one["id"]: Reason(
                one["id"],
                one["kind"],
                one["sentence"],
                one["effect"],
                one["question"],
                tuple(one["source"]),
                one["when"],
            )
            for one in raw["reasons"]
        },
        rules={
            one["id"]: Rule(
                one["id"], one["outcome"], one["sentence"], tuple(one["source"]), one["effective_from"], one["when"]
            )
            for one in raw["rules"]
        },
        consequences={
            one["id"]: Consequence(one["id"], one["kind"], one["sentence"], tuple(one["source"]), one["when"])
            for one in raw["consequences"]
        },
        contradictions={
            one["id"]: Contradiction(one["id"], tuple(one["inputs"]), one["sentence"], one["remedy"], one["when"])
            for one in raw["contradictions"]
        },
        outcomes={name: Outcome(id=name, **one) for name, one in raw["outcomes"].items()},
        readings=raw["readings"],
    )


def _input(one: Mapping[str, Any]) -> Input:
    return Input(
        id=one["id"],
        question=one["question"],
        kind=one["kind"],
        text=one["text"],
        by=one["by"],
        values=tuple(one.get("values", ())),
        least=Fraction(str(one["least"])) if "least" in one else None,
        most=Fraction(str(one["most"])) if "most" in one else None,
    )
