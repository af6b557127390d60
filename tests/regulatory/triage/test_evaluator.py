"""An evaluation follows the table of the design, and what is not known stays not known."""

from typing import Any

import pytest

from regulatory.triage.answers import read_answers
from regulatory.triage.evaluator import Result, evaluate
from regulatory.triage.table import load
from tests.regulatory.triage.ground import ANTIBODY, TABLET

ONE_OFF = {"regimen": "maintenance", "cycles": None, "recurrence": "one_off"}

# The fixtures of the design, in its order and with its outcomes; then the rules that decide.
FIXTURES: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("antibody, cold, six cycles, hospital, clear", ANTIBODY, "NPP_RECOMMENDED", ("T-10",)),
    ("tablet, stable, two months, open", TABLET, "PERSONAL_MAY_SUFFICE", ("T-6",)),
    ("the tablet, six months at once", TABLET | {"supply_months": 6}, "HUMAN_DECIDES", ("T-11",)),
    ("the tablet, review overdue", TABLET | {"profile": "overdue"}, "NEEDS_REGULATORY_CHECK", ("T-5",)),
    ("gene therapy, unclear", ANTIBODY | {"class": "gene/cell", "npp_status": "unclear"}, "NPP_POSSIBLE", ("T-10b",)),
    ("oral opioid", TABLET | {"controlled": "yes"}, "SPECIALIST_REVIEW", ("T-3",)),
    ("antibody, closed, personal open", ANTIBODY | {"npp_status": "closed"}, "NO_CLEAR_ROUTE", ("T-7",)),
    ("antibody, no doctor willing", ANTIBODY | {"prescriber": "no"}, "NPP_BLOCKED_NO_PRESCRIBER", ("T-9",)),
    (
        "the tablet, mid-course, personal route just closed",
        TABLET | {"patient_now": "mid_course_personal", "personal_import": "closed"},
        "NPP_POSSIBLE",
        ("T-13",),
    ),
    ("antibody, one-off, unclear", ANTIBODY | ONE_OFF | {"npp_status": "unclear"}, "NPP_POSSIBLE", ("T-10b",)),
    ("antibody, storage not known", ANTIBODY | {"storage": "unknown"}, "NPP_RECOMMENDED", ("T-10",)),
    ("the tablet, storage not known", TABLET | {"storage": "unknown"}, "INSUFFICIENT", ("T-6", "T-10")),
    (
        "the tablet, both routes closed",
        TABLET | {"npp_status": "closed", "personal_import": "closed"},
        "NO_CLEAR_ROUTE",
        ("T-7",),
    ),
]
# Rules that no fixture of the design reaches.
OTHERS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("sanctions hit", ANTIBODY | {"sanctions": "hit"}, "HOLD_COMPLIANCE", ("T-1",)),
    ("clinical concern", ANTIBODY | {"clinical_concern": "raised"}, "CLINICAL_REVIEW", ("T-2",)),
    ("investigational", ANTIBODY | {"status": "investigational"}, "OTHER_ROUTE", ("T-4",)),
    (
        "available there",
        ANTIBODY | {"local_status": "registered and available", "profile": "none"},
        "LOCAL_SUPPLY",
        ("T-4b",),
    ),
    ("closed, personal may be", TABLET | {"npp_status": "closed", "supply_months": 6}, "HUMAN_DECIDES", ("T-8",)),
    (
        "weak reason, clear",
        TABLET | {"class": "vaccine", "route": "injection", "custody": "yes"},
        "NPP_RECOMMENDED",
        ("T-12",),
    ),
    (
        "weak reason, conditional",
        TABLET | {"stability": "new", "custody": "yes", "npp_status": "conditional"},
        "NPP_POSSIBLE",
        ("T-12b",),
    ),
    ("nothing settles it", TABLET | {"stability": "new"}, "HUMAN_DECIDES", ("T-14",)),
]  # fmt: skip


def asked(raw: dict[str, Any]) -> Result:
    return evaluate(read_answers(raw, load()), load())


@pytest.mark.parametrize(
    ("answers", "outcome", "rules"), [row[1:] for row in FIXTURES + OTHERS], ids=[row[0] for row in FIXTURES + OTHERS]
)
def test_leads_where_the_design_says(answers: dict[str, Any], outcome: str, rules: tuple[str, ...]) -> None:
    result = asked(answers)
    assert (result.outcome, result.deciding) == (outcome, rules)


def test_every_rule_is_reached_by_a_fixture() -> None:
    assert {rule for row in FIXTURES + OTHERS for rule in row[3]} == set(load().rules)


def test_every_reason_that_holds_is_shown_beside_the_rule() -> None:
    fired = asked(ANTIBODY).fired
    assert [one.id for one in fired] == ["T-10", "S-1", "S-2", "S-3", "W-1", "P-2", "P-3"]
    assert fired[1].to_json() == {
        "id": "S-1",
        "kind": "strong",
        "effect": "strong for NPP",
        "sentence": "A biologic, a gene or cell therapy, or a blood product",
        "from": "Q1",
        "sources": ["S1"],
        "certain": True,
    }


def test_only_the_question_that_can_change_the_outcome_is_asked() -> None:
    result = asked(TABLET | {"storage": None, "institution": None, "recurrence": None})
    assert [(one.id, one.weight) for one in result.questions] == [("storage", 1.0)]
    assert result.questions[0].leads_to == {
        "ambient": ("PERSONAL_MAY_SUFFICE",),
        "2-8": ("NPP_RECOMMENDED",),
        "frozen": ("NPP_RECOMMENDED",),
        "cryo": ("NPP_RECOMMENDED",),
    }


def test_the_most_decisive_question_is_asked_first() -> None:
    result = asked(ANTIBODY | {"prescriber": None, "npp_status": None, "controlled": None})
    assert [(one.id, round(one.weight, 3)) for one in result.questions] == [
        ("controlled", 1.0),
        ("npp_status", 0.5),
        ("prescriber", 0.333),
    ]


def test_a_settled_outcome_asks_nothing_and_names_what_would_change_it() -> None:
    result = asked(TABLET)
    assert result.questions == ()
    turns = {one.id: one.leads_to for one in result.turns}
    assert turns["within_cap"] == {"no": ("HUMAN_DECIDES",)}
    assert turns["storage"]["2-8"] == ("NPP_RECOMMENDED",)
    assert turns["stability"] == {"new": ("HUMAN_DECIDES",)}
    assert {"institution", "conditions_met", "prescriber", "npp_status"} & set(turns) == set()


@pytest.mark.parametrize("review", ["overdue", "unreviewed", "none", "unknown"])
def test_a_profile_that_nobody_reviewed_in_time_gives_no_confident_answer(review: str) -> None:
    for answers in (TABLET, ANTIBODY, TABLET | {"local_status": "registered_and_available"}):
        result = asked(answers | {"profile": review})
        assert result.confident is False
        assert any("profile" in sentence for sentence in result.why_not_confident)


def test_a_confident_answer_still_says_that_the_rules_are_a_draft() -> None:
    result = asked(TABLET)
    assert result.confident is True
    assert result.why_not_confident == ("The rules themselves are a draft (1.0.0); no pharmacist has reviewed them.",)
    assert (result.rules["version"], result.rules["status"]) == ("1.0.0", "draft_unreviewed")


def test_a_closed_route_in_mid_course_is_urgent_with_a_bridge_task() -> None:
    result = asked(FIXTURES[8][1])
    assert [(one.id, one.kind) for one in result.consequences] == [("U-1", "urgent"), ("B-1", "task")]
    assert result.urgent
    assert not asked(TABLET | {"patient_now": "mid_course_personal"}).urgent


def test_a_maintenance_supply_again_and_again_stays_personal_and_is_called_fragile() -> None:
    result = asked(TABLET | {"recurrence": "recurring"})
    assert result.outcome == "PERSONAL_MAY_SUFFICE"
    assert [one.id for one in result.consequences] == ["F-1"]


def test_a_flag_that_nobody_raised_is_said_and_not_asked() -> None:
    result = asked(TABLET)
    assert result.assumed == ("sanctions: none (nobody raised it)", "clinical_concern: none (nobody raised it)")


def test_several_cycles_are_read_as_a_regimen_of_cycles() -> None:
    result = asked(ANTIBODY | {"regimen": None})
    assert "W-1" in [one.id for one in result.fired]
    assert "regimen: cycles (there are 6)" in result.assumed


@pytest.mark.parametrize(
    ("supply", "within"),
    [
        ({"supply_months": 3, "cap_months": 3}, "yes"),
        ({"supply_months": 3, "cap_months": 6}, "yes"),
        ({"supply_months": "3.1", "cap_months": 6}, "no"),
        ({"supply_months": 2, "cap_months": 1}, "no"),
        ({"supply_months": 2, "cap_months": None}, None),
        ({"supply_months": 4, "cap_months": None}, "no"),
        ({"supply_months": None, "cap_months": 3}, None),
        ({"supply_months": 2, "cap_months": None, "cap_doses": 100, "supply_doses": 60}, "yes"),
        ({"supply_months": 2, "cap_months": None, "cap_doses": 100, "supply_doses": 101}, "no"),
        ({"supply_months": 2, "cap_months": 3, "cap_doses": 100}, None),
    ],
)
def test_the_supply_is_held_against_the_smaller_limit_and_no_limit_known_is_not_no_limit(
    supply: dict[str, Any], within: str | None
) -> None:
    assert asked(TABLET | supply).facts.get("within_cap") == within
