"""A question without a case: read from words, answered from data, refused by name."""

import copy
import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from regulatory.profiles.asking import NotAnswerable
from regulatory.profiles.loader import Profile, validate_profile
from regulatory.profiles.looks_at import attested_facts, documents_of, events_of
from regulatory.profiles.what_if import Asked, answer, read
from tests.regulatory.profiles.ground import LIBRARY


def told(profile: str, at: str, **words: Any) -> dict[str, Any]:
    asked = Asked(at=at, **words)
    return answer(read(LIBRARY.profile(profile), asked, library=LIBRARY), library=LIBRARY).to_json()


def gate(told: dict[str, Any], name: str) -> tuple[str, str | None]:
    found = next(gate for gate in told["gates"] if gate["gate"] == name)
    return found["state"], found["opens_on"]


def faults(profile: str, at: str = "2026-03-31", **words: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(NotAnswerable) as refusal:
        read(LIBRARY.profile(profile), Asked(at=at, **words), library=LIBRARY)
    return [(fault.field, fault.value, fault.problem) for fault in refusal.value.faults]


# -- answers: the worked examples of facts/regulatory.md 3.4


@pytest.mark.parametrize(
    ("at", "state"), [("2026-03-29", "shut"), ("2026-03-30T23:59", "shut"), ("2026-03-31T00:00", "open")]
)
def test_the_silent_window_opens_on_the_day_after_day_28(at: str, state: str) -> None:
    events = ["submitted=2026-02-27", "acknowledged=2026-03-02T10:00"]
    assert gate(told("UK-SPECIALS", at, event=events), "may_import") == (state, "2026-03-31")


def test_an_acknowledgement_alone_shows_a_submission_to_the_gates_but_starts_no_clock_of_it() -> None:
    found = told("UK-SPECIALS", "2026-03-31", event=["acknowledged=2026-03-02"])
    assert gate(found, "may_import") == ("open", "2026-03-31")
    assert found["flags"][-1] == (
        "submitted is not given: for the gates it is taken as 2026-03-02, the day of the authority's acknowledgement, "
        "because it cannot have been later."
    )
    assert [duty["trigger"] for duty in found["duties"]] == ["acknowledged"]


# -- clock stops


def stopping(rule: str) -> Profile:
    """The UK pathway as a reviewed version might read, once somebody knows what a question does to its window."""
    raw = copy.deepcopy(dict(LIBRARY.profile("UK-SPECIALS").raw))
    raw["deadlines"][1]["on_question"] = rule
    assert validate_profile(raw, library=LIBRARY) == []
    return Profile.from_raw(raw, readings=LIBRARY.readings)


@pytest.mark.parametrize(
    ("rule", "questions", "opens"),
    [
        ("runs_on", ["2026-03-10..2026-03-15"], "2026-03-31"),
        # Five days, from the 10th up to the 15th, on which the clock runs again.
        ("stops", ["2026-03-10..2026-03-15"], "2026-04-05"),
        # Two at once are one stop, until the last of them is answered.
        ("stops", ["2026-03-10..2026-03-15", "2026-03-12..2026-03-20"], "2026-04-10"),
        ("stops", ["2026-03-10..2026-03-15", "2026-03-18..2026-03-20"], "2026-04-07"),
        # A question before the acknowledgement stops nothing.
        ("stops", ["2026-02-28..2026-03-15"], "2026-03-31"),
        # 28 days from the day after the answer of 15 March.
        ("restarts", ["2026-03-10..2026-03-15"], "2026-04-13"),
    ],
)
def test_a_question_stops_the_count_as_the_pathway_says(rule: str, questions: list[str], opens: str) -> None:
    events = ["submitted=2026-02-27", "acknowledged=2026-03-02"]
    asked = Asked("2026-03-25", event=events, plan=["import_day=2026-05-01"], question=questions)
    found = answer(read(stopping(rule), asked, library=LIBRARY), library=LIBRARY).to_json()
    assert gate(found, "may_import") == ("shut", opens)
    window = next(duty for duty in found["duties"] if duty["deadline_type"] == "objection_window")
    assert (date.fromisoformat(opens) - date.fromisoformat(window["due_on"])).days == 1


def test_an_open_question_leaves_no_first_day() -> None:
    events = ["submitted=2026-02-27", "acknowledged=2026-03-02"]
    asked = Asked("2026-03-25", event=events, question=["2026-03-10"])
    found = answer(read(stopping("stops"), asked, library=LIBRARY), library=LIBRARY).to_json()
    assert gate(found, "may_import") == ("shut", None)
    assert "is stopped by a question of the authority" in found["gates"][0]["missing"][0]["sentence"]


def test_where_the_pathway_does_not_say_every_date_is_shown_and_none_is_rested_on() -> None:
    events = ["submitted=2026-02-27", "acknowledged=2026-03-02"]
    asked = ["2026-03-10..2026-03-15"]
    found = told("UK-SPECIALS", "2026-03-25", event=events, plan=["import_day=2026-05-01"], question=asked)
    assert gate(found, "may_import") == ("shut", "2026-04-13")
    assert found["flags"][-1] == (
        "Not known whether a question of the authority stops the count since the authority's acknowledgement: ask the "
        "authority. Every date there may be is told with the gate; the latest is counted."
    )
    assert any(
        "If it runs on, the first open day is Tue 31 Mar 2026; if it stops, the first open day is Sun 5 Apr 2026; if "
        "it begins anew with the answer, the first open day is Mon 13 Apr 2026. The last is safe and is counted here."
        in item["sentence"]
        for item in found["gates"][0]["missing"]
    )


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("soon", "'soon' is no day."),
        ("2026-03-10..2026-03-09", "It is answered before it is asked."),
        ("2026-04-10", "It lies after the instant asked about."),
    ],
)
def test_a_question_that_cannot_be_is_named(question: str, problem: str) -> None:
    assert faults("UK-SPECIALS", question=[question]) == [("question", question, problem)]


def test_an_objection_shuts_the_gate_again() -> None:
    events = ["submitted=2026-02-27", "acknowledged=2026-03-02", "objection_received=2026-04-07"]
    assert gate(told("UK-SPECIALS", "2026-04-08", event=events), "may_import") == ("shut", None)


def test_a_planned_import_day_may_be_given_as_an_event_that_lies_ahead() -> None:
    events = ["submitted=2026-03-02", "acknowledged=2026-03-02", "import_day=2026-03-31"]
    duties = told("UK-SPECIALS", "2026-03-03", event=events)["duties"]
    assert [(duty["deadline_type"], duty["due_on"]) for duty in duties if duty["kind"] == "notice_lead"] == [
        ("pre_import_notice_lead", "2026-03-03")
    ]
    as_plan = told("UK-SPECIALS", "2026-03-03", event=events[:2], plan=["import_day=2026-03-31"])["duties"]
    assert as_plan == duties


def test_supply_first_is_lawful_with_three_papers_and_opens_the_notice() -> None:
    papers = ["regulator_form=complete,signed", "patient_consent=signed", "prescription=valid"]
    found = told("AU-SAS-A", "2026-11-01", document=papers, event=["dispensed_or_supplied=2026-10-31T09:00"])
    assert gate(found, "may_supply") == ("open", "2026-11-01")
    notice = found["duties"][0]
    assert (notice["deadline_type"], notice["holder"], notice["due_on"], notice["target_on"], notice["computable"]) == (
        "post_supply_notification",
        "treating_prescriber",
        "2026-11-30",
        "2026-11-28",
        True,
    )
    assert notice["ledger"][0]["label"]


def test_an_authorization_opens_what_rests_on_one_for_its_window() -> None:
    shut = told("AU-SAS-B", "2026-11-01")
    assert gate(shut, "may_supply") == ("shut", None)
    window = told("AU-SAS-B", "2026-11-01", authorization=["2026-10-01..2027-09-30/10"])
    assert gate(window, "may_supply") == ("open", "2026-11-01")
    assert window["gates"][0]["closes_on"] == "2027-10-01"
    assert gate(told("AU-SAS-B", "2027-10-01", authorization=["2026-10-01..2027-09-30/10"]), "may_supply")[0] == "shut"


@pytest.mark.parametrize(("at", "usable"), [("2026-07-31", True), ("2026-08-01", False)])
def test_a_paper_ages(at: str, usable: bool) -> None:
    found = told("IL-29-PHARMACY", at, document=["regulator_form=valid@2026-01-31"])
    missing = [item["sentence"] for entry in found["gates"] for item in entry["missing"]]
    assert ("The authority's form could be used until Fri 31 Jul 2026 only." not in missing) is usable
    assert all("authority's form" not in sentence for sentence in missing) is usable


def test_a_signed_statement_answers_what_asks_for_it() -> None:
    key, fact = next(
        (profile.key, next(iter(found))) for profile in LIBRARY.profiles.values() if (found := attested_facts(profile))
    )
    before = told(key, "2026-11-01")
    after = told(key, "2026-11-01", attest=[f"{fact}=2026-10-30"])
    kinds = [[item["kind"] for entry in found["gates"] for item in entry["missing"]] for found in (before, after)]
    assert kinds[0].count("attestation") - kinds[1].count("attestation") == len(
        attested_facts(LIBRARY.profile(key))[fact]
    )


def test_a_condition_that_was_answered_no_says_that_the_duty_does_not_apply() -> None:
    asked = told("UK-SPECIALS", "2026-11-01", event=["submitted=2026-10-30"], condition=["urgent_case=no"])
    assert [duty["applies"] for duty in asked["duties"] if duty["applies_if"] == "urgent case"] == [False]


def test_a_moment_without_an_offset_is_local_and_a_day_stands_for_its_last_moment() -> None:
    local = told("AU-SAS-A", "2026-11-01T08:00", event=["dispensed_or_supplied=2026-11-01T08:00"])
    assert local["at"] == "2026-10-31T21:00:00+00:00"
    assert [duty["trigger"] for duty in local["duties"]][:1] == ["dispensed_or_supplied"]
    assert told("AU-SAS-A", "2026-11-01")["at"] == "2026-11-01T12:59:59.999999+00:00"
    assert told("AU-SAS-A", "2026-11-01T08:00Z")["at"] == "2026-11-01T08:00:00+00:00"


def test_a_draft_is_told_as_a_draft_and_what_is_not_known_is_told_too() -> None:
    found = told("UK-SPECIALS", "2026-11-01")
    assert found["status"] == "draft_unreviewed"
    assert found["flags"] == [
        f"UK-SPECIALS {found['version']} is a draft: no pharmacist in charge has signed it.",
        "Nobody has checked it against its sources in time; confirm each date with the authority.",
    ]
    assert found["unknown"][0] == "whether an information request restarts the 28 days"


def test_what_no_gate_looks_at_is_said() -> None:
    found = told("AU-SAS-B", "2026-11-01", event=["first_dose=2026-10-30"], document=["coa=valid"])
    assert found["flags"][2:] == [
        "first_dose: no gate and no clock of this pathway looks at it.",
        "coa: no gate of this pathway looks at it.",
    ]


def test_every_pathway_answers_on_every_event_of_its_own() -> None:
    for profile in LIBRARY.profiles.values():
        events = [f"{name}=2026-06-01" for name in events_of(profile)]
        papers = [f"{name}={','.join(states)}@2026-06-01" for name, states in documents_of(profile).items()]
        found = told(profile.key, "2026-06-02", event=events, document=papers, attest=list(attested_facts(profile)))
        assert found["profile"] == profile.key
        assert {entry["state"] for entry in found["gates"]} <= {"open", "shut", "not_known"}
        assert json.loads(json.dumps(found)) == found
        assert all(duty["due_on"] or not duty["computable"] for duty in found["duties"])


# -- refusals


def test_every_fault_is_told_at_once() -> None:
    assert faults(
        "UK-SPECIALS",
        event=["acknowleged=2026-03-02", "acknowledged=2026-02-31", "submitted", "acknowledged=2026-04-01"],
        document=["prescription=lost", "recipe=valid", "prescription=valid@soon"],
        plan=["submitted=2026-04-01"],
        authorization=["2027", "2027-01-01..2026-01-01", "2026-01-01..2026-12-31/many"],
        attest=["UK-SPECIALS.gates.9"],
        condition=["controlled_drug=maybe", "rain=yes"],
    ) == [
        ("event", "acknowleged=2026-03-02", "There is no event 'acknowleged'."),
        ("event", "acknowledged=2026-02-31", "'2026-02-31' is no day."),
        ("event", "submitted", "Nothing stands behind the name."),
        ("event", "acknowledged=2026-04-01", "It lies after the instant asked about (2026-03-31 23:59 BST)."),
        ("plan", "submitted=2026-04-01", "There is no day that can be planned, 'submitted'."),
        ("document", "prescription=lost", "There is no state 'lost'."),
        ("document", "recipe=valid", "There is no paper 'recipe'."),
        ("document", "prescription=valid@soon", "'soon' is no day."),
        ("authorization", "2027", "No window stands there."),
        ("authorization", "2027-01-01..2026-01-01", "It ends before it begins."),
        ("authorization", "2026-01-01..2026-12-31/many", "'many' is no quantity."),
        ("attest", "UK-SPECIALS.gates.9", "No statement is asked by 'UK-SPECIALS.gates.9'."),
        ("condition", "controlled_drug=maybe", "'maybe' is no answer."),
        ("condition", "rain=yes", "There is no condition 'rain'."),
    ]


def test_an_event_before_the_one_it_depends_on_is_refused_by_name() -> None:
    assert faults("UK-SPECIALS", event=["submitted=2026-03-05", "acknowledged=2026-03-02"]) == [
        ("event", "acknowledged=2026-03-02", "It lies before submitted=2026-03-05, which comes first.")
    ]


def test_a_paper_or_a_signature_of_a_later_day_is_refused_by_name() -> None:
    """One of the next day may come from where the day begins earlier."""
    assert faults("IT-DM2017", document=["ethics_opinion=favourable@2026-04-02"]) == [
        ("document", "ethics_opinion=favourable@2026-04-02", "It is dated after the instant asked about.")
    ]
    assert faults("FR-AAC", attest=["FR-AAC.gates.2=2026-04-02"]) == [
        ("attest", "FR-AAC.gates.2=2026-04-02", "It is signed after the instant asked about.")
    ]
    told("IT-DM2017", "2026-03-31", document=["ethics_opinion=favourable@2026-04-01"])
    told("FR-AAC", "2026-03-31", attest=["FR-AAC.gates.2=2026-04-01"])


def test_an_instant_that_cannot_be_read_is_the_only_fault_told() -> None:
    assert faults("UK-SPECIALS", at="tomorrow", event=["x"]) == [("at", "tomorrow", "'tomorrow' is no day.")]


# -- the command


def test_the_command_prints_the_same_answer() -> None:
    out = StringIO()
    call_command(
        "pathway", "UK-SPECIALS", "--event", "acknowledged=2026-03-02", "--at", "2026-03-30", "--json", stdout=out
    )
    assert json.loads(out.getvalue()) == told("UK-SPECIALS", "2026-03-30", event=["acknowledged=2026-03-02"])


def test_the_command_tells_a_person_in_lines() -> None:
    out = StringIO()
    call_command("pathway", "UK-SPECIALS", "--event", "acknowledged=2026-03-02", "--at", "2026-03-30", stdout=out)
    lines = out.getvalue().splitlines()
    assert "may import: shut, opens on 2026-03-31" in lines
    assert "objection window, the authority: due 2026-03-30 [UK-SPECIALS.deadlines.2]" in lines
    out = StringIO()
    call_command("pathway", "AU-AP", "--event", "period_ended=2026-12-31", "--at", "2027-01-02", stdout=out)
    assert (
        "periodic supply report, the treating prescriber: due 2027-02-01, safe by every reading 2027-01-31 "
        "[AU-AP.deadlines.1]"
    ) in out.getvalue().splitlines()
    out = StringIO()
    call_command("pathway", "FR-AAC", "--event", "dispensed_or_supplied=2026-03-10", "--at", "2026-03-12", stdout=out)
    (debt,) = [line for line in out.getvalue().splitlines() if line.startswith("emergency regularisation")]
    assert debt.endswith("which cannot be counted), only if out-of-hours start [FR-AAC.deadlines.1]")


def test_the_command_asks_a_draft_file(tmp_path: Path) -> None:
    raw = json.loads(json.dumps(LIBRARY.profile("UK-SPECIALS").raw))
    raw["profile_version"] = "9.9.9"
    window = raw["gates"][0]["expr"]["all"][0]["elapsed_since"]
    assert window["amount"] == 28
    window["amount"] = 10
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(raw))
    out = StringIO()
    words = ("--event", "acknowledged=2026-03-02", "--event", "submitted=2026-02-01", "--at", "2026-03-13", "--json")
    call_command("pathway", "UK-SPECIALS", *words, "--file", str(file), stdout=out)
    found = json.loads(out.getvalue())
    assert (found["version"], gate(found, "may_import")) == ("9.9.9", ("open", "2026-03-13"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("NOWHERE", "--at", "2026-03-31"), "There is no pathway 'NOWHERE'. Known here: "),
        (
            ("UK-SPECIALS", "--event", "granted=2026-03-01", "--at", "2026-03-31"),
            "--event 'granted=2026-03-01': There is no event 'granted'. Known: acknowledged, ",
        ),
        (("UK-SPECIALS", "--at", "31/3"), "--at '31/3': '31/3' is no day. Write a day as 2026-03-02, or "),
        (("UK-SPECIALS", "--at", "2026-03-31", "--file", "missing.json"), "--file 'missing.json' cannot be read: "),
    ],
)
def test_the_command_ends_with_2_and_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("pathway", *words)
    assert refusal.value.returncode == 2
    assert str(refusal.value).startswith(sentence)


def test_a_day_of_the_authority_is_its_own() -> None:
    assert told("AU-SAS-A", "2026-11-01T14:00Z")["gates"][0]["on"] == "2026-11-02"
