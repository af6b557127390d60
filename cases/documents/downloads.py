"""Giving a paper out: to people who may have it, as an attachment that cannot act, and on record."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from cases.audit.context import acting
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, DocumentAccess, Signature
from cases.documents.names import download_name
from cases.documents.storage import read_bytes
from cases.people.roles import PHARMACISTS, PRESCRIBING, READ_WHOLE, Role

if TYPE_CHECKING:
    from cases.people.models import User


# What travels with the medicine, and what is recorded where it is received.
OF_THE_SUPPLY = frozenset(
    {
        "airway_bill",
        "authorisation_letter",
        "coa",
        "commercial_invoice",
        "dispensing_record",
        "dscsa_transaction_data",
        "import_declaration",
        "inspection_photo",
        "inspection_record",
        "second_check_record",
        "packing_list",
        "prescription",
        "product_information",
        "release_record",
        "supply_record",
        "temperature_record",
        "track_and_trace_record",
    }
)


_SIGNED_TO_THEM = ("determination", "decline_letter")
_NOT_THEIRS: dict[str, str] = {
    Role.RECEIVING_PHARMACIST: "is no paper of the supply; the institution's pharmacy is not given it.",
    Role.PRESCRIBER: "was not sent by your side. Ask the pharmacy for it.",
    Role.DELEGATE: "was not sent by your side. Ask the pharmacy for it.",
}


@dataclass(frozen=True, slots=True)
class Download:
    """Exact bytes and the headers they must leave with."""

    content: bytes = field(repr=False)
    headers: dict[str, str]


def open_download(document: Document, *, by: "User", now: datetime, reason: str = "") -> Download:
    """The bytes of a document with their headers; reading and refusing are recorded.

    A paper of another patient, and what has it on its pages, is given to the pharmacist in charge only, and only with a
    reason. An unscanned paper is given to the pharmacy's pharmacists only, and only with a reason; one with malicious
    content to nobody; one that shows who the patient is to nobody whose view is masked (administrators, auditors);
    people abroad are given what :func:`of_their_side` names.

    :raises DocumentRefused: with the sentence to show.
    :raises BytesNotIntact: when the bytes are not those that came.
    """
    document = Document.objects.select_related("case__patient", "case__pharmacy", "file", "closed_with").get(
        pk=document.pk
    )
    if refusal := _refusal(document, by, now, reason):
        _log(document, by, now, granted=False, reason=refusal.code)
        raise refusal
    content = read_bytes(document.file)
    _log(document, by, now, granted=True, reason=reason)
    return Download(content, _headers(document, len(content)))


# What is closed to everybody, and who opens it once they have said why.
_OPENS_WITH_REASON = {"another-patient": frozenset({Role.PHARMACIST_IN_CHARGE}), "not-scanned": frozenset(PHARMACISTS)}


def may_open_with_reason(refusal: str, by: "User") -> bool:
    """Whether this person is given what was refused with that code, once they have said why."""
    return by.role in _OPENS_WITH_REASON.get(refusal, frozenset())


def _refusal(document: Document, by: "User", now: datetime, reason: str) -> DocumentRefused | None:
    if not by.is_active or not type(document.case).objects.visible_to(by, at=now).filter(pk=document.case_id).exists():
        return DocumentRefused("not-permitted", "This document is in none of your cases.")
    if by.role not in READ_WHOLE and not Document.objects.filter(of_their_side(by), pk=document.pk).exists():
        return DocumentRefused("not-permitted", f"{document.label} {_NOT_THEIRS.get(by.role, 'is not for you.')}")
    if document.holds_identity and by.role in {Role.ADMINISTRATOR, Role.AUDITOR}:
        return DocumentRefused(
            "identity-masked",
            f"{document.label} shows who the patient is. Auditors and administrators see its fingerprint and history.",
        )
    if document.is_closed and not (may_open_with_reason("another-patient", by) and reason.strip()):
        named = f"{document.label} is of another patient"
        if document.closed_with is not None:
            named = f"{document.label} holds {document.closed_with.label}, a paper of another patient,"
        return DocumentRefused(
            "another-patient", f"{named} and is closed. A pharmacist in charge may open it with a reason."
        )
    if document.scan == Document.Scan.INFECTED:
        return DocumentRefused("malicious", f"{document.label} holds malicious content and is given to nobody.")
    if document.scan == Document.Scan.PENDING and not (may_open_with_reason("not-scanned", by) and reason.strip()):
        return DocumentRefused(
            "not-scanned",
            f"{document.label} was not scanned for malicious content. A pharmacist may open it with a reason, "
            "or release it unscanned.",
        )
    return None


def of_their_side(person: "User") -> Q:
    """The papers of a case that somebody abroad is given, and no others (GDPR 5(1)(c)).

    A receiving pharmacist: what is needed to receive, inspect and dispense, and what they sent. A prescriber and a
    delegate: what their side sent, the determinations that the prescriber signed, and signed letters of the pharmacy.
    """
    theirs: Q = Q(uploaded_by=person)
    if person.role == Role.RECEIVING_PHARMACIST:
        theirs |= Q(doc_type__in=OF_THE_SUPPLY)
    if person.role in PRESCRIBING:
        signed = Exists(Signature.objects.filter(document=OuterRef("pk")))
        theirs |= Q(uploaded_by__role__in=PRESCRIBING) | Q(signed, doc_type__in=_SIGNED_TO_THEM)
    return theirs


def _headers(document: Document, length: int) -> dict[str, str]:
    name = download_name(
        case_reference=document.case.reference,
        label=document.label,
        version=document.version,
        doc_type=document.doc_type,
        media_type=document.media_type,
    )
    return {
        "Content-Type": document.media_type,
        "Content-Length": str(length),
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def _log(document: Document, by: "User", now: datetime, *, granted: bool, reason: str) -> None:
    verb = "documents.document.read" if granted else "documents.document.read_refused"
    with acting(by=by, verb=verb, business_at=now):
        DocumentAccess.objects.create(
            case_id=document.case_id, document=document, by=by, at=now, granted=granted, reason=reason.strip()[:200]
        )
