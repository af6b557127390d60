"""Tracing a lot from the desk: every pack of it, where it is, and which case it is for."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.custody.tracing import WHEREABOUTS, NotTraceable, TracedUnit, cases_of, counted, trace_lot
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE
from cases.web.words import capital

WHO = "Lots are traced by the pharmacy and those who audit it."


def reader_of_lots(request: HttpRequest) -> User:
    """The person, when one that may trace lots and read recalls.

    :raises PermissionDenied: for people abroad; they are written to.
    """
    user: User = request.user  # type: ignore[assignment]
    if user.role not in READ_WHOLE:
        raise PermissionDenied(WHO, "pharmacists, administrators and auditors")
    return user


@login_required
def trace(request: HttpRequest) -> HttpResponse:
    """Every pack of one lot; what cannot be traced is said beside the field it was typed in."""
    user = reader_of_lots(request)
    typed = {name: request.GET.get(name, "").strip() for name in ("gtin", "lot")}
    fault: NotTraceable | None = None
    units: list[TracedUnit] = []
    if any(typed.values()):
        try:
            units = trace_lot(**typed, among=Case.objects.visible_to(user, at=clock.now()))
        except NotTraceable as found:
            fault = found
    counts = counted(units)
    context = {
        "typed": typed,
        "fault": fault,
        "units": units,
        "counts": [(capital(words), counts[code]) for code, words in WHEREABOUTS.values() if counts[code]],
        "cases": cases_of(units),
        "may_open": user.role in PHARMACISTS,
    }
    return render(request, "custody/trace.html", context, status=422 if fault else 200)
