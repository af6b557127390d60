"""How long this house's own filings by a pathway took: counted from its records, beside what a source states.

Days are those of the authority's calendar place. P90 is the nearest rank: nine in ten took no longer. What was never
observed is left out, not shown as nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

from cases.models import Case
from cases.people.models import User
from regulatory.models import Filing
from regulatory.pathway import local_day, profile_of
from regulatory.profiles.loader import Profile
from regulatory.profiles.route import MAIN

NOT_A_DECISION = (Filing.State.WITHDRAWN, Filing.State.PREPARING, Filing.State.READY)


@dataclass(frozen=True, slots=True)
class Took:
    """One stretch of a way, in days: half took at most ``half_within``, nine in ten at most ``most_within``."""

    label: str
    half_within: float
    most_within: int
    of: int


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """What the filings of one pathway took, and how often the authority asked or refused."""

    filings: int
    took: tuple[Took, ...]
    asked: int
    refused: int


def own_times(key: str, *, user: User, now: datetime) -> OwnTimes | None:
    """The filings that this person may see, submitted by that pathway in any version; None before the first. Two
    queries.
    """
    rows = list(
        Filing.objects.filter(
            case__in=Case.objects.visible_to(user, at=now),
            profile_version__profile_key=key,
            submitted_at__isnull=False,
            step=MAIN,
        )
        .exclude(state__in=NOT_A_DECISION)
        .select_related("profile_version")
        .prefetch_related("questions")
    )
    if not rows:
        return None
    profile = profile_of(rows[0].profile_version)
    stretches = (
        ("Submitted to acknowledged", [(row.submitted_at, row.acknowledged_at) for row in rows]),
        ("Acknowledged to decided or cleared", [(row.acknowledged_at, row.decided_at) for row in rows]),
        ("Submitted to decided or cleared", [(row.submitted_at, row.decided_at) for row in rows]),
    )
    took = (_took(label, pairs, profile) for label, pairs in stretches)
    return OwnTimes(
        filings=len(rows),
        took=tuple(one for one in took if one is not None),
        asked=sum(bool(row.questions.all()) for row in rows),
        refused=sum(bool(row.refusal_reason) for row in rows),
    )


def _took(label: str, pairs: Iterable[tuple[datetime | None, datetime | None]], profile: Profile) -> Took | None:
    days = sorted(
        (local_day(profile, ended) - local_day(profile, began)).days for began, ended in pairs if began and ended
    )
    if not days:
        return None
    return Took(label, median(days), days[ceil(0.9 * len(days)) - 1], len(days))
