"""Selection of reporting rules and their dates, against the examples that came with the research."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.deadlines.calendars import Calendar, Override
from pharmacovigilance.library import SECOND_STAGE, ReportingRule, rule_library
from pharmacovigilance.rules import Selected, Selection, holds, matching, plan, select

EXAMPLES = json.loads((Path(__file__).parent / "reporting_examples.json").read_text(encoding="utf-8"))
SUNDAY_WEEK = frozenset({5, 6})
LIBRARY = rule_library()
INSTANTS = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
# Facts of a serious, related event on which nothing else is known.
SERIOUS: dict[str, Any] = {
    "event_kind": "adverse_reaction",
    "reaction_present": True,
    "serious": True,
    "criteria": ["hospitalisation"],
    "related": True,
    "origin": "domestic",
    "special": [],
    "report_stage": "initial",
    "product_status_here": "not_authorised",
    "solicited": True,
    "agreement_class": "not_entered",
    "period_ended": False,
    "treatment_used": False,
    "treatment_ended": False,
    "biological": False,
    "product_class": "chemical",
    "safety_doubt": False,
    "serious_public_health_threat": False,
    "cluster_same_product_place": False,
}


def calendar_of(zone: str, holidays: list[str] = ()) -> Calendar:  # type: ignore[assignment]
    """A week from Monday to Friday with the holidays that the example gives."""
    days = [date.fromisoformat(day) for day in holidays]
    return Calendar(
        code="XX",
        name="Example",
        zone=zone,
        version="example",
        weekend=SUNDAY_WEEK,
        overrides={day: (Override("XX", day, "holiday", "given", "example"),) for day in days},
    )


def planned(rule: ReportingRule, aware_at: datetime, zone: str, holidays: list[str] = ()) -> list[Any]:  # type: ignore[assignment]
    calendar = calendar_of(zone, holidays)
    return plan(
        Selection((Selected(rule, is_certain=True),), ()),
        aware_at=aware_at,
        calendar=calendar,
        zone=zone,
        contract_calendar=calendar,
        contract_zone=zone,
    )


@pytest.mark.parametrize("example", EXAMPLES["selection_examples"], ids=lambda example: example["id"])
def test_selects_what_the_example_says(example: dict[str, Any]) -> None:
    found = matching(
        LIBRARY.rules, jurisdictions=example["jurisdictions"], pathway=example["pathway"], facts=example["facts"]
    )

    assert sorted(one.rule.id for one in found if one.is_certain) == sorted(example["matched"])
    assert sorted(one.rule.id for one in found if not one.is_certain) == sorted(example["undecided"])


DATED = [
    example
    for example in EXAMPLES["examples"]
    if "overrides" not in example["inputs"] and "received_at" in example["inputs"]
]


@pytest.mark.parametrize("example", DATED, ids=lambda example: example["id"])
def test_dates_as_the_example_says(example: dict[str, Any]) -> None:
    inputs, expected = example["inputs"], example["expected"]
    first, *more = planned(
        LIBRARY[example["rule_id"]],
        datetime.fromisoformat(inputs["received_at"]),
        inputs["zone"],
        inputs.get("holidays", []),
    )

    assert first.day0.isoformat() == expected["day0"]
    if "due_at" in expected:
        assert first.due.due_at == datetime.fromisoformat(expected["due_at"])
    else:
        assert first.due.due_on.isoformat() == expected["due_date"]
        assert first.due.due_at + timedelta(microseconds=1) == datetime.fromisoformat(expected["due_before"])
    if "second_stage_due_date" in expected:
        second = next(one for one in more if one.rule_id.endswith(SECOND_STAGE))
        assert second.due.due_on.isoformat() == expected["second_stage_due_date"]


def test_leaves_out_only_examples_that_ask_for_a_roll_or_a_period() -> None:
    left_out = {example["id"] for example in EXAMPLES["examples"]} - {example["id"] for example in DATED}

    assert left_out == {"EX10", "EX37", "EX38"}


@pytest.mark.parametrize(
    ("country", "pathway", "facts", "expected"),
    [
        (
            "GB",
            "UK-SPECIALS",
            {},
            ["CONTRACT.silent?", "GB.professional.serious", "GB.supplier.serious"],
        ),
        ("AU", "AU-SAS-A", {}, ["AU.prescriber.serious", "AU.sponsor.serious", "CONTRACT.silent?"]),
        (
            "AU",
            "AU-SAS-B",
            {"criteria": ["death"]},
            ["AU.prescriber.serious", "AU.sponsor.fatal-lt", "CONTRACT.silent?"],
        ),
        (
            "CH",
            "CH-49-1",
            {"serious": None},
            ["CH.professional.other?", "CH.professional.serious?", "CONTRACT.silent?"],
        ),
        (
            "DE",
            "DE-73-3",
            {},
            ["CONTRACT.silent?", "DE.pharmacy.reaction", "DE.prescriber.reaction", "EU.MAH.npp-solicited"],
        ),
        # Only a rule that says "nothing to send" matches: the default stands in, because silence is not an answer.
        ("MX", "MX-010-D", {"serious": False, "criteria": []}, ["CONTRACT.silent?", "DEFAULT.15D"]),
        ("XK", "no pathway", {"serious": False, "criteria": []}, ["CONTRACT.silent?", "DEFAULT.15D"]),
        (
            "XK",
            "no pathway",
            {"unexpected": True, "product_status_here": "authorised"},
            ["CONTRACT.silent?", "ICH.E2D.serious-unexpected"],
        ),
    ],
)
def test_selects_for_a_country(country: str, pathway: str, facts: dict[str, Any], expected: list[str]) -> None:
    selection = select(LIBRARY, country=country, pathway=pathway, facts=SERIOUS | facts)

    named = sorted(one.rule.id + ("" if one.is_certain else "?") for one in selection.obliging)
    assert named == expected


@given(
    country=st.sampled_from(sorted({rule.jurisdiction for rule in LIBRARY.rules} - {"CONTRACT"} | {"XK", "NO"})),
    pathway=st.sampled_from(sorted({pathway for rule in LIBRARY.rules for pathway in rule.pathways})),
    facts=st.fixed_dictionaries(
        {name: st.sampled_from([True, False, None]) for name in ("serious", "unexpected", "related", "biological")}
        | {
            "criteria": st.lists(st.sampled_from(["death", "life_threatening", "disability"]), unique=True),
            "report_stage": st.sampled_from(["initial", "follow_up_significant", "follow_up_minor"]),
        }
    ),
)
def test_is_never_silent(country: str, pathway: str, facts: dict[str, Any]) -> None:
    selection = select(LIBRARY, country=country, pathway=pathway, facts=SERIOUS | facts)

    authorities = [one for one in selection.obliging if one.rule.jurisdiction != "CONTRACT"]
    assert authorities
    assert all(one.rule.obliges for one in selection.obliging)


@given(
    rule=st.sampled_from([rule for rule in (*LIBRARY.rules, LIBRARY.default) if rule.obliges]),
    aware_at=INSTANTS,
    zone=st.sampled_from(["America/New_York", "Australia/Sydney", "Asia/Dubai", "Pacific/Auckland"]),
)
def test_dates_every_rule_after_day_0_and_always_alike(rule: ReportingRule, aware_at: datetime, zone: str) -> None:
    once = planned(rule, aware_at, zone)

    assert once == planned(rule, aware_at, zone)
    for one in once:
        assert one.day0 <= one.due.due_on
        assert aware_at < one.due.due_at
        assert one.due.computable
        assert "Rule not reviewed" in [step.label for step in one.due.ledger]


@given(
    rule=st.sampled_from([rule for rule in LIBRARY.rules if rule.obliges]),
    aware_at=INSTANTS,
    earlier=st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_never_dates_later_what_was_heard_earlier(rule: ReportingRule, aware_at: datetime, earlier: timedelta) -> None:
    heard = planned(rule, aware_at, "Europe/London")[0].due.due_at
    before = planned(rule, aware_at - earlier, "Europe/London")[0].due.due_at

    assert before <= heard


def test_does_not_roll_where_the_law_of_the_place_would() -> None:
    rule = LIBRARY["AU.sponsor.serious"]
    calendar = Calendar(
        code="AU",
        name="Australia",
        zone="Australia/Sydney",
        version="example",
        weekend=SUNDAY_WEEK,
        roll_days=frozenset({"SAT", "SUN"}),
        short_period=(30, frozenset({"SAT", "SUN"})),
        known_through=2030,
    )
    received = datetime(2026, 11, 13, 3, 0, tzinfo=UTC)

    due = plan(
        Selection((Selected(rule, is_certain=True),), ()),
        aware_at=received,
        calendar=calendar,
        zone="Australia/Sydney",
        contract_calendar=calendar,
        contract_zone="America/New_York",
    )[0].due

    assert due.due_on == date(2026, 11, 28)
    assert due.due_on.strftime("%A") == "Saturday"


@pytest.mark.parametrize(
    ("expression", "facts", "expected"),
    [
        ({"fact": "serious", "op": "is", "value": True}, {"serious": True}, True),
        ({"fact": "serious", "op": "is", "value": True}, {}, None),
        ({"fact": "criteria", "op": "has_any", "value": ["death"]}, {"criteria": ["death"]}, True),
        ({"fact": "criteria", "op": "has_none", "value": ["death"]}, {"criteria": []}, True),
        ({"fact": "origin", "op": "in", "value": ["foreign"]}, {"origin": "domestic"}, False),
        (
            {"all": [{"fact": "a", "op": "is", "value": True}, {"fact": "b", "op": "is", "value": True}]},
            {"a": False},
            False,
        ),
        (
            {"all": [{"fact": "a", "op": "is", "value": True}, {"fact": "b", "op": "is", "value": True}]},
            {"a": True},
            None,
        ),
        (
            {"any": [{"fact": "a", "op": "is", "value": True}, {"fact": "b", "op": "is", "value": True}]},
            {"a": True},
            True,
        ),
        (
            {"any": [{"fact": "a", "op": "is", "value": True}, {"fact": "b", "op": "is", "value": True}]},
            {"a": False},
            None,
        ),
    ],
)
def test_judges_in_three_values(expression: dict[str, Any], facts: dict[str, Any], expected: bool | None) -> None:
    assert holds(expression, facts) is expected


def test_refuses_an_operator_that_is_not_in_the_vocabulary() -> None:
    with pytest.raises(ValueError, match="know no operator 'like'"):
        holds({"fact": "serious", "op": "like", "value": True}, {"serious": True})


def test_keeps_source_basis_and_review_of_every_rule() -> None:
    assert len(LIBRARY.rules) == 163
    for rule in LIBRARY.rules:
        assert rule.status == "draft_unreviewed"
        assert rule.basis in ("sourced", "recalled")
        assert set(rule.sources) <= set(LIBRARY.sources)
        assert rule.basis == "recalled" or rule.sources


def test_a_rule_with_two_readings_of_day_0_is_counted_from_the_earlier_and_says_so() -> None:
    one, *_ = planned(LIBRARY["US.ind.serious-unexpected"], datetime(2026, 3, 20, 10, tzinfo=UTC), "America/New_York")

    first, event, *_ = one.due.ledger
    assert (first.label, first.detail, first.value) == (
        "Two readings of day 0",
        "the text counts from sponsor determination, which comes later; the house counts from the earlier",
        "check",
    )
    assert (event.label, event.on) == ("Event: sponsor initial receipt", date(2026, 3, 20))
    assert one.due.due_on == date(2026, 4, 4)
