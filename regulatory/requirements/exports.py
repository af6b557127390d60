"""What leaves the country of origin: every consignment on its export gates, a controlled drug under its permits too.

Facts, section 2 ("export gate: US outbound, every case") and section 6, rule 22. What is signed for the shipping day
counts on that day only; a release beforehand rests on what was signed until then, and the dispatch asks anew.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from cases.custody.models import Consignment
from cases.deadlines.calendars import installed
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.exports import CONTROLLED, GATE, export_statements, export_version, is_of_the_shipping_day
from regulatory.facts import facts_for, permits_beside
from regulatory.lists.services import SOURCE_COUNTRY
from regulatory.models import ProfileVersion
from regulatory.pathway import Statement, local_day, profile_of, rule_named
from regulatory.profiles import words
from regulatory.profiles.facts import Attestation, Facts
from regulatory.profiles.gates import GateResult, context_of, evaluate_gate
from regulatory.profiles.loader import Profile
from regulatory.profiles.logic import Context
from regulatory.requirements.common import SHIPPING

RELEASE = "custody.consignment.release"
ATTEST = ("Attest the export", "regulatory.export.attest")
# Papers that let the goods leave; once gone, their last day no longer matters.
OF_THE_DEPARTURE = frozenset({"export_permit", "export_declaration"})


@requirement(
    "ExportAllowed",
    "The country of origin lets it leave",
    on=SHIPPING,
    satisfied_by="the coordinating pharmacy, by attesting what it checked for this consignment",
    rule="the export pathway of the country of origin",
)
def export_allowed(situation: Situation) -> Iterator[Finding]:
    consignment, version = situation.subject, export_version(situation.case)
    if not isinstance(consignment, Consignment):
        yield Finding(met=None, fact="No consignment was named.")
        return
    if version is None:
        yield Finding(
            met=False,
            fact=f"No signed pathway for the export from {SOURCE_COUNTRY} is here: nothing can leave.",
            satisfied_by="the pharmacist in charge, by reviewing and signing it",
        )
        return
    profile = profile_of(version)
    leaves_on = _leaves_on(situation, consignment, profile)
    signed = tuple(_signed(situation, consignment, profile, leaves_on))
    facts = replace(facts_for(situation, consignment=consignment), attestations=signed)
    if any(fact["gate"] == GATE for fact in profile.section("gates")):
        gate = evaluate_gate(GATE, _context(situation, profile, facts, leaves_on))
        yield _of_gate(gate, version, code=f"ExportAllowed:{GATE}")
    given = {one.statement for one in signed}
    for statement in export_statements(profile):
        if "statement" in profile.readings.get(statement.fact, {}):
            yield _of_statement(statement, version, signed=statement.text in given, leaves_on=leaves_on)


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
    facts = replace(facts, authorizations=permits_beside(case, consignment))
    profile = profile_of(version)
    leaving = evaluate_gate(
        CONTROLLED, _context(situation, profile, facts, _leaves_on(situation, consignment, profile))
    )
    if leaving.open is not True:
        return _of_gate(leaving, version)
    arrives_on: date = situation.facts.get("planned_arrival_on") or consignment.planned_arrival_on
    arriving = evaluate_gate(CONTROLLED, _context(situation, profile, _once_gone(facts), max(arrives_on, leaving.on)))
    return _of_gate(leaving if arriving.open is True else arriving, version)


def _leaves_on(situation: Situation, consignment: Consignment, profile: Profile) -> date:
    """The shipping day where it leaves: planned at the release, the moment given at the dispatch."""
    if situation.verb.code != RELEASE:
        return local_day(profile, situation.facts.get("dispatched_at") or situation.now)
    planned: date = situation.facts.get("planned_dispatch_on") or consignment.planned_dispatch_on
    return max(local_day(profile, situation.now), planned)


def _context(situation: Situation, profile: Profile, facts: Facts, on: date) -> Context:
    now: datetime = situation.facts.get("dispatched_at") or situation.now
    return context_of(profile, facts, calendars=installed(), now=now, on=on)


def _signed(situation: Situation, consignment: Consignment, profile: Profile, leaves_on: date) -> Iterator[Attestation]:
    """What was signed for this consignment, and what still speaks on the shipping day."""
    of_the_day = {one.text for one in export_statements(profile) if is_of_the_shipping_day(profile, one)}
    beforehand = situation.verb.code == RELEASE
    for row in situation.case.attestations.filter(consignment=consignment).order_by("attested_at", "id"):
        signed_on = local_day(profile, row.attested_at)
        if beforehand or row.statement not in of_the_day or signed_on >= leaves_on:
            yield Attestation(row.role, row.statement, min(signed_on, leaves_on), reference=row.gate_fact)


def _once_gone(facts: Facts) -> Facts:
    """The same facts on the day of arrival: a permit to leave was used when it left."""
    held = (replace(one, valid_until=None) if one.document in OF_THE_DEPARTURE else one for one in facts.authorizations)
    return replace(facts, authorizations=tuple(held))


def _of_gate(gate: GateResult, version: ProfileVersion, *, code: str = "") -> Finding:
    missing = " ".join(item.sentence for item in gate.missing)
    attests = any(item.kind == "attestation" for item in gate.missing)
    remedy = ATTEST if attests else ("Open the filings", "tab:filings")
    return Finding(
        met=gate.open,
        fact=f"On {words.day(gate.on)}: {missing}" if missing else f"Open on {words.day(gate.on)}.",
        rule=f"{rule_named(version, words.spaced(gate.gate), gate.sources)}, {gate.confidence} confidence",
        sources=gate.because,
        remedy=None if gate.open else remedy,
        code=code,
    )


def _of_statement(statement: Statement, version: ProfileVersion, *, signed: bool, leaves_on: date) -> Finding:
    fact = profile_of(version).facts[statement.fact]
    return Finding(
        met=signed,
        fact=f"Signed for {words.day(leaves_on)}: {statement.text}."
        if signed
        else f"Nobody has signed for {words.day(leaves_on)}: “{statement.text}”.",
        sentence="The law on unapproved exports is kept",
        rule=f"{rule_named(version, 'derived reading of the legal basis', fact.sources)}, conditions recalled",
        sources=(statement.fact,),
        remedy=None if signed else ATTEST,
        code=f"ExportAllowed:{statement.fact}",
    )
