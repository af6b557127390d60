"""Signatures over exact bytes (21 CFR 11.50, 11.70, 11.100, 11.200)."""

import hashlib
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cases.audit.context import acting
from cases.documents.errors import BytesNotIntact, DocumentRefused
from cases.documents.models import Document, Signature
from cases.documents.proof import Proof, prove
from cases.documents.storage import read_bytes
from cases.locks import held_case
from cases.people.keys import KeyErased
from cases.people.roles import PHARMACISTS, Role

if TYPE_CHECKING:
    from cases.people.models import User

_SIGNABLE: Final = {Document.State.SCANNED, Document.State.ACCEPTED}


def sign_document(
    document: Document,
    *,
    by: "User",
    meaning: str,
    proof: Proof | str,
    now: datetime,
    statement_version: str = "1",
) -> Signature:
    """Sign exactly the bytes of the document, as they are on the disk now.

    :param meaning: the words shown beside the button, kept with the signature.
    :param proof: the password, or password and one-time code.
    :raises DocumentRefused: not the person's to sign, no accountability accepted, already signed, or bytes that are
        not those that came.
    :raises ProofFailed: wrong password or code; whoever rolls the signature back records the try afterwards.
    """
    proof = Proof(proof) if isinstance(proof, str) else proof
    with acting(by=by, verb="documents.document.signed", business_at=now):
        case = held_case(document.case_id)
        known = ("file",) if case is not None else ("case__prescriber", "case__patient", "file")
        document = Document.objects.select_for_update(of=("self",)).select_related(*known).get(pk=document.pk)
        if case is not None:
            document.case = case
        _refuse_wrong_signer(document, by)
        _refuse_unsignable(document, by)
        factor = prove(by, proof, now)
        document.file.case = document.case  # known already, with its patient
        try:
            digest = hashlib.sha256(read_bytes(document.file)).hexdigest()
        except (BytesNotIntact, KeyErased) as fault:
            raise DocumentRefused("bytes-changed", f"{document.label} was not signed: {fault}") from fault
        signature = Signature(
            case=document.case,
            document=document,
            signer=by,
            printed_name=by.display_name,
            meaning=meaning,
            statement_version=statement_version,
            signed_at=now,
            factor=factor.kind,
            factor_at=factor.at,
            document_sha256=digest,
        )
        signature.binding = binding_of(signature)
        signature.save()
    return signature


def verify_signature(signature: Signature) -> list[str]:
    """Sentences about what does not hold; empty when it stands for these bytes, person and meaning."""
    document = signature.document
    faults = []
    if signature.case_id != document.case_id:
        faults.append(f"It is filed under another case than {document.label}.")
    if binding_of(signature) != signature.binding:
        faults.append("Its binding does not fit: it was altered, or it belongs to another document or person.")
    if signature.document_sha256 != document.file.sha256:
        faults.append(f"It was given over other bytes than those of {document.label}.")
    try:
        read_bytes(document.file)
    except BytesNotIntact as fault:
        faults.append(str(fault))
    except KeyErased as fault:
        faults.append(f"The bytes cannot be checked. {fault}")
    return faults


def binding_of(signature: Signature) -> str:
    """SHA-256 over the parts of a signature, each with its length before it (format 1)."""
    document = signature.document
    parts = (
        "npp signature v1",
        document.case.reference,
        document.label,
        str(document.version),
        signature.document_sha256,
        signature.signer.code,
        signature.printed_name,
        signature.meaning,
        signature.statement_version,
        str(int(signature.signed_at.timestamp() * 1_000_000)),
        signature.factor,
        str(int(signature.factor_at.timestamp() * 1_000_000)),
    )
    encoded = [part.encode() for part in parts]
    return hashlib.sha256(b"".join(struct.pack(">I", len(part)) + part for part in encoded)).hexdigest()


def _refuse_wrong_signer(document: Document, by: "User") -> None:
    case = document.case
    if document.doc_type == "determination":
        allowed = by.role == Role.PRESCRIBER and case.prescriber.user_id == by.pk
        who = "the prescriber of the case alone, never a delegate"
    else:
        allowed = (by.role in PHARMACISTS and by.pharmacy_id == case.pharmacy_id) or case.prescriber.user_id == by.pk
        allowed = allowed or (by.role == Role.RECEIVING_PHARMACIST and by.institution_id == case.institution_id)
        who = "the case's pharmacists, its prescriber and the receiving pharmacist"
    if not allowed or not by.is_active or by.is_service:
        raise DocumentRefused("not-permitted", f"{document.label} is signed by {who}. Nothing was signed.")
    if by.accountability_accepted_at is None:
        raise DocumentRefused(
            "accountability-missing",
            "Before the first signature, accept that it binds you like one by hand (21 CFR 11.10(j)). "
            "Nothing was signed.",
        )


def _refuse_unsignable(document: Document, by: "User") -> None:
    if document.state not in _SIGNABLE:
        raise DocumentRefused(
            "not-possible", f"{document.label} is {document.get_state_display()}; it cannot be signed."
        )
    if document.signatures.filter(signer=by).exists():
        raise DocumentRefused("already-signed", f"You have signed {document.label} already. Nothing was signed again.")
