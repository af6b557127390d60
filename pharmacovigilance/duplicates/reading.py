"""Which pairs a person may read."""

from datetime import datetime

from django.db.models import QuerySet

from cases.models import Case
from cases.people.models import User
from pharmacovigilance.models import DuplicateCandidate


def pairs_of(user: User, *, now: datetime) -> QuerySet[DuplicateCandidate]:
    """The pairs of which this person may read both cases."""
    cases = Case.objects.visible_to(user, at=now)
    return DuplicateCandidate.objects.filter(first__case__in=cases, second__case__in=cases).select_related(
        "first__case__medicine", "second__case__medicine", "master", "decided_by", "pharmacy"
    )


def undecided(user: User, *, now: datetime) -> int:
    """How many pairs wait for a decision."""
    return pairs_of(user, now=now).filter(decision=DuplicateCandidate.Decision.NOT_DECIDED).count()
