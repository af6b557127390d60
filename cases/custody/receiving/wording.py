"""The exact texts that are signed on arrival: the inspection, item by item and pack by pack, and the second check."""

from collections.abc import Sequence
from typing import Final

from cases.custody.models import Inspection, PackReading
from cases.custody.receiving.answers import Answered
from cases.custody.receiving.packs import BROKEN, MISSING, SAID, Arrival, Found, plain
from cases.custody.receiving.protocol import WORDS, current
from cases.custody.scanning.packs import readings_of
from cases.lifecycle.verbs import Situation

INSPECTED: Final = "I inspected this consignment and found what is recorded above."
CHECKED: Final = "I looked at this consignment myself, counted it, and found what is recorded above."


def inspection_text(situation: Situation, arrival: Arrival, items: Sequence[Answered]) -> str:
    """Every item with its answer, note and photo, every pack as it was read, the count, the decision, the meaning."""
    facts, one = situation.facts, arrival.consignment
    lines = [
        f"Receiving inspection {one.inspections.count() + 1} of consignment {one.label}, case {one.case.reference}",
        f"At {one.institution.name}, by {situation.by.display_name}, {facts['inspected_at']:%Y-%m-%d %H:%M} UTC",
        f"By the {current(situation.now).said}",
        "",
        *(_said(one) for one in items),
    ]
    if stopped := facts.get("logger_stopped_at"):
        lines.append(f"Logger stopped at {stopped:%Y-%m-%d %H:%M} UTC.")
    if stored := facts.get("stored_at"):
        lines.append(f"Moved to qualified storage at {stored:%Y-%m-%d %H:%M} UTC.")
    lines.append("")
    lines += [_pack(number, one, arrival) for number, one in enumerate(arrival.packs, start=1)]
    lines += [
        f"Not sent, and there: GTIN {pack.gtin}, Serial {pack.serial or 'not given'}, Lot {pack.lot or 'not given'}."
        for pack in arrival.extra
    ]
    lines += [f"Counted: {plain(arrival.counted)}; sent: {plain(one.quantity)}.", ""]
    if remarks := facts.get("remarks"):
        lines += [f"Remarks: {remarks}", ""]
    return "\n".join([*lines, f"Decision: {Inspection.Result(facts['result']).label}.", "", INSPECTED, ""])


def check_text(situation: Situation, inspection: Inspection, typed: Sequence[PackReading]) -> str:
    """What the second person counted and typed, whether they agree, and why not."""
    facts, one = situation.facts, inspection.consignment
    at = f"{inspection.inspected_at:%Y-%m-%d %H:%M} UTC"
    number = one.inspections.filter(pk__lte=inspection.pk).count()
    lines = [
        f"Second check of receiving inspection {number} of consignment {one.label}, case {one.case.reference}",
        f"Inspected by {inspection.inspected_by.display_name}, {at}: {inspection.get_result_display()}",
        f"Checked by {situation.by.display_name}, {situation.by.get_role_display()}, "
        f"{situation.now:%Y-%m-%d %H:%M} UTC",
        "",
        f"Counted: {plain(facts['units_counted'])}; at the inspection: {plain(inspection.units_received)}.",
        *(
            f"Typed from the pack: GTIN {pack.gtin}, Serial {pack.serial}, Lot {pack.lot}, Expiry {pack.expiry}; "
            f"{'differs in ' + pack.differs if pack.differs else 'as sent'}."
            for pack in typed
        ),
        f"Agrees with the inspection: {'yes' if facts['agrees'] else 'no'}.",
    ]
    if remarks := facts.get("remarks"):
        lines.append(f"Remarks: {remarks}")
    return "\n".join([*lines, "", CHECKED, ""])


def _said(one: Answered) -> str:
    note = f" Note: {one.note}" if one.note else ""
    photo = f" Photo: {one.photo.label}, SHA-256 {one.photo.sha256}" if one.photo is not None else ""
    return f"{one.item.question} {WORDS.get(one.answer, 'not answered')}.{note}{photo}"


def _pack(number: int, one: Found, arrival: Arrival) -> str:
    reading: PackReading | None = None
    if one.how != MISSING:
        readings = readings_of(arrival.consignment).filter(unit=one.unit)
        reading = readings.filter(differs="").last() or readings.last()
    if reading is None:
        return f"Pack {number}: Serial {one.unit.serial}; {SAID[one.how]}."
    how = "typed" if reading.entry_method == PackReading.EntryMethod.TYPED else "scanned"
    fields = f"GTIN {reading.gtin}, Serial {reading.serial}, Lot {reading.lot}, Expiry {reading.expiry}"
    outcome = f"differs in {reading.differs}" if reading.differs and one.how != BROKEN else SAID[one.how]
    return f"Pack {number} ({how}): {fields}; {outcome}."
