"""The page after something was done: its status in a few words, the proof, what happens next, what is asked next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cases import clock
from cases.access import case_for
from cases.lifecycle.steps import possible_steps
from cases.models import Case
from cases.people.models import User
from cases.web.asked import asked_of
from cases.web.case_page import OWN_PAGES, verb_url
from cases.web.own import REPORT


@dataclass(frozen=True)
class Done:
    """What was done with one record, for the person who did it."""

    state: str
    status: str
    following: str
    proof: list[tuple[str, Any]] = field(default_factory=list)
    signatures: list[Any] = field(default_factory=list)


@login_required
def done(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """How one record of the case stands, for the person who has just dealt with it."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    kind, _, number = label.partition("-")
    outcome = _OUTCOMES[kind](case, user, int(number)) if kind in _OUTCOMES and number.isdecimal() else None
    if outcome is None or user.role not in OWN_PAGES:
        raise Http404("There is nothing of yours under that label.")
    asked = asked_of(user, case, possible_steps(case, by=user, now=now), now=now)
    context = {"case": case, "label": label, "done": outcome, "asked": asked, "report_url": verb_url(case, REPORT)}
    return render(request, "own/done.html", context)


def _determination(case: Case, user: User, number: int) -> Done | None:
    found = case.determinations.select_related("document__file").filter(number=number).first()
    if found is None or user.role == "receiving_pharmacist":
        return None
    if found.state != "signed" or found.document is None:
        return Done(
            "draft", f"{found.label} is {found.get_state_display()}.", "Nothing of it counts any more; see the case."
        )
    return Done(
        "good",
        "Signed. The reviews come next.",
        "The pharmacy reviews it and files the papers. You are written to when something is needed. "
        "Nobody can change this text; you can withdraw it at any time, with a reason.",
        [("Text", f"{found.document.label}, word for word as you read it"), ("SHA-256", found.document.sha256)],
        list(found.document.signatures.select_related("signer").order_by("signed_at")),
    )


def _document(case: Case, user: User, number: int) -> Done | None:
    found = case.documents.select_related("file").filter(number=number, uploaded_by=user).first()
    if found is None:
        return None
    pages = f"{found.pages} pages" if found.pages and found.pages > 1 else "1 page"
    return Done(
        "good",
        "Arrived. A pharmacist reads it.",
        "If it cannot be used, you are told why and asked again. Its bytes are never changed.",
        [("Paper", f"{found.label} {found.title}, {pages}"), ("SHA-256", found.sha256)],
    )


def _consignment(case: Case, user: User, number: int) -> Done | None:
    consignments = apps.get_model("custody.Consignment")._default_manager
    found = consignments.filter(case=case, number=number, institution=user.institution_id).first()
    inspection = found.inspections.order_by("-pk").first() if found is not None else None
    if inspection is None:
        return None
    state, status, following = _INSPECTED[inspection.result]
    record = inspection.record
    return Done(
        state,
        status,
        following,
        [("Record", f"{record.label} {record.title}"), ("SHA-256", record.sha256)] if record else [],
        list(record.signatures.select_related("signer")) if record else [],
    )


_CHECKED_NEXT = (
    "It stays in quarantine. Another person at your institution checks it and signs, then a pharmacist who neither "
    "packed nor received it signs the release."
)
_INSPECTED = {
    "accept": ("good", "Inspected. A second check comes next.", _CHECKED_NEXT),
    "accept_part": (
        "good",
        "Accepted in part. A second check comes next.",
        f"Keep the packs that are not as sent apart; each is held by an exception of its own. {_CHECKED_NEXT}",
    ),
    "quarantine": (
        "hold",
        "In quarantine. The pharmacy decides.",
        "Keep it apart, at its own temperature. Nothing of it may be given until the pharmacy has decided.",
    ),
    "reject": (
        "harm",
        "Rejected. The pharmacy decides.",
        "Keep it apart. The pharmacy signs what becomes of it: returned or destroyed.",
    ),
}
_OUTCOMES: dict[str, Callable[[Case, User, int], Done | None]] = {
    "N": _determination,
    "D": _document,
    "C": _consignment,
}
