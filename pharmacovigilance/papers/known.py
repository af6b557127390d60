"""A snapshot's events, products with their lots, and judgements, typed; of whichever form it was locked in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pharmacovigilance.e2b.snapshots import as_known

SUSPECTED: Final = frozenset({"1", "3", "4"})  # G.k.1: suspect, interacting, not administered
LOT_NOT_CONFIRMED: Final = "lot not confirmed"  # a reason that begins so says the status too
LOT_WORDS: Final = {
    "linked": "",
    "reported_only": "as reported, not confirmed",
    "asked_unknown": "asked, not known",
    "not_asked": "not asked yet",
}


@dataclass(frozen=True, slots=True)
class DosageLine:
    """Doses of one product from one lot, with where the lot came from as it was frozen."""

    lot: str
    gtin: str
    expires_on: str
    supplier: str
    remark: str
    first_given_at: str
    last_given_at: str
    amount: str
    consignment: str
    serials: tuple[str, ...]
    temperature: str
    warning: str


@dataclass(frozen=True, slots=True)
class Product:
    number: int
    role: str
    name: str
    strength: str
    form: str
    manufacturer: str
    is_ours: bool
    indication: str
    action: str
    abated: str
    reappeared: str
    route: str
    lines: tuple[DosageLine, ...]

    @property
    def is_suspected(self) -> bool:
        return self.role in SUSPECTED

    @property
    def words(self) -> str:
        return " ".join(part for part in (self.name, self.strength, self.form) if part)


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    verbatim: str
    started: str
    ended: str
    outcome: str
    country: str
    criteria: tuple[str, ...]
    special: tuple[str, ...]
    tests: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody held of one event and one product: its cause, or by the method "expectedness" whether it was so."""

    event: int
    product: int
    source: str
    method: str
    result: str
    score: int | None
    expected: bool | None
    reference: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a snapshot holds beside what E2B has a place for."""

    case: str
    version: int
    kind: str
    reason: str
    aware_at: str
    day0: str
    country: str
    serious: bool
    causality: str
    expected: bool | None
    events: tuple[Event, ...]
    products: tuple[Product, ...]
    judgements: tuple[Judgement, ...]

    @property
    def suspected(self) -> tuple[Product, ...]:
        return tuple(one for one in self.products if one.is_suspected)

    @property
    def special(self) -> tuple[str, ...]:
        """Special situations of any event, each once."""
        return tuple(dict.fromkeys(name for event in self.events for name in event.special))


def read(snapshot: Mapping[str, Any]) -> Known:
    """The snapshot, whatever its form."""
    raw = as_known(snapshot)
    return Known(
        case=raw["case"],
        version=raw["version"],
        kind=raw["kind"],
        reason=raw["reason"],
        aware_at=raw["aware_at"],
        day0=raw["day0"],
        country=raw["country"],
        serious=raw["judged"]["serious"],
        causality=raw["judged"]["causality"],
        expected=raw["judged"]["expected"],
        events=tuple(_event(one) for one in raw["events"]),
        products=tuple(_product(one) for one in raw["products"]),
        judgements=tuple(_judgement(one) for one in raw["assessments"]),
    )


def _event(raw: Mapping[str, Any]) -> Event:
    return Event(
        number=raw["number"],
        verbatim=raw["verbatim"],
        started=raw["started"],
        ended=raw["ended"],
        outcome=raw["outcome"],
        country=raw["country"],
        criteria=tuple(raw["criteria"]),
        special=tuple(raw["special"]),
        tests=raw["tests"],
    )


def _product(raw: Mapping[str, Any]) -> Product:
    return Product(
        number=raw["number"],
        role=raw["role"],
        name=raw["name"],
        strength=raw["strength"],
        form=raw["form"],
        manufacturer=raw["manufacturer"],
        is_ours=raw["is_ours"],
        indication=raw["indication"],
        action=raw["action"],
        abated=raw["abated"],
        reappeared=raw["reappeared"],
        route=raw["route"],
        lines=tuple(_line(one) for one in raw["lines"]),
    )


def _line(raw: Mapping[str, Any]) -> DosageLine:
    lot = raw["lot"] or {}
    status = "" if raw["reason"].startswith(LOT_NOT_CONFIRMED) else LOT_WORDS[raw["lot_status"]]
    remark = "; ".join(part for part in (status, raw["reason"]) if part)
    return DosageLine(
        lot=lot.get("number") or raw["lot_said"] or "",
        gtin=lot.get("gtin", ""),
        expires_on=lot.get("expires_on", ""),
        supplier=lot.get("supplier", ""),
        remark=remark,
        first_given_at=raw["first_given_at"] or "",
        last_given_at=raw["last_given_at"] or "",
        amount=raw["amount"] or "",
        consignment=raw["consignment"] or "",
        serials=tuple(raw["serials"]),
        temperature=raw["temperature"] or "",
        warning=raw["warning"] or "",
    )


def _judgement(raw: Mapping[str, Any]) -> Judgement:
    return Judgement(
        event=raw["event"],
        product=raw["product"],
        source=raw["source"],
        method=raw["method"],
        result=raw["result"],
        score=raw["score"],
        expected=raw["expected"],
        reference=raw["reference"] or "",
    )
