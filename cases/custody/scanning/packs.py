"""A pack that was read beside the packs that are expected, and what has been read of a consignment so far."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from cases.custody.gs1 import PackText
from cases.custody.models import Consignment, PackReading, Unit
from cases.custody.scanning.costumes import GS
from cases.custody.scanning.reading import Expected, Scan

FIELDS: Final = (("GTIN", "gtin"), ("Serial", "serial"), ("Lot", "lot"), ("Expiry", "expiry"))
# The separator as it is kept and shown: the character itself is invisible.
SHOWN_GS: Final = "\u241d"


def expected_of(unit: Unit) -> Expected:
    """What the code of this unit must say."""
    return Expected(unit.gtin, unit.lot.expires_on, unit.lot.number, unit.serial)


def text_of(scan: Scan) -> PackText:
    """The four fields as they are compared and shown."""
    return PackText(gtin=scan.gtin, serial=scan.serial, lot=scan.lot, expiry=scan.printed)


def beside(pack: PackText, unit: Unit) -> list[dict[str, Any]]:
    """Field by field: what was read, what was expected, whether they match and the first character that differs.

    Compared with capital and small letters apart: a scanner under Caps Lock reads another serial.
    """
    expected = PackText(unit.gtin, unit.serial, unit.lot.number, f"{unit.lot.expires_on:%y%m%d}")
    fields = []
    for title, name in FIELDS:
        got, wanted = getattr(pack, name), getattr(expected, name)
        fields.append(
            {
                "name": title,
                "got": got,
                "expected": wanted,
                "matches": got == wanted or (name == "expiry" and _end_of_month(got, wanted)),
                "at": next(
                    (at for at, (one, other) in enumerate(zip(got, wanted, strict=False), start=1) if one != other),
                    min(len(got), len(wanted)) + 1,
                ),
            }
        )
    return fields


def nearest(pack: PackText, units: Sequence[Unit]) -> Unit | None:
    """The expected unit of that serial, else the one that has most in common with it; nothing where there is none."""
    by_serial = next((unit for unit in units if (unit.gtin, unit.serial) == (pack.gtin, pack.serial)), None)
    if by_serial is not None or not units:
        return by_serial
    return max(units, key=lambda unit: _likeness(pack, unit))


def differing_fields(fields: Iterable[dict[str, Any]]) -> list[str]:
    return [field["name"] for field in fields if not field["matches"]]


def as_kept(raw: str) -> str:
    """The text of a reading as it is kept: the separator made visible, line ends of the scanner taken off."""
    return raw.strip(" \r\n\t").replace(GS, SHOWN_GS)[:200]


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been read of one unit: ``state`` is good, hold or wait; ``words`` is a sentence."""

    unit: Unit
    state: str
    words: str


def readings_of(consignment: Consignment) -> QuerySet[PackReading]:
    """What was read at the end where the consignment is: what was read before it left says nothing of what arrived."""
    readings = PackReading.objects.filter(consignment=consignment).select_related("read_by").order_by("id")
    return readings.filter(read_at__gte=consignment.arrived_at) if consignment.arrived_at else readings


def standing_of(consignment: Consignment) -> list[Standing]:
    """Each unit of a consignment with what was read of it at this end.

    A typed entry counts when two people typed the same.
    """
    units = consignment.units.select_related("lot").order_by("serial")
    readings: dict[int, list[PackReading]] = {}
    for reading in readings_of(consignment):
        readings.setdefault(reading.unit_id or 0, []).append(reading)
    return [_standing(unit, readings.get(unit.pk, [])) for unit in units]


def _standing(unit: Unit, readings: list[PackReading]) -> Standing:
    matching = [reading for reading in readings if not reading.differs]
    scanned = [reading for reading in matching if reading.entry_method != PackReading.EntryMethod.TYPED]
    typists = list(dict.fromkeys(reading.read_by.display_name for reading in matching if reading not in scanned))
    if scanned:
        return Standing(unit, "good", f"Scanned by {scanned[0].read_by.display_name}.")
    if len(typists) > 1:
        return Standing(unit, "good", f"Typed by {typists[0]} and by {typists[1]}.")
    if typists:
        return Standing(unit, "hold", f"Typed by {typists[0]}. A second person types it too.")
    if readings:
        return Standing(unit, "harm", f"Read, and not as sent: {readings[-1].differs}.")
    return Standing(unit, "wait", "Not read yet.")


def _likeness(pack: PackText, unit: Unit) -> int:
    fields = beside(pack, unit)
    alike = sum(2 for field in fields if field["matches"])
    return alike + int(min(fields[1]["at"], 20) // 4)


def _end_of_month(got: str, wanted: str) -> bool:
    """An expiry printed with day 00 is the last day of its month (GS1 General Specifications, section 3.4.7)."""
    last = monthrange(2000 + int(wanted[:2]), int(wanted[2:4]))[1]
    return got == f"{wanted[:4]}00" and int(wanted[4:]) == last
