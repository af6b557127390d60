"""No moment is in the future. Intake has no other requirement: it never refuses a report for missing data."""

from datetime import datetime

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

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
