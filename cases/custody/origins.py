"""From a dose that was given back to where it came from, in one query (invariant I20).

Dose, pack, lot, supplier, transaction papers, consignment, temperature, disposition, what stands against the pack. What
was not recorded is said to be not confirmed; nothing is inferred from the consignment or from other packs of it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, TextChoices
from django.db.models.functions import JSONObject

from cases.custody.models import (
    Disposition,
    DoseAdministered,
    ExposureAssessment,
    PackReading,
    RecalledPack,
    Regime,
    TransactionRecord,
)

NOT_CONFIRMED: Final = "lot not confirmed"


@dataclass(frozen=True, slots=True)
class Paper:
    """The papers of one leg; whether they name this very pack, or its lot alone."""

    label: str
    regime: str
    leg: int
    seller: str
    transaction_on: date
    names_pack: bool


@dataclass(frozen=True, slots=True)
class Temperature:
    """One judgement of the journey's temperature."""

    finding: str
    lowest_c: str
    highest_c: str
    minutes_outside: int
    assessed_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One signed disposition of the consignment."""

    decision: str
    reason: str
    decided_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one dose came from. Without a pack on record it says so in ``remark`` and names no lot."""

    dose: int
    amount: str
    given_at: datetime
    case: str
    consignment: str
    institution: str
    dispatched_at: datetime | None
    arrived_at: datetime | None
    carrier: str
    shipper: str
    logger: str
    remark: str = ""
    gtin: str = ""
    serial: str = ""
    state: str = ""
    lot: str = ""
    expires_on: date | None = None
    supplier: str = ""
    read: str = ""
    papers: tuple[Paper, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    decisions: tuple[Decision, ...] = ()
    recalls: tuple[str, ...] = field(default=())

    @property
    def is_confirmed(self) -> bool:
        """Whether the pack it came from is on record."""
        return bool(self.serial)


def origins_of(doses: QuerySet[DoseAdministered]) -> dict[int, Origin]:
    """The origin of each of these doses, by its key; one query however many there are."""
    rows = doses.select_related(
        "case", "unit__lot__supplier", "consignment__institution", "consignment__carrier"
    ).annotate(
        papers=ArraySubquery(_papers()),
        temperatures=ArraySubquery(_of_the_consignment(ExposureAssessment, "assessed_at", _TEMPERATURE)),
        decisions=ArraySubquery(_of_the_consignment(Disposition, "decided_at", _DECISION)),
        readings=ArraySubquery(_readings()),
        recalls=ArraySubquery(_recalls()),
    )
    return {row.pk: _origin(row) for row in rows}


_TEMPERATURE: Final = {
    "finding": "finding",
    "lowest": "lowest_c",
    "highest": "highest_c",
    "outside": "minutes_outside",
    "at": "assessed_at",
    "by": "assessed_by__display_name",
}
_DECISION: Final = {"decision": "decision", "reason": "reason", "at": "decided_at", "by": "decided_by__display_name"}


def _own_or_of_stock() -> Q:
    """Of its consignment, or of the stock that this was drawn from: there it travelled and was received."""
    return Q(consignment=OuterRef("consignment")) | Q(consignment=OuterRef("consignment__drawn_from"))


def _same_pack() -> Q:
    """The pack, also as it was recorded while it lay in stock."""
    of_stock = Q(unit__consignment=OuterRef("consignment__drawn_from"), unit__serial=OuterRef("unit__serial"))
    return Q(unit=OuterRef("unit")) | of_stock


def _papers() -> QuerySet[Any]:
    """Papers of its consignment that name the pack, or its lot without serials; others are another pack's."""
    lot = Q(packs__gtin=OuterRef("unit__gtin"), packs__lot=OuterRef("unit__lot__number"))
    named = Q(packs__serial=OuterRef("unit__serial")) | Q(packs__serial="")
    rows = TransactionRecord.objects.filter(lot & named, _own_or_of_stock())
    return rows.order_by("leg", "number").values(
        found=JSONObject(
            label="number", regime="regime", leg="leg", seller="seller", on="transaction_on", serial="packs__serial"
        )
    )


def _of_the_consignment(model: Any, order: str, columns: dict[str, str]) -> QuerySet[Any]:
    rows = model.objects.filter(_own_or_of_stock()).order_by(order, "pk")
    found: QuerySet[Any] = rows.values(found=JSONObject(**columns))
    return found


def _readings() -> QuerySet[Any]:
    rows = PackReading.objects.filter(_same_pack(), differs="").order_by("read_at", "pk")
    return rows.values(found=JSONObject(method="entry_method", at="read_at", by="read_by__display_name"))


def _recalls() -> QuerySet[Any]:
    rows = RecalledPack.objects.filter(_same_pack(), part__is_drill=False).order_by("pk")
    return rows.exclude(part__recall__state="withdrawn").values(found=JSONObject(number=F("part__number")))


def _origin(row: Any) -> Origin:
    unit, consignment = row.unit, row.consignment
    known = {
        "dose": row.pk,
        "amount": row.amount,
        "given_at": row.given_at,
        "case": row.case.reference,
        "consignment": consignment.label,
        "institution": consignment.institution.name,
        "dispatched_at": consignment.dispatched_at,
        "arrived_at": consignment.arrived_at,
        "carrier": consignment.carrier.name if consignment.carrier else "",
        "shipper": consignment.shipper_number,
        "logger": consignment.logger_number,
        "temperatures": tuple(_temperature(one) for one in row.temperatures),
        "decisions": tuple(
            Decision(_label(Disposition.Decision, one["decision"]), one["reason"], _moment(one["at"]), one["by"])
            for one in row.decisions
        ),
    }
    if unit is None:
        return Origin(**known, remark=f"{NOT_CONFIRMED}: no pack was recorded with the dose")
    return Origin(
        **known,
        gtin=unit.gtin,
        serial=unit.serial,
        state=unit.get_state_display(),
        lot=unit.lot.number,
        expires_on=unit.lot.expires_on,
        supplier=unit.lot.supplier.name,
        read=_read(row.readings),
        papers=tuple(
            Paper(
                f"P-{one['label']}", Regime(one["regime"]).label, one["leg"], one["seller"],
                date.fromisoformat(one["on"]), bool(one["serial"]),
            )
            for one in row.papers
        ),
        recalls=tuple(f"RC-{one['number']}" for one in row.recalls),
    )  # fmt: skip


def _temperature(one: dict[str, Any]) -> Temperature:
    lowest, highest = ("" if one[name] is None else f"{float(one[name]):.1f}" for name in ("lowest", "highest"))
    finding = _label(ExposureAssessment.Finding, one["finding"])
    return Temperature(finding, lowest, highest, round(float(one["outside"])), _moment(one["at"]), one["by"])


def _read(readings: list[dict[str, Any]]) -> str:
    if not readings:
        return "never scanned: it is known from the allocation and from whoever recorded the dose"
    last = readings[-1]
    method = PackReading.EntryMethod(last["method"])
    how = "typed" if method == PackReading.EntryMethod.TYPED else f"read by {method.label}"
    return f"{how}, {last['by']} on {_moment(last['at']):%Y-%m-%d %H:%M} UTC, as expected"


def _label(choices: type[TextChoices], value: str) -> str:
    """Its words; the value itself where the choice is one of before."""
    return str(dict(choices.choices).get(value, value.replace("_", " ")))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
