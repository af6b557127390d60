"""Acknowledgements: a file is taken and says what it changed; what no transmission awaits is listed apart."""

import hashlib
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.lifecycle.errors import Refused
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.desk import LISTED
from pharmacovigilance.e2b.acknowledging import OF_BATCH, OF_MESSAGE, read
from pharmacovigilance.e2b.findings import Unreadable
from pharmacovigilance.e2b.reading import refuse_too_large
from pharmacovigilance.messages import Answered, take_acknowledgement
from pharmacovigilance.models import UnmatchedAcknowledgement
from pharmacovigilance.senders import SenderUnreadable
from pharmacovigilance.web.desk import reader

MEANINGS: Final = OF_BATCH | OF_MESSAGE
# What the file that was just taken has changed, until it has been shown once.
_TAKEN: Final = "acknowledgement_taken"


@login_required
@require_http_methods(["GET", "POST"])
def safety_answers(request: HttpRequest) -> HttpResponse:
    """The answers kept apart, the last first; a POST takes a file. 422 for a file that is no acknowledgement."""
    person = reader(request)
    if request.method != "POST":
        return _page(request, person, taken=request.session.pop(_TAKEN, None))
    if person.role not in PHARMACISTS or person.pharmacy is None:
        raise PermissionDenied("Acknowledgements are taken by a pharmacist of the pharmacy that sent.")
    try:
        data = _sent(request)
        with transaction.atomic():
            answers = take_acknowledgement(
                read(data), sha256=hashlib.sha256(data).hexdigest(), pharmacy=person.pharmacy, by=person,
                now=clock.now(),
            )  # fmt: skip
    except Unreadable as fault:
        return _page(request, person, fault=str(fault), rule=fault.finding.rule, status=422)
    except (Refused, SenderUnreadable) as fault:
        return _page(request, person, fault=str(fault), status=409)
    request.session[_TAKEN] = [_told(answer) for answer in answers]
    return redirect("safety_answers")


def _sent(request: HttpRequest) -> bytes:
    """The bytes of the file that was chosen.

    :raises Unreadable: when none was, it is too large, or it did not come whole.
    """
    file = request.FILES.get("file")
    if file is None:
        raise Unreadable("NONE", "No file was chosen. Choose the acknowledgement as the gateway wrote it.")
    refuse_too_large(file.size or 0)
    if not getattr(file, "came_whole", True):
        raise Unreadable("CUT", "The file did not come whole. Send it again.")
    return bytes(file.read())


def _told(answer: Answered) -> dict[str, str]:
    found = answer.transmission
    return {
        "report": answer.report or answer.message_number,
        "code": answer.code,
        "label": found.label if found else "",
        "case": found.case.reference if found else "",
        "url": reverse("case_tab", args=[found.case.reference, "safety"]) if found else "",
        "why": UnmatchedAcknowledgement.Why(answer.why).label if answer.why else "",
    }


def _page(request: HttpRequest, person: User, *, status: int = 200, **more: Any) -> HttpResponse:
    kept = UnmatchedAcknowledgement.objects.filter(pharmacy=person.pharmacy_id).order_by("-received_at", "-pk")
    page = {
        "answers": list(kept[:LISTED]),
        "total": kept.count(),
        "meanings": MEANINGS,
        "zone": person.pharmacy.time_zone if person.pharmacy else "UTC",
        "may_take": person.role in PHARMACISTS,
        **{"taken": None, "fault": "", "rule": ""},
    }
    return render(request, "pharmacovigilance/answers.html", page | more, status=status)
