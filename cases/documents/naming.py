"""Whether the patient's name may, must or must not stand on a paper: the rule comes from outside, the answer is kept.

The country's rules are no concern of the papers' room. Whoever knows them registers one function; where it gives a
rule, the person who accepts the paper says whether the name stands on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cases.documents.models import Document

if TYPE_CHECKING:
    from cases.models import Case

FORBIDDEN: Final = "forbidden"
REQUIRED: Final = "required"


@dataclass(frozen=True, slots=True)
class NameRule:
    """What one pathway says of the name on one kind of paper. ``says`` is forbidden or required.

    ``named`` is the version that says it, with its review; ``fact`` the id of its fact; ``sources`` where it stands.
    """

    says: str
    named: str
    fact: str
    sources: tuple[str, ...]
    confidence: str

    def is_broken_by(self, answer: bool | None) -> bool:
        """Whether a recorded answer is the wrong one; what nobody answered breaks nothing yet."""
        return answer is not None and answer is (self.says == FORBIDDEN)


Rule = Callable[["Case", str], NameRule | None]
_RULES: Final[list[Rule]] = []


def rules_names(rule: Rule) -> Rule:
    """Decorator: the one function (case, kind of paper) that knows the pathway's rule."""
    _RULES.append(rule)
    return rule


def name_rule_of(case: "Case", doc_type: str) -> NameRule | None:
    """The rule for this kind of paper on this case; None where its pathway states none."""
    return next((found for rule in _RULES if (found := rule(case, doc_type)) is not None), None)


def answer_of(document: Document) -> bool | None:
    """Whether the patient's name stands on it: as a person said; what the system wrote without identity has none."""
    if document.names_patient is None and document.source == Document.Source.SYSTEM and not document.holds_identity:
        return False
    return document.names_patient
