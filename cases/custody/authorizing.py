"""Under which authorizations the consignments of a case may go: its own, and those that a branch knows to cover it."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from cases.models import Case

# A permit beside the supply's own, of the export or for a controlled drug, carries no consignment.
OF_THE_SUPPLY = Q(filing__isnull=True) | Q(filing__step="main")
Source = Callable[[Case], "QuerySet[Any]"]
_SOURCES: list[Source] = []


def knows_authorizations(source: Source) -> Source:
    """Decorator: the branch that keeps authorizations says which of them speak for a case."""
    _SOURCES.append(source)
    return source


def authorizations_for(case: Case) -> "QuerySet[Any]":
    """Those that a consignment of the case may be put under, its own last."""
    return _SOURCES[-1](case) if _SOURCES else case.authorizations.filter(OF_THE_SUPPLY).order_by("number")
