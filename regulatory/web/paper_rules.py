"""The papers of a pathway side by side: when, from whom, how old, in which language, as what copy, with which name.

What no source states is not known and said so; it is never read as none, as zero or as no limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regulatory.profiles.duty import condition_words
from regulatory.profiles.loader import Profile
from regulatory.profiles.words import capital, role, spaced
from regulatory.web.fact_words import document_title, name_words, needed_words, retention_words, span


@dataclass(frozen=True, slots=True)
class PaperRules:
    """One paper; an empty rule is not known."""

    fact: str
    title: str
    needed: str
    condition: str
    owner: str
    age: str
    language: str
    copy: str
    name: str
    kept: str


# What a source may state of a paper: its name in :class:`PaperRules`, and its words.
RULES = {
    "age": "How old",
    "language": "Language and translation",
    "copy": "Copy or original",
    "name": "Patient’s name",
    "kept": "How long kept",
}


def stated(papers: list[PaperRules]) -> tuple[dict[str, str], list[str]]:
    """The rules that a source states of at least one paper, and the words of those that none does."""
    found = {name: words for name, words in RULES.items() if any(getattr(paper, name) for paper in papers)}
    return found, [words for name, words in RULES.items() if name not in found]


def paper_rules(profile: Profile) -> list[PaperRules]:
    """Every paper of the pathway, in the order of its data."""
    return [_rules(fact) for fact in profile.section("documents")]


def _rules(fact: Mapping[str, Any]) -> PaperRules:
    age = ""
    if fact.get("max_age"):
        age = f"{span(fact['max_age'], fact['max_age_unit'])} from {spaced(fact['max_age_from'])}"
    return PaperRules(
        fact=str(fact["id"]),
        title=document_title(str(fact["doc_type"])),
        needed=needed_words(fact),
        condition=condition_words(fact, "condition"),
        owner=capital(role(str(fact["owner_role"]))) if fact.get("owner_role") else "",
        age=age,
        language=str((fact.get("language_rule") or {}).get("value", "")),
        copy=spaced(str((fact.get("copy_rule") or {}).get("value", ""))),
        name=name_words(str(fact["privacy_rule"]["patient_name"])) if fact.get("privacy_rule") else "",
        kept=retention_words(fact["retention"]) if fact.get("retention") else "",
    )
