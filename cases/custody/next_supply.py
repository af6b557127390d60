"""How long the next supply of a case takes, part by part, each with what it rests on (edge case D1.1).

The house's own times come first: nine in ten took no longer. Where fewer than three were seen, a rule of the house
stands in, and says so. How long leave takes is known to the branch that keeps filings; it registers it here. A part
that nobody knows is said to be not known and counts nothing: the sum is then the least that is needed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from cases.countries import name_of
from cases.custody.continuity import Continuity, Needs
from cases.custody.models import Consignment
from cases.models import Case

DAY: Final = timedelta(days=1)
SEEN_AT_LEAST: Final = 3
LOOKED_AT: Final = 300
# Days where the house has not seen enough of its own: sourcing by house rule C-96, shipping by C-94; margin by C-95.
SOURCING_DAYS: Final = 7
SHIPPING_DAYS: Final = 5
RECEIVING_DAYS: Final = 1
MARGIN_DAYS: Final = 7
# However short everything took before: nobody begins later than three weeks before the medicine runs out.
LEAST_DAYS: Final = 21
# A supply that was begun: leave is given and the supplier was asked; what is left of it has its own dates.
BEGUN: Final = ("ordered", "allocated", "released", "in_transit", "arrived", "accepted")


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of the way to the next supply: whole days, ``None`` where nobody knows, and what says so."""

    label: str
    days: int | None
    basis: str

    @property
    def is_house_rule(self) -> bool:
        """Whether a rule of the house says it: no pharmacist has reviewed one yet."""
        return "house rule" in self.basis


@dataclass(frozen=True, slots=True)
class Asked:
    """What leave is asked about: the next supply as the last one was, on the day by which it must be there.

    ``arrives_on`` is the last day with medicine, or the earliest day that it could arrive where that is later: leave
    that ends before is not leave for a supply that begins when it must.
    """

    quantity: Decimal | None
    unit: str
    arrives_on: date
    now: datetime


Leave = Callable[[Case, Asked], Part]
_LEAVE: list[Leave] = []


def tells_leave(source: Leave) -> Leave:
    """Decorator: the branch that keeps filings says how long leave for the next supply takes."""
    _LEAVE.append(source)
    return source


@dataclass(frozen=True, slots=True)
class NextSupply:
    """The parts in the order of the way; leave first, the margin last."""

    leave: Part
    sourcing: Part
    shipping: Part
    receiving: Part
    margin: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.leave, self.sourcing, self.shipping, self.receiving, self.margin

    @property
    def needs(self) -> Needs:
        """The sum of what is known."""
        leave, sourcing, shipping, receiving, margin = (part.days or 0 for part in self.parts)
        return Needs(leave, sourcing, shipping, receiving, margin)

    @property
    def is_whole(self) -> bool:
        """Whether every part is known; otherwise the sum is the least that is needed."""
        return all(part.days is not None for part in self.parts)


def next_supply(case: Case, *, lasts_to: date | None, now: datetime) -> NextSupply:
    """What the next supply of a case needs. Two queries beside those of the branch that knows leave.

    :param lasts_to: the last day with medicine; ``None`` while it is not known.
    """
    last = case.consignments.exclude(state=Consignment.State.CANCELLED).order_by("-number").first()
    country = last.institution.country if last else case.institution.country
    sourcing, shipping = _own_times(case, country)
    today = now.astimezone(ZoneInfo(case.institution.time_zone)).date()
    earliest = today + timedelta(days=(sourcing.days or 0) + (shipping.days or 0))
    asked = Asked(
        quantity=last.quantity if last else None,
        unit=last.unit if last else case.medicine.unit,
        arrives_on=max(earliest, lasts_to or earliest),
        now=now,
    )
    leave = _LEAVE[-1](case, asked) if _LEAVE else Part("Leave of the authority", None, "no branch knows it")
    receiving = Part("Receiving", RECEIVING_DAYS, f"inspection and release; {_house_rule('C-31')}")
    known = sum(part.days or 0 for part in (leave, sourcing, shipping, receiving))
    margin = Part(
        "Margin",
        max(MARGIN_DAYS, LEAST_DAYS - known),
        f"at least {MARGIN_DAYS} days, and {LEAST_DAYS} days with everything before it; {_house_rule('C-95')}",
    )
    return NextSupply(leave, sourcing, shipping, receiving, margin)


def days_of_work(case: Case, *, now: datetime) -> int:
    """How many days before the run-out day the work begins; the least while a supply is under way already."""
    if case.consignments.filter(state__in=BEGUN).exists():
        return LEAST_DAYS
    return next_supply(case, lasts_to=case.runs_out_on, now=now).needs.total_days


def continuity_of(case: Case, *, lasts_to: date | None, now: datetime) -> tuple[Continuity, NextSupply] | None:
    """How the medicine in hand stands against what the next supply needs; ``None`` while no run-out day is known.

    :param lasts_to: the last day with medicine, with every consignment under way that comes in time.
    """
    if lasts_to is None:
        return None
    needed = next_supply(case, lasts_to=lasts_to, now=now)
    today = now.astimezone(ZoneInfo(case.institution.time_zone)).date()
    return Continuity(today, lasts_to, needed.needs, with_under_way=lasts_to != case.runs_out_on), needed


def _own_times(case: Case, country: str) -> tuple[Part, Part]:
    """From order to dispatch, and from dispatch to arrival, by what this pharmacy's own consignments took."""
    rows = list(
        # What was drawn from stock travelled once, as stock.
        Consignment.objects.filter(
            case__pharmacy_id=case.pharmacy_id, dispatched_at__isnull=False, drawn_from__isnull=True
        )
        .order_by("-pk")
        .values_list("case__medicine_id", "institution__country", "ordered_at", "dispatched_at", "arrived_at")[
            :LOOKED_AT
        ]
    )
    ordered = [(medicine, began, ended) for medicine, _, began, ended, _ in rows if began and ended]
    shipped = [(place, began, ended) for _, place, _, began, ended in rows if began and ended]
    return (
        _part("Sourcing", ordered, case.medicine_id, "of this medicine", SOURCING_DAYS, "C-96"),
        _part("Shipping", shipped, country, f"to {name_of(country)}", SHIPPING_DAYS, "C-94"),
    )


def _part(
    label: str, seen: Iterable[tuple[object, datetime, datetime]], own: object, of_own: str, house: int, rule: str
) -> Part:
    """Nine in ten of the alike ones, else of all, else what the house counts on."""
    every = [(what, max(0, ceil((ended - began) / DAY))) for what, began, ended in seen]
    alike = [days for what, days in every if what == own]
    for found, said in ((alike, f"own consignments {of_own}"), ([days for _, days in every], "own consignments")):
        if len(found) >= SEEN_AT_LEAST:
            return Part(label, nine_in_ten(found), f"nine in ten of {len(found)} {said} took no longer")
    return Part(label, house, f"fewer than {SEEN_AT_LEAST} own ones were seen; {_house_rule(rule)}")


def _house_rule(code: str) -> str:
    return f"house rule {code}, version 1"


def nine_in_ten(days: Iterable[int]) -> int:
    """The P90 by nearest rank: nine in ten took no longer."""
    ranked = sorted(days)
    return ranked[ceil(0.9 * len(ranked)) - 1]
