"""Papers on pages: the tab, uploading, downloading."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date

from cases import clock
from cases.access import case_for
from cases.documents import services as papers
from cases.documents.models import Document
from cases.documents.queries import open_slots
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from cases.web.tabs import Tab, register_tab

MAY_UPLOAD = PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST}
MISSING = "No file arrived. Choose a file, or take a photo, and send it again. Nothing was stored."
NOT_ASKED = (
    "This paper is no longer asked for. Read the page again, or send it below as another kind. Nothing was stored."
)


@login_required
def upload(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a file for one case; a refusal says which file, what is wrong and what to do."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in MAY_UPLOAD or user.only_reads:
        raise PermissionDenied("Papers are sent by the case's pharmacists, its prescriber and the institution.")
    slots = list(open_slots(case, user))
    context: dict[str, Any] = {
        "case": case,
        "slots": slots,
        "types": papers.document_types(),
        "chosen": request.POST.get("doc_type", request.GET.get("type", "")),
        "chosen_slot": request.POST.get("slot", request.GET.get("slot", "")),
        "issued_on": request.POST.get("issued_on", ""),
        "again": request.POST.get("again") == "yes",
        "back": back_to(user, case),
    }
    if request.method != "POST":
        return render(request, "own/upload.html", context)
    asked = request.POST.get("slot", "")
    slot = next((one for one in slots if one.label == asked), None)
    doc_type = slot.doc_type if slot else request.POST.get("doc_type", "")
    file = request.FILES.get("file")
    if asked and slot is None:
        return render(request, "own/upload.html", context | {"refusal": NOT_ASKED, "chosen_slot": ""}, status=422)
    if file is None:
        return render(request, "own/upload.html", context | {"refusal": MISSING}, status=422)
    if not doc_type:
        return render(request, "own/upload.html", context | {"refusal": "Say what kind of paper it is."}, status=422)
    try:
        document = papers.receive_upload(
            case=case,
            file=file,
            doc_type=doc_type,
            by=user,
            now=now,
            slot=slot,
            again=context["again"],
            issued_on=parse_date(context["issued_on"]) if context["issued_on"] else None,
        )
    except papers.UploadRefused as refusal:
        context |= {"refusal": refusal.sentence, "twice": refusal.code == "same-file"}
        return render(request, "own/upload.html", context, status=422)
    except ValueError:
        return render(request, "own/upload.html", context | {"refusal": "The day of issue is no day."}, status=422)
    messages.success(request, f"{document.label} arrived: {document.title}. The pharmacy reads it next.")
    return redirect(back_to(user, case))


@login_required
def download(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The exact bytes of a paper, as an attachment that cannot act; reading is recorded."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    number = label.partition("-")[2]
    document = Document.objects.filter(case=case, number=int(number)).first() if number.isdecimal() else None
    if document is None:
        raise Http404("There is no such paper on this case.")
    try:
        given = papers.open_download(document, by=user, now=now, reason=request.GET.get("reason", ""))
    except papers.DocumentRefused as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
    except papers.BytesNotIntact as fault:
        raise PermissionDenied(str(fault)) from fault
    return HttpResponse(given.content, headers=given.headers)


def back_to(user: User, case: Case) -> str:
    """The page a person comes from."""
    if user.is_pharmacist:
        return reverse("case_tab", args=[case.reference, "documents"])
    return reverse("own_case", args=[case.reference])


def _documents(case: Case, user: User, now: datetime) -> dict[str, Any]:
    rows = case.documents.select_related("file", "uploaded_by", "decided_by").prefetch_related("signatures__signer")
    return {
        "documents": list(rows.order_by("-number")),
        "slots": list(case.document_slots.select_related("asked_of").order_by("state", "due_on", "number")),
    }


register_tab(Tab("documents", "Documents", 20, "cases/documents.html", _documents, lambda case: case.documents.count()))
