"""Stock is for patients who are known only when it is used: drawn whole, free, in date, and put back only unused."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from cases.custody.models import Consignment, PackOpening, StockMove, SupplyException, SuspectProduct, Unit, UnitState
from cases.custody.recalls.reach import Reach, standing_over
from cases.custody.requirements.looked_up import consignment, once
from cases.custody.stock import serials_said, stock_for, whole_packs
from cases.custody.verbs.common import HOLDS_ON_USE
from cases.custody.verbs.stock import chosen_packs
from cases.custody.verifying import newest_of, speaks_against
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import Hold, Stage

DRAW = ("custody.consignment.draw",)
FOR_A_PATIENT = tuple(
    f"custody.consignment.{word}" for word in ("dispense", "dispense_part", "record_dose", "open_pack", "bring_back")
)
GIVEN_IN_THE_FORM = "The stock and the packs are chosen in the form."


@requirement(
    "ThereIsAPatient",
    "There is a patient to give it to",
    on=(*FOR_A_PATIENT, "cases.case.note_run_out"),
    satisfied_by="nobody in this case: open the patient's case, and draw it there",
    rule="domain rule: no patient is made up for stock (facts, section 6, rule 15)",
)
def there_is_a_patient(situation: Situation) -> Finding:
    case = situation.case
    if not case.is_stock:
        return Finding(met=True, fact=f"{case.reference} is a patient's case.")
    return Finding(
        met=False,
        fact=f"{case.reference} is stock of {case.institution}: nobody is treated in it. Open a case for the patient "
        "on the same pathway, and draw the packs there.",
    )


@requirement(
    "OnHandInStock",
    "As many whole packs are on hand as are drawn",
    on=DRAW,
    satisfied_by="whoever keeps the stock: another stock, fewer packs, or a further supply of it",
    rule="house rule C-110, version 1 (edge cases 13 and 14)",
)
def on_hand_in_stock(situation: Situation) -> Finding:
    facts, case = situation.facts, situation.case
    if "stock" not in facts or "packs" not in facts:
        there = list(stock_for(case))
        if not there:
            return Finding(met=False, fact=f"Nothing of {case.medicine} is on hand in stock of {case.institution}.")
        packs = sum(one.packs for one in there)  # type: ignore[attr-defined]
        return Finding(met=True, fact=f"{packs} packs are on hand. {GIVEN_IN_THE_FORM}")
    whole, begun = whole_packs(facts["stock"])
    told = f"{len(whole)} whole packs are on hand: {serials_said(whole)}." if whole else "No whole pack is on hand."
    if begun:
        told += f" Begun, and not drawn: {serials_said(begun)}."
    named = facts.get("serials", "").split()
    unknown = sorted(set(named) - {unit.serial for unit in whole})
    if unknown:
        return Finding(met=False, fact=f"{', '.join(unknown)} is no whole pack of this stock. {told}")
    if named and len(set(named)) != facts["packs"]:
        return Finding(met=False, fact=f"{facts['packs']} packs are asked for, and {len(set(named))} are named. {told}")
    return Finding(met=facts["packs"] <= len(whole), fact=f"{facts['packs']} asked for. {told}")


@requirement(
    "StockIsFree",
    "No hold, recall, suspicion or open difference stands over the packs that are drawn",
    on=DRAW,
    satisfied_by="a pharmacist in charge, by settling what stands, in the case of the stock",
    rule="house rule C-111, version 1 (custody invariant I8)",
)
def stock_is_free(situation: Situation) -> Iterable[Finding]:
    packs = _chosen(situation)
    if not packs:
        return [Finding(met=True, fact=GIVEN_IN_THE_FORM)]
    told = [*_held(situation), *_stopped(situation, packs)]
    return [Finding(met=not told, fact=" ".join(told) or f"{serials_said(packs)}: nothing stands over them.")]


def _held(situation: Situation) -> Iterator[str]:
    """What stops the whole of the stock; whose hold it is stays in its own case."""
    stock: Consignment = situation.facts["stock"]
    holds = Hold.objects.filter(case_id=stock.case_id, lifted_at__isnull=True, kind__in=HOLDS_ON_USE)
    kinds = sorted({hold.get_kind_display() for hold in holds})
    if kinds:
        yield f"The stock is under a {' and '.join(kinds)} hold."
    for one in SuspectProduct.objects.filter(consignment=stock).exclude(state="cleared").select_related("unit"):
        yield f"{one.unit.serial} of this stock is {one.get_state_display()}."


def _stopped(situation: Situation, packs: list[Unit]) -> Iterator[str]:
    keys = {unit.pk for unit in packs}
    rows = SupplyException.objects.filter(consignment=situation.facts["stock"], state="open").select_related("unit")
    for one in rows.order_by("number"):
        if one.unit_id is None or one.unit_id in keys:
            named = one.unit.serial if one.unit else "the consignment"
            yield f"A difference is open over {named}: {one.get_kind_display()}."
    for answer in newest_of(packs):
        if speaks_against(answer):
            yield f"{answer.unit.serial}: {answer.told}."
    reach = [Reach(unit.gtin, unit.lot.number, unit.serial) for unit in packs]
    for lot, pack in standing_over(situation.case.pharmacy_id, reach):
        yield f"{lot.recall.label} stops {pack.serial}."


@requirement(
    "StockInDate",
    "No pack that is drawn is past its expiry, and the shelf life covers the cycle",
    on=DRAW,
    satisfied_by="nobody: expired packs are returned or destroyed; two people may take a short shelf life upon them",
    rule="house rule C-112, version 1 (custody invariant I9)",
)
def stock_in_date(situation: Situation) -> Iterable[Finding]:
    packs = _chosen(situation)
    if not packs:
        return [Finding(met=True, fact=GIVEN_IN_THE_FORM)]
    lot = min((unit.lot for unit in packs), key=lambda one: one.expires_on)
    day = situation.now.astimezone(ZoneInfo(situation.case.institution.time_zone)).date()
    days = situation.facts.get("days_of_therapy") or 1
    last = day + timedelta(days=days - 1)
    expires = f"Lot {lot} expires on {lot.expires_on}"
    return [
        Finding(met=day <= lot.expires_on, fact=f"{expires}; today is {day} at the institution."),
        Finding(
            met=last <= lot.expires_on,
            code="StockInDate:cycle",
            sentence="The shelf life that is left covers the cycle",
            fact=f"{expires}; with {days} days of therapy from today the last day of use is {last}.",
            overridable=True,
        ),
    ]


def _chosen(situation: Situation) -> list[Unit]:
    if "stock" not in situation.facts or "packs" not in situation.facts:
        return []
    return once(situation, "chosen_packs", lambda: chosen_packs(situation))


@requirement(
    "NothingOfItWasUsed",
    "Nothing of it was used, and the stock that it was drawn from is there",
    on=("custody.consignment.put_back",),
    satisfied_by="nobody: what was used stays with the patient; what is left of it is returned or destroyed here",
    rule="house rule C-113, version 1",
)
def nothing_of_it_was_used(situation: Situation) -> Finding:
    subject = consignment(situation)
    stock = subject.drawn_from if subject is not None else None
    if subject is None or stock is None:
        return Finding(met=False, fact="It was not drawn from stock.")
    there = subject.units.count()
    whole, begun = whole_packs(subject)
    opened = PackOpening.objects.filter(unit__consignment=subject).exists()
    if begun or opened or len(whole) != there:
        left = f"{len(whole)} of {there} packs are whole and accepted"
        told = f"{left}{', and one was opened' if opened else ''}. What was used or begun is not put back: "
        return Finding(met=False, fact=f"{told}dispense it, return it or destroy it in this case.")
    if stock.state not in (Consignment.State.ACCEPTED, Consignment.State.DRAWN) or stock.case.stage == Stage.CLOSED:
        told = "is closed" if stock.case.stage == Stage.CLOSED else f"is {stock.get_state_display()}"
        return Finding(met=False, fact=f"The stock it was drawn from {told}: return it or destroy it in this case.")
    return Finding(met=True, fact=f"{serials_said(whole)}: whole, never opened.")


@requirement(
    "SupplyCame",
    "The supply was shipped to the institution, or drawn from stock there",
    on=("cases.case.begin_dispensing",),
    satisfied_by="a pharmacist of this case, by moving it to shipment, or by drawing from stock",
    rule="house rule C-114, version 1",
)
def supply_came(situation: Situation) -> Finding:
    case = situation.case
    if case.stage != Stage.SOURCING:
        return Finding(met=True, fact="It was shipped.")
    back = StockMove.objects.filter(case=case, kind=StockMove.Kind.BACK).values("consignment")
    drawn = StockMove.objects.filter(case=case, kind=StockMove.Kind.DRAW).exclude(consignment__in=back)
    here = drawn.filter(consignment__units__state__in=(UnitState.ACCEPTED, UnitState.DISPENSED)).distinct()
    labels = ", ".join(one.consignment.label for one in here.select_related("consignment").order_by("pk"))
    told = f"{labels}: drawn from stock." if labels else "Nothing was drawn from stock, and nothing is in shipment."
    return Finding(met=bool(labels), fact=told)
