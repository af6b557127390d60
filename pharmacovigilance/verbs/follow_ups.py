"""How is the patient? Asked on planned days after a dispensing, until answered or given up after three attempts."""

from typing import Any

from django.db import models

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from pharmacovigilance.models import FollowUp, SafetyReport
from pharmacovigilance.verbs.reports import take_in

LOST_AFTER = 3


def follow_up_of(situation: Situation) -> FollowUp:
    """The follow-up a verb acts on.

    :raises TypeError: when the situation is about another record.
    """
    if not isinstance(situation.subject, FollowUp):
        raise TypeError(f"{situation.verb.code} acts on a follow-up, not on {situation.subject!r}.")
    return situation.subject


def _schedule(situation: Situation) -> models.Model:
    return FollowUp.objects.create(
        case=situation.case,
        consignment=situation.facts["consignment"],
        number=next_number(situation.case.follow_ups),
        due_on=situation.facts["due_on"],
    )


def _answer(situation: Situation) -> models.Model:
    follow_up, facts = follow_up_of(situation), situation.facts
    follow_up.answered_at = facts["answered_at"]
    follow_up.answer = facts["answer"]
    follow_up.is_lost = False
    follow_up.save()
    if facts["adverse_event"]:
        take_in(
            situation.case,
            by=situation.by,
            now=situation.now,
            received_at=facts["answered_at"],
            verbatim=facts["answer"],
            channel=SafetyReport.Channel.PRESCRIBER_PAGE
            if situation.by.role in PRESCRIBING
            else SafetyReport.Channel.PHARMACIST,
        )
    return follow_up


def _note_attempt(situation: Situation) -> models.Model:
    follow_up = follow_up_of(situation)
    follow_up.attempts += 1
    follow_up.is_lost = follow_up.attempts >= LOST_AFTER
    follow_up.save()
    return follow_up


def _supplied(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.consignments.filter(state=Consignment.State.DISPENSED).order_by("number")


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
            Ask("consignment", "After which consignment", "record", options=_supplied),
            Ask("due_on", "On which day", "date"),
        ),
        consequence="The prescriber is asked on that day.",
    ),
    _verb(
        "answer",
        "answered",
        "Answer the follow-up question",
        effect=_answer,
        roles=PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST},
        asks=(
            Ask("answered_at", "When we heard", "moment", initial=lambda situation: situation.now),
            Ask("answer", "How the patient is", "long", hint="No name, birth date or contact."),
            Ask("adverse_event", "Was there any adverse event?", "yesno"),
        ),
        consequence="An adverse event becomes a report at once, received at that moment.",
    ),
    _verb(
        "note_attempt",
        "attempt_noted",
        "Note an attempt without answer",
        effect=_note_attempt,
        needs_reason=True,
        consequence=f"After {LOST_AFTER} attempts the follow-up counts as lost; it can still be answered.",
    ),
)
