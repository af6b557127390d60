"""Gates of a pathway: when an act becomes lawful, why, and what is missing. Pure; the facts come in, nothing is read.

A profile's gate facts of one name join by their `combine`. A gate is open, shut or not known; not known never lets
anything through, and says so in other words than a shut gate, because a person can change it by finding out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from cases.deadlines.calendars import Calendars
from regulatory.profiles.expressions import evaluate
from regulatory.profiles.facts import Facts
from regulatory.profiles.loader import Profile
from regulatory.profiles.logic import Context, Missing, Truth, Verdict, both, either

STATES = {True: "open", False: "shut", None: "not_known"}
# Days tried in the search for the next opening: enough for windows, lists and expiries, and a month of closed offices.
MOST_TURNS = 10


@dataclass(frozen=True, slots=True)
class GatePart:
    """One gate fact as it was judged: its words, its value, and where it comes from."""

    fact: str
    opens_when: str
    state: str
    expr_basis: str
    sources: tuple[str, ...]
    basis: str
    confidence: str
    missing: tuple[Missing, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "fact": self.fact,
            "opens_when": self.opens_when,
            "state": self.state,
            "expr_basis": self.expr_basis,
            "sources": list(self.sources),
            "basis": self.basis,
            "confidence": self.confidence,
            "missing": [item.to_json() for item in self.missing],
        }


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate on one day. `opens_on` is the day it opens, `closes_on` the first shut day, if nothing happens."""

    gate: str
    state: str
    on: date
    opens_on: date | None
    closes_on: date | None
    because: tuple[str, ...]
    missing: tuple[Missing, ...]
    parts: tuple[GatePart, ...]
    combine: str
    route: str | None
    creates_duties: tuple[str, ...]
    deferred: tuple[str, ...]
    profile: str
    version: str

    @property
    def open(self) -> Truth:
        """True when open, False when shut, None when not known."""
        return {"open": True, "shut": False}.get(self.state)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source for part in self.parts for source in part.sources))

    @property
    def confidence(self) -> str:
        """The lowest confidence of its parts."""
        return max((part.confidence for part in self.parts), key=("high", "medium", "low").index)

    def to_json(self) -> dict[str, Any]:
        return {
            "gate": self.gate,
            "state": self.state,
            "open": self.open,
            "on": self.on.isoformat(),
            "opens_on": self.opens_on.isoformat() if self.opens_on else None,
            "closes_on": self.closes_on.isoformat() if self.closes_on else None,
            "because": list(self.because),
            "missing": [item.to_json() for item in self.missing],
            "parts": [part.to_json() for part in self.parts],
            "combine": self.combine,
            "route": self.route,
            "creates_duties": list(self.creates_duties),
            "deferred": list(self.deferred),
            "profile": self.profile,
            "version": self.version,
            "sources": list(self.sources),
            "confidence": self.confidence,
        }


def evaluate_gates(
    profile: Profile, facts: Facts, *, calendars: Calendars, now: datetime, on: date | None = None
) -> tuple[GateResult, ...]:
    """Every gate of the profile on a local day of its jurisdiction (default: the day of `now` there).

    Raises ValueError for a naive `now`.
    """
    context = context_of(profile, facts, calendars=calendars, now=now, on=on)
    names = dict.fromkeys(fact["gate"] for fact in profile.section("gates"))
    return tuple(evaluate_gate(name, context) for name in names)


def context_of(
    profile: Profile, facts: Facts, *, calendars: Calendars, now: datetime, on: date | None = None
) -> Context:
    """The question as the operators see it. Raises ValueError for a naive `now`."""
    if now.tzinfo is None:
        raise ValueError("an instant without its zone cannot be placed on a day")
    now = now.astimezone(UTC)
    day = on or now.astimezone(calendars[profile.jurisdiction].tzinfo).date()
    return Context(profile=profile, facts=facts, calendars=calendars, on=day, now=now)


def evaluate_gate(name: str, context: Context) -> GateResult:
    """One gate by its name; raises LookupError when the profile has none of that name."""
    facts = [fact for fact in context.profile.section("gates") if fact["gate"] == name]
    if not facts:
        raise LookupError(f"{context.profile.key} has no gate {name}")
    combine = facts[0].get("combine", "and")
    verdicts, whole = _judge(facts, combine, context)
    turns = _next_turn(facts, combine, context, whole)
    deciding = [
        fact["id"] for fact, verdict in zip(facts, verdicts, strict=True) if _decides(verdict, whole.truth, combine)
    ]
    parts = tuple(
        GatePart(
            fact=fact["id"],
            opens_when=fact["opens_when"],
            state=STATES[verdict.truth],
            expr_basis=fact.get("expr_basis", "attested"),
            sources=tuple(fact["source"]),
            basis=fact["basis"],
            confidence=fact["confidence"],
            missing=verdict.missing,
        )
        for fact, verdict in zip(facts, verdicts, strict=True)
    )
    return GateResult(
        gate=name,
        state=STATES[whole.truth],
        on=context.on,
        opens_on=context.on if whole.truth is True else turns,
        closes_on=turns if whole.truth is True else None,
        because=tuple(dict.fromkeys((*deciding, *whole.because))),
        missing=whole.missing,
        parts=parts,
        combine=combine,
        route=whole.route,
        creates_duties=whole.creates,
        deferred=whole.deferred,
        profile=context.profile.key,
        version=context.profile.version,
    )


def _judge(facts: Sequence[Any], combine: str, context: Context) -> tuple[list[Verdict], Verdict]:
    verdicts = [evaluate(fact["expr"] if "expr" in fact else attested(fact), context) for fact in facts]
    if len(verdicts) == 1:
        return verdicts, verdicts[0]
    return verdicts, either(verdicts) if combine == "or" else both(verdicts)


def attested(fact: Any) -> dict[str, Any]:
    """The expression of a gate whose words nobody has turned into one: a named person attests them."""
    return {"attested_by": {"role": "coordinating_pharmacy", "statement": fact["opens_when"]}}


def _decides(verdict: Verdict, truth: Truth, combine: str) -> bool:
    """Whether a part decided the whole: the open ones of an `or`, the failing ones of an `and`, all where all count."""
    if truth is True:
        return combine == "and" or verdict.truth is True
    return combine == "or" or verdict.truth is not True


def _next_turn(facts: Sequence[Any], combine: str, context: Context, whole: Verdict) -> date | None:
    """The first later day on which the gate opens (or, when open, no longer is), if nothing else happens."""
    waiting = sorted(day for day in whole.turns_on if day > context.on)
    tried: set[date] = set()
    while waiting and len(tried) < MOST_TURNS:
        day = waiting.pop(0)
        tried.add(day)
        _, then = _judge(facts, combine, replace(context, on=day))
        if (then.truth is True) != (whole.truth is True):
            return day
        waiting = sorted({*waiting, *(later for later in then.turns_on if later > day)} - tried)
    return None
