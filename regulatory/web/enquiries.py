"""Enquiries: received, answered by a named person, referred, declined, or made a case."""

import uuid
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases import clock
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.models import Case
from cases.people.identity import Identity, IdentityInvalid
from cases.people.models import Pharmacy, User
from cases.people.patients import Patient
from regulatory.enquiries import (
    OUTCOMES,
    answer_enquiry,
    receive_enquiry,
    refer_enquiry,
)
from regulatory.models import Enquiry
from regulatory.opening import open_case_for, patients_like
from regulatory.triage.letters import all_words, sections_of
from regulatory.web.forms import AnswerForm, EnquiryForm, OpenCaseForm
from regulatory.web.four_questions import QUESTIONS, answered

PAGE = 50
ANOTHER = "another"


@login_required
def enquiry_list(request: HttpRequest) -> HttpResponse:
    """Open ones first, the most urgent promise on top; then the newest of those that ended, page by page."""
    user = pharmacist(request)
    rows = Enquiry.objects.filter(pharmacy=user.pharmacy)
    standing = Q(state__in=[Enquiry.State.OPEN, Enquiry.State.ANSWERED])
    before = request.GET.get("before", "")
    ended = rows.exclude(standing).order_by("-id")
    if before.isdecimal():
        ended = ended.filter(pk__lt=int(before))
    done = list(ended[: PAGE + 1])
    return render(
        request,
        "regulatory/enquiries.html",
        {
            "open_rows": list(rows.filter(standing).order_by("-state", "acknowledge_by", "id")),
            "done": done[:PAGE],
            "ended": rows.exclude(standing).count(),
            "older": f"?before={done[PAGE - 1].pk}" if len(done) > PAGE else "",
            "newest": reverse("enquiry_list") if before else "",
            "now": clock.now(),
        },
    )


@login_required
def enquiry_new(request: HttpRequest) -> HttpResponse:
    """Write down a question."""
    user = pharmacist(request)
    form = EnquiryForm(request.POST if request.method == "POST" else None)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = receive_enquiry(
                pharmacy=cast(Pharmacy, user.pharmacy),
                by=user,
                now=clock.now(),
                form_key=_key(request),
                **form.enquiry(),
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, f"{made.reference} was received.")
            return redirect("enquiry", made.reference)
    status = 200 if request.method != "POST" else 409 if refused else 422
    return render(
        request,
        "regulatory/enquiry_new.html",
        {"form": form, "form_key": _key(request), "refused": refused, "questions": QUESTIONS},
        status=status,
    )


@login_required
def enquiry(request: HttpRequest, reference: str) -> HttpResponse:
    """One enquiry and what can be done with it."""
    user = pharmacist(request)
    row = found(user, reference)
    return _page(request, row, AnswerForm(enquiry=row))


@login_required
@require_POST
def enquiry_answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Record the answer."""
    user, row = _posting(request, reference)
    form = AnswerForm(request.POST, enquiry=row)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    return _do(request, row, form, lambda: answer_enquiry(row, by=user, now=clock.now(), **form.cleaned_data))


@login_required
@require_POST
def enquiry_refer(request: HttpRequest, reference: str) -> HttpResponse:
    """Another house is the right one."""
    user, row = _posting(request, reference)
    return _do(
        request,
        row,
        AnswerForm(enquiry=row),
        lambda: refer_enquiry(row, reason=_reason(request), by=user, now=clock.now()),
    )


@login_required
def enquiry_open_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Make a case of an answered enquiry; a patient who may be known already is shown before another is registered."""
    user = pharmacist(request)
    row = found(user, reference)
    form = OpenCaseForm(
        request.POST if request.method == "POST" else None, enquiry=row, pharmacy=row.pharmacy, user=user
    )
    context: dict[str, Any] = {"row": row, "form": form, "form_key": _key(request), "outcomes": OUTCOMES}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "regulatory/enquiry_open.html", context, status=status)
    given = form.cleaned_data
    if row.state == Enquiry.State.BECAME_CASE and row.case.events.filter(form_key=_key(request), by=user).exists():
        return redirect("case", row.case.reference)  # the same form, posted twice
    stock = form.is_for_stock
    known = [] if stock else patients_like(_identity(given), pharmacy=row.pharmacy, by=user, now=clock.now())
    choice = request.POST.get("patient", "")
    chosen = next((one for one in known if one.reference == choice), None)
    if known and chosen is None and choice != ANOTHER:
        return render(request, "regulatory/enquiry_open.html", context | {"known": known}, status=409)
    try:
        case = _opened(request, row, given, None if stock else chosen or _identity(given), user)
    except IdentityInvalid as wrong:
        for name, sentence in wrong.errors.items():
            form.add_error(name if name in form.fields else None, sentence)
        return render(request, "regulatory/enquiry_open.html", context | {"known": known}, status=422)
    except Refused as refusal:
        return render(
            request, "regulatory/enquiry_open.html", context | {"known": known, "refused": refusal}, status=409
        )
    messages.success(request, f"{case.reference} was opened from {row.reference}.")
    return redirect("case", case.reference)


def _identity(given: dict[str, Any]) -> Identity:
    return Identity(
        family_name=given["family_name"],
        given_names=given["given_names"],
        birth_date=given["birth_date"],
        record_number=given["record_number"],
        sex=given["sex"],
    )


def _opened(
    request: HttpRequest, row: Enquiry, given: dict[str, Any], patient: Patient | Identity | None, user: User
) -> Case:
    return open_case_for(
        patient,
        pharmacy=row.pharmacy,
        enquiry=row,
        prescriber=given["prescriber"],
        institution=given["institution"],
        coordinator=given["coordinator"],
        medicine=given["medicine"],
        profile_version=given["profile_version"],
        by=user,
        now=clock.now(),
        form_key=_key(request),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )


def pharmacist(request: HttpRequest) -> User:
    """The signed-in pharmacist.

    :raises PermissionDenied: for anybody else.
    """
    user: User = request.user  # type: ignore[assignment]
    if not user.is_pharmacist:
        raise PermissionDenied("Enquiries are handled by the pharmacists.", "pharmacists")
    return user


def found(user: User, reference: str) -> Enquiry:
    """The enquiry of the pharmacy by its reference.

    :raises Http404: for strangers' and none.
    """
    row = (
        Enquiry.objects.filter(pharmacy=user.pharmacy, reference=reference.replace("\x00", ""))
        .select_related("pharmacy", "medicine", "profile_version", "answered_by", "case", "told_decline__told_by")
        .first()
    )
    if row is None:
        raise Http404("There is no such enquiry.")
    return row


def _posting(request: HttpRequest, reference: str) -> tuple[User, Enquiry]:
    user = pharmacist(request)
    return user, found(user, reference)


def _do(request: HttpRequest, row: Enquiry, form: AnswerForm, act: Callable[[], Enquiry]) -> HttpResponse:
    try:
        done = act()
    except Refused as refusal:
        return _page(request, row, form, status=409, refused=refusal)
    messages.success(request, f"{done.reference}: {done.get_state_display()}.")
    return redirect("enquiry", done.reference)


def _page(
    request: HttpRequest, row: Enquiry, form: AnswerForm, *, status: int = 200, refused: Refused | None = None
) -> HttpResponse:
    unmet = refused.unmet if isinstance(refused, RequirementsUnmet) else []
    told = getattr(row, "told_decline", None)
    return render(
        request,
        "regulatory/enquiry.html",
        {
            "row": row,
            "form": form,
            "refused": refused,
            "unmet": unmet,
            "outcome": OUTCOMES.get(row.outcome, ""),
            "told": told,
            "letter": sections_of(told.text) if told else None,
            "letter_words": all_words()[told.language] if told else None,
            "questions": answered(row.answers),
            "typed": {name: request.POST.get(name, "") for name in ("answer", "reason", "act")},
            "now": clock.now(),
        },
        status=status,
    )


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "")


def _key(request: HttpRequest) -> str:
    return request.POST.get("form_key", "")[:64] or uuid.uuid4().hex
