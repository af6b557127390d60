"""Follow-up: asked on its day, by letter, until it is answered or lost; and what a report makes to be asked."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cases.audit.context import acting
from cases.deadlines.models import Deadline, Reminder
from cases.deadlines.sweep import sweep
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.lifecycle.guard import edges
from cases.notices.letters import NoLonger, compose
from cases.notices.models import Notice
from cases.people.links import LASTS_TO_REPORT, token_from
from cases.people.models import AccessLink
from cases.references import token_digest
from pharmacovigilance.asking import ask
from pharmacovigilance.models import FollowUp, FollowUpAttempt, SafetyReport
from tests.cases.custody.builders import DISPENSED
from tests.pharmacovigilance.builders import DAY, HEARD, READ, Safety
from tests.written import refused_and_nothing_written


def days(safety: Safety, question_set: str = "general") -> list[date]:
    rows = FollowUp.objects.filter(case=safety.supply.case, question_set=question_set)
    return list(rows.order_by("due_on").values_list("due_on", flat=True))


def answered(safety: Safety, number: int = 1, **facts: Any) -> FollowUp:
    given = {"answered_at": HEARD, "answer": "Well.", "adverse_event": "no"} | facts
    safety.take("follow_up.answer", now=HEARD, subject=safety.question(number), **given)
    return safety.question(number)


def test_is_planned_for_days_7_30_and_90_after_a_dispensing(safety: Safety) -> None:
    assert days(safety) == [date(2026, 3, 13), date(2026, 4, 5), date(2026, 6, 4)]
    deadline = Deadline.objects.get(key="pharmacovigilance.follow_up:U-1")
    assert (deadline.due_on, deadline.holder, deadline.zone) == (
        date(2026, 3, 13),
        safety.supply.house.doctor,
        "Europe/London",
    )


def test_is_planned_after_each_dose_and_asked_once_a_day(safety: Safety) -> None:
    safety.dose()  # on the day of the dispensing: nothing is asked twice
    assert len(days(safety)) == 3

    for hours in (48, 49, 23 * 24):  # two doses of one day, and one whose day 7 is day 30 of the first
        given_at = DISPENSED + timedelta(hours=hours)
        safety.supply.do("record_dose", by=safety.supply.house.receiving, now=given_at, given_at=given_at, amount="1")

    assert days(safety) == [
        date(2026, 3, 13), date(2026, 3, 15), date(2026, 4, 5), date(2026, 4, 7), date(2026, 4, 28),
        date(2026, 6, 4), date(2026, 6, 6), date(2026, 6, 27),
    ]  # fmt: skip
    later = FollowUp.objects.get(due_on=date(2026, 3, 15))
    assert later.because == "day 7 after a dose of C-1; house rule P-23, version 2"
    assert later.dose is not None
    assert later.dose.given_at == DISPENSED + 2 * DAY


MOVES = {
    ("planned", "asked"): "the letter of its day, or the first attempt",
    ("asked", "lost_to_follow_up"): "the third attempt",
    ("planned", "answered"): "answered before it was asked",
    ("planned", "withdrawn"): "the patient died, or the case was closed, or a pharmacist says why",
    ("asked", "withdrawn"): "the same",
    ("asked", "answered"): "answered",
    ("lost_to_follow_up", "answered"): "answered after all",
}


def test_the_table_names_every_move() -> None:
    assert sorted(MOVES) == edges(FollowUp, "state")


def test_is_asked_by_a_letter_with_a_link_on_the_morning_of_its_day(safety: Safety) -> None:
    morning = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)
    sweep(now=morning - timedelta(minutes=1))
    assert safety.question().state == "planned"

    sweep(now=morning)
    sweep(now=morning + timedelta(minutes=1))

    question = safety.question()
    tries = list(question.attempts.values_list("number", "how", "made_at", "made_by__code"))
    assert (question.state, tries) == ("asked", [(1, "letter", morning, "S-SWEEP")])
    notice = Notice.objects.get(kind="pharmacovigilance.follow_up_asked")
    assert (notice.recipient, notice.facts["record"]) == (safety.supply.house.doctor, "U-1")
    assert Reminder.objects.get(deadline__key="pharmacovigilance.follow_up:U-1").notice == notice
    link = AccessLink.objects.get(token_sha256=token_digest(token_from(notice.facts["access_link"])))
    assert (link.purpose, link.subject, link.expires_at - link.created_at) == ("report", "U-1", LASTS_TO_REPORT)
    letter = compose(notice, now=morning)
    assert not isinstance(letter, NoLonger)
    assert letter.subject == f"Case {safety.supply.case.reference}: how is the patient?"
    patient = safety.supply.case.patient
    assert patient.pseudonym not in letter.body
    assert safety.supply.case.medicine.name not in letter.body


def test_is_not_written_for_once_it_is_answered(safety: Safety) -> None:
    morning = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)
    sweep(now=morning)
    answered(safety)

    assert isinstance(compose(Notice.objects.get(kind="pharmacovigilance.follow_up_asked"), now=morning), NoLonger)


def test_is_answered_by_the_prescriber(safety: Safety) -> None:
    question = answered(safety, by=safety.supply.house.doctor, answered_at=HEARD - 8 * DAY)

    assert (question.state, question.answer, question.answered_at) == ("answered", "Well.", HEARD - 8 * DAY)
    assert Deadline.objects.get(key="pharmacovigilance.follow_up:U-1").state == "met"
    assert not SafetyReport.objects.exists()
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.take("follow_up.note_attempt", now=HEARD, subject=question, reason="Called.")
    assert [line.code for line in refusal.value.unmet] == ["FollowUpIsOpen"]  # type: ignore[attr-defined]
    with refused_and_nothing_written(NotPossible):
        answered(safety)


def test_that_tells_of_an_event_becomes_a_report_at_once(safety: Safety) -> None:
    question = answered(
        safety, by=safety.supply.house.doctor, answer="A rash since Tuesday.", adverse_event="yes", language="de"
    )

    report = SafetyReport.objects.get()
    assert (report.state, report.verbatim, report.received_at) == ("received", "A rash since Tuesday.", HEARD)
    assert (report.answers, report.language, report.qualification) == (question, "de", "1")
    assert Deadline.objects.filter(key="pharmacovigilance.report.triage:S-1").exists()


def test_is_lost_after_three_attempts_which_are_on_record_and_can_still_be_answered(safety: Safety) -> None:
    for number, how in enumerate(("telephone", "mail", "in_person"), start=1):
        safety.take("follow_up.note_attempt", now=HEARD, subject=safety.question(), reason=f"Try {number}.", how=how)
        assert safety.question().state == ("lost_to_follow_up" if number == 3 else "asked")
    assert list(FollowUpAttempt.objects.values_list("number", "how", "note", "made_at", "made_by")) == [
        (1, "telephone", "Try 1.", HEARD, safety.coordinator.pk),
        (2, "mail", "Try 2.", HEARD, safety.coordinator.pk),
        (3, "in_person", "Try 3.", HEARD, safety.coordinator.pk),
    ]
    assert Deadline.objects.get(key="pharmacovigilance.follow_up:U-1").state == "cancelled"

    assert answered(safety).state == "answered"


def test_is_no_longer_asked_once_a_death_is_reported(safety: Safety) -> None:
    answered(safety)

    safety.receive(outcome="5")

    states = FollowUp.objects.order_by("number").values_list("question_set", "state")
    assert list(states) == [
        ("general", "answered"), ("general", "withdrawn"), ("general", "withdrawn"), ("death_details", "planned"),
    ]  # fmt: skip
    ended = Deadline.objects.get(key="pharmacovigilance.follow_up:U-2")
    assert ended.state == "cancelled"


def test_is_withdrawn_by_a_pharmacist_who_says_why(safety: Safety) -> None:
    safety.take("follow_up.withdraw", now=HEARD, subject=safety.question(), reason="Planned for another case.")

    assert safety.question().state == "withdrawn"
    assert Deadline.objects.get(key="pharmacovigilance.follow_up:U-1").state == "cancelled"
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        safety.take("follow_up.note_attempt", now=HEARD, subject=safety.question(), reason="Called.")
    assert [line.fact for line in refusal.value.unmet] == ["U-1 is no longer asked."]  # type: ignore[attr-defined]
    with refused_and_nothing_written(NotPossible):
        answered(safety)


def test_goes_to_the_coordinator_in_a_digest_when_the_prescriber_has_left(safety: Safety) -> None:
    with acting(by=safety.coordinator, verb="tests.left", business_at=HEARD):
        doctor = safety.supply.house.doctor
        doctor.is_active = False
        doctor.save()

    sweep(now=datetime(2026, 3, 13, 8, 0, tzinfo=UTC))

    assert safety.question().state == "planned"
    assert Reminder.objects.get(deadline__key="pharmacovigilance.follow_up:U-1").recipient == safety.coordinator
    assert not Notice.objects.filter(kind="pharmacovigilance.follow_up_asked").exists()


def test_is_not_attempted_by_the_prescriber(safety: Safety) -> None:
    with refused_and_nothing_written(NotPermitted):
        safety.take(
            "follow_up.note_attempt", by=safety.supply.house.doctor, now=HEARD, subject=safety.question(), reason="I."
        )


def test_may_be_planned_by_hand(safety: Safety) -> None:
    safety.take("follow_up.schedule", now=HEARD, consignment=safety.supply.consignment(), due_on="2026-05-01")

    planned = safety.question(4)
    assert (planned.due_on, planned.question_set, planned.what) == (date(2026, 5, 1), "general", "How is the patient?")
    assert Deadline.objects.get(key="pharmacovigilance.follow_up:U-4").due_on == date(2026, 5, 1)


def test_may_be_asked_of_anybody_and_is_not_asked_twice(unsupplied: Safety) -> None:
    case, by = unsupplied.supply.case, unsupplied.coordinator
    report = unsupplied.receive()

    with acting(by=by, verb="tests.asked", business_at=READ):
        first, second = (
            ask(case, "Which dose?", date(2026, 4, 1), "dimension 4", by=by, now=READ, report=report, asked_of=by)
            for _ in range(2)
        )

    assert first == second
    assert (first.question_set, first.after, first.asked_of) == ("missing_information", "S-1", by)
    deadline = Deadline.objects.get(key="pharmacovigilance.report.question:U-1")
    assert (deadline.holder, deadline.label) == (by, "Which dose? U-1, after S-1")


HEARD_OF = {
    "a fatal outcome": ({"outcome": "5", "seriousness": ""}, [("death_details", date(2026, 3, 22))]),
    "death as criterion": ({"seriousness": "death"}, [("death_details", date(2026, 3, 22))]),
    "pregnancy": (
        {"situations": ["pregnancy_exposure"], "seriousness": "not_known"},
        [("pregnancy_outcome", date(2026, 6, 18)), ("pregnancy_outcome", date(2027, 1, 22))],
    ),
    "pregnancy with its term": (
        {"situations": ["pregnancy_exposure"], "pregnancy_due_on": "2026-10-01"},
        [("pregnancy_outcome", date(2026, 6, 18)), ("pregnancy_outcome", date(2026, 10, 29))],
    ),
    "an ordinary event": ({"outcome": "1"}, []),
}


@pytest.mark.parametrize("told", HEARD_OF)
def test_is_planned_by_what_a_report_says(unsupplied: Safety, told: str) -> None:
    facts, asked = HEARD_OF[told]

    report = unsupplied.receive(**facts)

    planned = report.follow_ups.order_by("due_on").values_list("question_set", "due_on")
    assert list(planned) == asked


def test_an_answer_about_a_death_is_a_report_that_adds_to_the_first(unsupplied: Safety) -> None:
    first = unsupplied.receive(outcome="5")

    answered(unsupplied, by=unsupplied.supply.house.doctor, answer="Sepsis.", adverse_event="yes")

    second = SafetyReport.objects.get(number=2)
    assert (second.adds_to, second.answers, second.verbatim) == (first, unsupplied.question(), "Sepsis.")


@pytest.mark.parametrize("situation", ["overdose", "misuse", "medication_error"])
def test_follows_an_error_without_a_reaction_that_is_kept_as_information(unsupplied: Safety, situation: str) -> None:
    report = unsupplied.receive(situations=[situation], had_reaction="no", seriousness="")
    unsupplied.take("report.triage", now=READ, subject=report)
    unsupplied.take("report.keep_as_information", now=READ, subject=report, reason="No reaction.")

    planned = list(report.follow_ups.order_by("due_on").values_list("what", "due_on"))
    assert planned == [
        ("Has any reaction shown itself since?", date(2026, 3, 27)),
        ("Has any reaction shown itself since?", date(2026, 4, 19)),
    ]


@pytest.mark.parametrize("criterion", ["reporter", "patient", "reaction", "product"])
def test_asks_for_the_criterion_that_a_report_lacks(unsupplied: Safety, criterion: str) -> None:
    report = unsupplied.receive()
    unsupplied.take("report.triage", now=READ, subject=report)

    unsupplied.take(
        "report.judge_not_valid", now=READ, subject=report, reason="It is not said.", missing_criterion=criterion
    )

    question = report.follow_ups.get()
    assert (question.question_set, question.due_on, question.state) == (
        "missing_criterion",
        date(2026, 3, 23),
        "planned",
    )
    assert question.because == f"S-1: the report names no {criterion}; house rule P-28, version 1"


def test_what_a_report_leaves_open_is_asked_also_after_the_case_is_closed(safety: Safety) -> None:
    close = {"by": safety.coordinator, "reason": "Treatment ended.", "outcome": "completed"}
    safety.supply.take("cases.case.close", now=HEARD - DAY, **close)

    safety.receive(now=HEARD, outcome="5")

    assert Deadline.objects.get(key="pharmacovigilance.report.question:U-4").state == "running"
    assert Deadline.objects.get(key="pharmacovigilance.follow_up:U-3").state == "cancelled"
    assert answered(safety, 4, by=safety.supply.house.doctor).state == "answered"
    assert safety.supply.case.__class__.objects.get(pk=safety.supply.case.pk).stage == "closed"
