"""A correction puts a line right; it never moves a pack (invariant I14)."""

from cases.custody.fold import DID_NOT_OCCUR, IllegalMovement
from cases.custody.ledger import NAME_LENGTH, judge_correction
from cases.custody.models import Consignment, CustodyEvent, Unit
from cases.custody.verbs.corrections import moment_of
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation


@requirement(
    "CorrectionMovesNothing",
    "The correction leaves every pack where it stands",
    on=("custody.consignment.correct_event",),
    satisfied_by="whoever records it; what moves a pack is a step of its own",
    rule="house rule C-80, version 1 (custody invariants I3 and I14)",
)
def correction_moves_nothing(situation: Situation) -> Finding:
    line: CustodyEvent | None = situation.facts.get("line")
    if line is None:
        return Finding(met=True, fact="The line is chosen in the form.")
    facts = situation.facts
    if (at := facts.get("event_at")) and at > situation.now:
        return Finding(met=False, fact=f"{at:%Y-%m-%d %H:%M} UTC is still to come.")
    gone = facts.get("what") == DID_NOT_OCCUR
    if not gone and not any(facts.get(name) for name in ("event_at", "place", "holder")):
        return Finding(
            met=False, fact="Nothing other than what stands was given. Say when, where or who it really was."
        )
    if long := next((name for name in ("place", "holder") if len(facts.get(name, "")) > NAME_LENGTH), ""):
        return Finding(met=False, fact=f"The {long} has more than {NAME_LENGTH} characters. Shorten it.")
    if fault := _out_of_order(situation, line):
        return Finding(met=False, fact=fault)
    try:
        moved = judge_correction(line, did_not_occur=gone)
    except IllegalMovement as refusal:
        return Finding(met=False, fact=str(refusal))
    if moved:
        serials = dict(Unit.objects.filter(pk__in=moved).values_list("pk", "serial"))
        words = "; ".join(f"{serials[pk]} is {before} and would be {after}" for pk, (before, after) in moved.items())
        return Finding(met=False, fact=f"{words}. Record the step that really happened instead.")
    return Finding(met=True, fact="Every pack stays where it stands.")


def _out_of_order(situation: Situation, line: CustodyEvent) -> str:
    """Why a dispatch, an arrival or a dispensing cannot have been then: the others lie the other way round."""
    subject, at = situation.subject, situation.facts.get("event_at")
    column = moment_of(line)
    if not isinstance(subject, Consignment) or at is None or not column:
        return ""
    order = ("dispatched_at", "arrived_at", "dispensed_at")
    place = order.index(column)
    for number, name in enumerate(order):
        other = getattr(subject, name)
        if other is None or number == place or (at <= other if place < number else at >= other):
            continue
        side = "after" if place < number else "before"
        word = {"dispatched_at": "dispatch", "arrived_at": "arrival", "dispensed_at": "dispensing"}[name]
        return f"{at:%Y-%m-%d %H:%M} UTC lies {side} the {word} at {other:%Y-%m-%d %H:%M} UTC."
    return ""
