"""Where a supply rests on an emergency, two people have said that it is one (edge case 31)."""

from collections.abc import Iterator

from django.db.models import Max, Q

from cases.custody.models import Consignment
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.people.models import User
from regulatory.emergencies import CONFIRMED_BY, JUDGED, PEOPLE, emergency_gates, rests_on_an_emergency
from regulatory.gating import permissions
from regulatory.pathway import profile_of, rule_named
from regulatory.profiles import words
from regulatory.requirements.common import SHIPPING

RULE = "house rule R-25, version 1: an emergency is never one person's word"


@requirement(
    JUDGED,
    "Two people confirmed that the treatment cannot wait",
    on=(*SHIPPING, "custody.consignment.dispense", "custody.consignment.dispense_part"),
    satisfied_by="two people: the prescriber, the receiving pharmacist or a pharmacist of the pharmacy",
    rule=RULE,
)
def emergency_confirmed_by_two(situation: Situation) -> Iterator[Finding]:
    """Two people are asked for only where the gate is open by an emergency alone."""
    consignment, version = situation.subject, situation.case.profile_version
    profile = profile_of(version)
    emergencies = emergency_gates(profile)
    if not isinstance(consignment, Consignment) or not emergencies:
        yield Finding(met=True, fact="The pathway lets nothing go before its papers as an emergency.")
        return
    gates = {gate.gate: gate for found in permissions(situation, consignment) for gate in found.gates}
    resting = [gate for gate in gates.values() if rests_on_an_emergency(gate, emergencies)]
    if not resting:
        yield Finding(met=True, fact="This supply does not rest on an emergency.")
        return
    people = confirmed_by(consignment, emergencies)
    named = " and ".join(person.display_name for person in people)
    lacking = PEOPLE - len(people)
    told = f"Confirmed by {named}." if named else "Nobody confirmed it yet."
    if lacking > 0:
        told += " One more person is needed." if named else " Two people are needed."
    gate = resting[0]
    yield Finding(
        met=lacking <= 0,
        fact=told,
        rule=f"{RULE}; {rule_named(version, words.spaced(gate.gate), gate.sources)}",
        sources=tuple(fact for fact in gate.because if fact in emergencies),
        remedy=None if lacking <= 0 else ("Confirm the emergency", f"regulatory.emergency.confirm/{consignment.label}"),
    )


@requirement(
    "EmergencyConfirmedByAnother",
    "Each of the two is another person",
    on=("regulatory.emergency.confirm",),
    satisfied_by="a second person",
    rule=RULE,
)
def emergency_confirmed_by_another(situation: Situation) -> Finding:
    if not isinstance(situation.subject, Consignment):
        return Finding(met=None, fact="No consignment was named.")
    emergencies = emergency_gates(profile_of(situation.case.profile_version))
    people = confirmed_by(situation.subject, emergencies)
    if situation.by in people:
        return Finding(
            met=False, fact=f"{situation.by.display_name} confirmed it already; the second is another person."
        )
    named = " and ".join(person.display_name for person in people)
    return Finding(met=True, fact=f"Confirmed so far by {named or 'nobody'}; {situation.by.display_name} has not yet.")


def confirmed_by(consignment: Consignment, emergencies: frozenset[str]) -> list[User]:
    """Who confirmed this supply, or signed the gate's own statements since the last one was dispensed; by time."""
    case = consignment.case
    others = case.consignments.exclude(pk=consignment.pk)
    since = others.aggregate(last=Max("dispensed_at"))["last"]
    judged = Q(gate_fact__in=emergencies, consignment__isnull=True)
    if since is not None:
        judged &= Q(attested_at__gt=since)
    rows = case.attestations.filter(Q(role=CONFIRMED_BY, consignment=consignment) | judged)
    return list(
        {row.attested_by_id: row.attested_by for row in rows.select_related("attested_by").order_by("pk")}.values()
    )
