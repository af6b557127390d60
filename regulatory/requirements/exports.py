"""What leaves the country of origin: a controlled drug only under its export permit (facts, section 6, rule 22)."""

from dataclasses import replace

from cases.custody.models import Consignment
from cases.deadlines.calendars import installed
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.exports import export_version
from regulatory.facts import facts_for, facts_of
from regulatory.lists.services import SOURCE_COUNTRY
from regulatory.pathway import local_day, profile_of, rule_named
from regulatory.profiles import words
from regulatory.profiles.gates import context_of, evaluate_gate
from regulatory.requirements.common import SHIPPING

GATE = "may_export_controlled"
RELEASE = "custody.consignment.release"


@requirement(
    "ControlledExportPermitted",
    "A controlled drug leaves only under an export permit for exactly this consignee and port",
    on=SHIPPING,
    satisfied_by="the registered exporter, by an export permit that rests on the destination's own permit",
    rule="the export pathway of the country of origin",
)
def controlled_export_permitted(situation: Situation) -> Finding:
    case, consignment = situation.case, situation.subject
    if not case.medicine.is_controlled:
        return Finding(met=True, fact=f"{case.medicine} is no controlled drug.")
    if not isinstance(consignment, Consignment):
        return Finding(met=None, fact="No consignment was named.")
    version = export_version(case)
    if version is None:
        return Finding(
            met=False,
            fact=f"No signed pathway for the export from {SOURCE_COUNTRY} is here: a controlled drug cannot leave.",
        )
    facts = facts_for(situation, consignment=consignment)
    # The export permit stands beside the authorization that the consignment travels under.
    facts = replace(facts, authorizations=facts_of(case).authorizations)
    profile = profile_of(version)
    # A dispatch that is only planned is judged on its planned day; one that happened, at its own moment.
    planned = situation.facts.get("planned_dispatch_on") or consignment.planned_dispatch_on
    now = situation.facts.get("dispatched_at") or situation.now
    on = max(local_day(profile, now), planned) if situation.verb.code == RELEASE else None
    gate = evaluate_gate(GATE, context_of(profile, facts, calendars=installed(), now=now, on=on))
    missing = " ".join(item.sentence for item in gate.missing)
    return Finding(
        met=gate.open,
        fact=missing or f"Open on {words.day(gate.on)}.",
        rule=f"{rule_named(version, words.spaced(GATE), gate.sources)}, {gate.confidence} confidence",
        sources=gate.because,
        remedy=None if gate.open else ("Open the filings", "tab:filings"),
    )
