"""Two versions of one pathway side by side."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulatory.profiles.difference import FieldChange, difference
from regulatory.profiles.loader import Profile
from tests.regulatory.profiles.ground import LIBRARY

UK = LIBRARY.profile("UK-SPECIALS")


def changed(change: Any, key: str = "UK-SPECIALS") -> Profile:
    raw = copy.deepcopy(dict(LIBRARY.profile(key).raw))
    raw["profile_version"] = "1.1.0"
    change(raw)
    return Profile.from_raw(raw)


def test_nothing_differs_but_the_version() -> None:
    found = difference(UK, changed(lambda raw: raw.update(next_review_due="2027-11-22", status="reviewed")))
    assert (found.before, found.after, found.changes) == (UK.version, "1.1.0", ())
    assert found.same == sum(
        len(value) for value in UK.raw.values() if isinstance(value, list) and value and isinstance(value[0], dict)
    )


def test_a_longer_window_is_a_change_of_law_with_its_fields() -> None:
    found = difference(UK, changed(lambda raw: raw["deadlines"][1].update(amount=32)))
    (change,) = found.changes
    assert (change.kind, change.section, change.fact, change.of_law) == (
        "changed",
        "deadlines",
        "UK-SPECIALS.deadlines.2",
        True,
    )
    assert change.fields == (FieldChange("amount", 28, 32),)
    assert (found.sections(), found.facts()) == (frozenset({"deadlines"}), frozenset({"UK-SPECIALS.deadlines.2"}))


def test_a_better_source_changes_knowledge_and_no_law() -> None:
    found = difference(
        UK, changed(lambda raw: raw["quantity_limits"][0].update(basis="sourced", source=["UK3"], confidence="high"))
    )
    (change,) = found.changes
    assert (change.of_law, found.of_law, found.facts()) == (False, (), frozenset())
    assert [field.field for field in change.fields] == ["basis", "source", "confidence"]


def test_a_fact_that_moved_is_the_same_fact() -> None:
    found = difference(UK, changed(lambda raw: raw["documents"].reverse()))
    assert found.changes == ()


def test_facts_come_and_go_by_their_id() -> None:
    def change(raw: dict[str, Any]) -> None:
        gone = raw["documents"].pop(0)
        raw["documents"].append({**gone, "id": "UK-SPECIALS.documents.99", "doc_type": "coa"})

    found = difference(UK, changed(change))
    assert [(one.kind, one.fact) for one in found.changes] == [
        ("added", "UK-SPECIALS.documents.99"),
        ("removed", "UK-SPECIALS.documents.1"),
    ]


def test_what_became_known_and_when_it_holds_are_changes_too() -> None:
    def change(raw: dict[str, Any]) -> None:
        raw["effective_from"] = "2026-12-04"
        raw["unknown"] = [*raw["unknown"][1:], "a new question"]

    found = difference(UK, changed(change))
    assert [(one.kind, one.section, one.fields[0].before, one.fields[0].after) for one in found.changes] == [
        ("changed", "effective_from", None, "2026-12-04"),
        ("added", "unknown", None, "a new question"),
        ("removed", "unknown", "whether an information request restarts the 28 days", None),
    ]


def test_two_pathways_are_not_two_versions() -> None:
    with pytest.raises(ValueError, match="UK-SPECIALS and AU-SAS-A are two pathways, not two versions of one"):
        difference(UK, LIBRARY.profile("AU-SAS-A"))


@given(st.sampled_from(sorted(LIBRARY.profiles)), st.data())
@settings(max_examples=60, deadline=None)
def test_applying_the_difference_gives_the_other_version(key: str, data: st.DataObject) -> None:
    profile = LIBRARY.profile(key)
    raw = copy.deepcopy(dict(profile.raw))
    sections = [name for name, value in raw.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    for _ in range(data.draw(st.integers(1, 4))):
        section = data.draw(st.sampled_from(sections))
        if raw[section]:
            fact = data.draw(st.sampled_from(raw[section]))
            fact["note"] = data.draw(st.text(max_size=5))
            if data.draw(st.booleans()):
                raw[section].remove(fact)
    found = difference(profile, Profile.from_raw(raw))
    facts = {fact["id"]: dict(fact) for name in sections for fact in profile.raw[name]}
    for change in found.changes:
        if change.kind == "removed":
            del facts[change.fact]
            continue
        for field in change.fields:
            facts.setdefault(change.fact, {"id": change.fact})[field.field] = field.after
    assert facts == {fact["id"]: fact for name in sections for fact in raw[name]}
    assert json.loads(json.dumps(found.to_json()))["same"] == found.same
