"""The pathway data itself: all there, nothing lost, consistent, and still unreviewed drafts."""

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from regulatory.profiles import words
from regulatory.profiles.schema import DATA, facts_of, read_json
from tests.regulatory.profiles.ground import LIBRARY

RESEARCH = Path(__file__).parents[4] / "shared" / "facts" / "country_profiles.json"


def all_facts() -> list[dict[str, Any]]:
    owners = [*(p.raw for p in LIBRARY.profiles.values()), *(j.raw for j in LIBRARY.jurisdictions.values())]
    return [dict(fact) for owner in owners for _, fact in facts_of(owner)]


def test_all_of_it_is_there() -> None:
    assert len(LIBRARY.profiles) == 48
    assert len(LIBRARY.jurisdictions) == 26
    assert len(LIBRARY.sources) == 244
    assert len(all_facts()) == 854
    assert sorted(LIBRARY.collection["profiles"]) == sorted(LIBRARY.profiles)


def test_the_counts_of_the_collection_are_true() -> None:
    facts = all_facts()
    counts = LIBRARY.collection["counts"]
    assert (counts["total"], counts["gates"], counts["gates_with_expression"]) == (854, 57, 57)
    for basis in ("sourced", "recalled"):
        assert sum(fact["basis"] == basis for fact in facts) == counts[basis]
        for confidence in ("high", "medium", "low"):
            there = sum((fact["basis"], fact["confidence"]) == (basis, confidence) for fact in facts)
            assert there == counts["by_confidence"][confidence][basis]


def test_nothing_of_the_research_was_lost() -> None:
    """Compares with the research file where it lies beside the clone; says loudly when it does not."""
    if not RESEARCH.exists():
        warnings.warn("NOT COMPARED: the research file is not beside this clone", stacklevel=1)
        pytest.skip("the research file of the pathways is not beside this clone, so nothing was compared with it")
    research = json.loads(RESEARCH.read_text(encoding="utf-8"))
    mine = {profile.key: profile.raw for profile in LIBRARY.profiles.values()}
    assert mine == {profile["profile_key"]: profile for profile in research["profiles"]}
    assert [jurisdiction.raw for jurisdiction in LIBRARY.jurisdictions.values()] == research["jurisdictions"]
    assert LIBRARY.sources == research["sources"]
    assert LIBRARY.vocabularies == research["vocabularies"]
    assert LIBRARY.collection["notice"] == research["notice"]


def test_every_profile_is_an_unreviewed_draft_that_is_overdue_for_review() -> None:
    for profile in LIBRARY.profiles.values():
        assert (profile.status, profile.reviewed_on, profile.reviewed_by) == ("draft_unreviewed", None, None)
        assert profile.review_overdue(profile.next_review_due) is True  # type: ignore[arg-type]


def test_a_file_is_named_after_its_profile() -> None:
    assert sorted(path.stem for path in (DATA / "profiles").glob("*.json")) == sorted(LIBRARY.profiles)


def enumerations(node: Any) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list) and all(isinstance(value, str) for value in node["enum"]):
            found.add(tuple(sorted(node["enum"])))
        for value in node.values():
            found |= enumerations(value)
    elif isinstance(node, list):
        for value in node:
            found |= enumerations(value)
    return found


OF_THE_HOUSE = {
    "may": (
        "export", "export_controlled", "hold", "import", "order", "prescribe", "receives_authorisation", "report",
        "request", "sign", "submit", "supply_free", "validate",
    ),
    "recipient": (
        "canton", "dea", "ethics_committee", "manufacturer", "ministry", "pharmacovigilance_centre",
        "professional_body", "regional_health_authority", "regional_pharmacovigilance", "regulator",
        "regulator_and_manufacturer", "regulator_and_sponsor", "regulator_via_importer",
    ),
    "list": tuple(sorted(words.LISTS)),
}  # fmt: skip


def test_the_schema_allows_exactly_the_vocabularies() -> None:
    in_schema = enumerations(read_json(DATA / "schema.json"))
    told = {tuple(sorted(values)) for values in LIBRARY.vocabularies.values()}
    # Lists of words about the research itself (revisions, operators) are not values of a profile.
    unused = {name for name, values in LIBRARY.vocabularies.items() if tuple(sorted(values)) not in in_schema}
    # That silence refuses, no source says of any pathway; a reviewed version may.
    assert unused == {"expr_operator", "revision_kind", "silence_means", "weekday"}
    # What becomes of cases under way is a choice of the version that changes the rule; the research has no such fact.
    small = {("keep", "move"), ("closed", "keep", "refile")}
    # What a question does to a count: no source says it of any pathway, a reviewed version may.
    small |= {("restarts", "runs_on", "stops"), ("cleared", "granted", "not_stated", "refused")}
    # Open words of the research that a file may not invent: who may do what, who receives, which lists there are.
    small |= {OF_THE_HOUSE[name] for name in ("may", "recipient", "list")}
    # What follows where an applicant does not answer, and the time for an appeal: no source says it of any pathway yet.
    small |= {("deemed_withdrawn", "not_stated", "refused"), ("calendar_day", "month", "week", "working_day", "year")}
    small |= {("derived",), ("civic_address", "name"), ("consignee",), ("inbound", "outbound"), ("in_force",),
             ("day_after_event", "event_day"), ("day_after_last_counted_day", "last_counted_day")}  # fmt: skip
    assert in_schema - told == small


def test_every_event_and_role_has_words() -> None:
    assert set(LIBRARY.vocabularies["expr_event"]) == set(words.EVENTS)
    assert set(LIBRARY.vocabularies["role"]) == set(words.ROLE_WORDS)
    assert {owner for _, owner in words.EVENTS.values()} <= set(LIBRARY.vocabularies["role"])


def test_a_superseded_rule_ends_the_day_before_its_successor_begins() -> None:
    for profile in LIBRARY.profiles.values():
        if profile.supersedes:
            before = LIBRARY.profiles[profile.supersedes]
            assert before.effective_to is not None
            assert profile.effective_from is not None
            assert (profile.effective_from - before.effective_to).days == 1
            assert before.in_force(before.effective_to) is True
            assert before.in_force(profile.effective_from) is False


def test_the_core_does_not_need_django() -> None:
    """The evaluator can be read, run and checked without the product around it."""
    modules = "acts, duties, papers"
    code = f"import sys; from regulatory.profiles import {modules}; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=DATA.parents[2], check=False)
    assert done.returncode == 0


def test_no_code_of_this_package_knows_a_country() -> None:
    codes = {f'"{code}"' for code in LIBRARY.jurisdictions} | {f'"{key}"' for key in LIBRARY.profiles}
    for path in sorted(DATA.parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert [code for code in sorted(codes) if code in text] == [], path.name
