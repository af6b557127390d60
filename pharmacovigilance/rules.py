"""Which reporting rules a case version meets, and by when. Pure: no database, no clock.

Conditions are evaluated in three values: a fact that is not known plans the duty as if it applied, and says so. A rule
that says "nothing to send" never takes a duty away. Where no rule obliges anybody, the default rule does: 15 calendar
days, never silence. Dates never roll to a later day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from cases.deadlines.arithmetic import Computation, NotComputable, Rule, Step, compute
from cases.deadlines.calendars import Calendar
from pharmacovigilance.awareness import Knew, beginning_of
from pharmacovigilance.library import SECOND_STAGE, ReportingRule, RuleLibrary

EEA = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
MODEL, CONTRACT, EU = "ICH", "CONTRACT", "EU"
UNITS = {"business_day": "working_day"}
NEVER_LATER = "a reporting date never moves to a later day, on a weekend or holiday neither"


@dataclass(frozen=True)
class Selected:
    """One rule that obliges; ``is_certain`` is false when a fact it asks for is not known."""

    rule: ReportingRule
    is_certain: bool


@dataclass(frozen=True)
class Selection:
    """What was selected: rules that oblige, and rules that say that nothing need be sent."""

    obliging: tuple[Selected, ...]
    no_duty: tuple[ReportingRule, ...]

    @property
    def is_default(self) -> bool:
        """Whether no rule was found and the house's default stands in."""
        return any(selected.rule.jurisdiction == "*" for selected in self.obliging)


@dataclass(frozen=True)
class Planned:
    """One obligation to be: rule, party and recipient in words, its day 0, its date, and whether the number is law."""

    rule: ReportingRule
    rule_id: str
    recipient: str
    is_certain: bool
    day0: date
    due: Computation
    is_planning_figure: bool


def holds(expression: Mapping[str, Any], facts: Mapping[str, Any]) -> bool | None:
    """Whether an ``applies_if`` tree holds; ``None`` when it turns on a fact that is not known (absent or ``None``).

    :raises ValueError: for an operator that the rules' vocabulary does not have.
    """
    if "all" in expression:
        parts = [holds(part, facts) for part in expression["all"]]
        return False if False in parts else None if None in parts else True
    if "any" in expression:
        parts = [holds(part, facts) for part in expression["any"]]
        return True if True in parts else None if None in parts else False
    known, wanted, operator = facts.get(expression["fact"]), expression["value"], expression["op"]
    if known is None:
        return None
    if operator == "is":
        return bool(known == wanted)
    if operator == "in":
        return known in wanted
    if operator == "has_any":
        return bool(set(known) & set(wanted))
    if operator == "has_none":
        return not set(known) & set(wanted)
    raise ValueError(f"The reporting rules know no operator {operator!r}.")


def not_known(expression: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """The facts that an ``applies_if`` tree asks for and nobody has said, in its order."""
    parts = expression.get("all") or expression.get("any")
    if parts:
        return list(dict.fromkeys(name for part in parts for name in not_known(part, facts)))
    return [expression["fact"]] if facts.get(expression["fact"]) is None else []


def matching(
    rules: Iterable[ReportingRule], *, jurisdictions: Iterable[str], pathway: str, facts: Mapping[str, Any]
) -> list[Selected]:
    """The rules of these jurisdictions and this pathway that hold, or may hold, on these facts."""
    wanted = set(jurisdictions)
    found = []
    for rule in rules:
        if rule.jurisdiction not in wanted or not {"*", pathway} & set(rule.pathways):
            continue
        verdict = holds(rule.applies_if, facts)
        if verdict is not False:
            found.append(Selected(rule, is_certain=verdict is True))
    return found


def select(library: RuleLibrary, *, country: str, pathway: str, facts: Mapping[str, Any]) -> Selection:
    """Every rule that obliges somebody for this version: national, European where they apply, and contractual.

    The ICH texts are models and stand in only where no national or European rule obliges; the default rule only where
    nobody would have to tell an authority at all.
    """
    national = [country, EU] if country in EEA else [country]
    found = matching(library.rules, jurisdictions=national, pathway=pathway, facts=facts)
    if not any(selected.rule.obliges for selected in found):
        found += matching(library.rules, jurisdictions=[MODEL], pathway=pathway, facts=facts)
    to_authorities = [selected for selected in found if selected.rule.obliges]
    if not to_authorities:
        to_authorities = [Selected(library.default, is_certain=True)]
    contractual = matching(library.rules, jurisdictions=[CONTRACT], pathway=pathway, facts=facts)
    return Selection(
        obliging=(*to_authorities, *(selected for selected in contractual if selected.rule.obliges)),
        no_duty=tuple(selected.rule for selected in found if not selected.rule.obliges),
    )


def plan(
    selection: Selection,
    *,
    aware_at: datetime,
    calendar: Calendar,
    zone: str,
    contract_calendar: Calendar,
    contract_zone: str,
    knew: Knew | None = None,
) -> list[Planned]:
    """The obligations of a selection, earliest first: one for each rule and recipient, and one for each second stage.

    :param aware_at: when the information was received; day 0 is its local date where the recipient is.
    :param calendar, zone: of the destination; the contract's are those of the pharmacy.
    :param knew: the days on which others than the pharmacy first knew: their own day 0, where it is earlier.
    """
    planned: list[Planned] = []
    for selected in selection.obliging:
        is_contract = selected.rule.jurisdiction == CONTRACT
        place = (contract_calendar, contract_zone) if is_contract else (calendar, zone)
        planned += _obligations(selected, aware_at, *place, knew)
    return sorted(planned, key=lambda one: (one.due.due_at, one.rule_id, one.recipient))


@dataclass(frozen=True)
class Stage:
    """One date of a rule: so much of a unit after its beginning."""

    suffix: str
    amount: int
    unit: str
    is_working_figure: bool


def stages_of(rule: ReportingRule) -> list[Stage]:
    """The first stage, and the second where the rule has one ("7 and 8 days").

    Where the text gives no number the house's working figure stands in, else 15 calendar days.
    """
    clock = rule.clock
    if clock["amount"] is not None:
        first = Stage("", clock["amount"], clock["unit"], is_working_figure=False)
    else:
        planning = clock["planning"] or {"amount": 15, "unit": "calendar_day"}
        first = Stage("", planning["amount"], planning["unit"], is_working_figure=True)
    second = clock["second_stage"]
    if second is None:
        return [first]
    return [first, Stage(SECOND_STAGE, second["amount"], second["unit"], first.is_working_figure)]


def _obligations(
    selected: Selected, aware_at: datetime, calendar: Calendar, zone: str, knew: Knew | None
) -> list[Planned]:
    rule = selected.rule
    unit = stages_of(rule)[0].unit
    begins = beginning_of(rule.duty_role, unit=unit, aware_at=aware_at, zone=zone, knew=knew)
    # Counted like an expiry, so that neither a roll nor a local rule for short periods makes a safety date later.
    strict = replace(calendar, roll_days=frozenset(), short_period=None)
    anchor = begins.anchor
    why = (begins.why,) if begins.why else ()
    planned = []
    for stage in stages_of(rule):
        due = due_by(rule, stage, anchor=anchor, calendar=strict, zone=zone)
        due = replace(due, ledger=(*why, *due.ledger))
        planned += [
            Planned(
                rule, f"{rule.id}{stage.suffix}", to, selected.is_certain, begins.day0, due, stage.is_working_figure
            )
            for to in rule.recipients
        ]  # fmt: skip
        anchor = due.due_on
    return planned


def due_by(rule: ReportingRule, stage: Stage, *, anchor: date | datetime, calendar: Calendar, zone: str) -> Computation:
    """The date of one stage, with its ledger; it moves on from a closed day only where the calendar given says so.

    :raises ValueError: when the rule's unit cannot be counted.
    """
    basis, safer = rule.clock["day0_basis"], rule.clock.get("plan_day0_basis")
    counted = Rule(
        event=safer or basis,
        amount=stage.amount,
        unit=UNITS.get(stage.unit, stage.unit),
        calendar=calendar.code,
        zone=zone,
        kind="duty" if calendar.roll_days else "expiry",
        rule_version=f"{rule.id}, {rule.version}",
    )
    done = compute(counted, anchor=anchor, calendar=calendar)
    if isinstance(done, NotComputable):
        raise ValueError(f"The reporting rule {rule.id} gives no date: {done.why}.")
    steps = [
        replace(step, detail=NEVER_LATER) if step.label == "Rolled" and not calendar.roll_days else step
        for step in done.ledger
    ]
    if safer:
        why = f"the text counts from {basis.replace('_', ' ')}, which comes later; the house counts from the earlier"
        steps.insert(0, Step("Two readings of day 0", why, None, "check"))
    if stage.is_working_figure:
        words = rule.clock["urgency_words"]
        why = (rule.clock["planning"] or {}).get("why", "no number in the text; default rule")
        said = f"the text says “{words}”; " if words and words != "unspecified" else ""
        steps.append(Step("Working figure of the house", f"{said}{why}", done.due_on, "not a legal date"))
    if not rule.is_reviewed:
        steps.append(
            Step(
                "Rule not reviewed",
                f"a research draft; basis {rule.basis}, confidence {rule.confidence}",
                None,
                "check",
            )
        )
    return replace(done, ledger=tuple(steps), is_house_target=stage.is_working_figure)
