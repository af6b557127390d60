"""What the judgements of pairs come to: the worst of them, whoever said it."""

from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.summing import MEANS, Pair, causality_of, expected_of, standing, worst_criterion
from pharmacovigilance.terms import CRITERIA

PAIRS = [Pair(event, drug) for event, drug in product((1, 2), (7, 8))]


@dataclass(frozen=True)
class Judged:
    event_id: int
    product_id: int
    result: str
    method: str = "who_umc"
    source: str = "pharmacist"


def every(result: str, method: str = "who_umc") -> list[Judged]:
    return [Judged(pair.event, pair.product, result, method) for pair in PAIRS]


judgements = st.lists(
    st.builds(
        Judged,
        event_id=st.sampled_from((1, 2, 3)),
        product_id=st.sampled_from((7, 8)),
        result=st.sampled_from(sorted(MEANS)),
        method=st.sampled_from(("who_umc", "naranjo", "whole")),
        source=st.sampled_from(("reporter", "pharmacist")),
    )
)


@pytest.mark.parametrize(
    ("judged", "comes_to"),
    [
        ([], "not_assessed"),
        (every("unlikely"), "not_related"),
        (every("unlikely")[:-1], "not_assessed"),
        ([*every("unlikely")[:-1], Judged(2, 8, "possible")], "related"),
        ([*every("unlikely"), Judged(1, 7, "related", "whole", "reporter")], "related"),
        ([*every("unlikely"), Judged(1, 7, "conditional", "who_umc", "reporter")], "not_assessed"),
        ([*every("possible"), *every("unlikely")], "not_related"),
        (every("came_back", "rechallenge"), "not_assessed"),
        ([*every("unlikely"), *every("came_back", "rechallenge")], "not_related"),
        ([Judged(3, 7, "certain")], "not_assessed"),
        (every("expected", "expectedness"), "not_assessed"),
    ],
)
def test_causality_is_the_worst_that_anybody_says_of_any_pair(judged: list[Judged], comes_to: str) -> None:
    assert causality_of(judged, PAIRS) == comes_to


@pytest.mark.parametrize(
    ("judged", "comes_to"),
    [
        ([], None),
        (every("expected", "expectedness"), True),
        (every("expected", "expectedness")[:-1], None),
        ([*every("expected", "expectedness")[:-1], Judged(2, 8, "unexpected", "expectedness")], False),
        (every("certain"), None),
    ],
)
def test_one_unexpected_pair_makes_the_whole_unexpected(judged: list[Judged], comes_to: bool | None) -> None:
    assert expected_of(judged, PAIRS) is comes_to


def test_without_a_pair_nothing_is_judged() -> None:
    assert (causality_of(every("certain"), []), expected_of(every("expected", "expectedness"), [])) == (
        "not_assessed",
        None,
    )


@given(judgements)
def test_one_word_more_for_a_relation_never_makes_it_less(judged: list[Judged]) -> None:
    last_word_of_its_own = Judged(1, 7, "possible", "naranjo", "somebody else")
    assert causality_of([*judged, last_word_of_its_own], PAIRS) == "related"


@given(judgements)
def test_the_last_of_each_side_and_method_stands(judged: list[Judged]) -> None:
    stands = standing(judged)
    keys = [(one.event_id, one.product_id, one.source, one.method) for one in stands]

    assert len(keys) == len(set(keys))
    assert set(keys) == {(one.event_id, one.product_id, one.source, one.method) for one in judged}
    assert standing(stands) == stands
    for one in stands:
        later = judged[len(judged) - 1 - judged[::-1].index(one) :]
        key = keys[stands.index(one)]
        assert {two for two in later if (two.event_id, two.product_id, two.source, two.method) == key} == {one}


def test_criteria_are_ranked_as_in_ich_e2a() -> None:
    codes = [code for code, _ in CRITERIA]
    assert worst_criterion(reversed(codes)) == "death"
    assert worst_criterion(["other_medically_important", "hospitalisation"]) == "hospitalisation"
    assert worst_criterion([]) == ""
