"""Nothing of a recalled lot moves on (invariant I8); what is said of its packs agrees with the custody ledger."""

from collections.abc import Iterable

from cases.custody.models import Disposition, RecalledCase, RecalledPack, RecallLetter
from cases.custody.recalls.reach import Reach, standing_over
from cases.custody.recalls.standing import packs_of
from cases.custody.requirements.looked_up import units
from cases.custody.verbs.recalls import pack_name
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

MOVING = tuple(
    f"custody.consignment.{word}"
    for word in ("allocate", "release", "dispatch", "decide_disposition", "accept", "dispense", "dispense_part")
)
Outcome = RecalledPack.Outcome
# In which states of the custody ledger a pack may be said to have become that; a dispensed pack has left its sight.
AGREES = {
    Outcome.FOUND: frozenset({"allocated", "in_transit", "quarantine", "accepted", "rejected", "dispensed", "lost"}),
    Outcome.RETURNED: frozenset({"returned", "dispensed"}),
    Outcome.DESTROYED: frozenset({"destroyed", "dispensed"}),
    Outcome.ADMINISTERED: frozenset({"dispensed"}),
    Outcome.NOT_FOUND: frozenset(
        {"allocated", "in_transit", "quarantine", "accepted", "rejected", "dispensed", "lost"}
    ),
}


@requirement(
    "NoRecallStands",
    "No recall stands over a pack of it",
    on=MOVING,
    satisfied_by="a pharmacist in charge, by closing or withdrawing the recall",
    rule="house rule C-50, version 1 (custody invariant I8)",
)
def no_recall_stands(situation: Situation) -> Iterable[Finding]:
    facts = situation.facts
    if facts.get("decision", Disposition.Decision.RELEASE) != Disposition.Decision.RELEASE:
        return [Finding(met=True, fact="Quarantine and rejection are never stopped by a recall.")]
    packs = [Reach(unit.gtin, unit.lot.number, unit.serial) for unit in units(situation)]
    if "gtin" in facts and "lot_number" in facts:
        packs += [Reach(facts["gtin"], facts["lot_number"], one) for one in facts.get("serials", "").split()]
    found: dict[str, list[str]] = {}
    for lot, pack in standing_over(situation.case.pharmacy_id, packs) if packs else []:
        found.setdefault(f"{lot.recall.label} over lot {lot.lot}", []).append(pack.serial)
    if not found:
        return [Finding(met=True, fact="None stands.")]
    return [
        Finding(
            met=False,
            code=f"NoRecallStands:{named.partition(' ')[0]}",
            fact=f"{named} stops {', '.join(sorted(set(serials)))}.",
            sources=(named.partition(" ")[0],),
        )
        for named, serials in sorted(found.items())
    ]


@requirement(
    "LocatedAsTheLedgerSays",
    "What became of the packs agrees with the custody ledger, and was seen by now",
    on=("custody.recall.locate",),
    satisfied_by="whoever records it, once the return, destruction or dispensing is on record",
    rule="house rule C-51, version 1",
)
def located_as_the_ledger_says(situation: Situation) -> Finding:
    facts, part = situation.facts, situation.subject
    if not isinstance(part, RecalledCase) or "packs" not in facts:
        return Finding(met=True, fact="The packs are chosen in the form.")
    if facts["seen_at"] > situation.now:
        return Finding(met=False, fact=f"{facts['seen_at']:%Y-%m-%d %H:%M} UTC is still to come.")
    outcome, ticked = Outcome(facts["outcome"]), set(facts["packs"])
    off = [
        f"{row.unit.serial} is {row.unit.get_state_display()} in the custody ledger, not {outcome.label}"
        for row, _ in packs_of(part)
        if pack_name(row) in ticked and row.unit.state not in AGREES[outcome]
    ]
    return Finding(met=not off, fact=f"{'; '.join(off)}." if off else f"{len(ticked)} packs: {outcome.label}.")


@requirement(
    "EveryPackLocated",
    "Somebody said what became of every pack",
    on=("custody.recall.end",),
    satisfied_by="a pharmacist or the receiving pharmacist, by saying it",
    rule="house rule C-52, version 1",
)
def every_pack_located(situation: Situation) -> Finding:
    part = situation.record(RecalledCase)
    packs = packs_of(part)
    missing = [row.unit.serial for row, pack in packs if not pack.became]
    remedy = ("Say what became of packs", f"custody.recall.locate/{part.label}") if missing else None
    told = f"Not known: {', '.join(missing)}." if missing else f"{len(packs)} packs, each accounted for."
    return Finding(met=not missing, fact=told, remedy=remedy)


@requirement(
    "EveryLetterSettled",
    "Every letter was answered, or given up with its reason",
    on=("custody.recall.end",),
    satisfied_by="those who were written to; a pharmacist in charge may give up a letter after its day",
    rule="house rule C-53, version 1",
)
def every_letter_settled(situation: Situation) -> Finding:
    letters = list(situation.record(RecalledCase).letters.order_by("number"))
    waiting = [f"{one.label} to {one.addressee}" for one in letters if one.state == RecallLetter.State.WAITING]
    told = f"Not answered: {'; '.join(waiting)}." if waiting else f"{len(letters)} letters, each settled."
    return Finding(met=not waiting, fact=told)


@requirement(
    "AnsweredByItsReader",
    "It is answered by whom it was written to, or by a pharmacist whom they told; after it was written, and by now",
    on=("custody.recall_letter.answer",),
    satisfied_by="its reader, or a pharmacist of this case",
    rule="house rule C-54, version 1",
)
def answered_by_its_reader(situation: Situation) -> Finding:
    letter = situation.record(RecallLetter)
    if not letter.is_for(situation.by):
        return Finding(met=False, fact=f"{letter.label} was written to {letter.addressee}.")
    answered = situation.facts.get("answered_at")
    if answered is None:
        return Finding(met=True, fact=f"Written to {letter.addressee}. The answer is given in the form.")
    written = letter.written_at.replace(second=0, microsecond=0)
    if not written <= answered <= situation.now:
        between = f"between the letter, {written:%Y-%m-%d %H:%M} UTC, and now"
        return Finding(met=False, fact=f"{answered:%Y-%m-%d %H:%M} UTC is not {between}.")
    return Finding(met=True, fact=f"Written to {letter.addressee}; answered {answered:%Y-%m-%d %H:%M} UTC.")


@requirement(
    "GivenUpAfterItsDay",
    "The day of the answer has passed",
    on=("custody.recall_letter.give_up",),
    satisfied_by="nobody: wait, and ask again",
    rule="house rule C-55, version 1",
)
def given_up_after_its_day(situation: Situation) -> Finding:
    letter = situation.record(RecallLetter)
    return Finding(met=situation.now > letter.due_at, fact=f"It was due {letter.due_at:%Y-%m-%d %H:%M} UTC.")
