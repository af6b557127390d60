"""Before it leaves: packed for the journey, every pack scanned, papers received for each."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from cases.custody.consignment_papers import OF_A_CONSIGNMENT, OF_THE_LOT, not_its_own
from cases.custody.handling import DRY_ICE, journey_hours
from cases.custody.models import Packing, Regime, TransactionRecord
from cases.custody.partners.rules import PaperRule, table
from cases.custody.requirements.looked_up import consignment, day_at_the_institution, day_at_the_pharmacy, once, units
from cases.custody.scanning.packs import standing_of
from cases.custody.stated_handling import hours_allowed
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

DISPATCH = "custody.consignment.dispatch"
COORDINATOR = "a pharmacist of this case"
# How many characters each answer may have where the form itself would take more.


def last_packing(situation: Situation) -> Packing | None:
    """How the consignment was packed last; ``None`` before it was."""
    subject = consignment(situation)
    return once(
        situation,
        "packing",
        lambda: subject.packings.select_related("packed_by").order_by("id").last() if subject else None,
    )


@requirement(
    "PackingIsWhole",
    "Dry ice has its weight, and a weight its dry ice",
    on=("custody.consignment.pack",),
    satisfied_by="whoever packs it",
    rule="house rule C-38, version 1 (UN1845 is declared with its net weight)",
)
def packing_is_whole(situation: Situation) -> Finding:
    facts = situation.facts
    if not facts:
        return Finding(met=True, fact="It is told in the form.")
    ticked, weighed = DRY_ICE in facts.get("constraints", ()), facts.get("dry_ice_kg") is not None
    if ticked and not weighed:
        return Finding(met=False, fact="Dry ice is ticked and no weight was given. Give its kilograms.")
    if weighed and not ticked:
        return Finding(met=False, fact=f"{facts['dry_ice_kg']} kg of dry ice were given and it is not ticked. Tick it.")
    return Finding(met=True, fact=f"Dry ice, {facts['dry_ice_kg']} kg." if ticked else "No dry ice.")


@requirement(
    "PackedForTheJourney",
    "It is packed, with its shipper named",
    on=(DISPATCH,),
    satisfied_by=COORDINATOR,
    rule="house rule C-39, version 1",
)
def packed_for_the_journey(situation: Situation) -> Finding:
    subject, packing = consignment(situation), last_packing(situation)
    if subject is None or packing is None:
        label = subject.label if subject else ""
        return Finding(
            met=False,
            fact="Nobody has recorded how it is packed.",
            remedy=("Record the packing", f"custody.consignment.pack/{label}"),
        )
    logger = f", logger {packing.logger_number}" if packing.logger_number else ", no logger"
    seal = f", seal {packing.seal_number}" if packing.seal_number else ""
    return Finding(
        met=True,
        fact=f"{packing} by {packing.packed_by.display_name} on {packing.packed_at:%Y-%m-%d}{logger}{seal}.",
    )


@requirement(
    "JourneyFitsHandling",
    "The planned journey is no longer than shipper and product allow",
    on=(DISPATCH,),
    satisfied_by=f"{COORDINATOR}, with another shipper or another day",
    rule="house rule C-40, version 1 (edge case 22)",
    overridable=True,
)
def journey_fits_handling(situation: Situation) -> Iterator[Finding]:
    subject, packing = consignment(situation), last_packing(situation)
    if subject is None or packing is None:
        yield Finding(met=None, fact="It is not packed yet, so its hours are not known.", overridable=False)
        return
    leaves: datetime = situation.facts.get("dispatched_at") or situation.now
    arrives = max(subject.planned_arrival_on, day_at_the_institution(situation, leaves))
    hours = journey_hours(leaves, arrives, subject.institution.time_zone)
    told = f"From dispatch to the end of {arrives} there are {hours} hours"
    yield Finding(
        met=hours <= packing.shipper_hours,
        fact=f"{told}; the shipper is qualified for {packing.shipper_hours}.",
        sentence="The shipper holds its temperature for the planned journey",
        code="JourneyFitsHandling:shipper",
    )
    allowed = hours_allowed(packing, subject.handling)
    if allowed is not None:
        yield Finding(
            met=hours <= allowed,
            fact=f"{told}; the product allows {allowed}.",
            sentence="The product is received within its hours from dispatch",
            code="JourneyFitsHandling:product",
            overridable=False,
        )


@requirement(
    "PacksScanned",
    "Every pack was scanned, or typed by two people, and is the one allocated",
    on=(DISPATCH,),
    satisfied_by=COORDINATOR,
    rule="house rule C-41, version 1 (custody facts 0.2: every serial is verified)",
)
def packs_scanned(situation: Situation) -> Finding:
    subject = consignment(situation)
    if subject is None or not units(situation):
        return Finding(met=False, fact="No unit is allocated yet.")
    standing = once(situation, "standing", lambda: standing_of(subject))
    waiting = [f"{one.unit.serial}: {one.words}" for one in standing if one.state != "good"]
    return Finding(
        met=not waiting,
        fact=" ".join(waiting) if waiting else f"All {len(standing)} packs were read and match.",
        remedy=("Scan the packs", f"scan:{subject.label}") if waiting else None,
    )


@requirement(
    "TransactionPapersReceived",
    "Transaction papers were received for each pack",
    on=(DISPATCH,),
    satisfied_by="the seller, by sending them; a pharmacist records them",
    rule="house rule C-42, version 1 (21 USC 360eee-1(d)(1))",
)
def transaction_papers_received(situation: Situation) -> Finding:
    subject = consignment(situation)
    supplier = subject.supplier if subject else None
    if subject is None or supplier is None:
        return Finding(met=None, fact="No supplier is named yet.")
    rules = [rule for rule in table().papers if rule.inside == supplier.country]
    if not rules:
        return Finding(met=True, fact=f"{supplier} is in {supplier.country}: no transaction papers under US law.")
    records = list(
        subject.transaction_records.filter(regime=Regime.US_DSCSA).prefetch_related("packs").order_by("number")
    )
    lacking = [unit.serial for unit in units(situation) if not _covered(unit, records, rules)]
    day = max((record.transaction_on for record in records), default=day_at_the_pharmacy(situation, situation.now))
    rule = next((one for one in rules if one.stands_on(day)), rules[-1])
    named = "by its serial" if rule.level == "serial" else "at least by its lot"
    if not units(situation) or lacking:
        papers = ", ".join(record.label for record in records) or "No papers"
        return Finding(
            met=False,
            fact=f"{papers}: not named {named}: {', '.join(lacking) or 'no unit is allocated'}.",
            rule=table().cited(rule),
            sources=(rule.id,),
            remedy=("Record the papers", f"custody.consignment.record_papers/{subject.label}"),
        )
    labels = ", ".join(record.label for record in records)
    return Finding(met=True, fact=f"{labels} name each pack {named}.", rule=table().cited(rule), sources=(rule.id,))


def _covered(unit: object, records: Iterable[TransactionRecord], rules: Iterable[PaperRule]) -> bool:
    """Whether papers name this pack as exactly as the rule of their day asks."""
    gtin, serial, lot = (getattr(unit, name) for name in ("gtin", "serial", "lot"))
    for record in records:
        level = next((rule.level for rule in rules if rule.stands_on(record.transaction_on)), "serial")
        for pack in record.packs.all():
            if pack.gtin != gtin:
                continue
            if pack.serial == serial or (level == "lot" and not pack.serial and pack.lot == lot.number):
                return True
    return False


@requirement(
    "PaperIsOfTheShipment",
    "It is a paper of a shipment, and was made for no other",
    on=("custody.consignment.claim_paper",),
    satisfied_by="whoever made the paper, by another one for this consignment",
    rule="house rule C-43, version 1: papers belong to the consignment they were made for",
)
def paper_is_of_the_shipment(situation: Situation) -> Finding:
    subject, paper = consignment(situation), situation.facts.get("document")
    if subject is None or paper is None:
        return Finding(met=True, fact="The paper is chosen in the form.")
    if paper.doc_type not in OF_A_CONSIGNMENT:
        return Finding(met=False, fact=f"{paper.label} is no paper of a shipment: it speaks for the whole case.")
    taken = paper.of_consignments.exclude(consignment=subject).select_related("consignment").first()
    if taken is not None and paper.doc_type not in OF_THE_LOT:
        return Finding(met=False, fact=f"{paper.label} was made for {taken.consignment.label}.")
    strange = not_its_own(subject).get(paper.pk, ("", ""))[1]
    if taken is not None and strange:
        return Finding(met=False, fact=f"{strange} {subject.label} has no pack of that lot.")
    return Finding(met=True, fact=f"{paper.label} is for {subject.label}.")


@requirement(
    "DelayIsToCome",
    "The new day of arrival is still to come, and not before the dispatch",
    on=("custody.consignment.report_delay",),
    satisfied_by="whoever records it",
    rule="house rule C-44, version 1",
)
def delay_is_to_come(situation: Situation) -> Finding:
    subject = consignment(situation)
    new: date | None = situation.facts.get("planned_arrival_on")
    if subject is None or new is None:
        return Finding(met=True, fact="The day is given in the form.")
    today = day_at_the_institution(situation, situation.now)
    if new < max(today, subject.planned_dispatch_on):
        return Finding(met=False, fact=f"{new} is past: today is {today} there. Record the arrival instead.")
    return Finding(met=True, fact=f"Arrival on {new} instead of {subject.planned_arrival_on}.")
