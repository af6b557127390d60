"""Intake: what reached us is kept word for word with the time it was received, then read, attached or set aside."""

from datetime import datetime
from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from pharmacovigilance.knowledge import day0_of, lot_of
from pharmacovigilance.models import CaseVersion, SafetyCase, SafetyReport
from pharmacovigilance.terms import CRITERIA, CRITERION_CODES, NOT_SERIOUS, SERIOUSNESS

REPORTERS = PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST}
OPEN_VERSION = (CaseVersion.State.DRAFT, CaseVersion.State.ASSESSED)


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


def _attach(situation: Situation) -> models.Model:
    report, facts = situation.subject, situation.facts
    if not isinstance(report, SafetyReport):
        raise TypeError(f"{situation.verb.code} acts on a safety report, not on {report!r}.")
    safety_case = facts.get("safety_case") or _new_safety_case(situation)
    report.attach(safety_case=safety_case)
    report.save()
    versions = safety_case.versions.order_by("version")
    if not versions.exists():
        _first_version(situation, report, safety_case)
    elif (draft := versions.filter(state__in=OPEN_VERSION).last()) is not None:
        _add_to_draft(situation, report, draft)
    return report


def _new_safety_case(situation: Situation) -> SafetyCase:
    case = situation.case
    number = next_number(case.safety_cases)
    return SafetyCase.objects.create(
        case=case,
        number=number,
        worldwide_id=f"US-{case.pharmacy.code}-{case.reference}-{number}",
        opened_at=situation.now,
    )


def _first_version(situation: Situation, report: SafetyReport, safety_case: SafetyCase) -> CaseVersion:
    facts, case = situation.facts, situation.case
    lot, remark = lot_of(report.dose)
    criterion = facts.get("seriousness_criterion", "")
    if not criterion and report.seriousness in CRITERION_CODES:
        criterion = report.seriousness
    return CaseVersion.objects.create(
        case=case,
        safety_case=safety_case,
        number=next_number(case.case_versions),
        version=1,
        aware_at=report.received_at,
        day0=day0_of(report.received_at, case),
        event_verbatim=facts.get("event_verbatim") or report.verbatim,
        serious=facts["serious"],
        seriousness_criterion=criterion if facts["serious"] else "",
        lot=lot,
        lot_remark=remark,
    )


def _add_to_draft(situation: Situation, report: SafetyReport, draft: CaseVersion) -> None:
    """An earlier receipt makes day 0 earlier, never later; worse seriousness counts; a confirmed lot is taken over."""
    if report.received_at < draft.aware_at:
        draft.aware_at, draft.day0 = report.received_at, day0_of(report.received_at, situation.case)
    if situation.facts["serious"] and not draft.serious:
        draft.serious = True
        draft.seriousness_criterion = situation.facts.get("seriousness_criterion", "")
    if draft.lot is None:
        draft.lot, draft.lot_remark = lot_of(report.dose)
    draft.save()


def _doses(situation: Situation) -> "models.QuerySet[Any]":
    return situation.case.doses.order_by("-given_at")


def _safety_cases(situation: Situation) -> "models.QuerySet[SafetyCase]":
    return situation.case.safety_cases.order_by("number")


def _said_serious(situation: Situation) -> str:
    said = getattr(situation.subject, "seriousness", "")
    return "no" if said == NOT_SERIOUS else "yes"


def _said_criterion(situation: Situation) -> str:
    said = getattr(situation.subject, "seriousness", "")
    return said if said in CRITERION_CODES else ""


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
        code="pharmacovigilance.report.attach",
        past="attached",
        label="Attach it to a safety case",
        subject="pharmacovigilance.SafetyReport",
        transition="attach",
        effect=_attach,
        asks=(
            Ask(
                "safety_case",
                "Safety case",
                "record",
                required=False,
                options=_safety_cases,
                hint="A new one when left empty.",
            ),
            Ask("serious", "Is it serious?", "yesno", hint="Yes, when in doubt.", initial=_said_serious),
            Ask(
                "seriousness_criterion",
                "By which criterion",
                "choice",
                required=False,
                options=(("", "not named yet"), *CRITERIA),
                initial=_said_criterion,
            ),
            Ask(
                "event_verbatim", "The event in short", "long", required=False, hint="The reporter's words when empty."
            ),
        ),
        consequence="Day 0 is known: the earliest reporting date starts to run.",
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
