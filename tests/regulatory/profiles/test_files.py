"""The file of a pathway."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulatory.profiles.files import MOST_BYTES, read, written
from regulatory.profiles.schema import Problem, ProfileDataError, facts_of
from tests.regulatory.profiles.ground import LIBRARY

UK = LIBRARY.profile("UK-SPECIALS")


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(dict(UK.raw)), "profile_version": "1.1.0", **fields}


def problems(raw: Any, *, key: str = "") -> list[Problem]:
    content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    with pytest.raises(ProfileDataError) as refused:
        read(content, library=LIBRARY, key=key)
    return list(refused.value.problems)


@pytest.mark.parametrize("key", sorted(LIBRARY.profiles))
def test_comes_back_byte_for_byte(key: str) -> None:
    once = written(LIBRARY.profile(key).raw)
    found = read(once, library=LIBRARY, key=key)
    assert (found.data, found.claims, written(found.data)) == (dict(LIBRARY.profile(key).raw), (), once)


def test_is_the_same_whatever_the_order_of_its_names_and_the_look_of_its_numbers() -> None:
    once = written(UK.raw)
    turned = json.dumps(dict(reversed(UK.raw.items()))).replace('"amount": 28,', '"amount": 28.0,')
    assert "28.0" in turned
    assert written(read(turned.encode(), library=LIBRARY).data) == once


def test_begins_with_its_key_and_writes_a_fact_by_id_words_and_provenance() -> None:
    lines = written(UK.raw).decode().splitlines()
    assert lines[1] == ' "profile_key": "UK-SPECIALS",'
    fact = json.loads(written(UK.raw))["deadlines"][0]
    names = list(fact)
    assert (names[0], names[-3:]) == ("id", ["basis", "source", "confidence"])


def test_never_brings_a_review_or_a_state_along() -> None:
    claims = {"status": "active", "reviewed_on": "2026-03-01", "reviewed_by": "Somebody"}
    found = read(json.dumps(changed(**claims, effective_from="2026-01-01")).encode(), library=LIBRARY)
    assert [found.data[name] for name in ("status", "reviewed_on", "reviewed_by")] == ["draft_unreviewed", None, None]
    assert found.claims[0] == "The file says status: active. An import is a draft: it is reviewed and signed here."
    assert len(found.claims) == 3


@pytest.mark.parametrize(
    ("content", "path", "message"),
    [
        (b"", "line 1, column 1", "Expecting value"),
        (b'{"a": 1,}', "line 1, column 9", "Expecting property name"),
        (b"\xff\xfe", "byte 0", "this is not a text file"),
        (b'{"a": 1, "a": 2}', "the whole file", "this is not JSON"),
        (b'{"a": NaN}', "the whole file", "this is not JSON"),
        (b'{"a": 1e999}', "the whole file", "this is not JSON"),
        (b"[" * 100_000, "the whole file", "it is nested too deeply"),
        (b" " * (MOST_BYTES + 1), "the whole file", "a pathway has at most 2,000,000 bytes"),
    ],
)
def test_that_is_none_is_refused_with_the_place(content: bytes, path: str, message: str) -> None:
    (problem,) = problems(content)
    assert problem.path == path
    assert problem.message.startswith(message[:20])


def test_with_one_wrong_value_names_profile_path_value_and_remedy() -> None:
    raw = changed()
    raw["deadlines"][1]["amount"] = "a month"
    (problem,) = problems(raw)
    assert (problem.profile, problem.path, problem.value) == ("UK-SPECIALS", "/deadlines/1/amount", '"a month"')
    assert problem.remedy == "write a value of type null, integer"


def test_with_several_wrong_values_names_each() -> None:
    raw = changed(jurisdiction="AU", supersedes="UK-NOTHING", profile_version="new")
    raw["documents"][1]["id"] = raw["documents"][0]["id"]
    raw["gates"][0]["confidence"] = "certain"
    assert {problem.path for problem in problems(raw)} == {
        "/jurisdiction",
        "/supersedes",
        "/profile_version",
        "/documents/1/id",
        "/gates/0/confidence",
    }


def test_of_another_pathway_is_refused() -> None:
    assert [(one.path, one.message) for one in problems(changed(), key="AU-SAS-A")] == [
        ("/profile_key", "this file is of another pathway than AU-SAS-A")
    ]


def test_with_a_nul_character_is_refused_at_its_place() -> None:
    raw = changed(name="MHRA\x00")
    assert [(one.path, one.value) for one in problems(raw)] == [("/name", '"MHRA\\u0000"')]


def test_may_bring_its_own_sources_under_free_numbers_only() -> None:
    new = {"title": "MHRA, guidance of 20 Nov 2026", "address": "https://example.org/mhra"}
    raw = changed(sources={"GB901": new})
    raw["deadlines"][1]["source"] = ["GB901"]
    assert read(json.dumps(raw).encode(), library=LIBRARY).data["sources"] == {"GB901": new}
    assert [one.path for one in problems(changed(sources={"UK1": new}))] == ["/sources/UK1"]


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 99), st.floats(allow_nan=False), st.text(max_size=5), st.just([]),
    st.just([[1]]), st.just({}), st.just({"basis": 1}), st.just("2026-02-30"),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_is_read_or_refused_whatever_stands_in_it(data: st.DataObject) -> None:
    raw = changed()
    holders = [raw, *(fact for _, fact in facts_of(raw))]
    for _ in range(data.draw(st.integers(1, 3))):
        holder: Any = data.draw(st.sampled_from(holders))
        holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(_LEAVES)
    found: list[Problem] = []
    try:
        read(json.dumps(raw).encode(), library=LIBRARY)
    except ProfileDataError as refused:
        found = list(refused.problems)
    assert all(problem.path and problem.remedy for problem in found)
