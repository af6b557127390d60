"""The completeness score gives the published penalties, and says what to ask."""

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.judging.completeness import grade, scale

WHOLE: dict[str, Any] = {
    "format": "npp-case-version/2",
    "country": "GB",
    "pathway": "UK-SPECIALS",
    "patient": {"sex": "2", "age": {"value": "34", "unit": "a"}, "age_group": "", "weight_kg": "", "history": ""},
    "events": [{"number": 1, "verbatim": "Fever", "started": "2026-03-18", "outcome": "1", "country": "GB"}],
    "products": [
        {
            "number": 1,
            "role": "1",
            "indication": "an invented disease",
            "lines": [{"number": 1, "first_given_at": "2026-03-06T14:20:00+00:00", "amount": "150 mg"}],
        }
    ],
    "judged": {"narrative": "Fever twelve days after the dose."},
    "reports": [{"label": "S-1", "qualification": "1"}],
}
Change = Callable[[dict[str, Any]], object]
# What is taken away: the dimension, its published penalty, its element.
TAKEN: list[tuple[str, Change, str, str]] = [
    ("time_to_onset", lambda s: s["events"][0].update(started=""), "0.5", "E.i.4, G.k.4.r.4"),
    ("indication", lambda s: s["products"][0].update(indication=""), "0.3", "G.k.7.r.1"),
    ("outcome", lambda s: s["events"][0].update(outcome="0"), "0.3", "E.i.7"),
    ("sex", lambda s: s["patient"].update(sex=""), "0.3", "D.5"),
    ("age", lambda s: s["patient"].update(age=None), "0.3", "D.2.2"),
    ("dose", lambda s: s["products"][0]["lines"][0].update(amount=""), "0.1", "G.k.4.r.1"),
    ("country", lambda s: (s.update(country=""), s["events"][0].update(country="")), "0.1", "E.i.9"),
    ("reporter", lambda s: s["reports"][0].update(qualification=""), "0.1", "C.2.r.4"),
    ("report_type", lambda s: s.update(pathway=""), "0.1", "C.1.3"),
    ("comments", lambda s: s["judged"].update(narrative=" N/A. "), "0.1", "H.1"),
]
BY_CODE = {code: (change, Decimal(penalty)) for code, change, penalty, _ in TAKEN}


def without(*codes: str) -> dict[str, Any]:
    snapshot = copy.deepcopy(WHOLE)
    for code in codes:
        BY_CODE[code][0](snapshot)
    return snapshot


def dated(given_at: str, started: str) -> dict[str, Any]:
    snapshot = copy.deepcopy(WHOLE)
    snapshot["products"][0]["lines"][0]["first_given_at"] = given_at
    snapshot["events"][0]["started"] = started
    return snapshot


def test_is_one_when_everything_is_told() -> None:
    assert grade(WHOLE).score == 1
    assert grade(WHOLE).missing == ()
    assert grade(WHOLE).is_well_documented


@pytest.mark.parametrize(("code", "change", "penalty", "element"), TAKEN, ids=[row[0] for row in TAKEN])
def test_each_dimension_costs_its_penalty_and_is_asked_for(
    code: str, change: Change, penalty: str, element: str
) -> None:
    found = grade(without(code))

    assert found.score == 1 - Decimal(penalty)
    (missing,) = found.missing
    assert (missing.dimension.code, missing.element, missing.penalty) == (code, element, Decimal(penalty))
    assert missing.question.endswith("?")


@given(st.sets(st.sampled_from(list(BY_CODE))), st.sampled_from(list(BY_CODE)))
def test_penalties_multiply_and_one_more_missing_never_raises_it(codes: set[str], more: str) -> None:
    expected = Decimal(1)
    for code in codes:
        expected *= 1 - BY_CODE[code][1]
    found = grade(without(*codes))

    assert found.score == expected
    assert {one.dimension.code for one in found.missing} == codes
    assert 0 < grade(without(*codes, more)).score <= found.score <= 1


def test_is_least_when_nothing_at_all_is_told() -> None:
    found = grade({"format": "npp-case-version/2"})

    # 0.5 for the onset, 0.7 four times, 0.9 five times.
    assert found.score == Decimal("0.0708883245")
    assert [one.dimension.code for one in found.missing][:5] == ["time_to_onset", "indication", "outcome", "sex", "age"]


@pytest.mark.parametrize(
    ("given_at", "started", "score"),
    [
        ("2026-03-06", "2026-03-06", "1"),  # both days are known
        ("2026-03-06", "2026-03-01", "1"),  # and so it is known that the event came first
        ("2026-02", "2026-03", "1"),  # imprecise, but plain which came first
        ("2025", "2026", "1"),
        ("2026-03-06", "2026-03", "0.9"),  # within one month
        ("2026-03", "2026-03", "0.9"),
        ("2026-03-06", "2026", "0.7"),  # over more than one month
        ("2026", "2026-03", "0.7"),
        ("2026", "2026", "0.7"),
        ("", "2026-03-06", "0.5"),  # not known at all
    ],
)
def test_an_ambiguous_onset_costs_thirty_or_ten_hundredths(given_at: str, started: str, score: str) -> None:
    assert grade(dated(given_at, started)).score == Decimal(score)


def test_the_first_dose_counts_among_several_lines() -> None:
    snapshot = dated("2026-03-06", "2026-03")
    snapshot["products"][0]["lines"].append({"number": 2, "first_given_at": "2026-02-20", "amount": "75 mg"})
    assert grade(snapshot).score == 1


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_a_more_precise_date_never_lowers_it(given_at: Any, started: Any, one: int, other: int) -> None:
    whole, words = grade(dated(str(given_at), str(started))).score, (str(given_at)[:one], str(started)[:other])
    assert Decimal("0.7") <= grade(dated(*words)).score <= whole == 1
    assert grade(dated(words[0], "")).score <= grade(dated(*words)).score


def test_an_age_group_instead_of_the_age_costs_ten_hundredths() -> None:
    snapshot = without("age")
    snapshot["patient"]["age_group"] = "5"
    found = grade(snapshot)
    assert (found.score, [one.penalty for one in found.missing]) == (Decimal("0.9"), [Decimal("0.1")])


def test_of_several_events_and_products_the_mean_of_the_pairs_is_taken() -> None:
    snapshot = copy.deepcopy(WHOLE)
    snapshot["events"].append({"number": 2, "verbatim": "Rash", "started": "2026-03-19", "outcome": "", "country": ""})
    snapshot["products"] += [
        {"number": 2, "role": "3", "indication": "", "lines": snapshot["products"][0]["lines"]},
        {"number": 3, "role": "2", "indication": "", "lines": []},  # concomitant: not judged, so not asked for
    ]

    found = grade(snapshot)

    # Pairs: 1, without outcome 0.7, without indication 0.7, without both 0.49.
    assert found.score == Decimal("0.7225")
    assert [(one.dimension.code, one.event, one.product) for one in found.missing] == [
        ("indication", None, 2),
        ("outcome", 2, None),
    ]


def test_another_form_of_snapshot_is_refused() -> None:
    with pytest.raises(ValueError, match=r"of the form npp-case-version/2, not 'npp-case-version/1'"):
        grade({"format": "npp-case-version/1"})


def test_where_the_score_comes_from_and_what_of_it_is_only_recalled_is_said() -> None:
    assert (scale().status, scale().confidence) == ("draft_unreviewed", "medium")
    assert scale().provenance == (
        "vigiGrade completeness score: Bergvall, Noren, Lindquist, Drug Safety 37 (2014) 65; penalties as tabulated in "
        "Pharmaceuticals 15 (2022) 1148; medium confidence, not reviewed. Recalled, not read in a source: that the "
        "score of a report with several events or suspect products is the mean over their pairs."
    )
