"""The packs that papers name, read from a form or an EPCIS file, and how they differ from the packs allocated. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from cases.custody.epcis.identifiers import pack_of
from cases.custody.gs1 import NotReadable, fault_of_gtin
from cases.custody.scanning.reading import read_scan


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack as papers or a label say it; ``expiry`` as YYYY-MM-DD, empty where nothing was said."""

    gtin: str
    lot: str = ""
    expiry: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, by the kinds of the industry's exception message; ``unit`` is the key of the unit it holds."""

    kind: str
    unit: int | None
    on_paper: dict[str, Any]
    on_pack: dict[str, Any]


def packs_of_text(text: str) -> list[Pack]:
    """One pack a line: four words GTIN, lot, expiry (YYYY-MM-DD) and serial, or the scanned code itself.

    :raises NotReadable: with the line and what is wrong with it.
    """
    packs = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            packs.append(_pack(line.strip()))
        except NotReadable as fault:
            raise NotReadable(f"Line {number}: {fault}") from None
    serials = [(pack.gtin, pack.serial) for pack in packs if pack.serial]
    if twice := sorted({serial for gtin, serial in serials if serials.count((gtin, serial)) > 1}):
        raise NotReadable(f"{', '.join(twice)} stands twice. One line is one pack.")
    return packs


def _pack(line: str) -> Pack:
    if line.startswith(("(", "]", "01")) and len(line.split()) == 1:
        scan = read_scan(line)
        return Pack(scan.gtin, scan.lot, scan.expiry.isoformat(), scan.serial)
    words = line.split()
    if len(words) != 4:
        raise NotReadable(f"{line[:60]!r} has {len(words)} words: GTIN, lot, expiry and serial are asked for.")
    gtin, lot, expiry, serial = words
    if fault := fault_of_gtin(gtin):
        raise NotReadable(fault)
    try:
        date.fromisoformat(expiry)
    except ValueError:
        raise NotReadable(f"{expiry!r} is no day of expiry. Write it as 2027-08-31.") from None
    if len(lot) > 20 or len(serial) > 20:
        raise NotReadable("A lot and a serial have at most 20 characters.")
    return Pack(gtin, lot, expiry, serial)


_LOT: Final = "lotNumber"
_EXPIRY: Final = "itemExpirationDate"


def packs_of_events(bodies: Iterable[str]) -> list[Pack]:
    """The packs that were shipped by a file's events, with lot and expiry as its commissioning events say them.

    :raises NotReadable: for words that no pack can print.
    """
    shipped: dict[tuple[str, str], None] = {}
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for body in bodies:
        event = json.loads(body)
        packs = [pack for one in event.get("epcList", []) if (pack := pack_of(one)) is not None]
        if event.get("bizStep") == "shipping":
            shipped |= dict.fromkeys(packs)
        told = {name.rpartition(":")[2]: value for name, value in event.get("ilmd", {}).items()}
        if told:
            known |= dict.fromkeys(packs, (str(told.get(_LOT, "")), str(told.get(_EXPIRY, ""))[:10]))
    return [_fitting(Pack(gtin, *known.get((gtin, serial), ("", "")), serial)) for gtin, serial in shipped]


def _fitting(pack: Pack) -> Pack:
    """A partner's own words fit a pack's label, or are refused: never cut.

    :raises NotReadable: with the pack and what does not fit.
    """
    if len(pack.lot) > 20 or len(pack.serial) > 20 or len(pack.gtin) != 14:
        raise NotReadable(f"Lot {pack.lot!r}, serial {pack.serial!r} of the file: a pack prints at most 20 characters.")
    if pack.expiry:
        try:
            date.fromisoformat(pack.expiry)
        except ValueError:
            raise NotReadable(f"The file gives {pack.serial!r} the expiry {pack.expiry!r}, which is no day.") from None
    return pack


def differences(papers: Sequence[Pack], containers: int, units: Sequence[tuple[int, Pack]]) -> list[Difference]:
    """Every difference between what papers name and the packs that are there; empty when they agree.

    A field that papers leave blank is not compared. Where they name serials, each pack is compared by its own; where
    they name none, lots are.
    """
    found = []
    by_serial = {(pack.gtin, pack.serial): pack for pack in papers if pack.serial}
    there = {(pack.gtin, pack.serial): key for key, pack in units}
    lots = {(pack.gtin, pack.lot) for pack in papers if not pack.serial}
    for key, pack in units:
        named = by_serial.get((pack.gtin, pack.serial))
        if named is None:
            if (pack.gtin, pack.lot) not in lots:
                found.append(Difference("missing_product_data", key, {}, asdict(pack)))
        elif (named.lot and named.lot != pack.lot) or (named.expiry and named.expiry != pack.expiry):
            found.append(Difference("data_misalignment", key, asdict(named), asdict(pack)))
    for pack in by_serial.values():
        if (pack.gtin, pack.serial) not in there:
            found.append(Difference("missing_product", None, asdict(pack), {}))
    if containers != len(units):
        kind = "overages" if len(units) > containers else "underages"
        gtin = units[0][1].gtin if units else (papers[0].gtin if papers else "")
        found.append(Difference(kind, None, {"gtin": gtin, "count": containers}, {"gtin": gtin, "count": len(units)}))
    return found
