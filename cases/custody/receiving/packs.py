"""What an arrival brought: each pack that was sent as it was found, and those that nobody sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.custody.dscsa.papers import Pack, packs_of_text
from cases.custody.models import Consignment, PackReading, SupplyException, Unit
from cases.custody.scanning.packs import Standing, readings_of, standing_of

Kind = SupplyException.Kind
AS_SENT, TYPED, UNREAD, DIFFERS, MISSING, BROKEN = "as_sent", "typed", "unread", "differs", "missing", "broken"
SAID: Final = {
    AS_SENT: "as sent",
    TYPED: "as sent, typed by one person: a second one types it too",
    UNREAD: "not read",
    DIFFERS: "not as sent",
    MISSING: "not there",
    BROKEN: "broken",
}
# What each flaw of one pack is called in the exception that holds it.
HELD_AS: Final = {MISSING: Kind.MISSING_PRODUCT, BROKEN: Kind.BROKEN, DIFFERS: Kind.MISALIGNED}
_BY_STATE: Final = {"good": AS_SENT, "hold": TYPED, "harm": DIFFERS, "wait": UNREAD}


@dataclass(frozen=True, slots=True)
class Found:
    """One pack that was sent, as it was found; ``how`` is one of :data:`SAID`."""

    unit: Unit
    how: str
    words: str

    @property
    def is_sound(self) -> bool:
        return self.how in (AS_SENT, TYPED)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Every pack of one consignment as it was found, the packs that nobody sent, and the count."""

    consignment: Consignment
    packs: list[Found]
    extra: Sequence[Pack]
    counted: Any

    @property
    def flawed(self) -> list[Found]:
        return [one for one in self.packs if not one.is_sound]

    @property
    def explained(self) -> Any:
        """How many units there must be when each flaw of a pack is named: sent, less missing, and what was not sent."""
        missing = sum(one.how == MISSING for one in self.packs)
        return self.consignment.quantity - missing + len(self.extra)

    def flaws(self) -> list[str]:
        """Every pack that is not as sent, and the count, in words."""
        found = [f"pack {one.unit.serial} is {SAID[one.how]}" for one in self.flawed]
        found += [f"pack {pack.serial or pack.gtin} was not sent" for pack in self.extra]
        if self.counted is not None and self.counted != self.consignment.quantity:
            found.append(f"{plain(self.counted)} units were counted, {plain(self.consignment.quantity)} were sent")
        return found


def arrival_of(
    consignment: Consignment, *, missing: Collection[str] = (), broken: Collection[str] = (), extra: str = "",
    counted: Any = None,
) -> Arrival:  # fmt: skip
    """What came of a consignment, by what was read of it at this end and what was said of its packs.

    :param missing: serials of packs that are not there; ``broken``: of packs that are, and are damaged.
    :param extra: packs that nobody sent, one a line.
    :raises NotReadable: for a line that is no pack.
    """
    packs = [_found(one, missing, broken) for one in standing_of(consignment)]
    return Arrival(consignment, packs, packs_of_text(extra), counted)


def differences_of(arrival: Arrival) -> list[SupplyException]:
    """An exception, not saved yet, for each difference; those of one pack hold that pack and no other."""
    found = [
        SupplyException(
            kind=HELD_AS[one.how],
            unit=one.unit,
            on_paper=_sent(one.unit),
            on_pack=_read(arrival.consignment, one.unit) if one.how == DIFFERS else {},
        )
        for one in arrival.flawed
        if one.how in HELD_AS
    ]
    found += [
        SupplyException(
            kind=Kind.MISSING_DATA,
            on_pack={"gtin": pack.gtin, "lot": pack.lot, "expiry": pack.expiry, "serial": pack.serial},
        )
        for pack in arrival.extra
    ]
    if arrival.counted != arrival.explained:
        kind = Kind.OVERAGE if arrival.counted > arrival.explained else Kind.UNDERAGE
        gtin = arrival.packs[0].unit.gtin if arrival.packs else ""
        counts = (int(arrival.explained), int(arrival.counted))
        paper, pack_there = ({"gtin": gtin, "count": count} for count in counts)
        found.append(SupplyException(kind=kind, on_paper=paper, on_pack=pack_there))
    return found


def plain(quantity: Any) -> str:
    """A quantity without idle zeros."""
    return f"{quantity.normalize():f}"


def _found(one: Standing, missing: Collection[str], broken: Collection[str]) -> Found:
    serial = one.unit.serial
    how = MISSING if serial in missing else BROKEN if serial in broken else _BY_STATE[one.state]
    return Found(one.unit, how, one.words if how not in (MISSING, BROKEN) else f"{SAID[how].capitalize()}.")


def _sent(unit: Unit) -> dict[str, str]:
    lot = unit.lot
    return {"gtin": unit.gtin, "lot": lot.number, "expiry": lot.expires_on.isoformat(), "serial": unit.serial}


def _read(consignment: Consignment, unit: Unit) -> dict[str, str]:
    reading: PackReading | None = readings_of(consignment).filter(unit=unit).last()
    if reading is None:
        return {}
    expiry = f"20{reading.expiry[:2]}-{reading.expiry[2:4]}-{reading.expiry[4:]}"
    return {"gtin": reading.gtin, "lot": reading.lot, "expiry": expiry, "serial": reading.serial}
