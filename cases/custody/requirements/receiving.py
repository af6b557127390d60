"""In quarantine: what an inspection, a reading and a decision must hold before anything is accepted (invariant I4)."""

from decimal import Decimal

from cases.custody.cold_chain.summary import judge_summary
from cases.custody.gs1 import NotReadable
from cases.custody.models import Disposition, Inspection
from cases.custody.receiving.answers import arrival_told
from cases.custody.receiving.packs import SAID, UNREAD, plain
from cases.custody.receiving.protocol import NO, current
from cases.custody.requirements.looked_up import (
    consignment,
    found_after_decision,
    last_disposition,
    last_inspection,
    standing_exposures,
)
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

TO_BE_GIVEN = tuple(f"custody.consignment.{word}" for word in ("accept", "dispense", "dispense_part"))
_RETURN = Disposition.Decision.REJECT_RETURN
DECIDE = ("custody.consignment.decide_disposition",)


@requirement(
    "AcceptanceHasNoDiscrepancy",
    "Accepted on inspection only when everything was found as expected; in part, when each flawed pack is named",
    on=("custody.consignment.inspect",),
    satisfied_by="whoever inspects: accept in part, quarantine or reject instead",
    rule="house rule C-14, version 2",
)
def acceptance_has_no_discrepancy(situation: Situation) -> Finding:
    facts, subject = situation.facts, consignment(situation)
    if subject is None or "result" not in facts:
        return Finding(met=True, fact="What was found is entered in the form.")
    result = Inspection.Result(facts["result"])
    if result not in (Inspection.Result.ACCEPT, Inspection.Result.ACCEPT_PART):
        return Finding(met=True, fact=f"Result: {result.label}.")
    try:
        arrival = arrival_told(situation)
    except NotReadable as fault:
        return Finding(met=False, fact=f"Packs that were not sent: {fault}")
    flaws = [item.no_means for item in current(situation.now).asked if item.stops and facts.get(item.fact) == NO]
    if result == Inspection.Result.ACCEPT_PART:
        if all(not pack.is_sound for pack in arrival.packs):
            flaws.append("no pack is as it was sent")
        if facts["units_received"] != arrival.explained:
            flaws.append(
                f"{plain(facts['units_received'])} units were counted; by the packs named there must be "
                f"{plain(arrival.explained)}"
            )
    else:
        # What was not read is asked for by a requirement of its own.
        flaws += [flaw for flaw in arrival.flaws() if not flaw.endswith(SAID[UNREAD])]
    words = "; ".join(flaws)
    return Finding(met=not flaws, fact=f"{words[:1].upper()}{words[1:]}." if flaws else "Everything as expected.")


@requirement(
    "ReadingsInOrder",
    "The lowest temperature is not above the highest",
    on=("custody.consignment.record_temperature",),
    satisfied_by="whoever records it",
    rule="house rule C-15, version 1",
)
def readings_in_order(situation: Situation) -> Finding:
    lowest, highest = situation.facts.get("lowest_c"), situation.facts.get("highest_c")
    if not situation.facts:
        return Finding(met=True, fact="The readings are entered in the form.")
    for reading in (lowest, highest):
        if reading is not None and not Decimal(-273) <= reading <= Decimal(100):
            return Finding(met=False, fact=f"{reading} °C cannot be: between -273 and 100 °C is possible.")
    if lowest is not None and highest is not None and lowest > highest:
        return Finding(met=False, fact=f"Lowest {lowest} °C, highest {highest} °C.")
    _, words = judge_summary(
        situation.case.medicine.storage,
        lowest=lowest,
        highest=highest,
        minutes_outside=situation.facts.get("minutes_outside", 0),
    )
    return Finding(met=True, fact=words)


@requirement(
    "InspectionAccepted",
    "The receiving inspection was accepted",
    on=TO_BE_GIVEN,
    satisfied_by="the receiving pharmacist",
    rule="house rule C-16, version 1",
)
def inspection_accepted(situation: Situation) -> Finding:
    inspection = last_inspection(situation)
    if inspection is None:
        return Finding(
            met=False, fact="No inspection is on record.", remedy=_on(situation, "Record the inspection", "inspect")
        )
    return Finding(
        met=inspection.accepts,
        fact=f"{inspection.inspected_by.display_name} inspected it on {inspection.inspected_at:%Y-%m-%d}: "
        f"{inspection.get_result_display()}.",
    )


@requirement(
    "DispositionReleased",
    "A release was signed, later than the last arrival, inspection or reading",
    on=TO_BE_GIVEN,
    satisfied_by="a pharmacist in charge who had no part in packing or receiving",
    rule="house rule C-17, version 1 (custody invariant I4)",
)
def disposition_released(situation: Situation) -> Finding:
    decision = last_disposition(situation)
    remedy = _on(situation, "Sign a decision", "decide_disposition")
    if decision is None:
        return Finding(met=False, fact="No decision is on record.", remedy=remedy)
    decided = decision.get_decision_display()
    words = f"{decision.decided_by.display_name} decided on {decision.decided_at:%Y-%m-%d}: {decided}"
    if decision.decision != Disposition.Decision.RELEASE:
        return Finding(met=False, fact=f"{words}.", remedy=remedy)
    if (later := found_after_decision(situation)) is not None:
        return Finding(
            met=False,
            fact=f"{words}; {later.biz_step.replace('_', ' ')} was recorded after it by "
            f"{later.recorded_by.display_name}.",
            remedy=remedy,
        )
    return Finding(met=True, fact=f"{words}.")


@requirement(
    "NoOpenExcursion",
    "The temperature was in range, or the manufacturer has answered for the excursion",
    on=TO_BE_GIVEN,
    satisfied_by="the manufacturer, by an answer on file",
    rule="house rule C-18, version 1",
)
def no_open_excursion(situation: Situation) -> Finding:
    exposures, decision = standing_exposures(situation), last_disposition(situation)
    if not exposures:
        return Finding(
            met=False,
            fact="No temperature is on record: not measured counts as an excursion.",
            remedy=_on(situation, "Record the temperature", "record_temperature"),
        )
    worst = exposures[0]
    if worst.is_sound:
        return Finding(met=True, fact=f"In range throughout: {worst.lowest_c:.1f} to {worst.highest_c:.1f} °C.")
    answer = decision.manufacturer_answer if decision else None
    return Finding(
        met=answer is not None,
        fact=f"{worst.label}: {worst.get_finding_display()}; "
        + (f"the manufacturer's answer is {answer.label}." if answer else "no answer of the manufacturer is on file."),
        sources=(answer.label,) if answer else (),
    )


@requirement(
    "ReleaseHasItsGrounds",
    "A release rests on an inspection and a judged temperature; after an excursion also on the manufacturer's answer",
    on=DECIDE,
    satisfied_by="the receiving pharmacist, or the manufacturer",
    rule="house rule C-19, version 1",
)
def release_has_its_grounds(situation: Situation) -> Finding:
    decision = situation.facts.get("decision")
    if decision is None:
        return Finding(met=True, fact="Judged for a release only; the decision is given in the form.")
    if decision != Disposition.Decision.RELEASE:
        return Finding(met=True, fact="Quarantine and rejection need no grounds but the reason given.")
    inspection, exposures = last_inspection(situation), standing_exposures(situation)
    missing = []
    if inspection is None or inspection.result == Inspection.Result.REJECT:
        missing.append("no inspection is on record" if inspection is None else "the inspection said: reject")
    if not exposures:
        missing.append("no temperature is on record, which counts as an excursion")
    elif not exposures[0].is_sound and not situation.facts.get("manufacturer_answer"):
        worst = exposures[0]
        missing.append(f"{worst.get_finding_display()} ({worst.label}), and no answer of the manufacturer is attached")
    return Finding(
        met=not missing,
        fact=f"{missing[0][:1].upper()}{'; '.join(missing)[1:]}."
        if missing
        else "Inspection and temperature are on record.",
    )


@requirement(
    "RejectionIsFinal",
    "A rejection is final: nothing is released after it",
    on=DECIDE,
    satisfied_by="nobody: rejected units are returned or destroyed",
    rule="house rule C-60, version 1 (custody facts 5.3)",
)
def rejection_is_final(situation: Situation) -> Finding:
    earlier, decision = last_disposition(situation), situation.facts.get("decision", "")
    if earlier is None or not earlier.is_rejection:
        return Finding(met=True, fact="No rejection was decided.")
    told = f"{earlier.decided_by.display_name} rejected it on {earlier.decided_at:%Y-%m-%d}"
    return Finding(
        met=not decision or decision.startswith("reject"), fact=f"{told}: only another rejection can be signed."
    )


@requirement(
    "RejectionDecided",
    "A rejection was signed by somebody who neither packed nor received it",
    on=("custody.consignment.reject",),
    satisfied_by="a pharmacist who had no part in it",
    rule="house rule C-61, version 1 (custody facts 5.3)",
)
def rejection_decided(situation: Situation) -> Finding:
    decision = last_disposition(situation)
    if decision is not None and decision.is_rejection:
        told = f"{decision.decided_by.display_name} decided on {decision.decided_at:%Y-%m-%d}"
        return Finding(met=True, fact=f"{told}: {decision.get_decision_display()}.")
    return Finding(
        met=False,
        fact="No rejection is signed."
        if decision is None
        else f"The last decision: {decision.get_decision_display()}.",
        remedy=_on(situation, "Sign a decision", "decide_disposition"),
    )


@requirement(
    "GoesWhereDecided",
    "Rejected units go where the signed rejection sends them",
    on=("custody.consignment.give_back", "custody.consignment.destroy"),
    satisfied_by="whoever decided: another rejection, with its reason",
    rule="house rule C-62, version 1 (custody facts 5.3)",
)
def goes_where_decided(situation: Situation) -> Finding:
    decision = last_disposition(situation)
    if decision is None or not decision.is_rejection:
        return Finding(met=True, fact="No rejection was signed.")
    other = Disposition.Decision.REJECT_DESTROY if situation.verb.code.endswith("give_back") else _RETURN
    told = f"{decision.decided_by.display_name} decided: {decision.get_decision_display()}."
    return Finding(met=decision.decision != other, fact=told)


def _on(situation: Situation, label: str, verb: str) -> tuple[str, str]:
    return label, f"custody.consignment.{verb}/{situation.subject_label}"
