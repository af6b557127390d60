"""The safety inbox by time left, and on-time statistics."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.desk import LISTED, inbox, on_time
from pharmacovigilance.duplicates.reading import undecided

READERS = frozenset({*PHARMACISTS, Role.ADMINISTRATOR, Role.AUDITOR})


def reader(request: HttpRequest) -> User:
    """The person, who keeps or audits the pharmacy's safety records.

    :raises PermissionDenied: for everybody else.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role not in READERS:
        raise PermissionDenied("Safety records are kept by the pharmacy.", "pharmacists, administrators and auditors")
    return user


@login_required
def safety_desk(request: HttpRequest) -> HttpResponse:
    """Everything that is owed, unread, unlocked or unanswered, in every case that this person may see."""
    user, now = reader(request), clock.now()
    page = {
        "inbox": inbox(user, now=now),
        "listed": LISTED,
        "now": now,
        "may_act": user.role in PHARMACISTS,
        "duplicates": undecided(user, now=now),
    }
    return render(request, "pharmacovigilance/desk.html", page)


@login_required
def safety_on_time(request: HttpRequest) -> HttpResponse:
    """How often each party told each recipient in time."""
    return render(request, "pharmacovigilance/on_time.html", {"rows": on_time(reader(request), now=clock.now())})
