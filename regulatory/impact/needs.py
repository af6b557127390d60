"""What a rule change looks at in a case, so that nothing else of thousands of cases is read."""

from collections.abc import Iterable
from dataclasses import dataclass

from regulatory.impact.change import RuleChange


@dataclass(frozen=True, slots=True)
class Needs:
    """What the changed facts look at; everything else is not read."""

    events: frozenset[str]
    papers: frozenset[str]
    authorizations: bool
    attests: bool
    lists: frozenset[str]
    dates: frozenset[str]

    @classmethod
    def of(cls, changes: Iterable[RuleChange]) -> "Needs":
        """What these changes together ask for."""
        events: set[str] = set()
        papers: set[str] = set()
        dates: set[str] = set()
        lists: set[str] = set()
        lookers = []
        for change in changes:
            lookers += change.lookers
            for fact in change.sections.get("documents", ()):
                papers |= {str(side["doc_type"]) for side in change.facts[fact] if side}
            for section in ("deadlines", "decision_times", "validity", "renewal"):
                dates |= set(change.sections.get(section, ()))
        for looker in lookers:
            events |= looker.events
            papers |= looker.papers
            lists |= looker.lists
        return cls(
            events=frozenset(events),
            papers=frozenset(papers),
            authorizations=any(looker.authorizations for looker in lookers),
            attests=any(looker.attests for looker in lookers) or bool(papers),
            lists=frozenset(lists),
            dates=frozenset(dates),
        )
