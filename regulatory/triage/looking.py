"""The country's data as they stand in the house now: which versions of its pathways speak, and how fresh they are."""

from datetime import date

from django.db.models import Q

from cases.people.models import Pharmacy
from regulatory.models import ProfileVersion
from regulatory.pathway import named, profile_of
from regulatory.profiles.loader import load as load_profiles
from regulatory.triage.readings import FRESH, OVERDUE, UNREVIEWED, Candidate, LookedUp, look_up
from regulatory.triage.table import load


def looked_up_for(country: str | None, *, pharmacy: Pharmacy, on: date) -> LookedUp | None:
    """What the data say about a country on a day; None while no country is known.

    Demonstration copies speak in a demonstration pharmacy only. Only a signed version reviewed in time is fresh. A
    draft of the next version says what will be, and is not asked; the product's own drafts are.
    """
    if not country:
        return None
    shipped = Q(origin=ProfileVersion.Origin.PRODUCT) & ~Q(status=ProfileVersion.Status.RETIRED)
    rows = ProfileVersion.objects.filter(shipped | ProfileVersion.in_use_on(on), jurisdiction=country)
    if not pharmacy.is_demonstration:
        rows = rows.filter(is_demonstration=False)
    candidates = [
        Candidate(
            profile=profile_of(row),
            review=_review(row, on),
            reviewed_on=row.reviewed_on,
            next_review_due=row.next_review_due,
            label=named(row),
        )
        for row in rows
        if _in_force(row, on)
    ]
    return look_up(country, candidates, load_profiles().jurisdictions.get(country), load())


def version_of(looked_up: LookedUp | None) -> ProfileVersion | None:
    """The stored version that spoke for the country."""
    if looked_up is None or not looked_up.pathway:
        return None
    return ProfileVersion.objects.get(profile_key=looked_up.pathway, version=looked_up.version)


def _review(row: ProfileVersion, on: date) -> str:
    if row.signed_sha256 != row.data_sha256:
        return UNREVIEWED
    return OVERDUE if row.is_stale_on(on) else FRESH


def _in_force(row: ProfileVersion, on: date) -> bool:
    return (row.effective_from is None or row.effective_from <= on) and (
        row.effective_to is None or on <= row.effective_to
    )
