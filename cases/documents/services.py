"""The services of papers, under one name for the verbs, pages and API that call them."""

from cases.documents.binding import bind_photos
from cases.documents.downloads import Download, may_open_with_reason, open_download
from cases.documents.errors import BytesNotIntact, DocumentRefused, ProofFailed, UploadRefused
from cases.documents.other_patients import (
    ask_again_for,
    find_of_another_patient,
    holds_pages_of,
    what_rests_on,
)
from cases.documents.proof import Proof, locked_minutes, needs_code, prove, proved_in_session, record_failed_proof
from cases.documents.receiving import look_at, original_name_of, receive_upload, store_text, store_written
from cases.documents.reviews import (
    accept_document,
    ask_for_document,
    expire_documents,
    name_source,
    reject_document,
    release_unscanned,
    scan_again,
    withdraw_slot,
)
from cases.documents.signing import sign_document, verify_signature
from cases.documents.storage import read_bytes
from cases.documents.translations import (
    may_be_translated,
    newest_of,
    source_awaited,
    what_became_of,
    when_stale,
    why_stale,
)
from cases.documents.types import document_types, title_of

__all__ = [
    "BytesNotIntact",
    "DocumentRefused",
    "Download",
    "Proof",
    "ProofFailed",
    "UploadRefused",
    "accept_document",
    "ask_again_for",
    "ask_for_document",
    "bind_photos",
    "document_types",
    "expire_documents",
    "find_of_another_patient",
    "holds_pages_of",
    "locked_minutes",
    "look_at",
    "may_be_translated",
    "may_open_with_reason",
    "name_source",
    "needs_code",
    "newest_of",
    "open_download",
    "original_name_of",
    "prove",
    "proved_in_session",
    "read_bytes",
    "receive_upload",
    "record_failed_proof",
    "reject_document",
    "release_unscanned",
    "scan_again",
    "sign_document",
    "source_awaited",
    "store_text",
    "store_written",
    "title_of",
    "verify_signature",
    "what_became_of",
    "what_rests_on",
    "when_stale",
    "why_stale",
    "withdraw_slot",
]
