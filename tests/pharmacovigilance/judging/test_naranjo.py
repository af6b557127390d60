"""The Naranjo scale gives the published points."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.judging.naranjo import HIGHEST, LOWEST, QUESTIONS, judge

CODES = [question.code for question in QUESTIONS]
WORDS = ("yes", "no", "not_known")
# The ten questions in the order of the paper: points for yes, for no (not known gives none in all).
PUBLISHED = [(1, 0), (2, -1), (1, 0), (2, -1), (-1, 2), (-1, 1), (1, 0), (1, 0), (1, 0), (1, 0)]
UNKNOWN = dict.fromkeys(CODES, "not_known")
answered = st.fixed_dictionaries({code: st.sampled_from(WORDS) for code in CODES})


def word_for(score: int) -> str:
    """The published ranges, written out."""
    return "definite" if score >= 9 else "probable" if score >= 5 else "possible" if score >= 1 else "doubtful"


@pytest.mark.parametrize(("position", "points"), list(enumerate(PUBLISHED)), ids=CODES)
def test_each_answer_alone_gives_its_points(position: int, points: tuple[int, int]) -> None:
    code = CODES[position]
    found = tuple(judge(UNKNOWN | {code: word}).score for word in WORDS)
    assert found == (*points, 0)


def test_goes_from_minus_four_to_thirteen() -> None:
    worst = {code: "yes" if yes < no else "no" for code, (yes, no) in zip(CODES, PUBLISHED, strict=True)}
    best = {code: "yes" if yes > no else "no" for code, (yes, no) in zip(CODES, PUBLISHED, strict=True)}
    assert (judge(worst).score, judge(worst).result) == (-4, "doubtful")
    assert (judge(best).score, judge(best).result) == (13, "definite")
    assert (LOWEST, HIGHEST) == (-4, 13)


@pytest.mark.parametrize(
    ("yes", "no", "score", "result"),
    [
        ("", "", 0, "doubtful"),
        ("known_before", "", 1, "possible"),
        ("known_before after_product better_on_stopping", "", 4, "possible"),
        ("known_before after_product better_on_stopping objective", "", 5, "probable"),
        ("known_before after_product better_on_stopping came_back", "other_cause", 8, "probable"),
        ("known_before after_product better_on_stopping came_back objective", "other_cause", 9, "definite"),
        ("other_cause", "after_product came_back", -3, "doubtful"),
    ],
)
def test_has_the_word_of_its_range(yes: str, no: str, score: int, result: str) -> None:
    found = judge(UNKNOWN | dict.fromkeys(yes.split(), "yes") | dict.fromkeys(no.split(), "no"))
    assert (found.score, found.result) == (score, result)


def test_every_one_of_the_59049_sets_of_answers_is_summed_right() -> None:
    points = [(yes, no, 0) for yes, no in PUBLISHED]
    for chosen in itertools.product(range(3), repeat=10):
        found = judge(dict(zip(CODES, (WORDS[one] for one in chosen), strict=True)))
        score = sum(row[one] for row, one in zip(points, chosen, strict=True))
        assert (found.score, found.result) == (score, word_for(score))


@given(answered, st.sampled_from(CODES))
def test_a_better_answer_never_lowers_it(answers: dict[str, str], code: str) -> None:
    yes, no = PUBLISHED[CODES.index(code)]
    assert judge(answers | {code: "yes" if yes > no else "no"}).score >= judge(answers).score


def test_names_every_question_that_is_not_answered_right() -> None:
    answers = UNKNOWN | {"objective": "maybe", "on_stars": "yes"}
    del answers["came_back"]
    with pytest.raises(ValueError) as fault:  # noqa: PT011 (the whole sentence is compared below)
        judge(answers)
    assert str(fault.value) == (
        "Question came_back: it has no answer; give one of yes, no, not_known. "
        "Question objective: 'maybe' is no answer; give one of yes, no, not_known. "
        "There is no question on_stars."
    )
