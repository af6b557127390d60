"""Requirements: named sentences that a verb rests on.

The same list draws the checklist on the page, disables the button, answers the API with 409 and is stored with the
event (domain.md 3).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cases.lifecycle.verbs import Situation
from cases.people.roles import READ_WHOLE

if TYPE_CHECKING:
    from cases.people.models import User

HOLD = "NoHold:"


@dataclass(frozen=True)
class Finding:
    """What one requirement found.

    :param met: ``None`` when it is not known, which counts as unmet and is said so.
    :param fact: the fact it looked at, as a sentence.
    :param rule: the rule version it came from, when the data decide (otherwise the requirement's own).
    :param sources: ids of profile facts or records.
    :param remedy: (label, verb code or page, subject label) that would help.
    """

    met: bool | None
    fact: str
    sentence: str = ""
    satisfied_by: str = ""
    rule: str = ""
    sources: tuple[str, ...] = ()
    remedy: tuple[str, str] | None = None
    code: str = ""
    overridable: bool | None = None


@dataclass(frozen=True)
class Requirement:
    """One registered requirement; ``check`` may give several findings (one per paper, one per gate)."""

    code: str
    sentence: str
    satisfied_by: str
    rule: str
    check: Callable[[Situation], Finding | Iterable[Finding]]
    verbs: frozenset[str]
    overridable: bool = False


@dataclass(frozen=True)
class Checked:
    """One line of the checklist, as shown, answered and stored."""

    code: str
    sentence: str
    state: str
    fact: str
    satisfied_by: str
    rule: str
    sources: tuple[str, ...] = ()
    overridable: bool = False
    remedy: tuple[str, str] | None = None
    override: dict[str, str] = field(default_factory=dict)
    is_known: bool = True

    @property
    def blocks(self) -> bool:
        return self.state == "unmet"

    @property
    def can_be_set_aside(self) -> bool:
        return self.blocks and self.overridable

    def as_told_to(self, person: "User | None") -> "Checked":
        """As this person reads it: why a hold stands is the house's own affair."""
        if not self.code.startswith(HOLD) or (person is not None and person.role in READ_WHOLE):
            return self
        return replace(
            self,
            code=HOLD.rstrip(":"),
            sentence="No hold of the pharmacy stands",
            fact="The pharmacy stopped this on purpose; ask it when it goes on.",
            sources=(),
            remedy=None,
        )

    def as_json(self) -> dict[str, Any]:
        """For the event, the API and the page; lists instead of tuples."""
        line = asdict(self)
        line["sources"] = list(self.sources)
        line["remedy"] = list(self.remedy) if self.remedy else None
        return line


_REQUIREMENTS: dict[str, Requirement] = {}


def requirement(
    code: str, sentence: str, *, on: Iterable[str], satisfied_by: str, rule: str, overridable: bool = False
) -> Callable[[Callable[[Situation], Finding | Iterable[Finding]]], Callable[[Situation], Any]]:
    """Decorator: register a requirement on the given verbs.

    :param satisfied_by: who can satisfy it, in words ("the prescriber").
    :param rule: where it comes from and its version ("house rule R-02, version 1").
    """

    def register(check: Callable[[Situation], Finding | Iterable[Finding]]) -> Callable[[Situation], Any]:
        if code in _REQUIREMENTS:
            raise ValueError(f"The requirement {code} is registered twice.")
        _REQUIREMENTS[code] = Requirement(code, sentence, satisfied_by, rule, check, frozenset(on), overridable)
        return check

    return register


def requirements_of(verb_code: str) -> list[Requirement]:
    """The exact set a verb rests on, in the order registered; pinned by a test per verb."""
    return [entry for entry in _REQUIREMENTS.values() if verb_code in entry.verbs]


def judge(situation: Situation) -> list[Checked]:
    """Every requirement of the situation's verb, judged now, as if none were set aside; unmet first, then met."""
    lines = [
        _line(entry, found) for entry in requirements_of(situation.verb.code) for found in _findings(entry, situation)
    ]
    lines.extend(_holds(situation))
    return _in_order(lines)


def set_aside(lines: Iterable[Checked], overrides: Mapping[str, Any]) -> list[Checked]:
    """The same lines, those overridden that may be and that two people set aside; unmet first, then overridden, met.

    :param overrides: confirmed overrides for this verb and record, by requirement code.
    """
    return _in_order(
        _overridden(line, overrides[line.code]) if line.can_be_set_aside and line.code in overrides else line
        for line in lines
    )


def _in_order(lines: Iterable[Checked]) -> list[Checked]:
    return sorted(lines, key=lambda line: ("unmet", "overridden", "met").index(line.state))


def _overridden(line: Checked, granted: Any) -> Checked:
    people = {"by": granted.proposed_by.code, "second_person": granted.second_person.code}
    return replace(line, state="overridden", override={"reason": granted.reason, **people})


def _findings(entry: Requirement, situation: Situation) -> Iterable[Finding]:
    found = entry.check(situation)
    return [found] if isinstance(found, Finding) else found


def _line(entry: Requirement, found: Finding) -> Checked:
    return Checked(
        code=found.code or entry.code,
        sentence=found.sentence or entry.sentence,
        state="met" if found.met else "unmet",
        fact=found.fact,
        satisfied_by=found.satisfied_by or entry.satisfied_by,
        rule=found.rule or entry.rule,
        sources=found.sources,
        overridable=entry.overridable if found.overridable is None else found.overridable,
        remedy=found.remedy,
        is_known=found.met is not None,
    )


def _holds(situation: Situation) -> list[Checked]:
    """A hold that stops this verb is an unmet requirement that only lifting it satisfies."""
    if not situation.verb.stopped_by:
        return []
    standing = [hold for hold in situation.case.standing_holds if hold.kind in situation.verb.stopped_by]
    return [
        Checked(
            code=f"{HOLD}{hold.kind}",
            sentence=f"No {hold.get_kind_display()} hold stands",
            state="unmet",
            fact=f"{hold.label} was placed by {hold.placed_by.display_name}: {hold.reason} It ends when: {hold.until}",
            satisfied_by="who may lift the hold",
            rule="domain rule: holds lie across all stages",
            sources=(hold.label,),
            remedy=("Lift the hold", f"cases.hold.lift/{hold.label}"),
        )
        for hold in standing
    ]
