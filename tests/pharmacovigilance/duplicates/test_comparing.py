"""Two safety cases compared: certain grounds first, then points."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.duplicates.comparing import (
    AGREES,
    DIFFERS,
    NOT_KNOWN,
    Told,
    compare,
    provenance_of,
    weights,
    words_of,
)

DAY = date(2026, 3, 18)
ONE = Told(
    key=1,
    person=frozenset({"patient 1"}),
    numbers=frozenset({"US-HSP-NPP-1-1"}),
    products=frozenset({"orvelumab"}),
    words={"en": words_of("Fever and chills since yesterday")},
    codes=frozenset(),
    onsets=((DAY, DAY),),
    sex="2",
    birth_year=1987,
    country="GB",
)
OTHER = replace(ONE, key=2, person=frozenset({"patient 2"}), numbers=frozenset({"US-HSP-NPP-2-1"}))


def verdict(code: str, left: Told, right: Told) -> str:
    return next(feature.verdict for feature in compare(left, right).features if feature.code == code)


def test_all_that_agrees_gives_every_point() -> None:
    found = compare(ONE, OTHER)
    assert (found.grounds, found.score, found.is_candidate) == ((), 13, True)
    assert [(one.code, one.points) for one in found.features] == [
        ("product", 3), ("event", 3), ("onset", 3), ("sex", 1), ("age", 2), ("country", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "score", "candidate"),
    [
        ({"products": frozenset({"selzentic"})}, 6, False),
        ({"words": {"en": words_of("A rash on both arms")}}, 7, True),
        ({"onsets": ((DAY + timedelta(days=15),) * 2,)}, 7, True),
        ({"sex": "1"}, 8, True),
        ({"birth_year": 1960}, 8, True),
        ({"country": "IE"}, 10, True),
        ({"sex": "1", "birth_year": 1960}, 3, False),
        ({"onsets": (), "sex": "", "birth_year": None}, 7, True),
        ({"onsets": (), "sex": "", "birth_year": None, "words": {}}, 4, False),
    ],
)
def test_points_are_added(changed: dict[str, object], score: int, candidate: bool) -> None:
    found = compare(ONE, replace(OTHER, **changed))  # type: ignore[arg-type]
    assert (found.score, found.is_candidate) == (score, candidate)


def test_the_same_patient_is_a_certain_ground_whatever_the_points() -> None:
    unlike = replace(OTHER, person=ONE.person, products=frozenset({"selzentic"}), country="IE", words={}, onsets=())
    found = compare(ONE, unlike)
    assert (found.grounds, found.is_candidate) == (("same_patient",), True)


def test_another_senders_number_that_is_ours_is_a_certain_ground() -> None:
    sent_back = replace(OTHER, numbers=OTHER.numbers | {"US-HSP-NPP-1-1"}, products=frozenset({"selzentic"}))
    assert compare(ONE, sent_back).grounds == ("same_number",)


@pytest.mark.parametrize(
    ("days", "expected"), [(0, AGREES), (14, AGREES), (15, DIFFERS), (-14, AGREES), (-15, DIFFERS)]
)
def test_onset_agrees_within_fourteen_days(days: int, expected: str) -> None:
    there = DAY + timedelta(days=days)
    assert verdict("onset", ONE, replace(OTHER, onsets=((there, there),))) == expected


def test_an_onset_known_to_the_month_is_compared_by_its_nearest_day() -> None:
    april = ((date(2026, 4, 1), date(2026, 4, 30)),)
    may = ((date(2026, 5, 1), date(2026, 5, 31)),)
    assert verdict("onset", ONE, replace(OTHER, onsets=april)) == AGREES
    assert verdict("onset", ONE, replace(OTHER, onsets=may)) == DIFFERS


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"en": words_of("Fever")}, {"en": words_of("FEVER, two days after the dose")}, AGREES),
        ({"en": words_of("Fever")}, {"en": words_of("Rash")}, DIFFERS),
        ({"fr": words_of("Fièvre élevée")}, {"fr": words_of("fievre")}, AGREES),
        ({"en": words_of("Fever")}, {"fr": words_of("Fièvre")}, NOT_KNOWN),
        ({"en": words_of("")}, {"en": words_of("Fever")}, NOT_KNOWN),
    ],
)
def test_words_are_compared_within_one_language(left: dict, right: dict, expected: str) -> None:  # type: ignore[type-arg]
    assert verdict("event", replace(ONE, words=left), replace(OTHER, words=right)) == expected


def test_codes_decide_where_both_are_coded() -> None:
    left, right = replace(ONE, codes=frozenset({"10000001"})), replace(OTHER, codes=frozenset({"10000002"}))
    assert verdict("event", left, right) == DIFFERS
    assert verdict("event", left, replace(OTHER, codes=frozenset())) == AGREES  # by words, one is not coded


def test_a_year_of_birth_apart_may_be_one_person() -> None:
    assert [verdict("age", ONE, replace(OTHER, birth_year=1987 + apart)) for apart in (0, 1, 2)] == [
        AGREES, AGREES, DIFFERS,
    ]  # fmt: skip


def test_another_product_is_never_a_candidate_by_points() -> None:
    """The search for pairs rests on it: it looks at the same product and the certain grounds alone."""
    product = next(one for one in weights().features if one.code == "product")
    assert sum(one.agrees for one in weights().features) - product.agrees + product.differs < weights().least_score


spans = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(lambda day: (day, day))
told = st.builds(
    Told,
    key=st.just(0),
    person=st.frozensets(st.sampled_from(["patient 1", "patient 2"]), max_size=1),
    numbers=st.frozensets(st.sampled_from(["A", "B", "C"])),
    products=st.frozensets(st.sampled_from(["orvelumab", "selzentic"])),
    words=st.dictionaries(st.sampled_from(["en", "fr"]), st.frozensets(st.sampled_from(["fever", "rash", "chills"]))),
    codes=st.frozensets(st.sampled_from(["10000001", "10000002"])),
    onsets=st.lists(spans, max_size=2).map(tuple),
    sex=st.sampled_from(["", "1", "2"]),
    birth_year=st.none() | st.integers(1940, 1945),
    country=st.sampled_from(["", "GB", "IE"]),
)


@given(told, told)
def test_gives_the_same_in_either_order_and_the_sum_of_its_points(left: Told, right: Told) -> None:
    found = compare(left, right)
    assert found == compare(right, left)
    assert found.score == sum(feature.points for feature in found.features)
    assert found.is_candidate == (bool(found.grounds) or found.score >= 7)


@given(told)
def test_nothing_differs_from_itself(one: Told) -> None:
    assert DIFFERS not in {feature.verdict for feature in compare(one, one).features}


def test_where_points_come_from_is_said_also_of_a_version_that_is_gone() -> None:
    assert provenance_of("1") == (
        "version 1: house judgement; the fields are those that vigiMatch compares (facts, pharmacovigilance 4); "
        "low confidence, not reviewed"
    )
    assert provenance_of("0") == "version 0, whose source is no longer on file; not reviewed"
