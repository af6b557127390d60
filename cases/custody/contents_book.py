"""Writing and reading the accounts of packs' contents (:mod:`cases.custody.contents` has the rules)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cases.custody.contents import SHELF, accounts, days_in_part
from cases.custody.models import Consignment, ContentEntry, Unit
from cases.lifecycle.verbs import Situation


def accounts_of(units: Iterable[Unit]) -> dict[int, dict[str, int]]:
    """By unit, how much of it is where; one query."""
    units = list(units)
    entries: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = ContentEntry.objects.filter(unit__in=units).order_by("id")
    for unit, kind, amount in rows.values_list("unit_id", "kind", "amount"):
        entries[unit].append((kind, amount))
    return {unit.pk: accounts(unit.content, entries[unit.pk]) for unit in units}


def enter(situation: Situation, unit: Unit, kind: str, amount: int, *, at: datetime) -> ContentEntry:
    """One entry in a pack's account, with the witness and the certificate that the step names.

    The requirement `ContentCoversIt` says beforehand what is there; whoever comes second is refused by the database.
    """
    facts: dict[str, Any] = situation.facts
    return ContentEntry.objects.create(
        case=situation.case,
        unit=unit,
        kind=kind,
        amount=amount,
        event_seq=situation.case.event_seq + 1,
        at=at,
        reason=situation.reason,
        witness=facts.get("witness"),
        certificate=facts.get("certificate"),
        recorded_by=situation.by,
        recorded_at=situation.now,
    )


def on_the_shelf(consignment: Consignment) -> list[Unit]:
    """The packs of which something is on the shelf."""
    units = list(consignment.units.order_by("id"))
    held = accounts_of(units)
    return [unit for unit in units if held[unit.pk][SHELF]]


def clear_shelf(situation: Situation, consignment: Consignment, kind: str, *, at: datetime) -> None:
    """What is left on the shelf of a consignment's packs goes the same way."""
    units = on_the_shelf(consignment)
    held = accounts_of(units)
    for unit in units:
        enter(situation, unit, kind, held[unit.pk][SHELF], at=at)


def days_dispensed(consignment: Consignment, *, event_seq: int) -> int:
    """Days of therapy that one event of the case brought to the patient: its share of the days in the consignment."""
    of = sum(unit.content for unit in consignment.units.all())
    before = amount = 0
    dispensed = ContentEntry.objects.filter(unit__consignment=consignment, kind="dispense")
    entries = dispensed.filter(event_seq__lte=event_seq)
    for seq, taken in entries.values_list("event_seq", "amount"):
        if seq == event_seq:
            amount += taken
        else:
            before += taken
    return days_in_part(consignment.days_of_therapy, of=of, before=before, amount=amount)


def days_by_event(consignments: Iterable[Consignment]) -> list[tuple[datetime, int]]:
    """When something of these consignments was dispensed and the days of therapy in it; three queries at most."""
    boxes = {one.pk: one for one in consignments}
    of: dict[int, int] = defaultdict(int)
    for box, content in Unit.objects.filter(consignment__in=boxes).values_list("consignment_id", "content"):
        of[box] += content
    entries = ContentEntry.objects.filter(unit__consignment__in=boxes, kind="dispense").order_by("id")
    before: dict[int, int] = defaultdict(int)
    found: dict[tuple[int, int], tuple[datetime, int]] = {}
    for box, seq, at, amount in entries.values_list("unit__consignment_id", "event_seq", "at", "amount"):
        days = days_in_part(boxes[box].days_of_therapy, of=of[box], before=before[box], amount=amount)
        before[box] += amount
        found[box, seq] = (at, found[box, seq][1] + days if (box, seq) in found else days)
    counted = {box for box, _ in found}
    # Dispensed before packs were counted.
    whole = [
        (one.dispensed_at, one.days_of_therapy)
        for one in boxes.values()
        if one.dispensed_at is not None and one.pk not in counted
    ]
    return sorted([*found.values(), *whole])
