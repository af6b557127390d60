"""What waits to be put into a form, and what a report of a period has to say: read only."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import cast

from cases.countries import name_of
from cases.custody.models import Consignment
from cases.deadlines.models import Deadline
from cases.models import Case, Medicine
from cases.people.models import Pharmacy
from cases.references import ALPHABET
from regulatory.collective.models import CollectiveLine, CollectivePaper
from regulatory.collective.specs import Spec
from regulatory.models import Filing, PathwayEvent
from regulatory.standing_reports import of_an_authorization

SOURCE = "US"
SUPPLIED = "dispensed_or_supplied"
REPORTED = "regulatory.periodic_supply_report"
OPEN = (Deadline.State.RUNNING, Deadline.State.MISSED)


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be: the record it stands for, and its cells by column."""

    case: Case
    reference: str
    cells: Mapping[str, str]
    filing: Filing | None = None
    consignment: Consignment | None = None


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """A period with supplies whose report is not out. `due_on` is None where no date follows from the rule."""

    spec: Spec
    first: date
    last: date
    supplies: int
    due_on: date | None = None
    paper: CollectivePaper | None = field(default=None)


def product_code(medicine: Medicine) -> str:
    """A code of 9 characters that is tied to product and manufacturer, and changes with either."""
    told = "|".join((medicine.name, medicine.strength, medicine.form, medicine.manufacturer))
    digest = hashlib.sha256(told.encode()).digest()
    return "P" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:8])


def line_reference(case: Case, label: str) -> str:
    """A line's reference: the case's and the record's without dashes, 13 to 16 characters up to filing 99."""
    return f"{case.reference}{label}".replace("-", "")


def plain(quantity: Decimal) -> str:
    """A quantity without an exponent and without noughts at its end."""
    return f"{quantity.normalize():f}"


def waiting_filings(spec: Spec, pharmacy: Pharmacy) -> list[Filing]:
    """Filings that are ready and in no form that stands, the longest waiting first."""
    taken = CollectiveLine.objects.filter(filing__isnull=False).exclude(paper__state="withdrawn").values("filing")
    rows = Filing.objects.filter(
        case__pharmacy=pharmacy, state=Filing.State.READY, profile_version__profile_key__in=spec.profiles
    )
    return list(
        rows.exclude(pk__in=taken)
        .select_related("case__medicine", "case__patient", "case__prescriber__user", "profile_version")
        .order_by("planned_on", "pk")
    )


def line_of_filing(filing: Filing) -> Line:
    """A filing as a line of a form."""
    case = filing.case
    return Line(
        case=case,
        filing=filing,
        reference=line_reference(case, filing.label),
        cells={
            **_of_product(case.medicine),
            "reference": line_reference(case, filing.label),
            "quantity": plain(filing.quantity) if filing.quantity is not None else "",
        },
    )


def supplies(spec: Spec, pharmacy: Pharmacy, first: date, last: date) -> list[Line]:
    """Every supply of the period, by the authority's days, as the gates know it (`dispensed_or_supplied`)."""
    begins = datetime.combine(first, time(), spec.tzinfo)
    ends = datetime.combine(last + timedelta(days=1), time(), spec.tzinfo)
    events = (
        PathwayEvent.objects.filter(
            name=SUPPLIED,
            withdrawn_at__isnull=True,
            consignment__isnull=False,
            happened_at__gte=begins,
            happened_at__lt=ends,
            case__pharmacy=pharmacy,
            case__profile_version__profile_key__in=spec.profiles,
        )
        .select_related("case__medicine", "consignment")
        .order_by("happened_at", "pk")
    )
    return [_line_of_supply(event, spec) for event in events]


def _line_of_supply(event: PathwayEvent, spec: Spec) -> Line:
    consignment = cast(Consignment, event.consignment)
    return Line(
        case=event.case,
        consignment=consignment,
        reference=line_reference(event.case, consignment.label),
        cells={
            **_of_product(event.case.medicine),
            "unit": consignment.unit,
            "quantity": plain(consignment.quantity),
            "supplies": "1",
            "month": f"{event.happened_at.astimezone(spec.tzinfo):%Y-%m}",
        },
    )


def _of_product(medicine: Medicine) -> dict[str, str]:
    return {
        "product_code": product_code(medicine),
        "medicine": medicine.name,
        "form": medicine.form,
        "strength": medicine.strength,
        "manufacturer": medicine.manufacturer,
        "unit": medicine.unit,
        "source_country": name_of(SOURCE),
    }


def summed(spec: Spec, lines: Iterable[Line]) -> list[dict[str, str]]:
    """The rows of a report: each supply, or the supplies of each product added up, in the order they came."""
    if not spec.per:
        return [dict(line.cells) for line in lines]
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for line in lines:
        key = tuple(line.cells[name] for name in spec.per)
        row = found.setdefault(key, {**line.cells, "supplies": "0", "quantity": "0"})
        row["supplies"] = str(int(row["supplies"]) + 1)
        row["quantity"] = plain(Decimal(row["quantity"]) + Decimal(line.cells["quantity"]))
    return list(found.values())


def due_periods(spec: Spec, pharmacy: Pharmacy, today: date) -> list[DuePeriod]:
    """Periods that have ended and hold a supply, or whose report was made and not sent; the oldest first.

    The date is the earliest of the open deadlines of the cases in it: the deadline engine counts, not this page.
    """
    standing = {
        paper.period_from: paper
        for paper in CollectivePaper.objects.filter(pharmacy=pharmacy, spec=spec.code).exclude(state="withdrawn")
    }
    events = PathwayEvent.objects.filter(
        name=SUPPLIED,
        withdrawn_at__isnull=True,
        consignment__isnull=False,
        case__pharmacy=pharmacy,
        case__profile_version__profile_key__in=spec.profiles,
    ).values_list("happened_at", flat=True)
    counts: dict[tuple[date, date], int] = {}
    for happened_at in events:
        period = spec.period_of(happened_at.astimezone(spec.tzinfo).date())
        counts[period] = counts.get(period, 0) + 1
    due = _due_dates(spec, pharmacy)
    return [
        DuePeriod(spec, first, last, number, due.get(last), standing.get(first))
        for (first, last), number in sorted(counts.items())
        if last < today and (first not in standing or standing[first].state == CollectivePaper.State.MADE)
    ]


def _due_dates(spec: Spec, pharmacy: Pharmacy) -> dict[date, date]:
    """The earliest open date for each period's last day, from the deadlines of the cases."""
    found: dict[date, date] = {}
    rows = Deadline.objects.filter(
        case__pharmacy=pharmacy, case__profile_version__profile_key__in=spec.profiles, kind=REPORTED, state__in=OPEN
    ).exclude(fact__in=of_an_authorization())
    for key, due_on in rows.values_list("key", "due_on"):
        last = period_end_of(key)
        if last is not None and due_on is not None:
            found[last] = min(found.get(last, due_on), due_on)
    return found


def period_end_of(key: str) -> date | None:
    """The last day of the period that a deadline's key names: `…@2026-06-30:case`; None when it names none."""
    _, _, rest = key.partition("@")
    try:
        return date.fromisoformat(rest[:10])
    except ValueError:
        return None
