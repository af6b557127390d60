"""Writing the custody ledger: one event for one act, and the units folded from it in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from cases.custody.fold import ACTS, Movement, Position, fold
from cases.custody.models import Consignment, CustodyEvent, CustodyEventUnit, Unit
from cases.people.models import User

PATIENT = "the patient"
_NAME_LENGTH = 120


def record_act(
    consignment: Consignment,
    act: str,
    *,
    by: User,
    event_at: datetime,
    now: datetime,
    place: str,
    holder: str,
    zone: str,
    units: Iterable[Unit] | None = None,
) -> CustodyEvent:
    """Write one line of the custody ledger and project the units it is about.

    :param act: a key of :data:`cases.custody.fold.ACTS`.
    :param event_at: when it happened; ``now`` is when it is recorded.
    :param zone: IANA name of the place's zone, kept as the offset of that moment.
    :param units: all units of the consignment when left out.
    :raises IllegalMovement: nothing is written when a unit's state does not allow it.
    """
    words = ACTS[act]
    moved = list(consignment.units.all() if units is None else units)
    event = CustodyEvent.objects.create(
        case_id=consignment.case_id,
        consignment=consignment,
        action=words.action,
        biz_step=words.biz_step,
        disposition=words.disposition,
        event_at=event_at,
        zone_offset=offset_of(event_at, zone),
        recorded_at=now,
        place=place[:_NAME_LENGTH],
        holder=holder[:_NAME_LENGTH],
        recorded_by=by,
    )
    CustodyEventUnit.objects.bulk_create(
        CustodyEventUnit(case_id=consignment.case_id, event=event, unit=unit) for unit in moved
    )
    project(moved)
    return event


def offset_of(moment: datetime, zone: str) -> str:
    """The offset from UTC of that zone at that moment, as EPCIS writes it: ``+05:30``."""
    text = moment.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def movements_of(units: Iterable[Unit]) -> list[Movement]:
    """Every custody event that concerns these units, as the fold takes it; two queries."""
    wanted = {unit.pk for unit in units}
    members: dict[int, list[int]] = {}
    for event_id, unit_id in CustodyEventUnit.objects.filter(unit__in=wanted).values_list("event_id", "unit_id"):
        members.setdefault(event_id, []).append(unit_id)
    events = CustodyEvent.objects.filter(pk__in=members).order_by("pk")
    return [
        Movement(
            id=event.pk,
            units=tuple(sorted(members[event.pk])),
            biz_step=event.biz_step,
            disposition=event.disposition,
            holder=event.holder,
            place=event.place,
            corrects=event.corrects_id,
        )
        for event in events
    ]


def project(units: Iterable[Unit]) -> dict[int, Position]:
    """Set state and holder of these units to the fold of their events. Nothing else writes them."""
    units = list(units)
    positions = fold(movements_of(units))
    for unit, position in differing(units, positions):
        unit.state, unit.holder = position.state, position.holder
        unit.save(update_fields=["state", "holder"])
    return positions


def differing(units: Iterable[Unit], positions: dict[int, Position]) -> list[tuple[Unit, Position]]:
    """The units whose stored projection is not what the fold says."""
    return [
        (unit, positions[unit.pk])
        for unit in units
        if unit.pk in positions and (unit.state, unit.holder) != (positions[unit.pk].state, positions[unit.pk].holder)
    ]
