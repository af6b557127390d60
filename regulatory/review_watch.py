"""Telling the keepers of a pathway that its review falls due: some time before, and on the day.

House rule P-01, version 1: 30 and 7 days before the day, and on the day. Only versions that a case may rest on are
watched: a draft that nobody reviewed is told on the pathway pages, and would otherwise fill every mailbox.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from cases.audit.context import acting
from cases.notices.services import plan_notice
from cases.people.models import User
from cases.people.roles import Role
from regulatory.models import ProfileVersion

KIND = "regulatory.review_due"
DAYS_BEFORE = (30, 7, 0)
WATCHED = (ProfileVersion.Status.REVIEWED, ProfileVersion.Status.ACTIVE)


def tell_of_reviews_due(*, by: User, now: datetime) -> int:
    """Plan the notices that are due now; returns how many are new.

    One message for each person, day and rung, however many pathways fall due on that day, so that a house that reviewed
    forty at once is not sent forty. Safe to run twice; after an outage only the rung that is reached now is told.
    """
    today = now.date()
    rows = ProfileVersion.objects.defer("data").filter(
        status__in=WATCHED, next_review_due__lte=today + timedelta(days=DAYS_BEFORE[0])
    )
    due: dict[tuple[date, bool], list[ProfileVersion]] = {}
    for row in rows.select_related("reviewed_by").order_by("profile_key", "id"):
        if row.next_review_due is not None:
            due.setdefault((row.next_review_due, row.is_demonstration), []).append(row)
    with acting(by=by, verb="regulatory.review_due.told", business_at=now):
        return sum(_tell(day, versions, demonstration, by, now) for (day, demonstration), versions in due.items())


def rung_reached(due_on: date, today: date) -> int:
    """How many days before its day a review is told of today; the last rung that was reached."""
    return min(before for before in DAYS_BEFORE if due_on - timedelta(days=before) <= today)


def _tell(due_on: date, versions: list[ProfileVersion], demonstration: bool, by: User, now: datetime) -> int:
    rung = rung_reached(due_on, now.date())
    told = 0
    for person in _keepers(versions, demonstration):
        key = f"{KIND}:{due_on:%Y-%m-%d}:{rung}:{person.code}"
        fresh = not person.notices.filter(key=key).exists()
        if fresh:
            facts = {"pathways": [str(row) for row in versions], "due_on": due_on.isoformat(), "overdue": rung == 0}
            plan_notice(key=key, kind=KIND, by=by, now=now, recipient=person, facts=facts)
        told += fresh
    return told


def _keepers(versions: Iterable[ProfileVersion], demonstration: bool) -> list[User]:
    """The pharmacists in charge, who sign, and those who reviewed these versions; of such pharmacies, and at work."""
    reviewers = [row.reviewed_by_id for row in versions if row.reviewed_by_id]
    people = User.objects.filter(is_active=True, is_service=False, pharmacy__is_demonstration=demonstration)
    return list(people.filter(role=Role.PHARMACIST_IN_CHARGE).union(people.filter(pk__in=reviewers)).order_by("pk"))
