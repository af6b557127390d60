"""Papers that are whole; nothing moves on that an exception or a suspicion holds (invariants I7, I8 and I17)."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from cases.custody.dscsa.papers import differences
from cases.custody.gs1 import NotReadable
from cases.custody.models import Inspection, Regime, SupplyException, SuspectProduct
from cases.custody.models.dscsa import STATEMENTS
from cases.custody.requirements.looked_up import (
    consignment,
    day_at_the_pharmacy,
    last_inspection,
    received_as_of,
    units,
)
from cases.custody.verbs.papers import said_packs, units_of
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.people.roles import Role

MOVING = tuple(f"custody.consignment.{word}" for word in ("release", "dispatch", "accept", "dispense", "dispense_part"))
# Ten or eleven digits in three segments, or twelve by the rule of 2033; without dashes it cannot be read back.
NDC = re.compile(r"\d{4,6}-\d{3,4}-\d{1,2}")
PAPERS = ("custody.consignment.record_papers",)


@requirement(
    "NoOpenException",
    "No difference between papers and packs holds a pack that is to move",
    on=MOVING,
    satisfied_by="a pharmacist of this case, once who acts next has acted",
    rule="house rule C-83, version 2 (custody invariants I7 and I8; 21 USC 360eee-1(d)(1))",
)
def no_open_exception(situation: Situation) -> Iterable[Finding]:
    subject = consignment(situation)
    own = Q(consignment=subject) | Q(consignment__in=received_as_of(situation), unit__isnull=True)
    rows = SupplyException.objects.filter(own, state="open").select_related("unit").order_by("number")
    held = list(rows) if subject is not None else []
    if not held:
        return [Finding(met=True, fact="Papers and packs agree, as far as papers were recorded.")]
    return [
        Finding(
            met=_stays_behind(situation, one),
            code=f"NoOpenException:{one.label}",
            fact=f"{one.label} holds {one.unit.serial if one.unit else 'the consignment'}: {one.get_kind_display()}. "
            f"{one.acts_next} acts next.",
            sources=(one.label,),
            remedy=("Resolve it", f"custody.exception.resolve/{one.label}"),
        )
        for one in held
    ]


def _stays_behind(situation: Situation, one: SupplyException) -> bool:
    """Whether the pack it holds is not among those that move: another than the one named, or not accepted in part."""
    if one.unit is None:
        return False
    if situation.verb.code == "custody.consignment.dispense_part":
        named = situation.facts.get("unit")
        return named is not None and named.pk != one.unit_id
    inspection = last_inspection(situation)
    in_part = inspection is not None and inspection.result == Inspection.Result.ACCEPT_PART
    return in_part and situation.verb.code == "custody.consignment.accept"


@requirement(
    "NoSuspectProduct",
    "No pack of this consignment is suspect or illegitimate",
    on=MOVING,
    satisfied_by="a pharmacist in charge, by clearing it after an investigation",
    rule="house rule C-26, version 1 (21 USC 360eee-1(d)(4))",
)
def no_suspect_product(situation: Situation) -> Iterable[Finding]:
    subject = consignment(situation)
    rows = (
        SuspectProduct.objects.filter(consignment__in=received_as_of(situation))
        .exclude(state="cleared")
        .select_related("unit")
    )
    held = list(rows.order_by("number")) if subject is not None else []
    if not held:
        return [Finding(met=True, fact="None is.")]
    return [
        Finding(
            met=False,
            code=f"NoSuspectProduct:{one.label}",
            fact=f"{one.label} holds {one.unit.serial}: {one.get_state_display()}.",
            sources=(one.label,),
        )
        for one in held
    ]


@requirement(
    "PapersAreWhole",
    "The papers can be read, their days are in order, and the statement is whole where the Act asks for it",
    on=PAPERS,
    satisfied_by="whoever enters them; what is missing is asked of the seller",
    rule="house rule C-27, version 1 (21 USC 360eee(26) and (27))",
)
def papers_are_whole(situation: Situation) -> Finding:
    facts = situation.facts
    if "regime" not in facts:
        return Finding(met=True, fact="The papers are entered in the form.")
    try:
        packs = said_packs(situation)
    except NotReadable as fault:
        return Finding(met=False, fact=str(fault))
    faults = []
    if not packs:
        faults.append("no pack is named: choose the file, or write one pack a line")
    if facts["transaction_on"] > day_at_the_pharmacy(situation, situation.now):
        faults.append(f"the transaction of {facts['transaction_on']} is still to come")
    if (shipped := facts.get("shipped_on")) and shipped < facts["transaction_on"]:
        faults.append(f"it was shipped on {shipped}, before the transaction of {facts['transaction_on']}")
    if (ndc := facts.get("ndc")) and not NDC.fullmatch(ndc):
        faults.append(f"{ndc[:20]!r} is no NDC with its segments, such as 12345-6789-0")
    missing = [words for code, words in STATEMENTS if code not in facts.get("statement", [])]
    if facts["regime"] == Regime.US_DSCSA and missing:
        faults.append(f"the statement does not say: {'; '.join(missing)}")
    if faults:
        return Finding(met=False, fact=f"{'. '.join(fault[:1].upper() + fault[1:] for fault in faults)}.")
    subject = consignment(situation)
    found = differences(packs, facts["containers"], units_of(subject)) if subject is not None else []
    words = f"{len(found)} differences will open as exceptions." if found else "They agree with the packs."
    return Finding(met=True, fact=f"{len(packs)} packs on the papers, {len(units(situation))} there. {words}")


@requirement(
    "VerificationIsWhole",
    "A pack that was not verified has the reason given, and the answer is not still to come",
    on=("custody.consignment.record_verification",),
    satisfied_by="whoever records it",
    rule="house rule C-28, version 1",
)
def verification_is_whole(situation: Situation) -> Finding:
    facts = situation.facts
    if "is_verified" not in facts:
        return Finding(met=True, fact="The answer is entered in the form.")
    if facts["answered_at"] > situation.now:
        return Finding(met=False, fact=f"{facts['answered_at']:%Y-%m-%d %H:%M} UTC is still to come.")
    if facts["is_verified"] == bool(facts.get("failure")):
        wrong = "A verified pack has no reason to fail." if facts["is_verified"] else "Say which reason was given."
        return Finding(met=False, fact=wrong)
    return Finding(met=True, fact="Verified." if facts["is_verified"] else "Not verified, with its reason.")


@requirement(
    "SuspectOnceAtATime",
    "The pack is not under investigation already",
    on=("custody.consignment.suspect",),
    satisfied_by="nobody: the investigation that stands goes on",
    rule="house rule C-29, version 1",
)
def suspect_once_at_a_time(situation: Situation) -> Finding:
    unit = situation.facts.get("unit")
    if unit is None:
        return Finding(met=True, fact="The pack is chosen in the form.")
    standing = SuspectProduct.objects.filter(unit=unit).exclude(state="cleared").first()
    if standing is not None:
        return Finding(met=False, fact=f"{standing.label} stands for {unit.serial}.", sources=(standing.label,))
    return Finding(met=True, fact=f"None stands for {unit.serial}.")


@requirement(
    "SuspicionDecidedInCharge",
    "The pharmacist in charge decides, and not on a suspicion of their own",
    on=("custody.suspect.clear", "custody.suspect.determine"),
    satisfied_by="a pharmacist in charge who did not raise it",
    rule="house rule C-32, version 1 (separation by person)",
)
def suspicion_decided_in_charge(situation: Situation) -> Finding:
    suspect = situation.subject if isinstance(situation.subject, SuspectProduct) else None
    if situation.by.role != Role.PHARMACIST_IN_CHARGE:
        return Finding(met=False, fact=f"{situation.by.display_name} is no pharmacist in charge.")
    own = suspect is not None and suspect.raised_by_id == situation.by.pk
    return Finding(met=not own, fact=f"{situation.by.display_name} {'raised it' if own else 'did not raise it'}.")


@requirement(
    "ToldInOrder",
    "Somebody was told, after the determination and not in the future",
    on=("custody.suspect.tell",),
    satisfied_by="whoever records it",
    rule="house rule C-33, version 1",
)
def told_in_order(situation: Situation) -> Finding:
    suspect = situation.subject if isinstance(situation.subject, SuspectProduct) else None
    told: list[datetime] = [
        situation.facts[name] for name in ("fda_told_at", "partners_told_at") if name in situation.facts
    ]
    if not situation.facts or suspect is None or suspect.decided_at is None:
        return Finding(met=bool(not situation.facts), fact="The moments are given in the form.")
    if not told:
        return Finding(met=False, fact="Nobody was named: say when FDA or the partners were told.")
    began = suspect.decided_at.replace(second=0, microsecond=0)
    if wrong := next((one for one in told if not began <= one <= situation.now), None):
        between = f"between the determination, {began:%Y-%m-%d %H:%M} UTC, and now"
        return Finding(met=False, fact=f"{wrong:%Y-%m-%d %H:%M} UTC is not {between}.")
    return Finding(met=True, fact="After the determination.")


@requirement(
    "NoticeEndsAfterAllWereTold",
    "FDA and the partners were told, and FDA was asked before the notice ends",
    on=("custody.suspect.terminate",),
    satisfied_by="a pharmacist, by telling them and asking FDA",
    rule="house rule C-34, version 1 (21 USC 360eee-1(d)(4)(B), custody invariant I17)",
)
def notice_ends_after_all_were_told(situation: Situation) -> Finding:
    suspect = situation.subject if isinstance(situation.subject, SuspectProduct) else None
    told = {"FDA": suspect and suspect.fda_told_at, "the partners": suspect and suspect.partners_told_at}
    missing = [who for who, at in told.items() if not at]
    if missing:
        return Finding(met=False, fact=f"Not told yet: {' and '.join(missing)}.")
    return Finding(met=True, fact="Both were told. The reference of the consultation is given in the form.")
