"""Intake: what reached us is kept word for word with the time it was received, then read, attached or set aside."""

from datetime import datetime
from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from pharmacovigilance.models import SafetyReport
from pharmacovigilance.terms import SERIOUSNESS

REPORTERS = PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST}


def take_in(
    case: Case, *, by: User, now: datetime, received_at: datetime, verbatim: str, channel: str, **said: Any
) -> SafetyReport:
    """Keep a report; nothing but the time of receipt is needed, and that is known."""
    return SafetyReport.objects.create(
        case=case,
        number=next_number(case.safety_reports),
        received_at=received_at,
        verbatim=verbatim,
        channel=channel,
        entered_by=by,
        entered_at=now,
        **said,
    )


def _receive(situation: Situation) -> models.Model:
    facts = situation.facts
    own_channel = SafetyReport.Channel.PHARMACIST
    if situation.by.role in PRESCRIBING:
        own_channel = SafetyReport.Channel.PRESCRIBER_PAGE
    return take_in(
        situation.case,
        by=situation.by,
        now=situation.now,
        received_at=facts.get("received_at") or situation.now,
        verbatim=facts.get("verbatim", ""),
        channel=facts.get("channel") or own_channel,
        language=(facts.get("language") or "en")[:8],
        onset_on=facts.get("onset_on"),
        seriousness=facts.get("seriousness", ""),
        dose=facts.get("dose"),
    )


def _doses(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.doses.order_by("-given_at")


VERBS = (
    Verb(
        code="pharmacovigilance.report.receive",
        past="received",
        label="Report an adverse event",
        subject="pharmacovigilance.SafetyReport",
        creates=True,
        effect=_receive,
        roles=REPORTERS,
        asks=(
            Ask(
                "received_at",
                "When we first heard of it",
                "moment",
                required=False,
                hint="UTC. This starts the clock, not the time of typing; now when left empty.",
                initial=lambda situation: situation.now,
            ),
            Ask("verbatim", "What was said, word for word", "long", required=False, hint="In its own language."),
            Ask(
                "seriousness",
                "How serious",
                "choice",
                required=False,
                options=(("", "not said"), *SERIOUSNESS),
            ),
            Ask("onset_on", "When it began", "date", required=False),
            Ask(
                "dose",
                "After which dose",
                "record",
                required=False,
                options=_doses,
                hint="Lot, serial, supplier and journey follow from it.",
            ),
            Ask(
                "channel",
                "How it reached us",
                "choice",
                required=False,
                options=(("", "this form"), *SafetyReport.Channel.choices),
            ),
            Ask("language", "Language of the words", required=False, hint="Two letters, for example en."),
        ),
        consequence="Kept as it is. A pharmacist reads it within one working day.",
    ),
    Verb(
        code="pharmacovigilance.report.triage",
        past="triaged",
        label="Record that it was read",
        subject="pharmacovigilance.SafetyReport",
        transition="triage",
        effect=moves("triage"),
        consequence="Next it is attached to a safety case, kept as information, or judged not valid.",
    ),
    Verb(
        code="pharmacovigilance.report.keep_as_information",
        past="kept_as_information",
        label="Keep it as information only",
        subject="pharmacovigilance.SafetyReport",
        transition="keep_as_information",
        effect=moves("keep_as_information"),
        needs_reason=True,
        consequence="It stays on record; no date runs from it.",
    ),
    Verb(
        code="pharmacovigilance.report.judge_not_valid",
        past="judged_not_valid",
        label="Judge it not valid",
        subject="pharmacovigilance.SafetyReport",
        transition="judge_not_valid",
        effect=moves("judge_not_valid"),
        asks=(
            Ask(
                "missing_criterion",
                "Which criterion is missing",
                "choice",
                options=(
                    ("reporter", "an identifiable reporter"),
                    ("patient", "an identifiable patient"),
                    ("reaction", "a suspected reaction"),
                    ("product", "a suspect product"),
                ),
            ),
        ),
        needs_reason=True,
        consequence="It stays on record. The missing criterion, once learned, is a new report with its own day 0.",
    ),
)
