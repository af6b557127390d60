"""How far the pack of a filing is, while the form that makes it waits for its answer."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import clock
from cases.access import case_for
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.web.registries import lands_on, tells_progress
from regulatory.progress import progress_of

tells_progress("regulatory.filing.make_pack", "pack_progress")
lands_on("regulatory.filing.make_pack", "filings")


@login_required
@require_GET
def pack_progress(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """A fragment that asks again by itself while the page that asked still stands."""
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.role not in READ_WHOLE:
        raise PermissionDenied("Packs are made by the pharmacy.", "pharmacists and auditors")
    filing = next((one for one in case.filings.all() if one.label == label), None)
    if filing is None:
        raise Http404("There is no such filing on this case.")
    context = {"case": case, "label": label, "progress": progress_of(filing)}
    return render(request, "regulatory/pack_progress.html", context)
