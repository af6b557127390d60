"""The pharmacist's form: what was noticed, told by telephone, written, or said by the family, on one page."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.lifecycle.typed_days import write_day
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.web import words
from cases.web.case_page import OWN_PAGES, about
from cases.web.papers import arrived
from cases.web.registries import desk_page
from cases.web.verb_page import who_may
from pharmacovigilance.intake import RECEIVE, keep_papers, keep_report
from pharmacovigilance.models import SafetyReport
from pharmacovigilance.terms import SPECIAL_SITUATIONS
from pharmacovigilance.web.reporting.typed import form_key_of, offered, typed_in, why_not_taken

CHANNELS: Final = (
    (SafetyReport.Channel.PHARMACIST, "I noticed it myself"),
    (SafetyReport.Channel.TELEPHONE, "By telephone"),
    (SafetyReport.Channel.LETTER, "By letter or mail"),
    (SafetyReport.Channel.FAMILY, "From the family or the patient"),
)
HAD_REACTION: Final = (("yes", "Yes"), ("no", "No reaction was seen"), ("not_known", "Not known"))

desk_page(RECEIVE, "safety_report_new")


@login_required
def safety_report_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a report in; nothing has to be filled in, and the time of receipt stands first."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role in OWN_PAGES:
        return redirect("own_report", case.reference)
    if user.role not in VERBS[RECEIVE].roles or user.only_reads:
        raise PermissionDenied("Reports are taken in by those who work on the case.", who_may(VERBS[RECEIVE]))
    if request.method != "POST":
        return _page(request, case, now)
    if refusal := why_not_taken(request):
        return _page(request, case, now, refusal=refusal)
    report = keep_report(
        case,
        typed_in(request, by_pharmacist=True),
        by=user,
        now=now,
        form_key=form_key_of(request),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )
    files = request.FILES.getlist("file")
    for refused in keep_papers(report, files, by=user, now=now, form_key=form_key_of(request)):
        messages.warning(request, f"The report is in; a file is not. {refused}")
    messages.success(request, f"{report.label} is on record. Its date to be judged by runs.")
    return arrived(request, reverse("safety_report", args=[case.reference, report.label]))


def _page(request: HttpRequest, case: Case, now: datetime, *, refusal: str = "") -> HttpResponse:
    zone = ZoneInfo(case.pharmacy.time_zone)
    local = now.astimezone(zone)
    context: dict[str, Any] = {
        "case": case,
        "about": about(case),
        "refusal": refusal,
        "now_typed": f"{write_day(local)} {local:%H:%M}",
        "place": words.place(zone),
        "channels": CHANNELS,
        "qualifications": SafetyReport.Qualification.choices,
        "had_reaction": HAD_REACTION,
        "situations": SPECIAL_SITUATIONS,
    }
    page = context | offered(request, case)
    return render(request, "pharmacovigilance/report_new.html", page, status=422 if refusal else 200)
