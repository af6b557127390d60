"""The table holds over the whole space of answers: total, safe, monotone, deterministic; and it is the design's table.

The space is every combination of every value of every question that a rule can see (47,185,920), held as bit sets. The
design's prose is written down once more below, as plain branches, and compared combination by combination over the
884,736 that no rule can tell apart.
"""

import itertools
import random

import pytest

from regulatory.triage.answers import Answers
from regulatory.triage.evaluator import INSUFFICIENT, evaluate
from regulatory.triage.space import Space
from regulatory.triage.table import load
from regulatory.triage.terms import UNKNOWN

STRONG_CLASSES = ("biologic", "gene_cell", "blood_product")
NPP = {"NPP_RECOMMENDED", "NPP_POSSIBLE"}
PERSONAL = "PERSONAL_MAY_SUFFICE"


@pytest.fixture(scope="module")
def whole() -> Space:
    table = load()
    return Space(table, {name: table.values[name] for name in table.deciding})


def design(a: dict[str, str]) -> str:
    """The rows of the design's table, in its order and its words."""
    strong = a["class"] in STRONG_CLASSES or a["storage"] != "ambient" or a["administration"] == "institution"
    weak = a["regimen"] in ("cycles", "full_course") or a["custody"] == "yes"
    p1 = a["class"] == "small_molecule_oral" and a["storage"] == "ambient" and a["stability"] == "stable"
    p2 = a["within_cap"] == "yes"
    reachable = a["personal_import"] == "open" or (
        a["personal_import"] == "conditional" and a["conditions_met"] == "yes"
    )
    p3 = reachable and a["prescription"] == "yes"
    route = "NPP_RECOMMENDED" if a["npp_status"] == "clear" else "NPP_POSSIBLE"
    if a["sanctions"] == "hit":
        return "HOLD_COMPLIANCE"
    if a["clinical_concern"] == "raised":
        return "CLINICAL_REVIEW"
    if a["controlled"] == "yes":
        return "SPECIALIST_REVIEW"
    if a["status"] == "investigational":
        return "OTHER_ROUTE"
    if a["local_status"] == "registered_and_available":
        return "LOCAL_SUPPLY"
    if a["profile"] != "fresh":
        return "NEEDS_REGULATORY_CHECK"
    if p1 and p2 and p3 and not strong and not weak:
        return PERSONAL
    if a["npp_status"] == "closed":
        return "NO_CLEAR_ROUTE" if strong or not p3 else "HUMAN_DECIDES"
    if strong:
        below = route
    elif p1 and p3:
        below = "HUMAN_DECIDES"
    elif weak:
        below = route
    elif not p3:
        below = "NPP_POSSIBLE"
    else:
        below = "HUMAN_DECIDES"
    return "NPP_BLOCKED_NO_PRESCRIBER" if a["prescriber"] == "no" and below in NPP else below


def test_the_space_is_whole(whole: Space) -> None:
    assert whole.size == 47_185_920
    assert set(whole.values) == {
        "sanctions", "clinical_concern", "class", "administration", "storage", "controlled", "status", "local_status",
        "profile", "npp_status", "personal_import", "conditions_met", "prescription", "custody", "prescriber",
        "regimen", "stability", "within_cap",
    }  # fmt: skip


def test_it_is_total_with_exactly_one_rule_for_each_combination(whole: Space) -> None:
    covered = 0
    for bits in whole.fired.values():
        assert bits, "a rule that never decides"
        assert not covered & bits
        covered |= bits
    assert covered == whole.full


def test_it_is_the_table_of_the_design_combination_by_combination() -> None:
    table = load()
    space = Space(table, {name: [group[0] for group in groups] for name, groups in table.classes.items()})
    assert space.size == 884_736
    expected: dict[str, bytearray] = {name: bytearray(space.size // 8) for name in table.outcomes}
    # The first fact varies fastest, so it is the last of the product.
    names = list(space.values)[::-1]
    for index, values in enumerate(itertools.product(*(space.values[name] for name in names))):
        expected[design(dict(zip(names, values, strict=True)))][index >> 3] |= 1 << (index & 7)
    assert space.outcomes == {name: bits for name, held in expected.items() if (bits := int.from_bytes(held, "little"))}


def test_classes_merge_only_what_no_rule_tells_apart() -> None:
    table = load()
    merged = {name: [group[0] for group in groups] for name, groups in table.classes.items()}
    for name, groups in table.classes.items():
        space = Space(table, merged | {name: table.values[name]})
        for first, *others in groups:
            for bits in space.fired.values() if others else ():
                expected = space.with_value(bits, name, first)
                assert all(space.with_value(bits, name, value) == expected for value in others), name


def test_it_is_safe_the_personal_route_never_for_what_it_is_not_for(whole: Space) -> None:
    personal = whole.outcomes[PERSONAL]
    safe = whole.full
    for name, values in {
        "class": ("small_molecule_oral",), "storage": ("ambient",), "administration": ("home",), "controlled": ("no",),
        "profile": ("fresh",), "within_cap": ("yes",), "prescription": ("yes",),
        "personal_import": ("open", "conditional"), "sanctions": ("none",), "clinical_concern": ("none",),
        "status": ("approved",), "stability": ("stable",), "custody": ("no",), "regimen": ("maintenance",),
    }.items():  # fmt: skip
        safe &= whole.where(name, values)
    assert personal
    assert not personal & ~safe
    unmet = whole.where("personal_import", ("conditional",)) & whole.where("conditions_met", ("no",))
    assert not personal & unmet


def test_no_confident_outcome_of_a_route_rests_on_a_profile_that_is_not_fresh(whole: Space) -> None:
    stale = whole.full ^ whole.where("profile", ("fresh",))
    for outcome in (*NPP, PERSONAL, "NO_CLEAR_ROUTE", "HUMAN_DECIDES", "NPP_BLOCKED_NO_PRESCRIBER"):
        assert not whole.outcomes[outcome] & stale, outcome


@pytest.mark.parametrize(
    ("name", "simpler"),
    [
        ("class", "small_molecule_oral"), ("storage", "ambient"), ("administration", "home"), ("controlled", "no"),
        ("regimen", "maintenance"), ("stability", "stable"), ("within_cap", "yes"), ("custody", "no"),
        ("sanctions", "none"), ("clinical_concern", "none"), ("status", "approved"), ("profile", "fresh"),
    ],
)  # fmt: skip
def test_it_is_monotone_more_complex_larger_or_custody_wanted_never_turns_personal(
    whole: Space, name: str, simpler: str
) -> None:
    personal = whole.outcomes[PERSONAL]
    before = whole.with_value(personal, name, simpler)
    for value in whole.values[name]:
        if value != simpler:
            assert not whole.with_value(personal, name, value) & ~before


def test_personal_import_is_never_proposed_for_a_strong_reason_even_where_it_is_open(whole: Space) -> None:
    strong = whole.holds({"group": "strong"})
    assert not whole.outcomes[PERSONAL] & strong
    closed = whole.where("npp_status", ("closed",)) & whole.where("profile", ("fresh",))
    assert not whole.outcomes["HUMAN_DECIDES"] & strong & closed


def test_no_willing_prescriber_blocks_exactly_what_would_be_a_programme(whole: Space) -> None:
    programme = 0
    for outcome in NPP:
        programme |= whole.with_value(whole.outcomes[outcome], "prescriber", "yes")
    assert whole.with_value(whole.outcomes["NPP_BLOCKED_NO_PRESCRIBER"], "prescriber", "no") == programme
    assert not whole.with_value(whole.outcomes["NPP_BLOCKED_NO_PRESCRIBER"], "prescriber", "yes")


def _some(count: int, *, unknown: float) -> list[dict[str, str]]:
    """Whole sets of answers by a fixed seed; each answer is left open with that chance."""
    chance, table = random.Random(20261122), load()
    return [
        {
            name: value
            for name, values in table.values.items()
            if (value := UNKNOWN if chance.random() < unknown else chance.choice(values)) != UNKNOWN
        }
        for _ in range(count)
    ]


def _facts(facts: dict[str, str]) -> Answers:
    """Answers that give just these facts; the limit of the personal route by its numbers."""
    given = {name: value for name, value in facts.items() if name != "within_cap"}
    if within := facts.get("within_cap"):
        given |= {"supply_months": "2" if within == "yes" else "4", "cap_months": "3"}
    return Answers(given)


def test_an_evaluation_is_the_design_for_whole_answers() -> None:
    for facts in _some(400, unknown=0):
        assert evaluate(_facts(facts), load()).outcome == design(facts), facts


def test_an_unknown_is_every_answer_and_never_counts_as_no() -> None:
    table = load()
    for facts in _some(150, unknown=0.15):
        flags = {"sanctions": "none", "clinical_concern": "none"} | facts
        open_names = [name for name in table.deciding if name not in flags]
        if len(open_names) > 5:
            continue
        completions = {
            design(flags | dict(zip(open_names, values, strict=True)))
            for values in itertools.product(*(table.values[name] for name in open_names))
        }
        result = evaluate(_facts(facts), table)
        assert set(result.possible) == completions, facts
        assert result.outcome == (completions.pop() if len(completions) == 1 else INSUFFICIENT), facts


def test_a_question_is_asked_exactly_when_some_completion_turns_on_it() -> None:
    table = load()
    for facts in _some(150, unknown=0.15):
        flags = {"sanctions": "none", "clinical_concern": "none"} | facts
        open_names = [name for name in table.deciding if name not in flags]
        if len(open_names) > 4:
            continue
        turning = set()
        for name in open_names:
            others = [other for other in open_names if other != name]
            for values in itertools.product(*(table.values[other] for other in others)):
                rest = flags | dict(zip(others, values, strict=True))
                if len({design(rest | {name: value}) for value in table.values[name]}) > 1:
                    turning.add(name)
                    break
        questions = evaluate(_facts(facts), table).questions
        assert {one.id for one in questions} == turning, facts
        assert [one.weight for one in questions] == sorted((one.weight for one in questions), reverse=True)


def test_it_is_deterministic_whatever_the_order_of_the_answers() -> None:
    for facts in _some(30, unknown=0.2):
        backwards = Answers(dict(reversed(list(_facts(facts).given.items()))))
        assert evaluate(_facts(facts), load()).to_json() == evaluate(backwards, load()).to_json()
