"""Who may: separation by person, the own institution, the witness, and moments that can be true."""

from collections.abc import Mapping
from datetime import datetime

from cases.custody.models import Disposition
from cases.custody.requirements.looked_up import consignment, events, last_inspection, standing_exposures
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.people.roles import Role

OF_A_PART = tuple(
    f"custody.consignment.{word}" for word in ("dispense_part", "open_pack", "waste", "bring_back", "destroy_part")
)
AT_THE_DOOR = (
    "custody.consignment.arrive",
    "custody.consignment.inspect",
    "custody.consignment.record_temperature",
    "custody.consignment.dispense",
    "custody.consignment.record_dose",
    "custody.consignment.read_pack",
    *OF_A_PART,
)
HANDLED: Mapping[str, str] = {
    "reserving": "allocated the units",
    "shipping": "dispatched them",
    "receiving": "received them",
    "inspecting": "inspected them",
}
# verb -> (fact asked for, field of the consignment that must lie before it, its word)
MOMENTS: Mapping[str, tuple[str, str, str]] = {
    "custody.consignment.dispatch": ("dispatched_at", "", ""),
    "custody.consignment.arrive": ("arrived_at", "dispatched_at", "dispatch"),
    "custody.consignment.inspect": ("inspected_at", "arrived_at", "arrival"),
    "custody.consignment.hand_over": ("handed_at", "dispatched_at", "dispatch"),
    "custody.milestone.reach": ("reached_at", "", ""),
    "custody.consignment.dispense": ("dispensed_at", "arrived_at", "arrival"),
    "custody.consignment.record_dose": ("given_at", "dispensed_at", "dispensing"),
    "custody.consignment.dispense_part": ("dispensed_at", "arrived_at", "arrival"),
    "custody.consignment.open_pack": ("opened_at", "arrived_at", "arrival"),
    "custody.consignment.waste": ("done_at", "arrived_at", "arrival"),
    "custody.consignment.bring_back": ("brought_back_at", "arrived_at", "arrival"),
    "custody.consignment.destroy_part": ("done_at", "arrived_at", "arrival"),
}


@requirement(
    "DecidedBySomebodyElse",
    "The decision is made by somebody who neither packed nor received it",
    on=("custody.consignment.decide_disposition",),
    satisfied_by="a pharmacist who had no part in it",
    rule="house rule C-09, version 1 (separation by person)",
)
def decided_by_somebody_else(situation: Situation) -> Finding:
    parts = {
        HANDLED[event.biz_step]
        for event in events(situation)
        if event.biz_step in HANDLED and event.recorded_by_id == situation.by.pk
    }
    inspection = last_inspection(situation)
    if inspection is not None and inspection.inspected_by_id == situation.by.pk:
        parts.add(HANDLED["inspecting"])
    if any(not one.is_sound and one.assessed_by == situation.by for one in standing_exposures(situation)):
        parts.add("recorded the excursion")
    if parts:
        return Finding(met=False, fact=f"{situation.by.display_name} {' and '.join(sorted(parts))}.")
    return Finding(met=True, fact=f"{situation.by.display_name} had no part in it.")


@requirement(
    "ReleasedByPharmacistInCharge",
    "A release is signed by the pharmacist in charge",
    on=("custody.consignment.decide_disposition",),
    satisfied_by="the pharmacist in charge",
    rule="house rule C-10, version 1",
)
def released_by_pharmacist_in_charge(situation: Situation) -> Finding:
    decision = situation.facts.get("decision")
    if decision is not None and decision != Disposition.Decision.RELEASE:
        return Finding(met=True, fact="Quarantine and rejection may be decided by any pharmacist of the case.")
    if situation.by.role == Role.PHARMACIST_IN_CHARGE:
        return Finding(met=True, fact=f"{situation.by.display_name} is a pharmacist in charge.")
    return Finding(
        met=decision is None,
        fact=f"{situation.by.display_name} is not: only quarantine or rejection can be signed.",
    )


@requirement(
    "ReceivedByOwnInstitution",
    "A receiving pharmacist acts for the own institution",
    on=AT_THE_DOOR,
    satisfied_by="the receiving pharmacist of that institution",
    rule="house rule C-11, version 1",
)
def received_by_own_institution(situation: Situation) -> Finding:
    subject = consignment(situation)
    if subject is None:
        return Finding(met=None, fact="No consignment was named.")
    if situation.by.role != Role.RECEIVING_PHARMACIST:
        return Finding(met=True, fact=f"{situation.by.display_name} records for {subject.institution}.")
    own = situation.by.institution_id == subject.institution_id
    return Finding(met=own, fact=f"It goes to {subject.institution}.")


@requirement(
    "MomentInOrder",
    "The moment given is past, and not before what went before",
    on=tuple(MOMENTS),
    satisfied_by="whoever records it",
    rule="house rule C-12, version 1",
)
def moment_in_order(situation: Situation) -> Finding:
    fact, before_field, before_word = MOMENTS[situation.verb.code]
    given: datetime | None = situation.facts.get(fact)
    if given is None:
        return Finding(met=True, fact="The moment is given in the form.")
    if given > situation.now:
        return Finding(met=False, fact=f"{given:%Y-%m-%d %H:%M} UTC is still to come. Record it when it has happened.")
    earlier: datetime | None = getattr(situation.subject, before_field, None) if before_field else None
    if earlier is not None and given < earlier:
        return Finding(
            met=False, fact=f"{given:%Y-%m-%d %H:%M} UTC lies before the {before_word} at {earlier:%Y-%m-%d %H:%M} UTC."
        )
    return Finding(met=True, fact=f"{given:%Y-%m-%d %H:%M} UTC.")


@requirement(
    "WitnessIsAnother",
    "The witness is somebody else",
    on=tuple(f"custody.consignment.{word}" for word in ("destroy", "waste", "destroy_part")),
    satisfied_by="a second person",
    rule="house rule C-13, version 1 (separation by person)",
)
def witness_is_another(situation: Situation) -> Finding:
    witness = situation.facts.get("witness")
    if witness is None:
        return Finding(met=True, fact="The witness is named in the form.")
    return Finding(
        met=witness.pk != situation.by.pk,
        fact=f"{situation.by.display_name} records it, {witness.display_name} witnesses.",
    )
