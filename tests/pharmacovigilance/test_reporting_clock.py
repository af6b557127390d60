"""The reporting clock, asked as a machine asks it: the worked examples, and questions that cannot be answered."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.library import rule_library
from pharmacovigilance.reporting_clock import NotAnswerable, answer
from regulatory.profiles.loader import load

EXAMPLES = json.loads((Path(__file__).parent / "reporting_examples.json").read_text(encoding="utf-8"))
LIBRARY = rule_library()
PATHWAYS = load().profiles
MONDAY = {"received_at": "2026-05-04T10:00:00+02:00", "zone": "Europe/Paris"}
FACTS = EXAMPLES["selection_examples"][0]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def ask(monkeypatch: pytest.MonkeyPatch, text: str, *words: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    out = io.StringIO()
    call_command("reporting_clock", *words, stdout=out)
    return out.getvalue()


def tried(question: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        return answer(question, library=LIBRARY, pathways=PATHWAYS), ()
    except NotAnswerable as refusal:
        return {}, refusal.faults


@pytest.mark.parametrize("example", EXAMPLES["examples"], ids=lambda example: example["id"])
def test_prints_the_dates_of_each_worked_example(monkeypatch: pytest.MonkeyPatch, example: dict[str, Any]) -> None:
    question = {name: example[name] for name in ("rule_id", "inputs")}

    assert json.loads(ask(monkeypatch, json.dumps(question), "--json")) == example["expected"]


@pytest.mark.parametrize("example", EXAMPLES["selection_examples"], ids=lambda example: example["id"])
def test_prints_the_rules_of_each_example_of_selection(
    monkeypatch: pytest.MonkeyPatch, example: dict[str, Any]
) -> None:
    assert json.loads(ask(monkeypatch, json.dumps(example), "--json")) == {
        "matched": example["matched"],
        "undecided": example["undecided"],
    }


def test_says_in_words_that_nobody_has_reviewed_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ask(monkeypatch, json.dumps({"rule_id": "EU.MAH.serious", "inputs": MONDAY}))

    assert told.splitlines() == [
        "day0: 2026-05-04",
        "due date: 2026-05-19",
        "due before: 2026-05-20T00:00:00+02:00",
        f"Rules {LIBRARY.version}: a research draft that nobody has reviewed.",
    ]


def test_counts_from_what_the_holder_heard_before_who_acts_for_it() -> None:
    told = answer(
        {"rule_id": "EU.MAH.serious", "inputs": MONDAY | {"heard_by_holder_at": "2026-05-02T09:00:00+02:00"}},
        library=LIBRARY,
        pathways=PATHWAYS,
    )

    assert (told["day0"], told["due_date"]) == ("2026-05-02", "2026-05-17")


def test_calls_a_working_figure_one_and_gives_no_date_where_nothing_need_be_sent() -> None:
    figure = answer({"rule_id": "CONTRACT.silent", "inputs": MONDAY}, library=LIBRARY, pathways=PATHWAYS)
    none = answer({"rule_id": "US.pharmacy.voluntary", "inputs": MONDAY}, library=LIBRARY, pathways=PATHWAYS)

    assert figure["planning_figure"] is True
    assert none == {"day0": "2026-05-04", "due_date": None, "no_duty": True}


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ([], ["The question is no object. Write {“rule_id”: …, “inputs”: {…}}."]),
        ({}, ["The question has neither “rule_id” with “inputs” nor “facts” with a place and a pathway."]),
        ({"rule_id": "XX.nobody", "inputs": MONDAY}, ["rule_id: there is no reporting rule 'XX.nobody'."]),
        ({"rule_id": "EU.MAH.serious"}, ["inputs: is no object. Write {“received_at”: …, “zone”: …}."]),
        (
            {"rule_id": "EU.MAH.serious", "inputs": {"received_at": "2026-05-04T10:00", "zone": "Europe/Pari"}},
            [
                "inputs.zone: 'Europe/Pari' is no time zone. Write it as Europe/Paris.",
                "inputs.received_at: '2026-05-04T10:00' says no offset from UTC. "
                "Write it with its offset, as 2026-03-02T10:00:00+01:00.",
            ],
        ),
        (
            {"rule_id": "EU.MAH.serious", "inputs": {"zone": "Europe/Paris", "day0_date": "2026-02-30"}},
            ["inputs.day0_date: '2026-02-30' is no day between 1900 and 2200. Write it as 2026-03-02."],
        ),
        (
            {"rule_id": "CONTRACT.24h.any", "inputs": {"zone": "Europe/Paris", "day0_date": "2026-02-28"}},
            ["inputs.day0_date: hours are counted from an instant. Give received_at."],
        ),
        (
            {"rule_id": "EU.MAH.serious", "inputs": MONDAY | {"day0_date": "2026-05-04", "holiday": []}},
            [
                "inputs.holiday: is not asked. Known: received_at, day0_date, first_contact_at, heard_by_holder_at, "
                "zone, holidays, overrides, first_stage_sent_on, event.",
                "inputs: give either received_at, an instant, or day0_date, a day.",
            ],
        ),
        (
            {"rule_id": "EU.MAH.serious", "inputs": MONDAY | {"overrides": {"roll": "back"}, "holidays": ["x"]}},
            [
                "inputs.overrides: {'roll': 'back'}; only roll can be set, to none or next_working_day.",
                "inputs.holidays: 'x' is no day between 1900 and 2200. Write it as 2026-03-02.",
            ],
        ),
        (
            {"rule_id": "EU.MAH.serious", "inputs": MONDAY | {"overrides": {"roll": []}}},
            ["inputs.overrides: {'roll': []}; only roll can be set, to none or next_working_day."],
        ),
        (
            {"rule_id": "MY.holder.fatal-lt", "inputs": MONDAY | {"first_stage_sent_on": "2026-05-03"}},
            ["inputs.first_stage_sent_on: lies before day 0. Nothing is sent before it is heard."],
        ),
        (
            {"rule_id": "EU.MAH.serious", "inputs": MONDAY | {"first_contact_at": "2026-05-05T10:00:00+02:00"}},
            ["inputs.first_contact_at: lies after received_at, when all four criteria were held."],
        ),
        ({"facts": {}}, ["jurisdictions: is missing.", "pathway: is missing.",
                         "jurisdictions: is no list of codes. Write [“CH”, “CONTRACT”].",
                         "pathway: is no key of a pathway. Write a key as “CH-49-1”, or “*” for none in particular."]),
        (
            FACTS | {"pathway": "CH-49-l"},
            ["pathway: there is no pathway 'CH-49-l'. Write a key as “CH-49-1”, or “*” for none in particular."],
        ),
        (
            FACTS | {"jurisdictions": ["CH", "ZZ"], "facts": {"serius": True, "serious": "yes", "criteria": ["dead"],
                                                            "origin": "here", "special": "overdose"}},
            [
                "jurisdictions: there are no rules for 'ZZ'.",
                "facts.serius: the rules know no such fact.",
                "facts.serious: 'yes' is neither true, false nor null.",
                "facts.criteria: 'dead' is not one of: death, life_threatening, hospitalisation, disability, "
                "congenital_anomaly, other_medically_important.",
                "facts.origin: 'here' is not one of: domestic, foreign.",
                "facts.special: 'overdose' is no list. Write a list of: pregnancy_exposure, "
                "abnormal_pregnancy_outcome, overdose, abuse, misuse, medication_error, occupational_exposure, "
                "off_label, lack_of_effect, falsified.",
            ],
        ),
    ],
)  # fmt: skip
def test_names_every_field_that_cannot_be_used(question: Any, sentences: list[str]) -> None:
    with pytest.raises(NotAnswerable) as refusal:
        answer(question, library=LIBRARY, pathways=PATHWAYS)

    assert list(refusal.value.faults) == sentences


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Standard input is no JSON (line 1, column 1). Write one object, as in the examples."),
        ('{"rule_id": ', "Standard input is no JSON (line 1, column 13). Write one object, as in the examples."),
        ("[" * 90_000, "Standard input is no JSON (its depth). Write one object, as in the examples."),
        (" " * 100_001, "The question has more than 100,000 characters."),
    ],
)
def test_exits_with_two_and_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        ask(monkeypatch, text, "--json")

    assert (str(refusal.value), refusal.value.returncode) == (words, 2)


@given(
    rule=st.sampled_from([rule.id for rule in LIBRARY.rules]),
    inputs=st.dictionaries(st.sampled_from(["received_at", "zone", "day0_date", "holidays", "overrides"]), ANYTHING),
)
def test_no_inputs_make_it_fail(rule: str, inputs: dict[str, Any]) -> None:
    told, faults = tried({"rule_id": rule, "inputs": inputs})

    assert "day0" in told or faults
    assert all(fault.startswith("inputs") for fault in faults)


@given(facts=st.dictionaries(st.sampled_from(sorted(LIBRARY.facts)), ANYTHING))
def test_no_facts_make_it_fail(facts: dict[str, Any]) -> None:
    question = {"jurisdictions": sorted({rule.jurisdiction for rule in LIBRARY.rules}), "pathway": "*", "facts": facts}
    told, faults = tried(question)

    assert set(told) == {"matched", "undecided"} or faults
    assert all(fault.startswith("facts.") for fault in faults)
