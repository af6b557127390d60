"""What a recall reaches: lots, or single packs of them, as typed and as asked of the database."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from cases.custody.models import Recall, RecallLot
from cases.custody.tracing import LOT_LENGTH, NotTraceable, check_lot

MOST_LOTS = 50
STANDING = (Recall.State.STOPPED, Recall.State.TOLD)


@dataclass(frozen=True, slots=True)
class Reach:
    """One lot of one GTIN; with a serial that pack of it alone."""

    gtin: str
    lot: str
    serial: str = ""


def reaches_of(text: str) -> list[Reach]:
    """One lot a line: GTIN, lot and, for a single pack, its serial.

    :raises NotTraceable: naming the line, what is wrong with it and what to do.
    """
    found: list[Reach] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if not 2 <= len(words) <= 3:
            told = f"Line {number} has {len(words)} words: write GTIN and lot, and a serial for a single pack."
            raise NotTraceable("lots", line, told)
        try:
            check_lot(words[0], words[1])
        except NotTraceable as fault:
            raise NotTraceable("lots", line, f"Line {number}: {fault.sentence}") from None
        if len(words) == 3 and len(words[2]) > LOT_LENGTH:
            told = f"Line {number}: a serial has at most {LOT_LENGTH} characters; {words[2][:60]!r} was given."
            raise NotTraceable("lots", line, told)
        if (one := Reach(*words)) not in found:
            found.append(one)
    if not found:
        raise NotTraceable("lots", text, "No lot is named. Write GTIN and lot, one lot a line.")
    if len(found) > MOST_LOTS:
        raise NotTraceable("lots", text, f"A recall takes at most {MOST_LOTS} lots; {len(found)} are named. Open two.")
    return found


def within(lots: Iterable[Reach | RecallLot]) -> Q:
    """The packs within reach, as a condition on units."""
    condition = Q(pk__in=[])
    for one in lots:
        of_lot = Q(lot__gtin=one.gtin, lot__number=one.lot)
        condition |= of_lot & Q(serial=one.serial) if one.serial else of_lot
    return condition


def standing_over(pharmacy: int, packs: Iterable[Reach]) -> list[tuple[RecallLot, Reach]]:
    """Each recall that stops one of these packs now, with the pack; drills stop nothing. One query."""
    packs = list(packs)
    lots = RecallLot.objects.filter(
        recall__pharmacy=pharmacy,
        recall__state__in=STANDING,
        recall__is_drill=False,
        gtin__in={pack.gtin for pack in packs},
        lot__in={pack.lot for pack in packs},
    ).select_related("recall")
    return [
        (lot, pack)
        for lot in lots
        for pack in packs
        if (lot.gtin, lot.lot) == (pack.gtin, pack.lot) and lot.serial in ("", pack.serial)
    ]
