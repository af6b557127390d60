"""The prescriber's minute: five questions on a phone, signed in or through the link in a letter (ADR 11, ADR 20)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from cases import clock
from cases.access import case_for
from cases.models import Case
from cases.people.models import AccessLink, User
from cases.web.case_page import OWN_PAGES
from cases.web.links import opened_link
from cases.web.papers import arrived
from pharmacovigilance.intake import keep_papers, keep_report
from pharmacovigilance.models import FollowUp, SafetyReport
from pharmacovigilance.web.reporting.answering import answer_page
from pharmacovigilance.web.reporting.typed import form_key_of, offered, typed_in, why_not_taken

# What this browser has sent through its link, newest last, and which papers of it were not taken.
REPORTED: Final = "reported_by_link"
REFUSED: Final = "papers_refused"


@login_required
def own_report(request: HttpRequest, reference: str) -> HttpResponse:
    """The five questions for somebody who is signed in."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in OWN_PAGES:
        return redirect("safety_report_new", case.reference)
    return _told(request, case, user, now)


@login_required
def own_answer(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The page of one follow-up question for somebody who is signed in."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    question = _question(case, label)
    if question is None:
        raise Http404("There is no such question on this case.")
    if user.role not in OWN_PAGES:
        return redirect(f"{reverse('verb', args=[reference, 'pharmacovigilance.follow_up.answer'])}?on={label}")
    address = reverse("own_answer", args=[case.reference, label])
    return answer_page(request, question, user, now, address=address, done=_done(request, case))


@login_required
def own_reported(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """That a report arrived, for whoever sent it; with what could not be read, and how to add to it."""
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    report = _named(case, label)
    if report is None or report.entered_by_id != user.pk:
        raise Http404("You have sent no report of that label.")
    return _reported(request, report, by_link=False)


@never_cache
def report_by_link(request: HttpRequest) -> HttpResponse:
    """The same for whoever opened the link in a letter: of one case the reference and what was supplied, no more."""
    now = clock.now()
    opened = opened_link(request, AccessLink.Purpose.REPORT)
    if opened is None or not Case.objects.visible_to(opened.recipient, at=now).filter(pk=opened.case_id).exists():
        words = request.POST.get("verbatim", "") or request.POST.get("words", "")
        return render(request, "pharmacovigilance/own_report_ended.html", {"words": words}, status=410)
    question = _question(opened.case, opened.subject) if opened.subject else None
    if question is not None and question.answered_at is None and "event" not in request.GET:
        address = reverse("report_by_link")
        return answer_page(
            request, question, opened.recipient, now, address=address, done=_done(request, opened.case, by_link=True)
        )
    return _told(request, opened.case, opened.recipient, now, by_link=True)


@never_cache
def reported_by_link(request: HttpRequest) -> HttpResponse:
    """That what was sent through the link arrived."""
    opened = opened_link(request, AccessLink.Purpose.REPORT)
    sent = request.session.get(REPORTED, [])
    if opened is None or not sent:
        return render(request, "pharmacovigilance/own_report_ended.html", {"words": ""}, status=410)
    if not sent[-1]:
        return render(
            request, "pharmacovigilance/own_reported.html", {"case": opened.case, "report": None, "by_link": True}
        )
    report = _named(opened.case, sent[-1])
    if report is None:
        return render(request, "pharmacovigilance/own_report_ended.html", {"words": ""}, status=410)
    return _reported(request, report, by_link=True)


def _told(request: HttpRequest, case: Case, user: User, now: datetime, *, by_link: bool = False) -> HttpResponse:
    """The form; a POST keeps the report first, whatever is in it, then its papers."""
    more = _sent_before(request, case, user, by_link=by_link)
    page: dict[str, Any] = {
        "case": case,
        "by_link": by_link,
        "more": more,
        "refusal": "",
        "action": f"{reverse('report_by_link')}?event" if by_link else reverse("own_report", args=[case.reference]),
    }
    if request.method != "POST":
        return render(request, "pharmacovigilance/own_report.html", page | offered(request, case))
    if refusal := why_not_taken(request):
        cut = page | offered(request, case) | {"refusal": refusal}
        return render(request, "pharmacovigilance/own_report.html", cut, status=422)
    report = keep_report(
        case,
        typed_in(request),
        by=user,
        now=now,
        form_key=form_key_of(request),
        request_id=request.request_id,  # type: ignore[attr-defined]
        zone=case.institution.time_zone,
        adds_to=more,
    )
    files = request.FILES.getlist("file")
    request.session[REFUSED] = keep_papers(report, files, by=user, now=now, form_key=form_key_of(request))
    return _done(request, case, by_link=by_link)(report)


def _done(request: HttpRequest, case: Case, *, by_link: bool = False) -> Callable[[SafetyReport | None], HttpResponse]:
    """Where somebody lands who has told something: a report, or only the answer to a question."""

    def lead(report: SafetyReport | None) -> HttpResponse:
        if by_link:
            request.session[REPORTED] = [*request.session.get(REPORTED, []), report.label if report else ""]
            return arrived(request, reverse("reported_by_link"))
        if report is None:
            return arrived(request, reverse("own_case", args=[case.reference]))
        return arrived(request, reverse("own_reported", args=[case.reference, report.label]))

    return lead


def _reported(request: HttpRequest, report: SafetyReport, *, by_link: bool) -> HttpResponse:
    context = {
        "case": report.case,
        "report": report,
        "by_link": by_link,
        "papers": [paper.document for paper in report.papers.select_related("document").order_by("pk")],
        "refused": request.session.pop(REFUSED, []),
        "more_url": f"{reverse('report_by_link')}?event&more={report.label}"
        if by_link
        else f"{reverse('own_report', args=[report.case.reference])}?more={report.label}",
    }
    return render(request, "pharmacovigilance/own_reported.html", context)


def _sent_before(request: HttpRequest, case: Case, user: User, *, by_link: bool) -> SafetyReport | None:
    """The report that something is added to, if it is this person's own."""
    label = request.POST.get("more", request.GET.get("more", ""))
    report = _named(case, label) if label else None
    return report if report is not None and report.entered_by_id == user.pk else None


def _named(case: Case, label: str) -> SafetyReport | None:
    return case.safety_reports.filter(number=_number(label, "S-")).first()


def _question(case: Case, label: str) -> FollowUp | None:
    return case.follow_ups.filter(number=_number(label, "U-")).first()


def _number(label: str, prefix: str) -> int:
    """The ordinal in a label; nought, which no record has, for anything else."""
    digits = label.removeprefix(prefix)
    return int(digits) if label.startswith(prefix) and digits.isascii() and digits.isdigit() and len(digits) < 5 else 0
