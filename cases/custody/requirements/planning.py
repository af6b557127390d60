"""Before it leaves: days, supplier, units, shelf life, carrier, briefing."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from cases.custody.gs1 import fault_of_gtin, fault_of_serials, serials_of
from cases.custody.models import Lot, Unit
from cases.custody.requirements.looked_up import consignment, day_at_the_pharmacy, units
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import Medicine, Stage

SUPPLY_STAGES = (Stage.SOURCING, Stage.SHIPMENT, Stage.DISPENSING)
PLANNED = ("custody.consignment.plan", "custody.consignment.replan", "custody.consignment.release")
LEAVING = ("custody.consignment.release", "custody.consignment.dispatch")


@requirement(
    "SupplyHasBegun",
    "The case has come to sourcing",
    on=("custody.consignment.order", "custody.consignment.allocate", "custody.consignment.draw", *LEAVING),
    satisfied_by="a pharmacist of this case",
    rule="house rule C-01, version 1",
)
def supply_has_begun(situation: Situation) -> Finding:
    case = situation.case
    return Finding(
        met=case.stage in SUPPLY_STAGES,
        fact=f"{case.reference} stands at: {Stage(case.stage).label}.",
        remedy=None if case.stage in SUPPLY_STAGES else ("Move the case to sourcing", "cases.case.begin_sourcing"),
    )


@requirement(
    "PlannedDatesInOrder",
    "It is planned to leave today or later, and to arrive on that day or after it",
    on=PLANNED,
    satisfied_by="a pharmacist of this case",
    rule="house rule C-02, version 1",
)
def planned_dates_in_order(situation: Situation) -> Finding:
    leaves, arrives = planned_days(situation)
    if leaves is None or arrives is None:
        return Finding(met=True, fact="The days are given in the form.")
    today = day_at_the_pharmacy(situation, situation.now)
    faults = []
    if leaves < today:
        faults.append(f"The planned day of dispatch, {leaves}, is past: today is {today} at the pharmacy.")
    if arrives < leaves:
        faults.append(f"The planned arrival, {arrives}, lies before the planned dispatch, {leaves}.")
    return Finding(met=not faults, fact=" ".join(faults) or f"Dispatch on {leaves}, arrival on {arrives}.")


def planned_days(situation: Situation) -> tuple[date | None, date | None]:
    """The planned days as given in the form, else as they stand on the consignment."""
    subject = consignment(situation)
    leaves, arrives = (
        situation.facts.get(name) or getattr(subject, name, None)
        for name in ("planned_dispatch_on", "planned_arrival_on")
    )
    return leaves, arrives


@requirement(
    "UnitsAllocatedMatch",
    "The units are this medicine, each pack once, and as many as planned",
    on=("custody.consignment.allocate", *LEAVING),
    satisfied_by="a pharmacist of this case",
    rule="house rule C-04, version 1",
)
def units_allocated_match(situation: Situation) -> Iterable[Finding]:
    subject = consignment(situation)
    if subject is None:
        return [Finding(met=None, fact="No consignment was named.")]
    if situation.verb.code != "custody.consignment.allocate":
        return [_counted(len(units(situation)), situation)]
    if "serials" not in situation.facts:
        return [Finding(met=True, fact="The units are entered in the form.")]
    facts = situation.facts
    serials = serials_of(facts["serials"])
    return [
        _gtin(facts["gtin"]),
        _counted(len(serials), situation, fault_of_serials(serials)),
        _nowhere_else(facts["gtin"], serials),
        _lot_agrees(situation),
    ]


def _gtin(gtin: str) -> Finding:
    fault = fault_of_gtin(gtin)
    return Finding(
        met=not fault,
        code="UnitsAllocatedMatch:gtin",
        sentence="The GTIN is complete and its check digit fits",
        fact=fault or f"GTIN {gtin}.",
    )


def _counted(found: int, situation: Situation, fault: str = "") -> Finding:
    subject = consignment(situation)
    planned = subject.quantity if subject else Decimal(0)
    return Finding(
        met=found == planned and not fault,
        code="UnitsAllocatedMatch:count",
        sentence="There are as many serial numbers as units planned",
        fact=fault or f"{found} serial numbers, {planned.normalize():f} planned.",
    )


def _nowhere_else(gtin: str, serials: list[str]) -> Finding:
    taken = (
        Unit.objects.filter(gtin=gtin, serial__in=serials)
        .exclude(state__in=("cancelled", "drawn"))
        .select_related("consignment", "case")
        .order_by("serial")
    )
    words = [f"{unit.serial} is allocated to {unit.case.reference} {unit.consignment.label}" for unit in taken]
    return Finding(
        met=not words,
        code="UnitsAllocatedMatch:elsewhere",
        sentence="No pack is allocated to another consignment",
        fact="; ".join(words) or "None of these serial numbers is known yet.",
    )


def _lot_agrees(situation: Situation) -> Finding:
    facts, subject = situation.facts, consignment(situation)
    number = facts["lot_number"]
    made = facts.get("manufactured_on")
    sentence = "The lot is this medicine, with the dates that are on file"
    known = (
        Lot.objects.filter(gtin=facts["gtin"], number=number, supplier_id=subject.supplier_id).first()
        if subject
        else None
    )
    other = Lot.objects.filter(gtin=facts["gtin"]).exclude(medicine=situation.case.medicine).first()
    if len(number) > 20:
        fault = f"A lot number has at most 20 characters; {number!r} has {len(number)}."
    elif other is not None:
        fault = f"GTIN {other.gtin} is on file as {other.medicine}, not as {situation.case.medicine}."
    elif known is not None and known.expires_on != facts["expires_on"]:
        fault = f"Lot {known} is on file with the expiry {known.expires_on}; {facts['expires_on']} was entered."
    elif made and made >= facts["expires_on"]:
        fault = f"Lot {number} would be made on {made}, not before its expiry {facts['expires_on']}."
    elif known is not None and known.manufactured_on and made and known.manufactured_on != made:
        fault = f"Lot {known} is on file as made on {known.manufactured_on}; {made} was entered."
    else:
        fault = ""
    return Finding(
        met=not fault,
        code="UnitsAllocatedMatch:lot",
        sentence=sentence,
        fact=fault or f"Lot {number}, expiry {facts['expires_on']}, {situation.case.medicine}.",
    )


@requirement(
    "ExpiryCoversTransitAndCycle",
    "The shelf life covers the journey and the whole cycle",
    on=("custody.consignment.allocate", *LEAVING),
    satisfied_by="a pharmacist of this case, with units of a later expiry",
    rule="house rule C-05, version 1",
)
def expiry_covers_transit_and_cycle(situation: Situation) -> Finding:
    subject = consignment(situation)
    expiries = [unit.lot.expires_on for unit in units(situation)]
    if given := situation.facts.get("expires_on"):
        expiries = [given]
    if subject is None or not expiries:
        return Finding(
            met=situation.verb.code == "custody.consignment.allocate", fact="No unit is allocated yet: see the form."
        )
    arrives = max(
        planned_days(situation)[1] or subject.planned_arrival_on, day_at_the_pharmacy(situation, situation.now)
    )
    last_dose = arrives + timedelta(days=subject.days_of_therapy - 1)
    first = min(expiries)
    return Finding(
        met=first >= last_dose,
        fact=f"Expires on {first}; with arrival on {arrives} and {subject.days_of_therapy} days of therapy the last "
        f"day of use is {last_dose}.",
    )


@requirement(
    "LoggerNamed",
    "A temperature logger travels with a medicine that is kept cold",
    on=("custody.consignment.dispatch",),
    satisfied_by="a pharmacist of this case",
    rule="house rule C-07, version 1",
    overridable=True,
)
def logger_named(situation: Situation) -> Finding:
    medicine = situation.case.medicine
    kept = medicine.get_storage_display()
    if medicine.storage == Medicine.Storage.ROOM:
        return Finding(met=True, fact=f"Kept at {kept}: a logger is not asked for.")
    if not situation.facts:
        return Finding(met=True, fact=f"Kept at {kept}: the logger's number is given in the form.")
    number = situation.facts.get("logger_number", "")
    return Finding(
        met=bool(number),
        fact=f"Kept at {kept}; logger {number}."
        if number
        else f"Kept at {kept}; no logger number was given. A journey without a record counts as an excursion.",
    )


@requirement(
    "ReceivingBriefed",
    "The receiving pharmacist has confirmed the briefing",
    on=("custody.consignment.dispatch",),
    satisfied_by="the receiving pharmacist",
    rule="house rule C-08, version 1",
    overridable=True,
)
def receiving_briefed(situation: Situation) -> Finding:
    confirmed = situation.facts.get("briefing_confirmed")
    if confirmed is None:
        return Finding(met=True, fact="Answered in the form.")
    return Finding(met=confirmed, fact="Confirmed." if confirmed else "Not confirmed.")
