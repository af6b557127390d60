"""A pack is read: by scanner, camera or hand."""

from django.db import models

from cases.custody.models import Consignment, PackReading
from cases.custody.scanning.packs import as_kept, beside, differing_fields, expected_of, nearest, text_of
from cases.custody.scanning.reading import read_against
from cases.custody.verbs.common import AT_THE_INSTITUTION, consignment_of, verb
from cases.lifecycle.verbs import Ask, Situation

READABLE = frozenset({"allocated", "released", "in_transit", "arrived", "accepted"})


def _read_pack(situation: Situation) -> models.Model:
    record_reading(situation, situation.facts["text"], situation.facts["entry_method"])
    return consignment_of(situation)


def record_reading(situation: Situation, text: str, entry_method: str) -> PackReading:
    """One pack as it was read, beside the unit it is compared with.

    :raises ScanRefused: when the text is that of no pack.
    """
    consignment = consignment_of(situation)
    units = list(consignment.units.select_related("lot").order_by("serial"))
    scan = read_against(text, [expected_of(unit) for unit in units])
    pack = text_of(scan)
    unit = nearest(pack, units)
    return PackReading.objects.create(
        case=situation.case,
        consignment=consignment,
        unit=unit,
        text=as_kept(text),
        gtin=pack.gtin,
        expiry=pack.expiry,
        lot=pack.lot,
        serial=pack.serial,
        entry_method=entry_method,
        symbology=scan.symbology,
        differs=", ".join(differing_fields(beside(pack, unit)) if unit is not None else ["no unit"]),
        warnings=" ".join(scan.warnings)[:400],
        read_by=situation.by,
        read_at=situation.now,
    )


def _has_packs(subject: models.Model) -> bool:
    return isinstance(subject, Consignment) and subject.state in READABLE


VERBS = (
    verb(
        "read_pack",
        "pack_read",
        "Record a pack that was read of it",
        _read_pack,
        transition="",
        offered_when=_has_packs,
        roles=AT_THE_INSTITUTION,
        asks=(
            Ask("text", "What was read", hint="The scanner's text, or the line printed with brackets: (01)…(17)…"),
            Ask("entry_method", "How", "choice", options=PackReading.EntryMethod.choices),
        ),
        consequence="It is compared field by field with the packs allocated. Typed, it needs a second person.",
    ),
)
