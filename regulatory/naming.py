"""What the case's pathway says of the patient's name on a paper, for whoever accepts or encloses one (rule 17)."""

from typing import Final

from cases.documents.naming import FORBIDDEN, REQUIRED, NameRule, rules_names
from cases.models import Case
from regulatory.models import ProfileVersion
from regulatory.pathway import named, profile_of

_STRICTEST_FIRST: Final = (FORBIDDEN, REQUIRED)


def name_rule_in(version: ProfileVersion, doc_type: str) -> NameRule | None:
    """The version's rule on the name on that kind of paper; None where it allows either, or says nothing.

    Where its facts differ on one kind, the one that forbids the name wins.
    """
    ruled = [
        (fact["privacy_rule"], fact)
        for fact in profile_of(version).section("documents")
        if fact["doc_type"] == doc_type and fact.get("privacy_rule")
    ]
    for says in _STRICTEST_FIRST:
        for rule, fact in ruled:
            if rule["patient_name"] == says:
                return NameRule(
                    says=says,
                    named=named(version),
                    fact=str(rule.get("id", fact["id"])),
                    sources=tuple(rule["source"]),
                    confidence=str(rule["confidence"]),
                )
    return None


@rules_names
def rule_of_the_case(case: Case, doc_type: str) -> NameRule | None:
    """The rule of the pathway that the case is on."""
    return name_rule_in(case.profile_version, doc_type) if case.profile_version_id else None
