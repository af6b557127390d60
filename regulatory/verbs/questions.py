"""The authority's questions on a filing: several may be open at once; it is answered when all of them are."""

from typing import cast

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number, register_verbs
from regulatory.models import Filing, FilingQuestion
from regulatory.pathway import local_day, profile_of
from regulatory.recording import record_event
from regulatory.verbs.filings import HAPPENED, filing_of


def _receive(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    FilingQuestion.objects.create(
        case=situation.case,
        filing=filing,
        number=next_number(filing.questions.all()),
        text=facts["text"],
        asked_at=facts["happened_at"],
        answer_due_on=facts.get("answer_due_on"),
    )
    filing.receive_question()
    filing.save()
    record_event(situation.case, "regulator_request", at=facts["happened_at"], filing=filing, recipient="regulator")
    return filing


def _answer(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    question = cast(FilingQuestion, facts["question"])
    day = local_day(profile_of(filing.profile_version), facts["happened_at"])
    in_full = facts.get("in_full") is not False
    said = facts["answer"] if in_full and not question.answer else f"{day}: {facts['answer']}"
    question.answer = f"{question.answer}\n{said}".strip()
    if not in_full:
        # A part of it: the question stays open, and so do its date and the clock that it stops.
        question.save(update_fields=["answer"])
        return filing
    question.answered_at = facts["happened_at"]
    question.save(update_fields=["answer", "answered_at"])
    if not filing.questions.filter(answered_at__isnull=True).exists():
        filing.answer_question()
        filing.save()
    return filing


def open_questions(situation: Situation) -> "models.QuerySet[FilingQuestion]":
    """The questions on the filing that still wait for an answer, oldest first."""
    filing = situation.subject
    if not isinstance(filing, Filing):
        return FilingQuestion.objects.none()
    return filing.questions.filter(answered_at__isnull=True).order_by("number")


def _oldest(situation: Situation) -> int | None:
    first = open_questions(situation).first()
    return first.pk if first else None


register_verbs(
    Verb(
        code="regulatory.filing.receive_question",
        past="question_received",
        label="Record a question about it",
        subject="regulatory.Filing",
        transition="receive_question",
        effect=_receive,
        asks=(
            Ask("text", "What is asked", "long", hint="As the authority asked it. No patient name."),
            HAPPENED,
            Ask(
                "answer_due_on",
                "To be answered by",
                "date",
                required=False,
                hint="As the letter says. Empty when it sets no day; a house target is set instead.",
            ),
        ),
        consequence="The answer gets its own deadline. Where the pathway does not say whether a question restarts the "
        "clock, a regulatory hold waits for the pharmacist in charge.",
    ),
    Verb(
        code="regulatory.filing.answer_question",
        past="question_answered",
        label="Record the answer to it",
        subject="regulatory.Filing",
        transition="answer_question",
        effect=_answer,
        asks=(
            Ask("question", "Which question", "record", options=open_questions, initial=_oldest),
            Ask("answer", "What was answered", "long"),
            Ask(
                "in_full",
                "Is that all that was asked?",
                "yesno",
                required=False,
                initial=lambda situation: True,
                hint="No: a part of it. The question stays open, with its date.",
            ),
            HAPPENED,
        ),
        consequence="When no question is open any more, the filing counts as answered.",
    ),
)
