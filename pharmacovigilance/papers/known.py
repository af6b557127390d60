"""A snapshot's events, products with their lots, and judgements, read alike from either form of it.

``npp-case-version/1`` knows one event and one product; what it does not hold is not known here neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SUSPECTED: Final = frozenset({"1", "3", "4"})  # G.k.1: suspect, interacting, not administered
EXPECTEDNESS: Final = "expectedness"  # a judgement's method, when it is about what was to be expected
LOT_WORDS: Final = {
    "linked": "",
    "reported_only": "as reported, not confirmed",
    "asked_unknown": "lot not confirmed: asked, not known",
    "not_asked": "lot not confirmed: not asked yet",
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
    """What somebody held of one event and one product; ``expected`` is none where nobody said."""

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
    events: tuple[Event, ...]
    products: tuple[Product, ...]
    judgements: tuple[Judgement, ...]
    reports: tuple[Mapping[str, Any], ...]

    @property
    def suspected(self) -> tuple[Product, ...]:
        return tuple(one for one in self.products if one.is_suspected)

    @property
    def special(self) -> tuple[str, ...]:
        """Special situations of any event, each once."""
        return tuple(dict.fromkeys(name for event in self.events for name in event.special))


def read(snapshot: Mapping[str, Any]) -> Known:
    """The snapshot in one shape."""
    is_first = "events" not in snapshot
    events, products, judgements = (
        (_first_event(snapshot), _first_product(snapshot), _first_judgements(snapshot))
        if is_first
        else (
            tuple(_event(one) for one in snapshot["events"]),
            tuple(_product(one) for one in snapshot["products"]),
            tuple(_judgement(one) for one in snapshot["assessments"]),
        )
    )
    return Known(
        case=snapshot["case"],
        version=snapshot["version"],
        kind=snapshot["kind"],
        reason=snapshot.get("reason") or "",
        aware_at=snapshot["aware_at"],
        day0=snapshot["day0"],
        country=snapshot["country"],
        serious=bool((snapshot["event"] if is_first else snapshot["judged"])["serious"]),
        events=events,
        products=products,
        judgements=judgements,
        reports=tuple(snapshot["reports"]),
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
    remark = "; ".join(part for part in (LOT_WORDS.get(raw["lot_status"], raw["lot_status"]), raw["reason"]) if part)
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


# -- The first form: one event, one product, doses in a list of their own.


def _first_event(raw: Mapping[str, Any]) -> tuple[Event, ...]:
    said, special = raw["event"], raw["assessment"]["circumstances"].get("special", [])
    onsets = [report["onset_on"] for report in raw["reports"] if report["onset_on"]]
    return (
        Event(
            number=1,
            verbatim=said["verbatim"],
            started=min(onsets, default=""),
            ended="",
            outcome="0",
            country=raw["country"],
            criteria=(said["seriousness_criterion"],) if said["seriousness_criterion"] else (),
            special=tuple(special),
            tests="",
        ),
    )


def _first_product(raw: Mapping[str, Any]) -> tuple[Product, ...]:
    said = raw["product"]
    return (
        Product(
            number=1, role="1", name=said["name"], strength=said["strength"], form=said["form"],
            manufacturer=said["manufacturer"], is_ours=True, indication="", action="0", abated="not_known",
            reappeared="not_known", route="", lines=_first_lines(raw),
        ),
    )  # fmt: skip


def _first_lines(raw: Mapping[str, Any]) -> tuple[DosageLine, ...]:
    """A line for each lot and consignment that doses came from; one for a lot that is named and was not given."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for dose in sorted(raw["doses"], key=lambda one: str(one["given_at"])):
        groups.setdefault(((dose["lot"] or {}).get("number", ""), dose["consignment"]), []).append(dose)
    lines = [_given(raw, doses) for doses in groups.values()]
    named = raw["lot"]
    if not lines or (named and named["number"] not in {line.lot for line in lines}):
        lines.append(_given(raw, []))
    return tuple(lines)


def _given(raw: Mapping[str, Any], doses: list[Mapping[str, Any]]) -> DosageLine:
    lot = (doses[0]["lot"] if doses else raw["lot"]) or {}
    return DosageLine(
        lot=lot.get("number", ""),
        gtin=lot.get("gtin", ""),
        expires_on=lot.get("expires_on", ""),
        supplier=lot.get("supplier", ""),
        remark="" if lot else raw["lot_remark"],
        first_given_at=doses[0]["given_at"] if doses else "",
        last_given_at=doses[-1]["given_at"] if doses else "",
        amount="; ".join(dict.fromkeys(dose["amount"] for dose in doses if dose["amount"])),
        consignment=doses[0]["consignment"] if doses else "",
        serials=tuple(dose["serial"] for dose in doses if dose["serial"]),
        temperature=next((dose["temperature"] for dose in doses if dose["temperature"]), ""),
        warning="",
    )


def _first_judgements(raw: Mapping[str, Any]) -> tuple[Judgement, ...]:
    said = raw["assessment"]
    expected = {True: "expected", False: "unexpected", None: "not_known"}[said["expected"]]
    return (
        Judgement(1, 1, "pharmacist", "whole", said["causality"], None, None, ""),
        Judgement(1, 1, "pharmacist", EXPECTEDNESS, expected, None, said["expected"], ""),
    )
