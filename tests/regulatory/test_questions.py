"""Questions and refusals: answered in parts, late and not lost; refused once; by silence; appealed from receipt."""

import json
from typing import Any

import pytest
from django.test import Client

from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from regulatory.profiles.loader import load, validate_profile
from tests.laid import laid
from tests.regulatory.changes.ground import signed_with
from tests.regulatory.ground import Ground, at, build_ground

KEY = "AU-SAS-B"


@laid
def filed(db: None) -> Ground:
    ground = build_ground(KEY, now=at("2026-03-02 01:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA")
    ground.submit(at("2026-03-02 02:00"))
    return ground


def ask(ground: Ground, day: str, *, due: str = "") -> None:
    facts = {"answer_due_on": due} if due else {}
    moment = at(f"{day} 01:00")
    ground.take(
        "regulatory.filing.receive_question",
        subject=ground.filing,
        now=moment,
        text="Which dose?",
        happened_at=moment,
        **facts,
    )


def answer(ground: Ground, day: str, text: str, *, in_full: str = "yes") -> None:
    moment = at(f"{day} 01:00")
    ground.take(
        "regulatory.filing.answer_question",
        subject=ground.filing,
        now=moment,
        question=ground.filing.questions.get(),
        answer=text,
        in_full=in_full,
        happened_at=moment,
    )


def test_a_part_of_an_answer_is_kept_and_leaves_the_question_open(filed: Ground) -> None:
    ask(filed, "2026-03-04", due="2026-03-12")
    answer(filed, "2026-03-05", "The dose is 150 mg.", in_full="no")
    question = filed.filing.questions.get()
    assert (question.answered_at, filed.filing.state, filed.deadline("question").state) == (None, "question", "running")
    answer(filed, "2026-03-06", "Twelve administrations.")
    question = filed.filing.questions.get()
    assert question.answer == "2026-03-05: The dose is 150 mg.\n2026-03-06: Twelve administrations."
    assert (question.is_late, filed.filing.state, filed.deadline("question").state) == (False, "answered", "met")


def test_an_answer_after_its_day_is_flagged_and_not_lost(filed: Ground) -> None:
    ask(filed, "2026-03-04", due="2026-03-06")
    answer(filed, "2026-03-09", "The dose is 150 mg.")
    question, due = filed.filing.questions.get(), filed.deadline("question")
    assert (question.is_late, question.answer, due.state) == (True, "The dose is 150 mg.", "met_late")
    assert filed.filing.state == "answered"


def test_a_refusal_entered_twice_is_refused(filed: Ground) -> None:
    told = {"subject": filed.filing, "happened_at": at("2026-03-05 01:00"), "reason": "No alternative was named."}
    filed.take("regulatory.filing.refuse", now=at("2026-03-05 02:00"), **told)
    before = filed.written()
    with pytest.raises(NotPossible, match="F-1 is refused: from there one cannot record that it was refused"):
        filed.take("regulatory.filing.refuse", **told | {"subject": filed.filing})
    assert (filed.filing.state, filed.written()) == ("refused", before)


def test_the_time_to_appeal_counts_from_the_letter_and_not_from_the_decision(filed: Ground) -> None:
    told = {"subject": filed.filing, "happened_at": at("2026-03-05 01:00"), "reason": "No alternative was named."}
    with pytest.raises(RequirementsUnmet) as refused:
        filed.take(
            "regulatory.filing.refuse", now=at("2026-03-12 02:00"), letter_received_at=at("2026-03-04 01:00"), **told
        )
    assert refused.value.unmet[0].fact == "The letter's receipt, 2026-03-04 01:00 UTC, is before the decision."
    filed.take(
        "regulatory.filing.refuse", now=at("2026-03-12 02:00"), letter_received_at=at("2026-03-12 01:00"), **told
    )
    # Five working days in Canberra from Thu 12 March, not from the decision of the 5th.
    assert filed.deadline("appeal").due_on.isoformat() == "2026-03-19"


def silent(raw: dict[str, Any]) -> None:
    raw["decision_times"] = [
        {**raw["decision_times"][0], "max": 30, "min": 30, "unit": "calendar_day", "starts_on": "submitted",
         "silence_means": "refused"}
    ]  # fmt: skip


def test_silence_refuses_where_the_pathway_says_so_and_when_its_time_is_over(db: None) -> None:
    now = at("2026-03-02 01:00")
    ground = build_ground(KEY, now=now, country="AU", zone="Australia/Sydney", version=signed_with(silent, KEY))
    ground.ready(kind="application", authority="TGA")
    ground.submit(at("2026-03-02 02:00"))
    verb = "regulatory.filing.record_silent_refusal"
    early = ground.line("SilenceHasRefused", verb, subject=ground.filing, now=at("2026-03-20 02:00"))
    assert (early.state, early.fact) == ("unmet", "The authority's time ends on Wed 1 Apr 2026.")
    ground.take(verb, subject=ground.filing, now=at("2026-04-02 02:00"))
    assert (ground.filing.state, ground.filing.refusal_reason) == (
        "refused",
        "The authority stayed silent until its time had passed; the pathway counts that as a refusal.",
    )
    assert not ground.case.authorizations.exists()


def test_silence_refuses_nothing_where_the_pathway_does_not_say_so(filed: Ground) -> None:
    with pytest.raises(NotPossible):
        filed.take("regulatory.filing.record_silent_refusal", subject=filed.filing, now=at("2027-03-02 02:00"))
    assert filed.filing.state == "submitted"


def states(raw: dict[str, Any]) -> None:
    raw["decision_times"] = [
        {**raw["decision_times"][0], "unanswered_means": "deemed_withdrawn", "appeal_within": 20,
         "appeal_unit": "working_day"}
    ]  # fmt: skip


@laid
def stated(db: None) -> Ground:
    """Under a reviewed version that says what follows where nobody answers, and how long to appeal."""
    now = at("2026-03-02 01:00")
    ground = build_ground(KEY, now=now, country="AU", zone="Australia/Sydney", version=signed_with(states, KEY))
    ground.ready(kind="application", authority="TGA")
    ground.submit(at("2026-03-02 02:00"))
    return ground


def test_a_filing_counts_as_withdrawn_once_its_question_went_unanswered(stated: Ground) -> None:
    ask(stated, "2026-03-04", due="2026-03-12")
    verb = "regulatory.filing.record_deemed_withdrawal"
    before = stated.written()
    with pytest.raises(RequirementsUnmet) as refused:
        stated.take(verb, subject=stated.filing, now=at("2026-03-12 02:00"))
    assert [(line.code, line.fact) for line in refused.value.unmet] == [
        ("QuestionWentUnanswered", "The answer is due on Thu 12 Mar 2026; none is recorded.")
    ]
    assert (stated.filing.state, stated.written()) == ("question", before)
    stated.take(verb, subject=stated.filing, now=at("2026-03-13 02:00"))
    assert (stated.filing.state, stated.deadline("question").state) == ("withdrawn", "cancelled")


def test_without_a_day_it_is_not_known_when_it_counts_as_withdrawn(stated: Ground) -> None:
    ask(stated, "2026-03-04")
    verb = "regulatory.filing.record_deemed_withdrawal"
    line = stated.line("QuestionWentUnanswered", verb, subject=stated.filing, now=at("2026-05-13 02:00"))
    assert (line.state, line.fact) == (
        "unmet",
        "No day was set for the answer: not known when it counts as withdrawn, ask the authority.",
    )


def test_where_the_pathway_does_not_say_it_nothing_counts_as_withdrawn(filed: Ground, client: Client) -> None:
    ask(filed, "2026-03-04", due="2026-03-12")
    with pytest.raises(NotPossible):
        filed.take("regulatory.filing.record_deemed_withdrawal", subject=filed.filing, now=at("2026-03-13 02:00"))
    assert filed.filing.state == "question"
    client.force_login(filed.house.coordinator)
    page = client.get(f"/cases/{filed.case.reference}/filings/").content.decode()
    assert "What follows if it is not answered in time is not known, ask the authority" in page


def test_the_pathways_own_time_for_an_appeal_counts_from_the_letter(stated: Ground) -> None:
    told = {"subject": stated.filing, "happened_at": at("2026-03-05 01:00"), "reason": "No alternative was named."}
    stated.take(
        "regulatory.filing.refuse", now=at("2026-03-12 02:00"), letter_received_at=at("2026-03-12 01:00"), **told
    )
    appeal = stated.deadline("appeal")
    # Twenty working days in Canberra from Thu 12 March; Good Friday and Easter Monday are none.
    assert (appeal.due_on.isoformat(), appeal.force, appeal.label) == (
        "2026-04-13",
        "statutory",
        "Appeal against the refusal of F-1, if one is made",
    )
    assert appeal.fact == "AU-SAS-B.decision_times.1"


def test_a_time_for_an_appeal_needs_its_unit() -> None:
    raw = json.loads(json.dumps(load().profile(KEY).raw))
    raw["decision_times"][0]["appeal_within"] = 20
    (problem,) = validate_profile(raw, library=load())
    assert (problem.path, problem.message) == (
        "/decision_times/0/appeal_unit",
        "a time for an appeal without its unit",
    )
