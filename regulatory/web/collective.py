"""What is filed for many cases at once: what waits for a form, which reports are due, what was made and sent."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.documents.media import EXTENSIONS, SHEET
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from regulatory.collective.gather import due_periods, supplies, waiting_filings
from regulatory.collective.models import CollectivePaper
from regulatory.collective.services import make_form, make_report, send, withdraw
from regulatory.collective.specs import Spec, specs
from regulatory.web.collective_forms import ChooseForm, ReportForm, SendForm, WithdrawForm

MOST_SHOWN = 100


@login_required
def collective_list(request: HttpRequest) -> HttpResponse:
    """What waits, what is due, what was made."""
    user = _reader(request)
    pharmacy, today = user.pharmacy, clock.now().date()
    papers = CollectivePaper.objects.visible_to(user, at=clock.now()).select_related("made_by").defer("content")
    context = {
        "forms": [
            (spec, len(waiting_filings(spec, pharmacy))) for spec in specs().values() if pharmacy and not spec.is_report
        ],
        "reports": [
            period
            for spec in specs().values()
            if pharmacy and spec.is_report
            for period in due_periods(spec, pharmacy, today)
        ],
        "specs": [spec for spec in specs().values() if spec.is_report],
        "papers": list(papers[:MOST_SHOWN]),
        "may_make": user.role in PHARMACISTS,
    }
    return render(request, "regulatory/collective.html", context)


@login_required
def collective_make(request: HttpRequest, code: str) -> HttpResponse:
    """Make a form of the filings that wait, or the report of a period."""
    user, spec = _pharmacist(request), _spec(code)
    return _make_report(request, user, spec) if spec.is_report else _make_form(request, user, spec)


def _make_form(request: HttpRequest, user: User, spec: Spec) -> HttpResponse:
    waiting = waiting_filings(spec, user.pharmacy) if user.pharmacy else []
    form = ChooseForm(waiting, request.POST if request.method == "POST" else None)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            paper = make_form(spec, form.chosen(), by=user, now=clock.now())
        except Refused as refusal:
            refused = refusal
        else:
            return _made(request, paper)
    return _making(request, spec, form, refused, waiting=len(waiting))


def _make_report(request: HttpRequest, user: User, spec: Spec) -> HttpResponse:
    """The day comes first: which packs are asked for follows from what was supplied in its period."""
    posted = request.method == "POST"
    asked = request.POST if posted else request.GET
    form = ReportForm([], asked if posted or "day" in asked else None)
    if form.is_bound and form.is_valid():
        packs = _packs(spec, user, form.cleaned_data["day"])
        form = ReportForm(packs, asked) if posted else ReportForm(packs, initial=asked)
    refused: Refused | None = None
    if posted and form.is_valid():
        try:
            day, sizes = form.cleaned_data["day"], form.pack_sizes()
            paper = make_report(spec, day, pack_sizes=sizes, by=user, now=clock.now())
        except Refused as refusal:
            refused = refusal
        else:
            return _made(request, paper)
    return _making(request, spec, form, refused)


def _packs(spec: Spec, user: User, day: date) -> list[tuple[str, str]]:
    """(product code, product) of what was supplied in the period, where the report names the pack."""
    if user.pharmacy is None or all(name != "pack_size" for name, _ in spec.columns):
        return []
    lines = supplies(spec, user.pharmacy, *spec.period_of(day))
    return list({line.cells["product_code"]: str(line.case.medicine) for line in lines}.items())


def _made(request: HttpRequest, paper: CollectivePaper) -> HttpResponse:
    messages.success(request, f"{paper.label} was made. Download it, send it, then record here that it went out.")
    return redirect("collective_paper", paper.label)


def _making(
    request: HttpRequest, spec: Spec, form: Any, refused: Refused | None, *, waiting: int | None = None
) -> HttpResponse:
    context = {"spec": spec, "form": form, "waiting": waiting, "refused": refused, "unmet": _unmet(refused)}
    status = 409 if refused else 422 if request.method == "POST" else 200
    return render(request, "regulatory/collective_make.html", context, status=status)


@login_required
def collective_paper(request: HttpRequest, label: str) -> HttpResponse:
    """One spreadsheet: its lines, where each of them stands now, the file, and what is next."""
    return _page(request, _reader(request), label)


@login_required
def collective_file(request: HttpRequest, label: str) -> HttpResponse:
    """The spreadsheet as it was made."""
    paper = _paper(_reader(request), label)
    answer = HttpResponse(bytes(paper.content), content_type=SHEET)
    answer["Content-Disposition"] = f'attachment; filename="{paper.label}_{paper.spec}.{EXTENSIONS[SHEET]}"'
    return answer


@login_required
@require_POST
def collective_send(request: HttpRequest, label: str) -> HttpResponse:
    """Record that it went out."""
    user = _pharmacist(request)
    form = SendForm(request.POST)
    if not form.is_valid():
        return _page(request, user, label, sending=form, status=422)
    try:
        sent = send(_paper(user, label), by=user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        return _page(request, user, label, sending=form, refused=refusal, status=409)
    messages.success(request, f"{sent.label} is sent. Every line of it is on record in its case.")
    return redirect("collective_paper", label)


@login_required
@require_POST
def collective_withdraw(request: HttpRequest, label: str) -> HttpResponse:
    """It is not sent; its lines are free for another."""
    user = _pharmacist(request)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, user, label, withdrawing=form, status=422)
    try:
        gone = withdraw(_paper(user, label), reason=form.cleaned_data["reason"], by=user, now=clock.now())
    except Refused as refusal:
        return _page(request, user, label, withdrawing=form, refused=refusal, status=409)
    messages.success(request, f"{gone.label} was withdrawn. Its lines can go into another.")
    return redirect("collective_list")


def _page(
    request: HttpRequest,
    user: User,
    label: str,
    *,
    sending: SendForm | None = None,
    withdrawing: WithdrawForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    paper = _paper(user, label)
    context = {
        "paper": paper,
        "spec": paper.kind,
        "lines": list(paper.lines.select_related("case", "filing", "consignment")),
        "may_act": user.role in PHARMACISTS and paper.state == CollectivePaper.State.MADE,
        "sending": sending or SendForm(initial={"at": clock.now()}),
        "withdrawing": withdrawing or WithdrawForm(),
        "refused": refused,
        "unmet": _unmet(refused),
    }
    return render(request, "regulatory/collective_paper.html", context, status=status)


def _reader(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if user.role not in PHARMACISTS | {Role.AUDITOR, Role.ADMINISTRATOR}:
        raise PermissionDenied("Forms and reports are the pharmacy's.", "pharmacists, administrators and auditors")
    return user


def _pharmacist(request: HttpRequest) -> User:
    user = _reader(request)
    if user.role not in PHARMACISTS:
        raise PermissionDenied("Forms and reports are made by the pharmacy.", "pharmacists")
    return user


def _spec(code: str) -> Spec:
    found = specs().get(code)
    if found is None:
        raise Http404("There is no such form.")
    return found


def _paper(user: User, label: str) -> CollectivePaper:
    paper = CollectivePaper.objects.visible_to(user, at=clock.now()).labelled(label)
    if paper is None:
        raise Http404("There is no such form.")
    return paper


def _unmet(refusal: Refused | None) -> list[Any]:
    return list(refusal.unmet) if isinstance(refusal, RequirementsUnmet) else []
