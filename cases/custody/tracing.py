"""From a lot to every pack of it and on to the cases that hold it, in one query (invariant I8).

Nothing is inferred: where a pack stands is what the custody ledger says, who it is for is the reference of a case.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cases.custody.gs1 import fault_of_gtin
from cases.custody.models import DoseAdministered, Lot, Unit
from cases.models import Case

# Where a pack is, in the words of a recall, by the state that the custody ledger gives it; in the order of its way.
WHEREABOUTS: Final = {
    "allocated": ("in_stock", "in stock"),
    "in_transit": ("in_transit", "in transit"),
    "quarantine": ("in_quarantine", "in quarantine"),
    "accepted": ("received", "received, not dispensed"),
    "dispensed": ("dispensed", "dispensed"),
    "rejected": ("rejected", "rejected"),
    "returned": ("returned", "returned"),
    "destroyed": ("destroyed", "destroyed"),
    "lost": ("lost", "lost"),
    "cancelled": ("not_shipped", "set free again, never shipped"),
}
LOT_LENGTH = 20
_COLUMNS: Final = (
    "pk", "gtin", "lot__number", "serial", "lot__expires_on", "state", "place", "holder", "last_event__event_at",
    "case_id", "case__reference", "consignment__number", "lot__supplier__name", "consignment__institution__name",
    "lot__medicine__name", "lot__medicine__strength", "lot__medicine_id",
)  # fmt: skip


class NotTraceable(ValueError):
    """A GTIN or lot that cannot be traced; the sentence names the value and what to do."""

    def __init__(self, field: str, value: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.value, self.sentence = field, value, sentence


@dataclass(frozen=True, slots=True)
class TracedUnit:
    """One pack of a traced lot: what it is, where it stands since when, which case it is for, doses given from it."""

    unit: int
    gtin: str
    lot: str
    serial: str
    expires_on: date
    state: str
    place: str
    holder: str
    since: datetime | None
    case_id: int
    case: str
    consignment_number: int
    supplier: str
    institution: str
    medicine_name: str
    medicine_strength: str
    medicine_id: int
    doses: int

    @property
    def where(self) -> str:
        """The code of where it is, as ``in_transit``."""
        return WHEREABOUTS[self.state][0]

    @property
    def where_said(self) -> str:
        """Where it is, in words."""
        return WHEREABOUTS[self.state][1]

    @property
    def consignment(self) -> str:
        return f"C-{self.consignment_number}"

    @property
    def medicine(self) -> str:
        return f"{self.medicine_name} {self.medicine_strength}"

    def as_json(self) -> dict[str, Any]:
        """For the command and the API; without keys of our database."""
        known = asdict(self)
        for own in ("unit", "case_id", "consignment_number", "medicine_name", "medicine_strength", "medicine_id"):
            del known[own]
        return known | {
            "expires_on": self.expires_on.isoformat(),
            "since": self.since.isoformat() if self.since else None,
            "where": self.where,
            "consignment": self.consignment,
            "medicine": self.medicine,
        }


def check_lot(gtin: str, lot: str) -> None:
    """Refuse what can be no GTIN or lot number, before anything is asked.

    :raises NotTraceable: naming the value and the remedy.
    """
    if fault := fault_of_gtin(gtin):
        raise NotTraceable("gtin", gtin, fault)
    if not lot or len(lot) > LOT_LENGTH or not lot.isprintable():
        raise NotTraceable("lot", lot, f"A lot number has 1 to {LOT_LENGTH} characters; {lot[:60]!r} was given.")


def trace_lot(gtin: str, lot: str, *, among: QuerySet[Case] | None = None) -> list[TracedUnit]:
    """Every pack of a lot, by case; one query.

    :param among: only packs of these cases; of every case when left out.
    :raises NotTraceable: for what is no GTIN or lot number, or what no pack is on file of.
    """
    check_lot(gtin, lot)
    if found := traced(Q(lot__gtin=gtin, lot__number=lot), among=among):
        return found
    known = Lot.objects.filter(gtin=gtin)
    if not known.exists():
        raise NotTraceable(
            "gtin", gtin, f"No pack of GTIN {gtin} is on file. Compare it with the notice of the recall."
        )
    raise NotTraceable("lot", lot, f"GTIN {gtin} is on file, but no pack of lot {lot}. Compare it with the notice.")


def traced(reach: Q, *, among: QuerySet[Case] | None = None) -> list[TracedUnit]:
    """Every pack within reach, by case, consignment and serial; one query however many there are."""
    # A pack that was drawn from stock, or put back, is found where it came to: once.
    packs = Unit.objects.filter(reach).exclude(state="drawn")
    if among is not None:
        packs = packs.filter(case__in=among)
    doses = (
        DoseAdministered.objects.filter(unit=OuterRef("pk"))
        .order_by()
        .values("unit")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        packs.annotate(doses_given=Coalesce(Subquery(doses, output_field=IntegerField()), 0))
        .order_by("case__reference", "consignment__number", "serial")
        .values_list(*_COLUMNS, "doses_given")
    )
    return [TracedUnit(*row) for row in rows]


def counted(units: Iterable[TracedUnit]) -> dict[str, int]:
    """How many packs are where, by the code of where; every place is named, also with none."""
    found = Counter(unit.where for unit in units)
    return {code: found[code] for code, _ in WHEREABOUTS.values()}


def cases_of(units: Iterable[TracedUnit]) -> list[str]:
    """The references of the cases that these packs are for, each once, in order."""
    return sorted({unit.case for unit in units})
