"""What is asked of the prescriber on planned days: answered, or lost to follow-up after enough tries; never closed."""

from typing import Any

from django.db import models

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Ask, Situation, Verb, moves
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from pharmacovigilance.asking import ask, note_attempt
from pharmacovigilance.models import FollowUp, FollowUpAttempt, SafetyReport
from pharmacovigilance.questions import GENERAL, LOST_AFTER, QUESTION_SETS
from pharmacovigilance.said import LONGEST
from pharmacovigilance.verbs.reports import OWN_QUALIFICATION, take_in


def follow_up_of(situation: Situation) -> FollowUp:
    """The follow-up a verb acts on.

    :raises TypeError: when the situation is about another record.
    """
    return situation.record(FollowUp)


def _schedule(situation: Situation) -> models.Model:
    facts = situation.facts
    question_set = facts.get("question_set") or GENERAL
    return ask(
        situation.case,
        facts.get("what") or QUESTION_SETS[question_set].title,
        facts["due_on"],
        "planned by a pharmacist",
        by=situation.by,
        now=situation.now,
        question_set=question_set,
        report=facts.get("report"),
        consignment=facts.get("consignment"),
    )


def _answer(situation: Situation) -> models.Model:
    follow_up, facts = follow_up_of(situation), situation.facts
    follow_up.take_answer(answered_at=facts["answered_at"], answer=facts["answer"])
    follow_up.save()
    if facts["adverse_event"]:
        from_abroad = situation.by.role in PRESCRIBING
        take_in(
            situation.case,
            by=situation.by,
            now=situation.now,
            received_at=facts["answered_at"],
            verbatim=facts["answer"],
            language=(facts.get("language") or "en")[:8],
            channel=SafetyReport.Channel.PRESCRIBER_PAGE if from_abroad else SafetyReport.Channel.PHARMACIST,
            qualification=OWN_QUALIFICATION.get(Role(situation.by.role), "") if from_abroad else "",
            dose=follow_up.dose,
            pack=follow_up.dose.unit if follow_up.dose else None,
            adds_to=follow_up.report,
            answers=follow_up,
        )
    return follow_up


def _note_attempt(situation: Situation) -> models.Model:
    return note_attempt(
        follow_up_of(situation),
        how=situation.facts.get("how") or FollowUpAttempt.How.TELEPHONE,
        note=situation.reason,
        by=situation.by,
        now=situation.now,
    )


def _supplied(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.consignments.filter(state=Consignment.State.DISPENSED).order_by("number")


def _reports(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.safety_reports.order_by("number")


def _verb(code: str, past: str, label: str, **more: Any) -> Verb:
    return Verb(
        code=f"pharmacovigilance.follow_up.{code}",
        past=past,
        label=label,
        subject="pharmacovigilance.FollowUp",
        **more,
    )


VERBS = (
    _verb(
        "schedule",
        "scheduled",
        "Plan a follow-up question",
        effect=_schedule,
        creates=True,
        asks=(
            Ask(
                "question_set",
                "What is asked",
                "choice",
                required=False,
                options=tuple((one.code, one.title) for one in QUESTION_SETS.values()),
                initial=lambda situation: GENERAL,
            ),
            Ask("what", "The question in a sentence", required=False, hint="No name, birth date or contact."),
            Ask("report", "About which report", "record", required=False, options=_reports),
            Ask("consignment", "After which consignment", "record", required=False, options=_supplied),
            Ask("due_on", "On which day", "date"),
        ),
        consequence="The prescriber is asked on that day.",
    ),
    _verb(
        "answer",
        "answered",
        "Answer the follow-up question",
        effect=_answer,
        transition="take_answer",
        roles=PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST},
        asks=(
            Ask("answered_at", "When we heard", "moment", initial=lambda situation: situation.now),
            Ask("answer", "How the patient is", "long", hint="No name, birth date or contact.", most=25 * LONGEST),
            Ask("language", "Language of the words", required=False, hint="Two letters, for example en."),
            Ask(
                "adverse_event",
                "Was there any adverse event, or is more told of one?",
                "yesno",
            ),
        ),
        consequence="An adverse event, or more of one, becomes a report at once, received at that moment.",
    ),
    _verb(
        "withdraw",
        "withdrawn",
        "Ask it no longer",
        effect=moves("withdraw"),
        transition="withdraw",
        needs_reason=True,
        consequence="Nobody is asked any more. The question and the reason stay on record.",
    ),
    _verb(
        "note_attempt",
        "attempt_noted",
        "Note an attempt without answer",
        effect=_note_attempt,
        needs_reason=True,
        asks=(
            Ask(
                "how",
                "How it was tried",
                "choice",
                required=False,
                options=[one for one in FollowUpAttempt.How.choices if one[0] != FollowUpAttempt.How.LETTER],
                initial=lambda situation: FollowUpAttempt.How.TELEPHONE,
            ),
        ),
        consequence=f"After {LOST_AFTER} attempts the question counts as lost to follow-up; it can still be answered.",
    ),
)
