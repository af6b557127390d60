"""Papers on pages: the tab, uploading, downloading."""

import uuid
from datetime import date, datetime
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
from cases.documents.models import Document, DocumentSlot
from cases.documents.naming import FORBIDDEN, answer_of, name_rule_of
from cases.documents.queries import answered_slot, open_slots, papers_of
from cases.documents.receiving import limit_bytes
from cases.documents.translations import TRANSLATION
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role
from cases.web.tabs import Tab, register_tab

MAY_UPLOAD = PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST}
# Where the answer on the name counts, or will be asked.
NAMED_STATES = frozenset({Document.State.SCANNED, Document.State.ACCEPTED})
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
    label = request.POST.get("slot", request.GET.get("slot", ""))
    slot = next((one for one in slots if one.label == label), None)
    context: dict[str, Any] = {
        "case": case,
        "slot": slot,
        "slots": slots,
        "types": papers.document_types(),
        "chosen": request.POST.get("doc_type", request.GET.get("type", "")),
        "sources": _sources(case, user, slot),
        "limit_bytes": limit_bytes(),
        "back": back_to(user, case),
    }
    if request.method != "POST":
        return upload_page(request, context)
    slot = slot or answered_slot(case, user, label=label, form_key=request.POST.get("form_key", "")[:64])
    if label and slot is None:
        return upload_page(request, context, refusal=NOT_ASKED)
    try:
        document = take_upload(request, case=case, slot=slot, by=user, now=now)
    except papers.UploadRefused as refusal:
        return upload_page(request, context, refusal=refusal.sentence, twice=refusal.code == "same-file")
    if user.is_pharmacist:
        messages.success(request, f"{document.label} arrived: {document.title}. The pharmacy reads it next.")
        return arrived(request, back_to(user, case))
    return arrived(request, reverse("own_done", args=[case.reference, document.label]))


def _sources(case: Case, user: User, slot: DocumentSlot | None) -> list[Document]:
    """What a translation may be of, where the page asks it: not where one certain paper that is none was asked for."""
    if slot is not None and slot.doc_type != TRANSLATION and slot.renews_id is None:
        return []
    known = papers_of(case, user).values("pk")
    return list(papers.may_be_translated(case).filter(pk__in=known))


def arrived(request: HttpRequest, address: str) -> HttpResponse:
    """Lead to the page that says so; the script that shows progress goes there by itself, so that it is read once."""
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return HttpResponse(status=201, headers={"Location": address})
    return redirect(address)


def take_upload(request: HttpRequest, *, case: Case, slot: DocumentSlot | None, by: User, now: datetime) -> Document:
    """Take what a form sent as one paper: one file, or several photographs bound into one PDF.

    :raises UploadRefused: nothing was stored; the sentence says why and what to do.
    """
    if not getattr(request, "came_whole", True):
        raise papers.UploadRefused("cut-off", "The connection was cut before all had come.", "Send it again.")
    files = request.FILES.getlist("file")
    doc_type = slot.doc_type if slot else request.POST.get("doc_type", "")
    if not files:
        raise papers.UploadRefused("no-file", "No file arrived.", "Choose a file, or take a photo, and send it again.")
    if not doc_type:
        raise papers.UploadRefused("no-kind", "It was not said what kind of paper it is.", "Choose the kind.")
    return papers.receive_upload(
        case=case,
        file=files[0] if len(files) == 1 else papers.bind_photos(files),
        doc_type=doc_type,
        by=by,
        now=now,
        slot=slot,
        translates=_source(case, by, request.POST.get("translates", "").strip()),
        again=request.POST.get("again") == "yes",
        issued_on=_day(request.POST.get("issued_on", "").strip()),
        form_key=request.POST.get("form_key", "")[:64] or None,
    )


def upload_page(
    request: HttpRequest,
    context: dict[str, Any],
    *,
    refusal: str = "",
    twice: bool = False,
    template: str = "own/upload.html",
) -> HttpResponse:
    """The form, with what was typed and, after a refusal, why."""
    typed = {
        "translates": request.POST.get("translates", "") or _awaited(context.get("slot")),
        "issued_on": request.POST.get("issued_on", ""),
        "again": request.POST.get("again") == "yes",
        "form_key": request.POST.get("form_key", "")[:64] or uuid.uuid4().hex,
        "refusal": refusal,
        "twice": twice,
    }
    return render(request, template, {"sources": []} | context | typed, status=422 if refusal else 200)


def _awaited(slot: DocumentSlot | None) -> str:
    """The paper whose translation a request is about; empty when it is about none."""
    source = papers.source_awaited(slot) if slot is not None else None
    return source.label if source is not None else ""


def _source(case: Case, by: User, label: str) -> Document | None:
    """The paper that was named as translated.

    :raises UploadRefused: when the case has none of that label that this person knows.
    """
    if not label:
        return None
    number = label.removeprefix("D-")
    known = papers_of(case, by).filter(number=int(number)) if number.isascii() and number.isdigit() else None
    source = known.first() if known is not None else None
    if source is None:
        raise papers.UploadRefused(
            "source-unknown",
            f"“{label[:20]}” is no paper of this case that could be translated.",
            "Choose one of the list.",
            value=label[:20],
        )
    return source


def _day(text: str) -> date | None:
    """The day that was typed.

    :raises UploadRefused: when it is none.
    """
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        raise papers.UploadRefused(
            "no-day", f"“{text[:20]}” is no day of issue.", "Write it as year-month-day, for example 2026-10-18."
        )
    return day


@login_required
def download(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The exact bytes of a paper, as an attachment that cannot act; reading is recorded.

    What is closed asks who may open it for a reason, and is given for one that is sent: a reason is in no address.
    """
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    number = label.partition("-")[2]
    document = Document.objects.filter(case=case, number=int(number)).first() if number.isdecimal() else None
    if document is None:
        raise Http404("There is no such paper on this case.")
    try:
        given = papers.open_download(document, by=user, now=now, reason=request.POST.get("reason", ""))
    except papers.DocumentRefused as refusal:
        if papers.may_open_with_reason(refusal.code, user):
            asked = {"case": case, "document": document, "refusal": refusal, "back": back_to(user, case)}
            was_sent = request.method == "POST"
            return render(
                request, "cases/closed_paper.html", asked | {"blank": was_sent}, status=422 if was_sent else 200
            )
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
    rows = case.documents.select_related("file", "uploaded_by", "decided_by", "translates", "closed_with")
    shown = list(rows.prefetch_related("signatures__signer").order_by("-number"))
    slots = list(case.document_slots.select_related("asked_of").order_by("state", "due_on", "number"))
    return {
        "documents": shown,
        "stale": {paper.pk: told for paper in shown if (told := papers.why_stale(paper))},
        "rested": {
            paper.pk: f"It stood for {', '.join(records)}."
            for paper in shown
            if paper.is_closed and (records := papers.what_rests_on(paper))
        },
        "naming": {paper.pk: said for paper in shown if (said := _naming(case, paper)) is not None},
        "slots": slots,
        "renewing": {
            one.renews_id: one.label for one in slots if one.renews_id and one.state == DocumentSlot.State.OPEN
        },
    }


def _naming(case: Case, paper: Document) -> tuple[bool, str] | None:
    """Whether the patient's name on it breaks the pathway's rule, and how it stands; None where there is no rule."""
    rule = name_rule_of(case, paper.doc_type)
    if rule is None or paper.state not in NAMED_STATES:
        return None
    answer = answer_of(paper)
    stands = {True: "stands on it", False: "is not on it", None: "not answered yet"}[answer]
    must = "forbidden" if rule.says == FORBIDDEN else "required"
    return rule.is_broken_by(answer), f"Patient’s name: {must} by {rule.named}; {stands}"


register_tab(Tab("documents", "Documents", 20, "cases/documents.html", _documents, lambda case: case.documents.count()))
