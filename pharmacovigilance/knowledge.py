"""What is known of a version: the facts for the rules, the link to lot and supplier, the snapshot that is locked."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases.deadlines.calendars import installed
from cases.models import Case
from pharmacovigilance.awareness import SIDES, Knew
from pharmacovigilance.library import ReportingRule, RuleLibrary
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.rulebook import in_force
from pharmacovigilance.rules import Planned, Selected, Selection, plan, select
from pharmacovigilance.terms import CIRCUMSTANCES, CRITERION_CODES

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
        "criteria": sorted(_criteria(version) & CRITERION_CODES),
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


def _criteria(version: CaseVersion) -> set[str]:
    """What any event of it meets, and what was said of it as a whole."""
    if not version.serious:
        return set()
    events = version.safety_case.events.all()
    return {version.seriousness_criterion, *(code for event in events for code in event.criteria)}


def selection_for(version: CaseVersion, case: Case, *, library: RuleLibrary | None = None) -> Selection:
    """The rules that this version meets on what is known now.

    :param library: the rules of its day 0, for those who have read them already.
    """
    return select(
        library or in_force(version.day0),
        country=case.country,
        pathway=case.profile_version.profile_key,
        facts=facts_of(version),
    )


def planned_for(
    version: CaseVersion, case: Case, *, aware_at: datetime | None = None, library: RuleLibrary | None = None
) -> list[Planned]:
    """The obligations of this version with their dates, earliest first; never empty."""
    selection = selection_for(version, case, library=library)
    return _planned(selection, case, aware_at=aware_at or version.aware_at, knew=knew_of(version))


def planned_by(rule: ReportingRule, case: Case, *, aware_at: datetime, knew: Knew | None = None) -> list[Planned]:
    """What one rule asks, counted from that moment in the destination's days, whether it matches or not."""
    alone = Selection(obliging=(Selected(rule, is_certain=True),), no_duty=())
    return _planned(alone, case, aware_at=aware_at, knew=knew)


def knew_of(version: CaseVersion) -> Knew:
    """The days on which others than the pharmacy first knew of what makes this version."""
    return {side: getattr(version, side) for side in SIDES}


def _planned(selection: Selection, case: Case, *, aware_at: datetime, knew: Knew | None) -> list[Planned]:
    calendars = installed()
    country = case.country if case.country in calendars else HOUSE_CALENDAR
    zone = calendars[country].zone if case.country in calendars else case.institution.time_zone
    return plan(
        selection,
        aware_at=aware_at,
        calendar=calendars[country],
        zone=zone,
        contract_calendar=calendars[HOUSE_CALENDAR],
        contract_zone=case.pharmacy.time_zone,
        knew=knew,
    )


def day0_of(aware_at: datetime, case: Case) -> date:
    """Day 0 of a version: the local day at the pharmacy on which the information was received."""
    return aware_at.astimezone(ZoneInfo(case.pharmacy.time_zone)).date()
