"""What people decide about papers: ask for them, accept, reject, release without a scan, let them expire."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import models

from cases.audit.context import acting
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, DocumentSlot
from cases.documents.other_patients import close_what_holds_it
from cases.documents.scanning import scan
from cases.documents.storage import read_bytes
from cases.documents.translations import fault_of, make_stale, refusal_of_stale
from cases.documents.types import title_of
from cases.people.roles import PHARMACISTS

if TYPE_CHECKING:
    from cases.models import Case
    from cases.people.models import User


def accept_document(
    document: Document,
    *,
    by: "User",
    now: datetime,
    reason: str = "",
    issued_on: date | None = None,
    valid_until: date | None = None,
    translates: Document | None = None,
    names_patient: bool | None = None,
) -> Document:
    """Take a scanned paper: it counts from now on, the version before it is superseded, what asked for it is met.

    :param translates: the version of the paper that it was translated from.
    :param names_patient: whether the patient's name stands on it, where the pathway has a rule on that.
    :raises DocumentRefused: for anybody but a pharmacist, in any other state, with crossed dates, or for a translation
        whose source is a wrong one or no longer stands.
    """
    _require_pharmacist(by, "accept")
    with acting(by=by, verb="documents.document.accepted", reason=reason, business_at=now):
        document = _locked(document)
        if document.state == Document.State.RECEIVED:
            raise DocumentRefused(
                "not-scanned",
                f"{document.label} was not scanned ({document.scan_detail or 'no verdict'}). "
                "Scan it again, or release it unscanned with a reason. Nothing was changed.",
            )
        _require_state(document, Document.State.SCANNED, "accepted")
        document.issued_on = issued_on or document.issued_on
        document.valid_until = valid_until or document.valid_until
        if document.issued_on and document.valid_until and document.valid_until < document.issued_on:
            raise DocumentRefused("dates-crossed", f"{document.label} would end before it was issued.")
        document.names_patient = document.names_patient if names_patient is None else names_patient
        if translates is not None:
            name_source(document, translates)
        if stale := refusal_of_stale(document):
            raise DocumentRefused("source-replaced", f"{stale} Nothing was changed.")
        document.accept(by=by, decided_at=now, reason=reason)
        document.save()
        _supersede_earlier(document, by=by, now=now)
        _meet_slot(document, now)
    return document


def reject_document(
    document: Document, *, by: "User", now: datetime, reason: str, of_another_patient: bool = False
) -> Document:
    """Set a paper aside for a reason that the sender reads; what asked for it stays open.

    :param of_another_patient: it came to the wrong case: it stays on record, and nobody but a pharmacist in charge, who
        says why, is given it any more.
    :raises DocumentRefused: for anybody but a pharmacist, without a reason, or once it was accepted.
    """
    _require_pharmacist(by, "reject")
    if not reason.strip():
        raise DocumentRefused("reason-missing", "Say why the document is rejected; the sender reads it.")
    with acting(by=by, verb="documents.document.rejected", reason=reason.strip(), business_at=now):
        document = _locked(document)
        if document.state not in {Document.State.RECEIVED, Document.State.SCANNED}:
            _require_state(document, Document.State.SCANNED, "rejected")
        document.reject(by=by, decided_at=now, reason=reason.strip(), of_another_patient=of_another_patient)
        document.save()
        make_stale(document, by=by, now=now)
        if of_another_patient:
            close_what_holds_it(document)
    return document


def name_source(document: Document, source: Document) -> None:
    """Say which paper a translation was made from; the caller saves it.

    :raises DocumentRefused: of another case, itself, a translation itself, or one that no longer stands.
    """
    if fault := fault_of(document.case, source, translation=document):
        raise DocumentRefused("source-wrong", f"{fault[0]} {fault[1]} Nothing was changed.")
    document.translates = source


def release_unscanned(document: Document, *, by: "User", now: datetime, reason: str) -> Document:
    """Let a paper go to review that no scanner looked at; the reason stays on record.

    :raises DocumentRefused: for anybody but a pharmacist, without a reason, or when it was scanned already.
    """
    _require_pharmacist(by, "release")
    if not reason.strip():
        raise DocumentRefused("reason-missing", "Say why the document is released without a virus scan.")
    with acting(by=by, verb="documents.document.released_unscanned", reason=reason.strip(), business_at=now):
        document = _locked(document)
        _require_state(document, Document.State.RECEIVED, "released unscanned")
        document.scanned(scan=Document.Scan.WAIVED, detail=reason.strip()[:200], scanned_at=now)
        document.save()
    return document


def scan_again(document: Document, *, by: "User", now: datetime) -> Document:
    """Ask the scanner about a received paper once more; a finding rejects it. Without a verdict nothing changes."""
    verdict = scan(read_bytes(document.file))
    with acting(by=by, verb="documents.document.scanned", reason=verdict.detail, business_at=now):
        document = _locked(document)
        if document.state != Document.State.RECEIVED:
            return document
        if verdict.clean:
            document.scanned(scan=Document.Scan.CLEAN, detail=verdict.detail, scanned_at=now)
        elif verdict.clean is False:
            document.scan, document.scanned_at = Document.Scan.INFECTED, now
            document.reject(by=by, decided_at=now, reason=f"The virus scanner found {verdict.detail}.")
        document.scan_detail = verdict.detail[:200]
        document.save()
        if document.state == Document.State.REJECTED:
            make_stale(document, by=by, now=now)
    return document


def ask_for_document(
    *,
    case: "Case",
    doc_type: str,
    asked_of: "User",
    asked_by: "User",
    asked_at: datetime,
    due_on: date | None = None,
    note: str = "",
    title: str = "",
    renews: Document | None = None,
) -> DocumentSlot:
    """Ask a person for a paper. Asking the same person for the same paper twice is one request.

    :param renews: the stale translation that this asks for anew.
    """
    with acting(by=asked_by, verb="documents.slot.asked", business_at=asked_at):
        type(case)._base_manager.select_for_update(of=("self",)).get(pk=case.pk)
        slots = DocumentSlot.objects.filter(case=case)
        standing = slots.filter(doc_type=doc_type, asked_of=asked_of, state=DocumentSlot.State.OPEN, note=note).first()
        if standing is not None:
            return standing
        number = (slots.aggregate(last=models.Max("number"))["last"] or 0) + 1
        return DocumentSlot.objects.create(
            case=case,
            number=number,
            doc_type=doc_type,
            title=title or title_of(doc_type),
            note=note,
            asked_of=asked_of,
            asked_by=asked_by,
            asked_at=asked_at,
            due_on=due_on,
            renews=renews,
        )


def withdraw_slot(slot: DocumentSlot, *, by: "User", now: datetime, reason: str) -> DocumentSlot:
    """The paper is no longer wanted.

    :raises DocumentRefused: when the request is not open any more.
    """
    with acting(by=by, verb="documents.slot.withdrawn", reason=reason, business_at=now):
        slot = DocumentSlot.objects.select_for_update().get(pk=slot.pk)
        if slot.state != DocumentSlot.State.OPEN:
            raise DocumentRefused("not-possible", f"{slot.label} is {slot.get_state_display()}; nothing was changed.")
        slot.withdraw(closed_at=now)
        slot.save()
    return slot


def expire_documents(*, by: "User", now: datetime) -> list[Document]:
    """Expire every accepted paper whose last day is over in its pharmacy's time zone; returns them. Safe to repeat."""
    expired = []
    due = (
        Document.objects.filter(state=Document.State.ACCEPTED, valid_until__lte=now.date())
        .select_related("case__pharmacy")
        .order_by("case_id", "number")
    )
    for document in due:
        if document.valid_until is None or document.valid_until >= _today(document.case, now):
            continue
        with acting(by=by, verb="documents.document.expired", business_at=now):
            document = _locked(document)
            if document.state == Document.State.ACCEPTED:
                document.expire()
                document.save()
                make_stale(document, by=by, now=now)
                expired.append(document)
    return expired


def _today(case: Any, now: datetime) -> date:
    return now.astimezone(ZoneInfo(case.pharmacy.time_zone)).date()


def _locked(document: Document) -> Document:
    return Document.objects.select_for_update(of=("self",)).select_related("case", "file").get(pk=document.pk)


def _require_pharmacist(by: "User", verb: str) -> None:
    if by.role not in PHARMACISTS or not by.is_active:
        raise DocumentRefused("not-permitted", f"Only the pharmacy's pharmacists {verb} papers; nothing was changed.")


def _require_state(document: Document, state: Document.State, participle: str) -> None:
    if document.state != state:
        raise DocumentRefused(
            "not-possible",
            f"{document.label} is {document.get_state_display()}: it cannot be {participle} any more. "
            "Nothing was changed. Read the page again.",
        )


def _supersede_earlier(document: Document, *, by: "User", now: datetime) -> None:
    if document.supersedes_id is None:
        return
    earlier = Document.objects.select_for_update().get(pk=document.supersedes_id)
    if earlier.state == Document.State.ACCEPTED:
        earlier.supersede()
        earlier.save()
    # One that had expired before is replaced now: its translations were stale by then.
    make_stale(earlier, by=by, now=now)


def _meet_slot(document: Document, now: datetime) -> None:
    if document.slot_id is None:
        return
    slot = DocumentSlot.objects.select_for_update().get(pk=document.slot_id)
    if slot.state == DocumentSlot.State.OPEN:
        slot.meet(document=document, closed_at=now)
        slot.save()
