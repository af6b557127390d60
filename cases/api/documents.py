"""Papers of a case: what is there, what is asked, sending one in, and its exact bytes."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import caller
from cases.api.refusals import FieldsRefused
from cases.api.shapes import KEY, Day, FormKey, Label, Line, Sent
from cases.api.taking import found, keyed
from cases.documents import services as papers
from cases.documents.media import EXTENSIONS
from cases.documents.models import Document, DocumentSlot
from cases.documents.naming import answer_of
from cases.documents.queries import open_slots, papers_of
from cases.models import Case
from cases.people.models import User
from cases.people.roles import READ_WHOLE

router = Router(tags=["Documents"])
BINARY = {"schema": {"type": "string", "format": "binary"}}
# Bytes that are no longer intact, or whose key was erased, are given to nobody.
BYTES = {
    "responses": {"200": {"content": {kind.partition(";")[0]: BINARY for kind in EXTENSIONS}}},
    "x-refusals": ["409"],
}


class SignatureLine(Schema):
    """One person's signature over the exact bytes."""

    printed_name: str
    meaning: str
    signed_at: datetime
    document_sha256: str


class DocumentLine(Schema):
    """One version of one paper. The name the file came with is not told: people put patients' names into it."""

    label: str = Field(examples=["D-3"])
    doc_type: str = Field(examples=["prescription"])
    title: str
    version: int
    supersedes: str | None = Field(description="The label of the version before.")
    translates: str | None = Field(description="The label of the paper (that version) it was translated from.")
    stale_because: str = Field(description="Why a translation counts for nothing any more; else empty.")
    names_patient: bool | None = Field(description="Whether the patient's name stands on it; null where nobody said.")
    state: str
    scan: str
    media_type: str
    size: int = Field(description="bytes")
    sha256: str = Field(description="Of the exact bytes, in hexadecimal.")
    pages: int | None
    language: str
    held_by: str
    issued_on: date | None
    valid_until: date | None
    received_at: datetime
    uploaded_by: str
    decided_by: str | None
    decision_reason: str
    of_another_patient: bool = Field(description="It is closed: its bytes are given for a reason only, to few.")
    closed_with: str | None = Field(description="The paper of another patient that it translates or encloses.")
    signatures: list[SignatureLine]


class SlotLine(Schema):
    """A paper that is asked of somebody."""

    label: str = Field(examples=["Q-1"])
    doc_type: str
    title: str
    note: str
    asked_of: str
    due_on: date | None
    state: str
    renews: str | None = Field(description="The label of the stale translation that this asks for anew.")


class Papers(Schema):
    documents: list[DocumentLine]
    asked: list[SlotLine] = Field(description="What is asked of you; pharmacists, administrators and auditors see all.")


class TypeLine(Schema):
    code: str
    title: str


class OpenIn(Sent):
    """Why a closed paper is opened; it stands in the record of who read what."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "To send it back to who sent it."}]})
    reason: Line


class UploadIn(Sent):
    """What is said of a file."""

    doc_type: Label = Field("", description="GET /document-types lists the codes; may be left out with `slot`.")
    slot: Label = Field("", description="The label of what was asked, for example Q-1.")
    supersedes: Label = Field("", description="The label of the accepted version that this one follows.")
    translates: Label = Field("", description="The label of the paper that it is a translation of.")
    issued_on: Day | None = None
    valid_until: Day | None = None
    language: Annotated[str, Field(max_length=12, pattern="^[A-Za-z-]*$")] = ""
    again: bool = Field(False, description="Take the same bytes a second time on purpose.")
    form_key: FormKey | None = KEY


@router.get("/document-types", response=list[TypeLine], summary="Kinds of papers")
def list_types(request: HttpRequest) -> list[dict[str, str]]:
    """The codes of `doc_type` with their titles."""
    return [{"code": code, "title": title} for code, title in papers.document_types()]


@router.get("/cases/{reference}/documents", response=Papers, summary="Papers of a case")
def list_documents(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Newest first, with what is still asked. People abroad see the papers of their side."""
    case = found(request, reference)
    person = caller(request)
    slots = (
        DocumentSlot.objects.filter(case=case).order_by("state", "due_on", "number")
        if person.role in READ_WHOLE
        else open_slots(case, person)
    )
    return {
        "documents": [_document_line(row) for row in papers_of(case, person)],
        "asked": [_slot_line(slot) for slot in slots.select_related("asked_of", "renews")],
    }


@router.get("/cases/{reference}/documents/{label}", response=DocumentLine, summary="One paper")
def read_document(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """What is known of it; its bytes are at `.../content`."""
    return _document_line(_document(found(request, reference), label, caller(request)))


@router.get("/cases/{reference}/documents/{label}/content", summary="The exact bytes of a paper", openapi_extra=BYTES)
def read_content(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """As an attachment. Reading is recorded; so is being refused."""
    return _content(request, reference, label)


@router.post("/cases/{reference}/documents/{label}/content", summary="Open a closed paper", openapi_extra=BYTES)
def open_content(request: HttpRequest, reference: str, label: str, body: OpenIn) -> HttpResponse:
    """The bytes of a paper that was not scanned, or of another patient's, for who may open it and says why."""
    return _content(request, reference, label, body.reason)


def _content(request: HttpRequest, reference: str, label: str, reason: str = "") -> HttpResponse:
    case = found(request, reference)
    document = _document(case, label, caller(request))
    given = papers.open_download(document, by=caller(request), now=clock.now(), reason=reason)
    return HttpResponse(given.content, headers=given.headers)


@router.post("/cases/{reference}/documents", response={201: DocumentLine}, summary="Send a paper")
def upload_document(
    request: HttpRequest, reference: str, body: Form[UploadIn], file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """One file as multipart/form-data, at most 25 MB. The same bytes twice are refused, save with one key."""
    case = found(request, reference)
    person, now = caller(request), clock.now()
    slot = _slot(case, person, body.slot) if body.slot else None
    document = papers.receive_upload(
        case=case,
        file=file,
        doc_type=body.doc_type or (slot.doc_type if slot else ""),
        by=person,
        now=now,
        slot=slot,
        supersedes=_named(case, person, "supersedes", body.supersedes),
        translates=_named(case, person, "translates", body.translates),
        again=body.again,
        issued_on=body.issued_on,
        valid_until=body.valid_until,
        language=body.language,
        form_key=keyed(body.form_key, person, case.reference, "paper", content=body.model_dump(mode="json")),
    )
    return Status(201, _document_line(_document(case, document.label, person)))


def _document(case: Case, label: str, person: User) -> Document:
    number = re.fullmatch(r"D-([0-9]{1,6})", label)
    document = papers_of(case, person).filter(number=int(number[1])).first() if number is not None else None
    if document is None:
        raise Http404("There is no such paper on this case. A paper is named by its label, for example D-3.")
    return document


def _slot(case: Case, person: User, label: str) -> DocumentSlot:
    slot: DocumentSlot | None = next((one for one in open_slots(case, person) if one.label == label), None)
    if slot is None:
        raise FieldsRefused(
            ("slot", label, "Nothing of that label is asked of you.", "Send a label that GET .../documents lists.")
        )
    return slot


def _named(case: Case, person: User, field: str, label: str) -> Document | None:
    """The paper that a field names by its label; None when it names none."""
    if not label:
        return None
    try:
        return _document(case, label, person)
    except Http404 as missing:
        raise FieldsRefused((field, label, str(missing), "Send the label of an accepted paper.")) from missing


def _document_line(row: Document) -> dict[str, Any]:
    return {
        "label": row.label,
        "doc_type": row.doc_type,
        "title": row.title,
        "version": row.version,
        "supersedes": row.supersedes.label if row.supersedes else None,
        "translates": row.translates.label if row.translates else None,
        "stale_because": papers.why_stale(row),
        "names_patient": answer_of(row),
        "state": row.state,
        "scan": row.scan,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.sha256,
        "pages": row.pages,
        "language": row.language,
        "held_by": row.held_by,
        "issued_on": row.issued_on,
        "valid_until": row.valid_until,
        "received_at": row.received_at,
        "uploaded_by": row.uploaded_by.display_name,
        "decided_by": row.decided_by.display_name if row.decided_by else None,
        "decision_reason": row.decision_reason,
        "of_another_patient": row.of_another_patient,
        "closed_with": row.closed_with.label if row.closed_with else None,
        "signatures": [
            {
                "printed_name": signature.printed_name,
                "meaning": signature.meaning,
                "signed_at": signature.signed_at,
                "document_sha256": signature.document_sha256,
            }
            for signature in row.signatures.all()
        ],
    }


def _slot_line(slot: DocumentSlot) -> dict[str, Any]:
    return {
        "label": slot.label,
        "doc_type": slot.doc_type,
        "title": slot.title,
        "note": slot.note,
        "asked_of": slot.asked_of.display_name,
        "due_on": slot.due_on,
        "state": slot.state,
        "renews": slot.renews.label if slot.renews else None,
    }
