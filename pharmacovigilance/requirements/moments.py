"""No moment is in the future. Intake has no other requirement: it never refuses a report for missing data."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.typed_days import write_day
from cases.lifecycle.verbs import Situation
from pharmacovigilance.awareness import SIDES
from pharmacovigilance.knowledge import day0_of
from pharmacovigilance.verbs.awareness import NOTE

MOMENTS = {
    "pharmacovigilance.report.receive": "received_at",
    "pharmacovigilance.version.follow_up": "received_at",
    "pharmacovigilance.obligation.discharge": "discharged_at",
    "pharmacovigilance.transmission.send": "sent_at",
    "pharmacovigilance.follow_up.answer": "answered_at",
}


@requirement(
    "SafetyMomentIsPast",
    "The moment given is not in the future",
    on=tuple(MOMENTS),
    satisfied_by="whoever records it",
    rule="house rule P-01, version 1",
)
def safety_moment_is_past(situation: Situation) -> Finding:
    given: datetime | None = situation.facts.get(MOMENTS[situation.verb.code])
    if given is None:
        return Finding(met=True, fact="Now, when no moment is given.")
    if given > situation.now:
        return Finding(met=False, fact=f"{given:%Y-%m-%d %H:%M} UTC is still to come. Record it when it has happened.")
    return Finding(met=True, fact=f"{given:%Y-%m-%d %H:%M} UTC.")


@requirement(
    "AwarenessIsPast",
    "Nobody knew of it on a day to come",
    on=(NOTE,),
    satisfied_by="whoever records it",
    rule="house rule P-35, version 1",
)
def awareness_is_past(situation: Situation) -> Finding:
    """Today is the later of the days at the pharmacy and where the patient is."""
    given = [day for name in SIDES if (day := situation.facts.get(name)) is not None]
    there = situation.now.astimezone(ZoneInfo(situation.case.institution.time_zone)).date()
    today = max(day0_of(situation.now, situation.case), there)
    later = [day for day in given if day > today]
    if later:
        return Finding(met=False, fact=f"{write_day(later[0])} is still to come; today is {write_day(today)}.")
    return Finding(met=True, fact="; ".join(map(write_day, given)) or "Given in the form.")
