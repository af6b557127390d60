"""Which recalls a person may read, and the one of a name."""

import re
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404

from cases.custody.models import Recall
from cases.people.models import AuditScope, User
from cases.people.roles import STAFF, Role


def recalls_of(user: User, *, now: datetime) -> QuerySet[Recall]:
    """The recalls this person may read: of the own pharmacy, for an auditor of those in scope; nobody else any."""
    rows = Recall.objects.select_related("pharmacy", "opened_by", "stopped_by", "closed_by")
    if user.role == Role.AUDITOR:
        running = AuditScope.objects.filter(auditor_id=user.pk, valid_from__lte=now, valid_until__gt=now)
        return rows.filter(pharmacy__in=running.values("pharmacy_id"))
    return rows.filter(pharmacy=user.pharmacy) if user.pharmacy and user.role in STAFF else rows.none()


def recall_named(user: User, slug: str, *, now: datetime) -> Recall:
    """The recall of that name: ``RC-3``, a drill's ``DRILL-RC-3``.

    :raises Http404: when there is none for this person.
    """
    found = re.fullmatch(r"(DRILL-)?RC-([1-9][0-9]{0,7})", slug, re.ASCII)
    recall = recalls_of(user, now=now).filter(number=int(found[2])).first() if found else None
    if recall is None or recall.slug != slug:
        raise Http404("There is no such recall.")
    return recall
