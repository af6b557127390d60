"""Stock of an institution: what of it is on hand for a patient's case, and the account of where each pack went.

A case without a patient is stock (ADR 29). A patient's case draws from stock of the same pharmacy, institution,
medicine and pathway; what its authorization covers beside that is the business of the branch that keeps authorizations.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Min, Q, QuerySet

from cases.custody.contents import SHELF
from cases.custody.contents_book import accounts_of
from cases.custody.models import Consignment, StockMove, Unit, UnitState
from cases.models import Case, Stage

State = Consignment.State
# Where a pack of a stock case can be, in the words of its account; each state of the ledger stands in one of them.
PLACES: Mapping[str, str] = {
    "coming": "on its way",
    "quarantine": "in quarantine",
    "on_hand": "on hand",
    "drawn": "drawn for patients",
    "wasted": "wasted",
    "destroyed": "destroyed",
    "returned": "returned",
    "lost": "lost",
}
PLACE_OF: Mapping[str, str] = {
    UnitState.ALLOCATED: "coming",
    UnitState.IN_TRANSIT: "coming",
    UnitState.QUARANTINE: "quarantine",
    UnitState.REJECTED: "quarantine",
    UnitState.ACCEPTED: "on_hand",
    UnitState.DRAWN: "drawn",
    # Nothing of stock is dispensed: a pack that is used up was wasted.
    UnitState.DISPENSED: "wasted",
    UnitState.DESTROYED: "destroyed",
    UnitState.RETURNED: "returned",
    UnitState.LOST: "lost",
}


def stock_cases(case: Case, *, closed: bool = False) -> "QuerySet[Case]":
    """The cases of stock that could supply this case, or did; none for a case of stock itself.

    :param closed: also those that are closed, which supply nothing any more.
    """
    if case.is_stock:
        return Case.objects.none()
    version = case.profile_version
    rows = Case.objects.all() if closed else Case.objects.exclude(stage=Stage.CLOSED)
    return rows.filter(
        patient__isnull=True,
        pharmacy_id=case.pharmacy_id,
        institution_id=case.institution_id,
        medicine_id=case.medicine_id,
        profile_version__profile_key=version.profile_key,
        profile_version__is_demonstration=version.is_demonstration,
    )


def stock_for(case: Case) -> "QuerySet[Consignment]":
    """Accepted consignments of that stock with something on hand, what expires first first."""
    there = Consignment.objects.filter(case__in=stock_cases(case), state=State.ACCEPTED)
    on_hand = Q(units__state=UnitState.ACCEPTED)
    return (
        there.annotate(packs=Count("units", filter=on_hand), first=Min("units__lot__expires_on", filter=on_hand))
        .filter(packs__gt=0)
        .order_by("first", "pk")
    )


def lots_on_hand(consignments: Iterable[Consignment]) -> list[tuple[str, date, int]]:
    """What is on hand of these by lot, what expires first first: its number, its expiry, how many packs; one query."""
    units = Unit.objects.filter(consignment__in=consignments, state=UnitState.ACCEPTED).order_by()
    by_lot = units.values_list("lot__number", "lot__expires_on").annotate(packs=Count("pk"))
    return sorted(by_lot, key=lambda row: (row[1], row[0]))


def whole_packs(consignment: Consignment) -> tuple[list[Unit], list[Unit]]:
    """The accepted packs that nothing was taken of, what expires first first, and those that were begun."""
    units = consignment.units.filter(state=UnitState.ACCEPTED).select_related("lot")
    packs = list(units.order_by("lot__expires_on", "serial"))
    held = accounts_of(packs)
    whole = [unit for unit in packs if held[unit.pk][SHELF] == unit.content]
    return whole, [unit for unit in packs if unit not in whole]


@dataclass(frozen=True, slots=True)
class Account:
    """Where every pack of a case of stock is: a number for each place, which sum up to all that was allocated to it."""

    at: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.at.values())

    @property
    def on_hand(self) -> int:
        return self.at.get("on_hand", 0)


def account_of(case: Case) -> Account:
    """The account of a case of stock, from the custody ledger; one query.

    A pack that was put back stands where it is now, not among those drawn: its way in the patient's case is over.
    """
    units = case.units.exclude(state=UnitState.CANCELLED)
    # What was drawn and came back is counted where it came to, as a record of its own.
    here = units.exclude(went_by__entered__went_by__isnull=False)
    gone = here.order_by().values_list("state").annotate(packs=Count("pk"))
    found = dict.fromkeys(PLACES, 0)
    for state, packs in gone:
        found[PLACE_OF[state]] += packs
    return Account(found)


@dataclass(frozen=True, slots=True)
class Use:
    """Packs of a case of stock that are with one patient's case."""

    move: StockMove
    case: Case
    serials: tuple[str, ...]
    is_back: bool


def uses_of_stock(case: Case) -> list[Use]:
    """Every draw from a case of stock, in its order, and whether it was put back; two queries."""
    moves = StockMove.objects.filter(stock__case=case).select_related("case", "consignment", "stock", "done_by")
    rows = list(moves.order_by("id"))
    back = {row.consignment_id for row in rows if row.kind == StockMove.Kind.BACK}
    return [
        Use(row, row.case, tuple(row.serials), row.consignment_id in back)
        for row in rows
        if row.kind == StockMove.Kind.DRAW
    ]


def serials_said(units: Iterable[Unit]) -> str:
    return ", ".join(unit.serial for unit in units)
