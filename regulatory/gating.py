"""The pathway's gates as findings: one line a gate, with its fact, its sources, its version and when it opens."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from cases.custody.models import Consignment
from cases.deadlines.calendars import installed
from cases.lifecycle.checklist import Finding
from cases.lifecycle.verbs import Situation
from regulatory.facts import facts_for
from regulatory.models import ProfileVersion
from regulatory.operated import not_done_on
from regulatory.pathway import facts_that_ask_authorization, local_day, profile_of, rule_named
from regulatory.profiles import words
from regulatory.profiles.acts import PERMISSION_ORDER, Permission, may
from regulatory.profiles.gates import GateResult, context_of, evaluate_gate
from regulatory.quantities import BEFORE_DISPATCH
from regulatory.standing_authority import is_drawn_from_stock, stock_that_covers

SENTENCES = {
    "may_ship": "Shipping is allowed",
    "may_import": "Import is allowed on the planned arrival date",
    "may_export": "Export is allowed",
    "may_export_controlled": "Export of a controlled drug is allowed",
    "may_supply": "Supply to this patient is allowed",
    "may_dispense": "Dispensing is allowed",
    "may_administer": "Giving the medicine is allowed",
    "customs_release": "Customs may release it",
    "supplier_release": "The supplier may release it",
    "consignee": "The consignee may receive it",
    "per_patient_step": "The step for this patient is done",
    "route_choice": "The route is chosen",
}
# What the law judges at each verb. An arrival is judged on the day it happened, a dispensing today.
ACTS = {
    "custody.consignment.release": ("ship",),
    "custody.consignment.dispatch": ("ship",),
    "custody.consignment.accept": ("import",),
    "custody.consignment.dispense": ("supply", "dispense", "administer"),
    "custody.consignment.dispense_part": ("supply", "dispense", "administer"),
}


def gates_of_the_verb(situation: Situation, consignment: Consignment) -> Iterable[Finding]:
    """Every gate that governs what the verb does with this consignment, on its day."""
    version = situation.case.profile_version
    seen: set[str] = set()
    for found in permissions(situation, consignment):
        for finding in _of_permission(found, version):
            if finding.code not in seen:
                seen.add(finding.code)
                yield finding


def permissions(situation: Situation, consignment: Consignment) -> tuple[Permission, ...]:
    """What the pathway says to each act of the verb with this consignment; read once a situation."""
    key = f"permissions:{consignment.pk}"
    if key not in situation.cache:
        profile = profile_of(situation.case.profile_version)
        facts = facts_for(situation, consignment=consignment)
        situation.cache[key] = tuple(
            may(
                profile,
                act,
                facts,
                calendars=installed(),
                now=_asked_at(situation, consignment, act),
                on=_day(situation, consignment, act),
            )
            for act in ACTS[situation.verb.code]
        )
    found: tuple[Permission, ...] = situation.cache[key]
    return found


def ways_without_an_authorization(situation: Situation, consignment: Consignment) -> tuple[str, ...]:
    """The facts by which the verb may go on though nothing was authorized: a list, a protocol, a start out of hours.

    Empty where a gate that looks at an authorization is not open by another of its alternatives.
    """
    asking = facts_that_ask_authorization(profile_of(situation.case.profile_version))
    judged = [gate for found in permissions(situation, consignment) for gate in found.gates]
    if asking - {part.fact for gate in judged for part in gate.parts}:
        return ()
    ways: list[str] = []
    for gate in judged:
        if not asking & {part.fact for part in gate.parts}:
            continue
        others = [part.fact for part in gate.parts if part.state == "open" and part.fact not in asking]
        if gate.combine != "or" or gate.open is not True or not others:
            return ()
        ways += others
    return tuple(ways)


def gates_of_the_stage(situation: Situation) -> Iterator[Finding]:
    """Whether the pathway lets the supply be sourced: the authority's part of its permission gates, as of today.

    Papers that are needed for the act itself, and what is decided at the border, are judged later. A pathway without a
    permission gate needs no authorization stage, and says why.
    """
    version = situation.case.profile_version
    profile = profile_of(version)
    if is_drawn_from_stock(situation.case):
        yield _from_stock(situation, version)
        return
    facts = facts_for(situation, consignment=_assigned(situation))
    has = {str(gate["gate"]) for gate in profile.section("gates")}
    gates = [name for name in PERMISSION_ORDER if name in has]
    context = replace(
        context_of(profile, facts, calendars=installed(), now=situation.now), defer_border=True, defer_documents=True
    )
    for name in gates:
        yield _of_gate(evaluate_gate(name, context), version, stage=True)
    if not gates:
        found = may(profile, "ship", facts, calendars=installed(), now=situation.now)
        yield from _of_permission(found, version)


def _from_stock(situation: Situation, version: ProfileVersion) -> Finding:
    """Nothing is filed or sent in the case: what it draws was let in as stock, and its use is judged by itself."""
    case = situation.case
    there = stock_that_covers(case)
    if not there:
        fact = f"No stock that covers this case is on hand at {case.institution}."
    else:
        packs = sum(one.packs for one in there)  # type: ignore[attr-defined]
        held = [one.authorization.named_in(case.pk) for one in there if one.authorization is not None]
        told = f" under {', '.join(dict.fromkeys(held))}" if held else ""
        fact = f"Nothing is sent in this case: {packs} packs are on hand in stock of {case.institution}{told}."
    return Finding(
        met=bool(there),
        fact=fact,
        sentence="Stock that covers this case is on hand",
        satisfied_by="whoever keeps the stock, by a further supply of it",
        rule=rule_named(version, "scope"),
        code="GateOpen:stock",
    )


def _assigned(situation: Situation) -> Consignment | None:
    """The consignment that was put under an authorization and has not left: a permit for one consignment names it."""
    planned = situation.case.consignments.filter(authorization__isnull=False, state__in=BEFORE_DISPATCH)
    return planned.order_by("-number").first() if situation.case.pk else None


def _asked_at(situation: Situation, consignment: Consignment, act: str) -> datetime:
    """An arrival is judged with what was known by then; everything else with what is known now."""
    if act == "import" and consignment.arrived_at is not None:
        return min(situation.now, consignment.arrived_at)
    return situation.facts.get("dispatched_at") or situation.facts.get("dispensed_at") or situation.now


def _day(situation: Situation, consignment: Consignment, act: str) -> date | None:
    """The local day asked about; a dispatch that is only planned is judged on its planned day, never on one gone by."""
    if situation.verb.code != "custody.consignment.release":
        return None
    today = local_day(profile_of(situation.case.profile_version), situation.now)
    return max(today, situation.facts.get("planned_dispatch_on") or consignment.planned_dispatch_on)


def _of_permission(found: Permission, version: ProfileVersion) -> Iterator[Finding]:
    for gate in found.gates:
        yield _of_gate(gate, version)
    if found.gates:
        return
    missing = " ".join(item.sentence for item in found.missing)
    remarks = " ".join(found.remarks)
    yield Finding(
        met=found.allowed,
        fact=" ".join(part for part in (missing, remarks) if part),
        sentence=f"The pathway allows the act “{words.spaced(found.act)}”",
        satisfied_by=_who([item.who for item in found.missing]),
        rule=rule_named(version, "control model"),
        sources=(f"{found.profile}.control_model",),
        code=f"GateOpen:{found.act}",
        remedy=_remedy([item.kind for item in found.missing]),
    )


def _of_gate(gate: GateResult, version: ProfileVersion, *, stage: bool = False) -> Finding:
    sentence = SENTENCES.get(gate.gate, words.capital(words.spaced(gate.gate)))
    if stage:
        sentence = sentence.replace(" on the planned arrival date", "") + ", as far as the authority decides"
    missing = " ".join(item.sentence for item in gate.missing)
    opens = ""
    if gate.open is not True and gate.opens_on is not None:
        opens = f"It opens on {words.day(gate.opens_on)} if nothing else happens."
    standing = f"Open on {words.day(gate.on)}." if gate.open is True else ""
    closes = f"It shuts on {words.day(gate.closes_on)}." if gate.open is True and gate.closes_on else ""
    deferred = " ".join(gate.deferred)
    # What nobody here can bring is said with what to do instead.
    beyond = not_done_on(profile_of(version)) if gate.gate == "consignee" and gate.open is not True else None
    return Finding(
        met=gate.open,
        fact=" ".join(part for part in (missing, opens, standing, closes, deferred, str(beyond or "")) if part)
        or f"Not known on {words.day(gate.on)}.",
        sentence=sentence,
        satisfied_by=_who([item.who for item in gate.missing]),
        rule=f"{rule_named(version, words.spaced(gate.gate), gate.sources)}, {gate.confidence} confidence",
        sources=gate.because,
        code=f"GateOpen:{gate.gate}",
        remedy=_remedy([item.kind for item in gate.missing]),
    )


def _who(roles: list[str]) -> str:
    return " or ".join(dict.fromkeys(words.role(role) for role in roles))


def _remedy(kinds: list[str]) -> tuple[str, str] | None:
    """Where the first thing that is missing can be brought."""
    if "document" in kinds:
        return ("Open the documents", "tab:documents")
    if "attestation" in kinds:
        return ("Attest", "regulatory.attestation.sign")
    if kinds:
        return ("Open the filings", "tab:filings")
    return None
