"""What is known of a version: the facts for the rules, the link to lot and supplier, the snapshot that is locked."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases.custody.assessing import standing
from cases.custody.models import DoseAdministered, Lot
from cases.deadlines.calendars import installed
from cases.models import Case
from pharmacovigilance.library import rule_library
from pharmacovigilance.models import CaseVersion, SafetyReport
from pharmacovigilance.rules import Planned, Selected, Selection, plan, select
from pharmacovigilance.terms import CIRCUMSTANCES, CRITERION_CODES

LOT_NOT_CONFIRMED = "lot not confirmed"
SNAPSHOT_FORMAT = "npp-case-version/1"
STAGES = {
    CaseVersion.Kind.INITIAL: "initial",
    CaseVersion.Kind.FOLLOW_UP: "follow_up_significant",
    CaseVersion.Kind.AMENDMENT: "follow_up_minor",
    CaseVersion.Kind.NULLIFICATION: "follow_up_minor",
}
HOUSE_CALENDAR = "US"


def facts_of(version: CaseVersion) -> dict[str, Any]:
    """The version as the rules' facts; ``None`` where nobody has judged or said it yet.

    The medicine is by definition of a named-patient supply not authorized at the destination, and the event happened
    there. Whether an agreement with the manufacturer holds is not on file: it is planned as if one did, with no clock
    entered.
    """
    said = version.circumstances
    relation = {CaseVersion.Causality.RELATED: True, CaseVersion.Causality.NOT_RELATED: False}.get(
        CaseVersion.Causality(version.causality)
    )
    expected = version.expected
    facts: dict[str, Any] = {
        "event_kind": "adverse_event" if relation is False else "adverse_reaction",
        "reaction_present": True,
        "serious": version.serious,
        "criteria": [version.seriousness_criterion] if version.seriousness_criterion in CRITERION_CODES else [],
        "unexpected": None if expected is None else not expected,
        "related": relation,
        "origin": "domestic",
        "report_stage": STAGES[CaseVersion.Kind(version.kind)],
        "product_status_here": "not_authorised",
        "solicited": True,
        "agreement_in_force": None,
        "agreement_class": "not_entered",
        "period_ended": False,
        "treatment_used": False,
        "treatment_ended": False,
        "special": said.get("special", []),
        "biological": {"yes": True, "no": False}.get(said.get("biological", "")),
        "product_class": None if said.get("product_class") == "not_known" else said.get("product_class"),
    }
    ticked = set(said.get("circumstances", []))
    facts.update({name: name in ticked for name, _ in CIRCUMSTANCES})
    return facts


def selection_for(version: CaseVersion, case: Case) -> Selection:
    """The rules that this version meets on what is known now."""
    return select(
        rule_library(), country=case.country, pathway=case.profile_version.profile_key, facts=facts_of(version)
    )


def planned_for(version: CaseVersion, case: Case, *, aware_at: datetime | None = None) -> list[Planned]:
    """The obligations of this version with their dates, earliest first; never empty."""
    return _planned(selection_for(version, case), case, aware_at=aware_at or version.aware_at)


def planned_by_default(case: Case, *, aware_at: datetime) -> Planned:
    """The default rule's obligation, counted from that moment in the destination's days."""
    default = Selection(obliging=(Selected(rule_library().default, is_certain=True),), no_duty=())
    return _planned(default, case, aware_at=aware_at)[0]


def _planned(selection: Selection, case: Case, *, aware_at: datetime) -> list[Planned]:
    calendars = installed()
    country = case.country if case.country in calendars else HOUSE_CALENDAR
    zone = calendars[country].zone if case.country in calendars else case.institution.time_zone
    return plan(
        selection,
        library=rule_library(),
        aware_at=aware_at,
        calendar=calendars[country],
        zone=zone,
        contract_calendar=calendars[HOUSE_CALENDAR],
        contract_zone=case.pharmacy.time_zone,
    )


def day0_of(aware_at: datetime, case: Case) -> date:
    """Day 0 of a version: the local day at the pharmacy on which the information was received."""
    return aware_at.astimezone(ZoneInfo(case.pharmacy.time_zone)).date()


def lot_of(dose: DoseAdministered | None) -> tuple[Lot | None, str]:
    """The lot that a dose came from, and the remark that stands where no scan confirms one. Never a guess."""
    if dose is None:
        return None, f"{LOT_NOT_CONFIRMED}: no dose was named"
    if dose.unit is None:
        return None, f"{LOT_NOT_CONFIRMED}: the dose was recorded without its pack"
    return dose.unit.lot, ""


def snapshot_of(version: CaseVersion) -> dict[str, Any]:
    """Everything a report may be built from, as plain JSON, without the patient's identity."""
    case, safety_case = version.case, version.safety_case
    reports = list(
        safety_case.reports.select_related("dose__unit__lot__supplier", "dose__consignment", "entered_by").order_by(
            "number"
        )
    )
    return {
        "format": SNAPSHOT_FORMAT,
        "case": case.reference,
        "worldwide_id": safety_case.worldwide_id,
        "version": version.version,
        "kind": version.kind,
        "day0": version.day0.isoformat(),
        "aware_at": version.aware_at.isoformat(),
        "event": {
            "verbatim": version.event_verbatim,
            "serious": version.serious,
            "seriousness_criterion": version.seriousness_criterion,
        },
        "assessment": {
            "causality": version.causality,
            "expected": version.expected,
            "narrative": version.narrative,
            "circumstances": version.circumstances,
        },
        "product": {
            "name": case.medicine.name,
            "strength": case.medicine.strength,
            "form": case.medicine.form,
            "manufacturer": case.medicine.manufacturer,
        },
        "pathway": case.profile_version.profile_key,
        "country": case.country,
        "lot": _lot(version.lot) if version.lot else None,
        "lot_remark": version.lot_remark,
        "reports": [_report(report) for report in reports],
        "doses": [_dose(report.dose) for report in reports if report.dose],
    }


def digest_of(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 of the snapshot in one canonical spelling: sorted keys, no blanks, UTF-8."""
    text = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _lot(lot: Lot) -> dict[str, Any]:
    return {
        "number": lot.number,
        "gtin": lot.gtin,
        "expires_on": lot.expires_on.isoformat(),
        "supplier": lot.supplier.name,
    }


def _report(report: SafetyReport) -> dict[str, Any]:
    return {
        "label": report.label,
        "channel": report.channel,
        "received_at": report.received_at.isoformat(),
        "verbatim": report.verbatim,
        "language": report.language,
        "onset_on": report.onset_on.isoformat() if report.onset_on else None,
        "seriousness": report.seriousness,
        "entered_by": report.entered_by.code,
        "entered_at": report.entered_at.isoformat(),
    }


def _dose(dose: DoseAdministered) -> dict[str, Any]:
    worst = next(iter(standing(dose.consignment.exposure_assessments.defer("figures"))), None)
    return {
        "given_at": dose.given_at.isoformat(),
        "amount": dose.amount,
        "consignment": dose.consignment.label,
        "serial": dose.unit.serial if dose.unit else None,
        "lot": _lot(dose.unit.lot) if dose.unit else None,
        "temperature": worst.finding if worst else None,
    }
