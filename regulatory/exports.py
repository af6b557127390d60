"""Leaving the country of origin: the pathway that governs the export of every case, beside the destination's own."""

from cases.models import Case
from regulatory.lists.services import SOURCE_COUNTRY
from regulatory.models import ProfileVersion


def export_version(case: Case) -> ProfileVersion | None:
    """The signed pathway out of the country of origin; demonstration copies for such pharmacies only."""
    rows = ProfileVersion.objects.filter(
        jurisdiction=SOURCE_COUNTRY, data__direction="outbound", status=ProfileVersion.Status.ACTIVE
    )
    if not case.pharmacy.is_demonstration:
        rows = rows.filter(is_demonstration=False)
    return next((row for row in rows.order_by("is_demonstration", "-id") if row.is_signed), None)
