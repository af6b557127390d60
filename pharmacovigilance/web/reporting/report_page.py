"""One report: what was said, what it holds of the four criteria, what does not fit, and what becomes of it."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cases import clock
from cases.access import case_for
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.telling import tell
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE
from cases.web.case_page import about
from cases.web.registries import desk_page
from pharmacovigilance.checks import (
    contradictions_in,
    criteria_of,
    day0_explained,
    is_about_the_product,
    is_kept_without_icsr,
    missing_of,
)
from pharmacovigilance.models import SafetyReport
from pharmacovigilance.terms import CRITERIA, SPECIAL_SITUATIONS

TRIAGE = "pharmacovigilance.report.triage"
desk_page(TRIAGE, "safety_report")


@login_required
def safety_report(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Read one report whole; a POST records that it was read, and the page then offers what becomes of it."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in READ_WHOLE:
        raise PermissionDenied("Safety records are kept by the pharmacy.", "pharmacists, administrators and auditors")
    number = label.removeprefix("S-")
    rows = SafetyReport.objects.filter(case=case).select_related(
        "entered_by", "adds_to", "answers", "safety_case", "dose", "pack__lot__supplier"
    )
    report = rows.filter(number=int(number)).first() if label.startswith("S-") and number.isdecimal() else None
    if report is None:
        raise Http404("There is no such report on this case.")
    refusal = ""
    if request.method == "POST":
        if user.role not in PHARMACISTS:
            raise PermissionDenied("A report is judged by a pharmacist.", "pharmacists")
        key = request.POST.get("form_key", "")[:64] or None
        try:
            event = advance(case, TRIAGE, by=user, now=now, subject=report, form_key=key)
            messages.success(request, f"{tell(event)}.")
            return redirect("safety_report", case.reference, report.label)
        except NotPossible as late:
            refusal = late.sentence
            report = rows.get(pk=report.pk)
    situations = dict(SPECIAL_SITUATIONS)
    context: dict[str, Any] = {
        "case": case,
        "about": about(case),
        "report": report,
        "may_act": user.role in PHARMACISTS,
        "zone": case.pharmacy.time_zone,
        "criteria": criteria_of(report),
        "missing": missing_of(report),
        "day0": day0_explained(report),
        "contradictions": contradictions_in(report),
        "without_icsr": is_kept_without_icsr(report),
        "about_product": is_about_the_product(report),
        "situations": [situations.get(code, code) for code in report.situations],
        "serious_words": [dict(CRITERIA)[code] for code in report.criteria],
        "papers": [paper.document for paper in report.papers.select_related("document__file").order_by("pk")],
        "additions": list(report.additions.order_by("number")),
        "questions": list(report.follow_ups.order_by("due_on", "number")),
        "consignments": list(case.consignments.filter(dispensed_at__isnull=False).order_by("number")),
        "form_key": uuid4().hex,
        "refusal": refusal,
    }
    return render(request, "pharmacovigilance/report.html", context, status=409 if refusal else 200)
