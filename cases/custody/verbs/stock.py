"""From stock to a patient: packs are drawn for the patient's case, and put back while nothing of them was used.

Each deed is taken in the patient's case and recorded in both: the case of stock has an event and a line of custody of
its own, so that either can be read by itself. Both cases are locked, in one order (``reaches``).
"""

from collections.abc import Callable

from django.db import models

from cases.custody.ledger import record_act
from cases.custody.models import Consignment, StockMove, StockPack, Unit, UnitState
from cases.custody.stock import stock_cases, stock_for, whole_packs
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    HOLDS_ON_USE,
    at_the_institution,
    consignment_of,
    source_of,
    verb,
)
from cases.custody.verbs.planning import MOST_COUNTED
from cases.lifecycle.engine import advance
from cases.lifecycle.verbs import Ask, Situation, next_number
from cases.models import Case

HAND_ON = "custody.consignment.hand_on"
TAKE_IN = "custody.consignment.take_in"
# What the consignment of a patient has from the stock that it was drawn from, so that it reads like any supply.
CARRIED_OVER = (
    "supplier_id", "carrier_id", "institution_id", "unit", "planned_dispatch_on", "planned_arrival_on", "port",
    "handling_id", "order_number", "shipper_number", "logger_number", "ordered_at", "dispatched_at", "arrived_at",
)  # fmt: skip


def chosen_packs(situation: Situation) -> list[Unit]:
    """The packs that the draw names: by their serial numbers, else as many as asked for, what expires first first."""
    stock, count = situation.facts["stock"], situation.facts["packs"]
    whole, _ = whole_packs(stock)
    named = situation.facts.get("serials", "").split()
    return [unit for unit in whole if unit.serial in named] if named else whole[:count]


def _draw(situation: Situation) -> models.Model:
    case, facts = situation.case, situation.facts
    stock: Consignment = facts["stock"]
    packs = chosen_packs(situation)
    last = case.consignments.order_by("-cycle").first()
    drawn = Consignment.objects.create(
        case=case,
        number=next_number(case.consignments),
        drawn_from=stock,
        cycle=last.cycle + 1 if last else 1,
        quantity=len(packs),
        days_of_therapy=facts["days_of_therapy"],
        **{name: getattr(stock, name) for name in CARRIED_OVER},
    )
    move = StockMove.objects.create(
        case=case,
        kind=StockMove.Kind.DRAW,
        stock=stock,
        consignment=drawn,
        serials=[unit.serial for unit in packs],
        reason=situation.reason,
        done_by=situation.by,
        done_at=situation.now,
    )
    _move(situation, move, HAND_ON, packs, drawn)
    drawn.come_from_stock()
    drawn.save()
    return drawn


def _move(situation: Situation, move: StockMove, other_side: str, packs: list[Unit], to: Consignment) -> None:
    """The packs leave the one consignment, by whose case's own verb, and come to the other."""
    if other_side == HAND_ON:
        _in_the_case_of_stock(situation, move, HAND_ON)
        _enter(situation, move, packs, to)
        return
    at_the_institution(situation, "draw_out", units=packs)
    _in_the_case_of_stock(situation, move, TAKE_IN)


def _in_the_case_of_stock(situation: Situation, move: StockMove, code: str) -> None:
    advance(
        Case.objects.get(pk=move.stock.case_id),
        code,
        by=situation.by,
        now=situation.now,
        subject=move.stock,
        facts={"move": move.pk, "reason": situation.reason},
    )


def _enter(situation: Situation, move: StockMove, packs: list[Unit], to: Consignment) -> None:
    """The packs as records of the consignment that they come to, with its own line of custody."""
    entered = Unit.objects.bulk_create(
        Unit(case_id=to.case_id, consignment=to, lot=unit.lot, gtin=unit.gtin, serial=unit.serial, content=unit.content)
        for unit in packs
    )
    record_act(
        to,
        "draw_in",
        by=situation.by,
        event_at=situation.now,
        now=situation.now,
        place=to.institution.name,
        holder=to.institution.name,
        zone=to.institution.time_zone,
        units=entered,
        source=source_of(situation),
    )
    StockPack.objects.bulk_create(
        StockPack(case_id=move.case_id, move=move, serial=left.serial, left=left, entered=came)
        for left, came in zip(packs, entered, strict=True)
    )


def _hand_on(situation: Situation) -> models.Model:
    stock, move = consignment_of(situation), situation.facts["move"]
    packs = list(stock.units.filter(serial__in=move.serials, state=UnitState.ACCEPTED).order_by("pk"))
    at_the_institution(situation, "draw_out", units=packs)
    if not stock.units.filter(state__in=(UnitState.ACCEPTED, UnitState.QUARANTINE)).exists():
        stock.end_as_drawn()
        stock.save()
    _tell_how_many(situation, move)
    return stock


def _take_in(situation: Situation) -> models.Model:
    stock, move = consignment_of(situation), situation.facts["move"]
    if stock.state == Consignment.State.DRAWN:
        stock.stand_again()
        stock.save()
    packs = move.consignment.units.filter(serial__in=move.serials, state=UnitState.DRAWN)
    _enter(situation, move, list(packs.select_related("lot").order_by("pk")), stock)
    _tell_how_many(situation, move)
    return stock


def _tell_how_many(situation: Situation, move: StockMove) -> None:
    """The event of the case of stock keeps the packs; whose case they went to is read by who may see that case."""
    situation.facts["serials"] = list(move.serials)


def _put_back(situation: Situation) -> models.Model:
    drawn = consignment_of(situation)
    packs = list(drawn.units.filter(state=UnitState.ACCEPTED).select_related("lot").order_by("pk"))
    drawn.put_back()
    drawn.save()
    move = StockMove.objects.create(
        case=situation.case,
        kind=StockMove.Kind.BACK,
        stock_id=drawn.drawn_from_id or 0,
        consignment=drawn,
        serials=[unit.serial for unit in packs],
        reason=situation.reason,
        done_by=situation.by,
        done_at=situation.now,
    )
    _move(situation, move, TAKE_IN, packs, move.stock)
    return drawn


def _stock(situation: Situation) -> "models.QuerySet[Consignment]":
    return stock_for(situation.case)


def _first_to_expire(situation: Situation) -> int | None:
    return stock_for(situation.case).values_list("pk", flat=True).first()


def _under_way(kind: str) -> "Callable[[Situation], models.QuerySet[StockMove]]":
    """The moves of this stock whose packs are still to leave or to come: none but while the deed is under way."""

    def options(situation: Situation) -> "models.QuerySet[StockMove]":
        stock = situation.subject
        rows = StockMove.objects.filter(stock=stock) if isinstance(stock, Consignment) else StockMove.objects.none()
        return rows.filter(kind=kind, packs__isnull=True).order_by("pk")

    return options


def stock_of(record: models.Model) -> list[int]:
    """The cases of stock that a patient's case may draw from, or that its consignment goes back to."""
    if isinstance(record, Case):
        return list(stock_cases(record).values_list("pk", flat=True))
    stock = record.drawn_from if isinstance(record, Consignment) else None
    return [stock.case_id] if stock is not None else []


def _is_drawn(record: models.Model) -> bool:
    return isinstance(record, Consignment) and record.drawn_from_id is not None


def _lies_in_stock(record: models.Model) -> bool:
    return isinstance(record, Consignment) and record.state == Consignment.State.ACCEPTED and record.case.is_stock


def _was_drawn_from(record: models.Model) -> bool:
    state = Consignment.State
    return isinstance(record, Consignment) and record.state in (state.ACCEPTED, state.DRAWN) and record.case.is_stock


VERBS = (
    verb(
        "draw",
        "drawn",
        "Draw it from stock",
        _draw,
        creates=True,
        roles=AT_THE_INSTITUTION,
        reaches=stock_of,
        asks=(
            Ask(
                "stock",
                "From which stock",
                "record",
                options=_stock,
                initial=_first_to_expire,
                hint="What expires first is suggested.",
            ),
            Ask("packs", "How many packs", "integer", least=1, hint="Whole packs; a part of a pack is not drawn."),
            Ask(
                "serials",
                "Serial numbers of the packs taken",
                "long",
                required=False,
                hint="One on each line. Left empty, those that expire first are taken, and the record says which.",
            ),
            Ask(
                "days_of_therapy",
                "Days of therapy in it",
                "integer",
                hint="The patient's run-out day is counted from these.",
                initial=lambda situation: 28,
                most=MOST_COUNTED,
            ),
        ),
        stopped_by=HOLDS_ON_USE,
        needs_reason=True,
        consequence="The packs leave the stock for this patient, and both cases say so. Say in the reason why this "
        "patient comes first, where stock is short.",
    ),
    verb(
        "put_back",
        "put_back",
        "Put it back to stock",
        _put_back,
        roles=AT_THE_INSTITUTION,
        reaches=stock_of,
        offered_when=_is_drawn,
        needs_reason=True,
        consequence="The packs return to the stock that they were drawn from, and both cases say so.",
    ),
    verb(
        "hand_on",
        "handed_on",
        "Record that packs of it were drawn for a patient",
        _hand_on,
        transition="",
        roles=AT_THE_INSTITUTION,
        offered_when=_lies_in_stock,
        listed=False,
        asks=(Ask("move", "Which draw", "record", options=_under_way(StockMove.Kind.DRAW)),),
        needs_reason=True,
        consequence="Taken with the draw in the patient's case, never by itself.",
    ),
    verb(
        "take_in",
        "taken_in",
        "Record that packs came back to it",
        _take_in,
        transition="",
        roles=AT_THE_INSTITUTION,
        offered_when=_was_drawn_from,
        listed=False,
        asks=(Ask("move", "Which putting back", "record", options=_under_way(StockMove.Kind.BACK)),),
        needs_reason=True,
        consequence="Taken with the putting back in the patient's case, never by itself.",
    ),
)
