"""From answers to an outcome with its reasons: a recommendation, never legal advice and never an authorization.

Pure and deterministic: the same answers, the same looked-up facts and the same table give the same result. What is not
known is tried in every way: when all ways lead to one outcome, that is it; else the outcome is ``INSUFFICIENT`` and
only the questions that can change it are asked, the most decisive first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from regulatory.triage.answers import Answers
from regulatory.triage.readings import FRESH, LookedUp
from regulatory.triage.space import Space
from regulatory.triage.table import Table
from regulatory.triage.terms import ASKED_FOR_CAP, UNKNOWN, WITHIN_CAP

INSUFFICIENT = "INSUFFICIENT"
# What can be asked at once without tiring the family (triage.md E4).
ASKED_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule, reason or consequence that holds. ``certain`` is false where it hangs on an open question."""

    id: str
    kind: str
    effect: str
    sentence: str
    question: str
    sources: tuple[str, ...]
    certain: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "effect": self.effect,
            "sentence": self.sentence,
            "from": self.question,
            "sources": list(self.sources),
            "certain": self.certain,
        }


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An open question that can change the outcome: where each answer can lead, and how decisive it is (0 to 1)."""

    id: str
    question: str
    text: str
    by: str
    weight: float
    leads_to: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "question": self.question,
            "text": self.text,
            "by": self.by,
            "weight": round(self.weight, 6),
            "leads_to": {value: list(outcomes) for value, outcomes in self.leads_to.items()},
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer that was given and decides: another one would lead elsewhere."""

    id: str
    value: str
    leads_to: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "value": self.value,
            "leads_to": {value: list(outcomes) for value, outcomes in self.leads_to.items()},
        }


@dataclass(frozen=True)
class Result:
    """One evaluation, whole: what is shown, printed, and kept with the enquiry."""

    outcome: str
    words: str
    confident: bool
    why_not_confident: tuple[str, ...]
    possible: tuple[str, ...]
    fired: tuple[Fired, ...]
    questions: tuple[OpenQuestion, ...]
    turns: tuple[Turn, ...]
    consequences: tuple[Fired, ...]
    assumed: tuple[str, ...]
    flags: tuple[str, ...]
    facts: Mapping[str, str]
    looked_up: LookedUp | None
    rules: Mapping[str, Any]

    @property
    def deciding(self) -> tuple[str, ...]:
        """The ids of the rules that decided."""
        return tuple(one.id for one in self.fired if one.kind == "rule")

    @property
    def urgent(self) -> bool:
        return any(one.kind == "urgent" and one.certain for one in self.consequences)

    def to_json(self) -> dict[str, Any]:
        """As ``manage.py triage --json`` prints it (docs/triage.md)."""
        return {
            "format": "npp-triage/1",
            "outcome": self.outcome,
            "outcome_in_words": self.words,
            "confident": self.confident,
            "why_not_confident": list(self.why_not_confident),
            "possible": list(self.possible),
            "fired": [one.to_json() for one in self.fired],
            "questions": [one.to_json() for one in self.questions],
            "could_change": [one.to_json() for one in self.turns],
            "consequences": [one.to_json() for one in self.consequences],
            "assumed": list(self.assumed),
            "flags": list(self.flags),
            "facts": dict(self.facts),
            "profile": self.looked_up.to_json() if self.looked_up else None,
            "rules": dict(self.rules),
            "notice": "A recommendation with reasons, not legal advice and not a permission. A named person decides.",
        }


def evaluate(answers: Answers, table: Table, looked_up: LookedUp | None = None) -> Result:
    """Evaluate answers; what the country's data say takes the place of what a person answered to the same question."""
    facts, assumed, flags = facts_of(answers, table, looked_up)
    space = _space(table, facts, table.deciding)
    settled = len(space.outcomes) == 1
    outcome = next(iter(space.outcomes)) if settled else INSUFFICIENT
    questions = () if settled else _questions(table, space, facts)
    why_not = tuple(_why_not_confident(table, facts, looked_up, settled=settled))
    return Result(
        outcome=outcome,
        words=table.outcomes[outcome].words,
        confident=settled and table.outcomes[outcome].confident and facts.get("profile") == FRESH,
        why_not_confident=why_not,
        possible=tuple(name for name in table.outcomes if name in space.outcomes),
        fired=(*_rules(space), *_reasons(table, facts)),
        questions=questions,
        turns=_turns(table, facts) if settled else (),
        consequences=_consequences(table, facts),
        assumed=assumed,
        flags=flags,
        facts=facts,
        looked_up=looked_up,
        rules={
            "version": table.version,
            "status": table.status,
            "effective_from": table.effective_from,
            "reviewed_on": table.reviewed_on,
            "sha256": table.sha256,
        },
    )


def facts_of(
    answers: Answers, table: Table, looked_up: LookedUp | None
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """The finite facts that are known, what was assumed, and where a person and the data disagree."""
    given = dict(answers.given)
    flags = []
    if looked_up is not None:
        for name in (one.id for one in table.inputs.values() if one.kind.startswith("looked_up")):
            said, found = given.pop(name, None), looked_up.values.get(name)
            if said is not None and said != found:
                flags.append(
                    f"{name}: {said} was answered, the country's data say {found or UNKNOWN}; "
                    "the data decide, a person checks"
                )
            if found is not None:
                given[name] = found
    assumed = []
    for one in table.inputs.values():
        if one.kind == "flag" and one.id not in given:
            given[one.id] = one.values[0]
            assumed.append(f"{one.id}: {one.values[0]} (nobody raised it)")
    cycles = Answers(given).number("cycles")
    if cycles is not None and cycles > 1 and "regimen" not in given:
        given["regimen"] = "cycles"
        assumed.append(f"regimen: cycles (there are {cycles})")
    facts = {name: given[name] for name in table.values if name in given}
    within = within_cap(Answers(given), longest=Fraction(table.readings["longest_personal_months"]))
    if within is not None:
        facts[WITHIN_CAP] = "yes" if within else "no"
    return facts, tuple(assumed), tuple(flags)


def within_cap(answers: Answers, *, longest: Fraction) -> bool | None:
    """Whether the supply is within the smaller of three months and the country's limit; None when it is not known.

    A limit that is not known is never "no limit": within it one cannot know, beyond three months one does.
    """
    months, doses = answers.number("supply_months"), answers.number("supply_doses")
    most_months, most_doses = answers.number("cap_months"), answers.number("cap_doses")
    over_months = months is not None and months > (longest if most_months is None else min(longest, most_months))
    over_doses = doses is not None and most_doses is not None and doses > most_doses
    if over_months or over_doses:
        return False
    if months is None or (most_months is None and most_doses is None):
        return None
    return None if most_doses is not None and doses is None else True


def _space(table: Table, facts: Mapping[str, str], names: Sequence[str] | frozenset[str]) -> Space:
    """The completions: a known fact keeps its value, an open one has one value of each class."""
    return Space(
        table,
        {
            name: (facts[name],) if name in facts else tuple(group[0] for group in _classes(table, name))
            for name in table.values
            if name in names
        },
    )


def _classes(table: Table, name: str) -> tuple[tuple[str, ...], ...]:
    return table.classes.get(name) or tuple((value,) for value in table.values[name])


def _questions(table: Table, space: Space, facts: Mapping[str, str]) -> tuple[OpenQuestion, ...]:
    weights = {name: space.weight(name) for name in space.values if name not in facts}
    order = list(table.values)
    ranked = sorted((name for name in weights if weights[name]), key=lambda name: (-weights[name], order.index(name)))
    return tuple(_question(table, space, name, weights[name]) for name in ranked)


def _question(table: Table, space: Space, name: str, weight: float) -> OpenQuestion:
    leads_to = {value: _leads_to(table, space, name, group[0]) for group in _classes(table, name) for value in group}
    leads_to = {value: leads_to[value] for value in table.values[name]}
    if name == WITHIN_CAP:
        text = "For how long is the supply, and how much may a person import?"
        return OpenQuestion(name, "Q2", f"{text} ({', '.join(ASKED_FOR_CAP)})", "asker", weight, leads_to)
    asked = table.inputs[name]
    return OpenQuestion(name, asked.question, asked.text, asked.by, weight, leads_to)


def _leads_to(table: Table, space: Space, name: str, value: str) -> tuple[str, ...]:
    """The outcomes that remain when one question is answered so."""
    where = space.where(name, (value,))
    return tuple(one for one in table.outcomes if space.outcomes.get(one, 0) & where)


def _turns(table: Table, facts: Mapping[str, str]) -> tuple[Turn, ...]:
    """For a settled outcome: the answers of which another one would lead elsewhere, one at a time."""
    found = []
    for name in table.deciding:
        if name not in facts:
            continue
        others = {key: value for key, value in facts.items() if key != name}
        space = _space(table, others, table.deciding)
        here = next(group for group in _classes(table, name) if facts[name] in group)
        own = _leads_to(table, space, name, here[0])
        leads_to: dict[str, tuple[str, ...]] = {}
        for group in _classes(table, name):
            there = _leads_to(table, space, name, group[0])
            if group != here and there != own:
                leads_to |= dict.fromkeys(group, there)
        if leads_to:
            found.append(Turn(name, facts[name], {one: leads_to[one] for one in table.values[name] if one in leads_to}))
    return tuple(found)


def _rules(space: Space) -> tuple[Fired, ...]:
    deciding = space.deciding_rules()
    return tuple(
        Fired(rule.id, "rule", "decided", rule.sentence, "first match", rule.sources, certain=len(deciding) == 1)
        for rule in deciding
    )


def _reasons(table: Table, facts: Mapping[str, str]) -> tuple[Fired, ...]:
    return tuple(
        Fired(one.id, one.kind, one.effect, one.sentence, one.question, one.sources)
        for one in table.reasons.values()
        if holds(table, facts, one.when) is True
    )


def _consequences(table: Table, facts: Mapping[str, str]) -> tuple[Fired, ...]:
    return tuple(
        Fired(one.id, one.kind, one.kind, one.sentence, "first match", one.sources)
        for one in table.consequences.values()
        if holds(table, facts, one.when) is True
    )


def holds(table: Table, facts: Mapping[str, str], tree: Mapping[str, Any]) -> bool | None:
    """Whether an expression is true of what is known; None where it hangs on what is not."""
    space = _whole(table, facts, table.facts_in(tree))
    found = space.holds(tree)
    return True if found == space.full else False if not found else None


def _whole(table: Table, facts: Mapping[str, str], names: frozenset[str]) -> Space:
    """All values of the facts of one expression; it may tell values apart that no rule does."""
    return Space(
        table,
        {name: (facts[name],) if name in facts else values for name, values in table.values.items() if name in names},
    )


def _why_not_confident(
    table: Table, facts: Mapping[str, str], looked_up: LookedUp | None, *, settled: bool
) -> list[str]:
    """What a reader must know before relying on the answer, in sentences."""
    found = []
    if not settled:
        found.append("Questions are open that can change the outcome.")
    review = facts.get("profile", UNKNOWN)
    named = looked_up.label if looked_up else "the country profile"
    said = {
        "overdue": f"The review date of {named} is past.",
        "unreviewed": f"No person has reviewed {named}.",
        "none": "There is no country profile.",
        UNKNOWN: "It is not known whether the country profile was reviewed in time.",
    }
    if review in said:
        found.append(said[review])
    if not table.is_reviewed:
        found.append(f"The rules themselves are a draft ({table.version}); no pharmacist has reviewed them.")
    return found
