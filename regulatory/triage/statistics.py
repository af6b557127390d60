"""What became of the recommendations: a rule that people override often is wrong (triage.md E5)."""

from collections import Counter
from dataclasses import dataclass, field

from cases.people.models import Pharmacy
from regulatory.triage.models import TriageDecision
from regulatory.triage.table import load

# From so many overrides, and so large a share, a rule is shown as wrong: settings of the house.
OFTEN, LARGE_SHARE = 3, 1 / 3


@dataclass
class RuleRecord:
    """How often one rule decided, and how often a person decided otherwise."""

    rule: str
    sentence: str
    outcome: str
    decided: int = 0
    overridden: int = 0
    instead: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Overridden of all decided, 0 to 1."""
        return self.overridden / self.decided if self.decided else 0.0

    @property
    def is_suspect(self) -> bool:
        return self.overridden >= OFTEN and self.share >= LARGE_SHARE


@dataclass(frozen=True)
class Statistics:
    """All decisions of one pharmacy, counted."""

    decided: int
    overridden: int
    rules: list[RuleRecord]
    outcomes: list[tuple[str, int, int]]
    countries: list[tuple[str, list[tuple[str, int]]]]


def statistics(pharmacy: Pharmacy) -> Statistics:
    """Overrides per rule and per recommended outcome, outcomes per country; one query."""
    table = load()
    records = {rule.id: RuleRecord(rule.id, rule.sentence, rule.outcome) for rule in table.rules.values()}
    outcomes: Counter[str] = Counter()
    overridden: Counter[str] = Counter()
    countries: dict[str, Counter[str]] = {}
    rows = TriageDecision.objects.filter(version__triage__pharmacy=pharmacy).values_list(
        "version__outcome", "version__deciding", "outcome", "is_override", "enquiry__country"
    )
    for recommended, deciding, outcome, is_override, country in rows:
        outcomes[recommended] += 1
        overridden[recommended] += is_override
        countries.setdefault(country, Counter())[outcome] += 1
        # An outcome that hangs on open answers was decided by no single rule.
        for rule in deciding if len(deciding) == 1 else ():
            record = records.setdefault(rule, RuleRecord(rule, "a rule of an earlier version", recommended))
            record.decided += 1
            record.overridden += is_override
            if is_override:
                record.instead[outcome] += 1
    return Statistics(
        decided=sum(outcomes.values()),
        overridden=sum(overridden.values()),
        rules=[one for one in records.values() if one.decided],
        outcomes=[(one, outcomes[one], overridden[one]) for one in table.outcomes if outcomes[one]],
        countries=[(country, counts.most_common()) for country, counts in sorted(countries.items())],
    )
