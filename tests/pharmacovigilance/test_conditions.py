"""Conditions of a reporting rule, stated as ways: the shipped trees say the same, and what cannot be said is named."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.conditions import (
    BY_FACT,
    MOST_WAYS,
    Kind,
    NotAsWays,
    Way,
    read_ways,
    tree_of,
    ways_of,
)  # fmt: skip
from pharmacovigilance.library import DEFAULT, release, rule_library
from pharmacovigilance.rules import holds

OTHER = {"fact": "serious", "op": "is", "value": False}
SERIOUS = {"fact": "serious", "op": "is", "value": True}
TREES = {rule: text["applies_if"] for rule, text in release().texts.items() if rule != DEFAULT}


def test_everything_that_the_evaluator_knows_can_be_stated() -> None:
    assert {*BY_FACT, "no_rule_matched"} == set(rule_library().facts)
    for known in BY_FACT.values():
        shape = rule_library().facts[known.fact]
        kind = Kind.TRUTH if shape.startswith("boolean") else Kind.SEVERAL if shape.startswith("set of") else Kind.ONE
        assert known.kind == kind, known.fact


def leaves(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = tree.get("all") or tree.get("any")
    return [leaf for part in parts for leaf in leaves(part)] if parts else [tree]


def values_of(leaf: Mapping[str, Any]) -> list[Any]:
    """Something for which the leaf holds, something for which it does not, and nothing known."""
    if leaf["op"] == "is":
        return [leaf["value"], not leaf["value"] if isinstance(leaf["value"], bool) else "else", None]
    if leaf["op"] == "in":
        return [leaf["value"][0], "else", None]
    return [[leaf["value"][0]], ["else"], [], None]


def test_a_shipped_rule_holds_the_same_when_it_is_stated_as_ways() -> None:
    for rule, tree in TREES.items():
        stated, faults = read_ways(ways_of(tree), now=OTHER)
        assert not faults
        known = {leaf["fact"]: values_of(leaf) for leaf in leaves(tree)}
        for values in product(*known.values()):
            facts = dict(zip(known, values, strict=True))
            assert holds(stated, facts) == holds(tree, facts), (rule, facts)


def test_what_is_stated_as_it_stands_stays_as_it_is_written() -> None:
    for rule, tree in TREES.items():
        assert read_ways(ways_of(tree), now=tree) == (tree, []), rule


def test_ways_are_alternatives_and_conditions_hold_together() -> None:
    tree, faults = read_ways(
        [
            {"serious": ["yes"], "no_criteria": ["death"], "report_stage": ["initial"]},
            {"product_class": ["contraceptive", "vaccine"]},
            {"related": ["", ""]},
        ],
        now=OTHER,
    )

    assert not faults
    assert tree == {
        "any": [
            {
                "all": [
                    {"fact": "report_stage", "op": "is", "value": "initial"},
                    SERIOUS,
                    {"fact": "criteria", "op": "has_none", "value": ["death"]},
                ]
            },
            {"fact": "product_class", "op": "in", "value": ["vaccine", "contraceptive"]},
        ]
    }


@pytest.mark.parametrize(
    ("ways", "sentence"),
    [
        ([{}], "Is missing. State at least one condition; a rule without any would apply to everything."),
        ([{"serious": [""]}], "Is missing. State at least one condition"),
        ([{"serious": ["maybe"]}], "Way 1, serious: 'maybe' is no answer. Use: yes, no."),
        ([{"serious": ["yes", "no"]}], "Way 1, serious: yes and no at once."),
        ([{}, {"weather": ["rain"]}], "Way 2: “weather” is nothing that is known of a report."),
        ([{"no_serious": ["yes"]}], "Way 1: “no_serious” is nothing that is known of a report."),
        ([{"no_rule_matched": ["yes"]}], "Way 1: “no_rule_matched” is nothing that is known of a report."),
        (
            [{"criteria": ["death"], "no_criteria": ["death"]}],
            "Way 1, criterion of seriousness: death must and must not be there. Take one away.",
        ),
        ([{"related": ["yes"]}] * (MOST_WAYS + 1), "There are 13 ways. State at most 12, or propose a second rule."),
    ],
)
def test_names_what_cannot_be_stated(ways: list[dict[str, list[str]]], sentence: str) -> None:
    tree, faults = read_ways(ways, now=SERIOUS)

    assert tree is SERIOUS
    assert faults[0].startswith(sentence)


@pytest.mark.parametrize(
    "tree",
    [
        {"fact": "no_rule_matched", "op": "is", "value": True},
        {"all": [SERIOUS, OTHER]},
        {
            "all": [
                {"fact": "criteria", "op": "has_any", "value": ["death"]},
                {"fact": "criteria", "op": "has_any", "value": ["disability"]},
            ]
        },
    ],
)
def test_a_tree_that_no_way_can_say_is_refused_and_not_bent(tree: Mapping[str, Any]) -> None:
    with pytest.raises(NotAsWays):
        ways_of(tree)


def answers(fact: str) -> st.SearchStrategy[tuple[str, ...]]:
    words = [code for code, _ in BY_FACT[fact].options]
    most = 1 if BY_FACT[fact].kind == Kind.TRUTH else len(words)
    return st.lists(st.sampled_from(words), min_size=1, max_size=most, unique=True).map(
        lambda said: tuple(sorted(said, key=words.index))
    )


WAY = st.lists(st.sampled_from(sorted(BY_FACT)), min_size=1, max_size=4, unique=True).flatmap(
    lambda facts: st.fixed_dictionaries({fact: answers(fact) for fact in facts})
)


@given(st.lists(WAY, min_size=1, max_size=4))
def test_what_is_stated_is_read_back(ways: list[Way]) -> None:
    assert ways_of(tree_of(ways)) == [dict(way) for way in ways]
