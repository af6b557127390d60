"""Intake: what reached us is kept word for word with the time it was received, then read, attached or set aside."""

from datetime import date, datetime
from typing import Any, Final

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from pharmacovigilance.checks import missing_of
from pharmacovigilance.models import SafetyReport
from pharmacovigilance.said import LONGEST
from pharmacovigilance.terms import (
    CRITERIA,
    CRITERION_CODES,
    OUTCOMES,
    SERIOUSNESS,
    SPECIAL_SITUATIONS,
    YES_NO_NOT_KNOWN,
)

REPORTERS = PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST}
YES_NO: Final = {"yes": True, "no": False}
# Who says what they tell by themselves (E2B C.2.r.4); on the telephone or by letter it is said who it was.
OWN_QUALIFICATION: Final = {
    Role.PRESCRIBER: SafetyReport.Qualification.PHYSICIAN,
    Role.DELEGATE: SafetyReport.Qualification.OTHER_PROFESSIONAL,
    Role.RECEIVING_PHARMACIST: SafetyReport.Qualification.PHARMACIST,
    Role.COORDINATING_PHARMACIST: SafetyReport.Qualification.PHARMACIST,
    Role.PHARMACIST_IN_CHARGE: SafetyReport.Qualification.PHARMACIST,
}


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
    role = Role(situation.by.role)
    own_channel = SafetyReport.Channel.PHARMACIST
    if role in PRESCRIBING:
        own_channel = SafetyReport.Channel.PRESCRIBER_PAGE
    channel = facts.get("channel") or own_channel
    began, dose = facts.get("began", ""), facts.get("dose")
    onset_on = facts.get("onset_on")
    if len(began) == len("2026-03-18"):
        onset_on = date.fromisoformat(began)
    said_by = OWN_QUALIFICATION.get(role, "") if channel in (own_channel, SafetyReport.Channel.API) else ""
    return take_in(
        situation.case,
        by=situation.by,
        now=situation.now,
        received_at=facts.get("received_at") or situation.now,
        verbatim=facts.get("verbatim", ""),
        channel=channel,
        language=(facts.get("language") or "en")[:8],
        onset_on=onset_on,
        began=began or (onset_on.isoformat() if onset_on else ""),
        seriousness=facts.get("seriousness", ""),
        criteria=facts.get("criteria") or _criteria_of(facts.get("seriousness", "")),
        dose=dose,
        pack=facts.get("pack") or (dose.unit if dose else None),
        lot_said=facts.get("lot_said", ""),
        outcome=facts.get("outcome", ""),
        had_reaction=YES_NO.get(facts.get("had_reaction", "")),
        situations=facts.get("situations", []),
        pregnancy_due_on=facts.get("pregnancy_due_on"),
        qualification=facts.get("qualification") or said_by,
        unread=facts.get("unread", ""),
        adds_to=facts.get("adds_to"),
    )


def _criteria_of(seriousness: str) -> list[str]:
    return [seriousness] if seriousness in CRITERION_CODES else []


def _doses(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.doses.order_by("-given_at")


def _packs(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.units.order_by("pk")


def _reports(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.safety_reports.order_by("number")


def _first_missing(situation: Situation) -> str | None:
    report = situation.subject
    return next(iter(missing_of(report)), None) if isinstance(report, SafetyReport) else None


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
                hint="This starts the clock, not the time of typing; now when left empty.",
                initial=lambda situation: situation.now,
            ),
            Ask(
                "verbatim",
                "What was said, word for word",
                "long",
                required=False,
                hint="In its own language.",
                most=LONGEST,
            ),
            Ask(
                "seriousness",
                "How serious",
                "choice",
                required=False,
                options=(("", "not said"), *SERIOUSNESS),
            ),
            Ask("criteria", "Every criterion of seriousness", "ticks", required=False, options=CRITERIA),
            Ask("onset_on", "The day it began", "date", required=False),
            Ask("began", "When it began, as far as it is known", "known_part", required=False),
            Ask(
                "dose",
                "After which dose",
                "record",
                required=False,
                options=_doses,
                hint="Lot, serial, supplier and journey follow from it.",
            ),
            Ask("pack", "From which pack", "record", required=False, options=_packs),
            Ask("lot_said", "Pack or lot, as it was said", required=False),
            Ask(
                "outcome",
                "How the patient is",
                "choice",
                required=False,
                options=(("", "not said"), *OUTCOMES),
            ),
            Ask(
                "had_reaction",
                "Was there a reaction?",
                "choice",
                required=False,
                options=(("", "not said"), *YES_NO_NOT_KNOWN),
            ),
            Ask("situations", "What it is a report of", "ticks", required=False, options=SPECIAL_SITUATIONS),
            Ask("pregnancy_due_on", "Expected day of birth", "date", required=False),
            Ask(
                "qualification",
                "Who said it",
                "choice",
                required=False,
                options=(("", "not said"), *SafetyReport.Qualification.choices),
            ),
            Ask(
                "channel",
                "How it reached us",
                "choice",
                required=False,
                options=(("", "this form"), *SafetyReport.Channel.choices),
            ),
            Ask("language", "Language of the words", required=False, hint="Two letters, for example en."),
            Ask("adds_to", "Which report it adds to", "record", required=False, options=_reports),
            Ask("unread", "What could not be read, as it came", "long", required=False, most=25 * LONGEST),
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
        consequence="It stays on record; no reporting date runs from it. An error without a reaction is followed.",
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
                initial=_first_missing,
            ),
        ),
        needs_reason=True,
        consequence="It stays on record, and the prescriber is asked for what is missing within three days. Once "
        "learned it is a new report with its own day 0.",
    ),
)
