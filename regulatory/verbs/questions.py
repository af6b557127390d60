"""The authority's questions on a filing: several may be open at once; it is answered when all of them are."""

from typing import cast

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number, register_verbs
from regulatory.models import Filing, FilingQuestion
from regulatory.pathway import local_day, profile_of, silence_clears, unanswered_withdraws
from regulatory.profiles.loader import Profile
from regulatory.profiles.stops import RESTARTS, RUNS_ON, STOPS, awaited_events, said
from regulatory.recording import record_event
from regulatory.verbs.filings import WHEN, filing_of


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


def _record_word(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    filing.clock_word, filing.clock_said_by, filing.clock_source = facts["clock"], facts["said_by"], facts["source"]
    filing.clock_said_at = facts["happened_at"]
    filing.save(update_fields=["clock_word", "clock_said_by", "clock_source", "clock_said_at"])
    return filing


def _word_is_missing(record: models.Model) -> bool:
    """Whether a question was asked on a window of which the pathway does not say what a question does to it."""
    asked = (Filing.State.QUESTION, Filing.State.ANSWERED)
    return isinstance(record, Filing) and record.state in asked and clock_is_unknown(profile_of(record.profile_version))


def clock_is_unknown(profile: Profile) -> bool:
    """Whether silence clears, and the data do not say what a question of the authority does to the waiting window."""
    return silence_clears(profile) and not all(said(profile, name) for name in awaited_events(profile))


WORDS = (
    (STOPS, "It stops until the answer"),
    (RESTARTS, "It begins anew with the answer"),
    (RUNS_ON, "It runs on"),
)


def _deem_withdrawn(situation: Situation) -> models.Model:
    """The applicant's time for an answer passed; the pathway counts that as a withdrawal."""
    filing = filing_of(situation)
    filing.withdraw()
    filing.save()
    return filing


def _may_count_as_withdrawn(record: models.Model) -> bool:
    if not isinstance(record, Filing) or record.state != Filing.State.QUESTION:
        return False
    return unanswered_withdraws(profile_of(record.profile_version)) is True


register_verbs(
    Verb(
        code="regulatory.filing.record_deemed_withdrawal",
        past="deemed_withdrawn",
        label="Record that it counts as withdrawn",
        subject="regulatory.Filing",
        transition="withdraw",
        offered_when=_may_count_as_withdrawn,
        effect=_deem_withdrawn,
        final=True,
        consequence="Its question was not answered in time: it ends as the pathway says, with its windows.",
    ),
    Verb(
        code="regulatory.filing.receive_question",
        past="question_received",
        label="Record a question about it",
        subject="regulatory.Filing",
        transition="receive_question",
        effect=_receive,
        asks=(
            Ask("text", "What is asked", "long", hint="As the authority asked it. No patient name."),
            *WHEN,
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
            *WHEN,
        ),
        consequence="When no question is open any more, the filing counts as answered.",
    ),
    Verb(
        code="regulatory.filing.record_clock_word",
        past="clock_word_recorded",
        label="Record the authority's word on the window of it",
        subject="regulatory.Filing",
        effect=_record_word,
        offered_when=_word_is_missing,
        asks=(
            Ask("clock", "What its question does to the waiting window", "choice", options=WORDS),
            Ask("said_by", "Who at the authority said so", most=120),
            Ask("source", "Where it stands", hint="The letter, the mail or the note of the call, with its date."),
            *WHEN,
        ),
        consequence="The window is counted by it from now on; the hold that waits for it can then be lifted.",
    ),
)
