"""A report is attached to a safety case: from then on a version of it is judged, and day 0 is known."""

from django.db import models

from cases.custody.models import Lot
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number
from pharmacovigilance.knowledge import day0_of
from pharmacovigilance.linking import LOT_NOT_CONFIRMED, link, lot_of
from pharmacovigilance.models import CaseVersion, ReportedProduct, SafetyCase, SafetyReport
from pharmacovigilance.terms import CRITERIA, CRITERION_CODES, FATAL, NOT_SERIOUS, OPEN_VERSION, WITH_SEQUELAE
from pharmacovigilance.working import begin, name_criterion


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
    lot, remark = _lot_of(report)
    criterion = facts.get("seriousness_criterion", "")
    if not criterion and report.seriousness in CRITERION_CODES:
        criterion = report.seriousness
    version = CaseVersion.objects.create(
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
    said = CRITERION_CODES.intersection(report.criteria)
    product = begin(version, language=report.language, started=report.began, outcome=report.outcome, criteria=said)
    _link(product, report, lot, remark)
    return version


def _add_to_draft(situation: Situation, report: SafetyReport, draft: CaseVersion) -> None:
    """An earlier receipt makes day 0 earlier, never later; worse seriousness counts; a confirmed lot is taken over."""
    if report.received_at < draft.aware_at:
        draft.aware_at, draft.day0 = report.received_at, day0_of(report.received_at, situation.case)
    if situation.facts["serious"] and not draft.serious:
        draft.serious = True
        draft.seriousness_criterion = situation.facts.get("seriousness_criterion", "")
    lot, remark = _lot_of(report)
    if draft.lot is None:
        draft.lot, draft.lot_remark = lot, remark
    draft.save()
    product = begin(draft, language=report.language, started=report.began, outcome=report.outcome)
    if lot is not None or not product.lines.exists():
        _link(product, report, lot, remark)
    if draft.serious:
        name_criterion(draft)


def _lot_of(report: SafetyReport) -> tuple[Lot | None, str]:
    """The lot of the pack that was named; a lot in words alone confirms none, and is said as the reason."""
    if report.pack is not None:
        return report.pack.lot, ""
    lot, remark = lot_of(report.dose)
    return lot, f"{LOT_NOT_CONFIRMED}: said to be {report.lot_said}"[:120] if report.lot_said else remark


def _link(product: ReportedProduct, report: SafetyReport, lot: Lot | None, remark: str) -> None:
    if lot is None and report.lot_said:
        lot_said = report.lot_said[:35]
        link(product, lot=None, dose=report.dose, reason=remark, status="reported_only", lot_said=lot_said)
    else:
        link(product, lot=lot, dose=report.dose, pack=report.pack, reason=remark)


def _safety_cases(situation: Situation) -> "models.QuerySet[SafetyCase]":
    return situation.case.safety_cases.order_by("number")


def _said_serious(situation: Situation) -> str:
    """Not, where it was said so and how it ended does not contradict it: the short clocks hang on it."""
    said, outcome = (getattr(situation.subject, name, "") for name in ("seriousness", "outcome"))
    return "no" if said == NOT_SERIOUS and outcome not in (FATAL, WITH_SEQUELAE) else "yes"


def _said_criterion(situation: Situation) -> str:
    said, outcome = (getattr(situation.subject, name, "") for name in ("seriousness", "outcome"))
    return "death" if outcome == FATAL else said if said in CRITERION_CODES else ""


VERBS = (
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
)
