"""Conditions that papers and duties of a pathway hang on ("controlled drug"), as answered for one case.

What the system knows by itself it answers by itself; everything else a named pharmacist answers, and the answer stays
on record. A condition that nobody answered counts as open: its paper is asked for, its duty runs.
"""

from dataclasses import dataclass

from cases.lifecycle.readings import once_a_checklist
from cases.models import Case, Urgency
from regulatory.exports import export_version
from regulatory.models import Attestation
from regulatory.pathway import profile_of
from regulatory.profiles.duty import asked_as, asked_whether, condition_words
from regulatory.profiles.loader import Profile

ANSWERED_BY = "coordinating_pharmacy"
YES, NO = "applies", "does not apply"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition in words, and the facts of the pathway that hang on it."""

    key: str
    text: str
    facts: tuple[str, ...]


def conditions_in(profile: Profile) -> list[Condition]:
    """Every condition of the pathway's papers and duties, once each."""
    found: dict[str, Condition] = {}
    for section, field in (("documents", "condition"), ("deadlines", "applies_if")):
        for entry in profile.section(section):
            if text := condition_words(entry, field):
                key, told = asked_as(entry, field), text if entry.get(field) else asked_whether(entry)
                known = found.get(key)
                found[key] = Condition(key, told, (*(known.facts if known else ()), str(entry["id"])))
    return list(found.values())


def conditions_asked_of(case: Case) -> list[Condition]:
    """The conditions of the case's pathway; for a controlled drug also those of the country that it leaves."""
    found = conditions_in(profile_of(case.profile_version))
    if case.medicine.is_controlled and (leaving := export_version(case)) is not None:
        known = {condition.key for condition in found}
        found += [condition for condition in conditions_in(profile_of(leaving)) if condition.key not in known]
    return found


@once_a_checklist
def conditions_of(case: Case) -> dict[str, bool]:
    """The answers of a case, by the key of their words: what is known, overruled by what a person answered last."""
    answers = {
        "controlled_drug": case.medicine.is_controlled,
        "urgent_case": case.urgency != Urgency.STANDARD,
    }
    keys = {condition.facts[0]: condition.key for condition in conditions_asked_of(case)}
    # A pathway without conditions asks nothing, so that nobody can have answered.
    rows = case.attestations.filter(role=ANSWERED_BY).order_by("attested_at", "id") if case.pk and keys else ()
    for row in rows:
        if row.gate_fact in keys and row.statement.endswith((YES, NO)):
            answers[keys[row.gate_fact]] = not row.statement.endswith(NO)
    # What the medicine's own record says of a controlled drug nobody can answer away.
    return answers | ({"controlled_drug": True} if case.medicine.is_controlled else {})


def statement_of(condition: Condition, *, applies: bool) -> str:
    """The sentence that is kept: the condition in the pathway's words, and the answer."""
    return f"“{condition.text}”: {YES if applies else NO}"


def is_answer(row: Attestation) -> bool:
    """Whether an attestation answers a condition rather than opening a gate."""
    return row.role == ANSWERED_BY and row.statement.endswith((f"”: {YES}", f"”: {NO}"))
