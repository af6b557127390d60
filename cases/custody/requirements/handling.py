"""How the product must be handled: packed for, checked before it leaves, told wherever the box changes hands."""

from cases.custody.requirements.journeys import COORDINATOR, DISPATCH, last_packing
from cases.custody.requirements.looked_up import consignment
from cases.custody.stated_handling import hours_allowed, hours_gone, lacking, printed
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

PACK = "custody.consignment.pack"


@requirement(
    "PackedAsTheProductAsks",
    "It is packed as the product must be handled",
    on=(PACK, DISPATCH),
    satisfied_by=f"{COORDINATOR}, by packing it so",
    rule="house rule C-90, version 1: what is stated of the product goes with every box of it",
)
def packed_as_the_product_asks(situation: Situation) -> Finding:
    subject = consignment(situation)
    handling = subject.handling if subject else None
    if subject is None or handling is None:
        return Finding(
            met=True,
            fact="Nobody stated how this product must be handled; the storage class alone suggests it.",
            remedy=("State how the product must be handled", "custody.handling.state"),
        )
    source = f"{handling.label}: {handling.source}"
    if situation.verb.code == PACK:
        packed, hours = situation.facts.get("constraints", ()), situation.facts.get("hours_from_dispatch")
        if not situation.facts:
            return Finding(met=True, fact=f"{'. '.join(handling.words) or 'Nothing beyond its storage'}.", rule=source)
    else:
        packing = last_packing(situation)
        packed = packing.constraints if packing else ()
        hours = packing.hours_from_dispatch if packing else None
    missing = lacking(packed, handling)
    if handling.hours_from_dispatch and hours and hours > handling.hours_from_dispatch:
        missing.append(f"at most {handling.hours_from_dispatch} hours from dispatch, not {hours}")
    again = () if situation.verb.code == PACK else (("Record the packing again", f"{PACK}/{subject.label}"),)
    return Finding(
        met=not missing,
        fact=f"Not packed for: {'; '.join(missing)}." if missing else "As stated of the product.",
        rule=source,
        sources=(handling.label,),
        remedy=again[0] if missing and again else None,
    )


@requirement(
    "HandlingIsTold",
    "How it must be handled is known to whoever takes it",
    on=(
        DISPATCH,
        "custody.consignment.hand_over",
        "custody.consignment.arrive",
        "custody.consignment.inspect",
    ),
    satisfied_by="whoever holds the box",
    rule="house rule C-91, version 1: told, not judged",
)
def handling_is_told(situation: Situation) -> Finding:
    subject = consignment(situation)
    if subject is None:
        return Finding(met=True, fact="No consignment was named.")
    packing = last_packing(situation)
    lines = [*printed(packing, subject.handling), f"Keep at {situation.case.medicine.get_storage_display()}"]
    gone, allowed = hours_gone(subject, situation.now), hours_allowed(packing, subject.handling)
    if gone is not None and allowed is not None:
        over = ", they are over: set it apart and ask the pharmacy" if gone > allowed else ""
        lines.append(f"{gone} of its {allowed} hours are gone{over}")
    return Finding(met=True, fact=f"{'. '.join(lines)}.")


@requirement(
    "ReceivedWithinItsHours",
    "It was received within the product's hours from dispatch",
    on=("custody.consignment.accept",),
    satisfied_by="the manufacturer, by an answer; then two people of the pharmacy",
    rule="house rule C-92, version 1",
    overridable=True,
)
def received_within_its_hours(situation: Situation) -> Finding:
    subject = consignment(situation)
    packing = last_packing(situation)
    allowed = hours_allowed(packing, subject.handling) if subject else None
    gone = hours_gone(subject, situation.now) if subject else None
    if allowed is None or gone is None:
        return Finding(met=True, fact="The product sets no hours from dispatch.")
    return Finding(met=gone <= allowed, fact=f"{gone} hours from dispatch to arrival; the product allows {allowed}.")
