"""How the product of a case must be handled, as it stands stated, and how a box of it was packed beside that."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cases.custody.handling import CONSTRAINTS, DRY_ICE
from cases.custody.models import Consignment, Packing, ProductHandling
from cases.custody.models.handling import within
from cases.models import Case


def stated_handling(case: Case) -> ProductHandling | None:
    """The newest statement on the medicine of a case, by its pharmacy; None where nobody stated any."""
    rows = ProductHandling.objects.filter(medicine=case.medicine_id, case__pharmacy=case.pharmacy_id)
    return rows.select_related("stated_by").order_by("id").last()


def printed(packing: Packing | None, handling: ProductHandling | None) -> list[str]:
    """Each line of handling that goes on a box: what was packed for, and what the product asks beside it."""
    codes = list(packing.constraints) if packing else []
    codes += [code for code in (handling.constraints if handling else ()) if code not in codes]
    ice = f", {packing.dry_ice_kg.normalize():f} kg net" if packing and packing.dry_ice_kg is not None else ""
    lines = [CONSTRAINTS.get(code, code) + (ice if code == DRY_ICE else "") for code in codes]
    hours = hours_allowed(packing, handling)
    return lines + ([within(hours)] if hours else [])


def hours_allowed(packing: Packing | None, handling: ProductHandling | None) -> int | None:
    """The fewest hours from dispatch that packing and product leave; None where neither sets any."""
    told = [one.hours_from_dispatch for one in (packing, handling) if one is not None and one.hours_from_dispatch]
    return min(told, default=None)


def hours_gone(consignment: Consignment, now: datetime) -> int | None:
    """Whole hours begun from dispatch to arrival, or to now while it is under way; None before it left."""
    if consignment.dispatched_at is None:
        return None
    return max(0, -((consignment.dispatched_at - (consignment.arrived_at or now)) // timedelta(hours=1)))


def lacking(packed: Sequence[str], handling: ProductHandling) -> list[str]:
    """What the product asks and the packing does not have, in words."""
    return [CONSTRAINTS.get(code, code) for code in handling.constraints if code not in packed]
