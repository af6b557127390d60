"""Writing the custody ledger: one event for one act, and the units folded from it in the same transaction.

The same capture twice is one event. Each event has the hash of all it says, and each unit links its events into a
chain, so that an edit, a deletion or a changed order behind the database's back is found and located
(:func:`faults_of_chain`; invariants I13 and I14).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases.custody.fold import ACTS, DID_NOT_OCCUR, ENDS, INCORRECT_DATA, Book, Movement, Position, fold
from cases.custody.models import Consignment, CustodyEvent, CustodyEventUnit, Unit, UnitState
from cases.people.models import User

PATIENT = "the patient"
# A pack in one of these has left its consignment, though others of it may still be there.
GONE = ENDS | {UnitState.DISPENSED}
NAME_LENGTH = 120
# An entry that is judged before the database has given it a number.
_NEXT = 2**62


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
    source: str = "",
) -> CustodyEvent:
    """Write one line of the custody ledger and project the units it is about.

    :param act: a key of :data:`cases.custody.fold.ACTS`.
    :param event_at: when it happened; ``now`` is when it is recorded.
    :param zone: IANA name of the place's zone, kept as the offset of that moment.
    :param units: when left out, all units of the consignment that have not left it (dispensed in parts, wasted).
    :param source: what it was captured from (an event of the case, a file); two captures of one source that say the
        same are one event, and the first is given.
    :raises IllegalMovement: nothing is written when a unit's state does not allow it.
    """
    words = ACTS[act]
    event = CustodyEvent(
        case_id=consignment.case_id,
        consignment=consignment,
        action=words.action,
        biz_step=words.biz_step,
        disposition=words.disposition,
        event_at=event_at,
        zone_offset=offset_of(event_at, zone),
        recorded_at=now,
        place=place[:NAME_LENGTH],
        holder=holder[:NAME_LENGTH],
        recorded_by=by,
        source=source,
    )
    return _enter(event, list(consignment.units.exclude(state__in=GONE).order_by("pk") if units is None else units))


def correct_event(
    wrong: CustodyEvent,
    *,
    by: User,
    now: datetime,
    did_not_occur: bool = False,
    event_at: datetime | None = None,
    place: str = "",
    holder: str = "",
    source: str = "",
) -> CustodyEvent:
    """Add a line that takes the place of another one; the wrong one stays and is shown as corrected.

    :param did_not_occur: it never happened at all; otherwise what is left blank stays as it was (invariant I15).
    :raises IllegalMovement: nothing is written when what follows could then not have happened, when the line is
        corrected already, or when a unit whose way has ended would move again.
    """
    event = CustodyEvent(
        case_id=wrong.case_id,
        consignment_id=wrong.consignment_id,
        action=wrong.action,
        biz_step=wrong.biz_step,
        disposition=wrong.disposition,
        event_at=event_at or wrong.event_at,
        zone_offset=wrong.zone_offset,
        recorded_at=now,
        place=place[:NAME_LENGTH] or wrong.place,
        holder=holder[:NAME_LENGTH] or wrong.holder,
        recorded_by=by,
        corrects=wrong,
        error_reason=DID_NOT_OCCUR if did_not_occur else INCORRECT_DATA,
        source=source,
    )
    return _enter(event, list(wrong.units.order_by("pk")))


def judge_correction(wrong: CustodyEvent, *, did_not_occur: bool) -> dict[int, tuple[str, str]]:
    """What a correction would do to the units: by unit the state before and after, where they differ. Writes nothing.

    :raises IllegalMovement: when it could not be entered at all.
    """
    units = list(wrong.units.all())
    book = Book(movements_of(units))
    before = dict(book.positions)
    error = DID_NOT_OCCUR if did_not_occur else INCORRECT_DATA
    book.enter(
        Movement(
            _NEXT, tuple(sorted(unit.pk for unit in units)), wrong.biz_step, wrong.disposition, wrong.holder,
            corrects=wrong.pk, error=error,
        )
    )  # fmt: skip
    return {
        unit: (before[unit].state, book.positions[unit].state)
        for unit in before
        if before[unit].state != book.positions[unit].state
    }


def _enter(event: CustodyEvent, moved: list[Unit]) -> CustodyEvent:
    keys = sorted(unit.pk for unit in moved)
    event.capture_sha256 = capture_of(event, keys)
    if standing := CustodyEvent.objects.filter(case_id=event.case_id, capture_sha256=event.capture_sha256).first():
        return standing
    # Judged whole before anything is written: a refusal is a sentence, never a half of an event.
    book = Book(movements_of(moved))
    book.enter(
        Movement(
            _NEXT, tuple(keys), event.biz_step, event.disposition, event.holder, event.place, event.corrects_id,
            event.error_reason,
        )
    )  # fmt: skip
    event.body_sha256 = body_of(event, keys)
    event.save(force_insert=True)
    before = _heads(keys)
    heads = {key: link(before.get(key, ""), event.body_sha256) for key in keys}
    CustodyEventUnit.objects.bulk_create(
        CustodyEventUnit(case_id=event.case_id, event=event, unit=unit, link_sha256=heads[unit.pk]) for unit in moved
    )
    positions = {key: replace(at, last_event=event.pk) if at.last_event == _NEXT else at
                 for key, at in book.positions.items()}  # fmt: skip
    _project(moved, positions, heads)
    return event


def _heads(units: Iterable[int]) -> dict[int, str]:
    rows = CustodyEventUnit.objects.filter(unit__in=list(units)).order_by("unit_id", "-event_id")
    return dict(rows.distinct("unit_id").values_list("unit_id", "link_sha256"))


def capture_of(event: CustodyEvent, units: Iterable[int]) -> str:
    """The key under which one capture is kept once: what it says and what it was captured from, not who or when."""
    return _digest(_said(event, units))


def body_of(event: CustodyEvent, units: Iterable[int]) -> str:
    """The hash of all that an event says, with who recorded it and when."""
    said = _said(event, units)
    return _digest(said | {"recorded_at": _instant(event.recorded_at), "recorded_by": event.recorded_by_id})


def link(head: str, body_sha256: str) -> str:
    """The next link of a unit's chain; the head is empty for its first event."""
    return hashlib.sha256(f"{head}:{body_sha256}".encode()).hexdigest()


def _said(event: CustodyEvent, units: Iterable[int]) -> dict[str, Any]:
    return {
        "consignment": event.consignment_id,
        "action": event.action,
        "biz_step": event.biz_step,
        "disposition": event.disposition,
        "event_at": _instant(event.event_at),
        "zone_offset": event.zone_offset,
        "place": event.place,
        "holder": event.holder,
        "units": sorted(units),
        "corrects": event.corrects_id,
        "error": event.error_reason,
        "source": event.source,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def faults_of_chain(units: Iterable[Unit]) -> list[str]:
    """What was changed, taken out or put elsewhere in the events of these units, each located; empty when whole.

    Rows from before links were kept have none: they may only stand at the beginning of a unit's chain.
    """
    named = {unit.pk: unit for unit in units}
    lines = list(
        CustodyEventUnit.objects.filter(unit__in=named)
        .select_related("event")
        .order_by("unit_id", "event_id")
        .iterator()
    )
    members: dict[int, list[int]] = {}
    for event_id, unit_id in CustodyEventUnit.objects.filter(event__in={line.event_id for line in lines}).values_list(
        "event_id", "unit_id"
    ):
        members.setdefault(event_id, []).append(unit_id)
    heads: dict[int, str] = {}
    faults = []
    for line in lines:
        unit, event = named[line.unit_id], line.event
        where = f"{unit.serial}: event {event.pk} ({event.biz_step} / {event.disposition})"
        head = heads.get(unit.pk, "")
        if not line.link_sha256 and not head:
            continue
        if event.body_sha256 != body_of(event, members[event.pk]):
            faults.append(f"{where} is not what was recorded.")
        elif line.link_sha256 != link(head, event.body_sha256):
            faults.append(f"{where} does not follow on the event before it: one was taken out or moved.")
        heads[unit.pk] = line.link_sha256
    ends = Unit.objects.filter(pk__in=named, last_event__isnull=False).values_list("pk", "head_sha256")
    faults += [
        f"{named[pk].serial}: its last events are missing." for pk, head in ends if head and head != heads.get(pk)
    ]
    return faults


def offset_of(moment: datetime, zone: str) -> str:
    """The offset from UTC of that zone at that moment, as EPCIS writes it: ``+05:30``."""
    text = moment.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def movements_of(units: Iterable[Unit], *, known_at: datetime | None = None) -> list[Movement]:
    """Every custody event that concerns these units, as the fold takes it; two queries.

    :param known_at: only what had been recorded by then.
    """
    wanted = {unit.pk for unit in units}
    members: dict[int, list[int]] = {}
    for event_id, unit_id in CustodyEventUnit.objects.filter(unit__in=wanted).values_list("event_id", "unit_id"):
        members.setdefault(event_id, []).append(unit_id)
    events = CustodyEvent.objects.filter(pk__in=members).order_by("pk")
    if known_at is not None:
        events = events.filter(recorded_at__lte=known_at)
    return [
        Movement(
            id=event.pk,
            units=tuple(sorted(members[event.pk])),
            biz_step=event.biz_step,
            disposition=event.disposition,
            holder=event.holder,
            place=event.place,
            corrects=event.corrects_id,
            error=event.error_reason,
            event_at=event.event_at,
            capture=event.capture_sha256,
        )
        for event in events
    ]


def project(units: Iterable[Unit]) -> dict[int, Position]:
    """Set the projection of these units to the fold of their events. Nothing else writes it."""
    units = list(units)
    positions = fold(movements_of(units))
    _project(units, positions, _heads([unit.pk for unit in units]))
    return positions


def _project(units: Iterable[Unit], positions: Mapping[int, Position], heads: Mapping[int, str]) -> None:
    changed = []
    for unit in units:
        position = positions.get(unit.pk)
        if position is not None and (differs(unit, position) or unit.head_sha256 != heads.get(unit.pk, "")):
            unit.state, unit.holder, unit.place = position.state, position.holder, position.place
            unit.last_event_id = position.last_event
            unit.head_sha256 = heads.get(unit.pk, "")
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["state", "holder", "place", "last_event", "head_sha256"], batch_size=500)


def differs(unit: Unit, position: Position) -> bool:
    """Whether the stored projection is not what the fold says."""
    stored = (unit.state, unit.holder, unit.place, unit.last_event_id)
    return stored != (position.state, position.holder, position.place, position.last_event)


def differing(units: Iterable[Unit], positions: dict[int, Position]) -> list[tuple[Unit, Position]]:
    """The units whose stored projection is not what the fold says."""
    return [(unit, positions[unit.pk]) for unit in units if unit.pk in positions and differs(unit, positions[unit.pk])]
