"""Taking a paper in: from a stranger's upload, or written by the system itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import models

from cases.audit.context import acting
from cases.documents.errors import UploadRefused
from cases.documents.inspection import Inspection, inspect
from cases.documents.media import TEXT, recognise
from cases.documents.models import Document, DocumentSlot, StoredFile
from cases.documents.names import clean_name
from cases.documents.scanning import Verdict, scan
from cases.documents.storage import write_bytes
from cases.documents.translations import fault_of, make_stale, source_awaited
from cases.documents.types import TABLES, TYPES, owner_role_of, title_of
from cases.locks import held_case
from cases.people.keys import KeyErased, seal, unseal
from cases.people.paper_keys import papers_key
from cases.people.roles import PHARMACISTS, PRESCRIBING, Role

if TYPE_CHECKING:
    from cases.models import Case
    from cases.people.models import User

MAY_UPLOAD: Final = PHARMACISTS | PRESCRIBING | {Role.RECEIVING_PHARMACIST, Role.SYSTEM}
LIMIT_MB: Final = 25
_TABLE: Final = "documents_document"
_MAY_BE_FOLLOWED: Final = {Document.State.ACCEPTED, Document.State.EXPIRED, Document.State.STALE}
_CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Paper:
    """What is known of a paper before it becomes a row."""

    content: bytes
    media_type: str
    name: str
    inspection: Inspection | None
    verdict: Verdict | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def receive_upload(
    *,
    case: "Case",
    file: Any,
    doc_type: str,
    by: "User",
    now: datetime,
    name: str | None = None,
    claimed_type: str | None = None,
    expected_size: int | None = None,
    title: str = "",
    slot: DocumentSlot | None = None,
    supersedes: Document | None = None,
    translates: Document | None = None,
    again: bool = False,
    issued_on: date | None = None,
    valid_until: date | None = None,
    language: str = "",
    held_by: str = "",
    privacy_note: str = "",
    form_key: str | None = None,
) -> Document:
    """Take a file in as a document of the case, or refuse it with a sentence and store nothing of it.

    :param file: a Django upload, or anything with ``read()``; name, size and claimed type are taken from it when
        they are not given.
    :param supersedes: the accepted document of which this is a new version.
    :param translates: the paper (a version of it) that this is a translation of.
    :param again: take the same bytes a second time on purpose.
    :param form_key: of the form it came with: the same bytes with the same form are the same document, so that a
        sender who lost the answer may send again.
    :raises UploadRefused: with ``code``, ``sentence``, ``value`` and ``limit``.
    """
    name = clean_name(name if name is not None else str(getattr(file, "sent_name", getattr(file, "name", "")) or ""))
    _refuse_wrong_request(case, by, doc_type, slot, supersedes, issued_on, valid_until, name)
    translates = translates or (source_awaited(slot) if slot is not None else None)
    if translates is not None and (fault := fault_of(case, translates)):
        raise UploadRefused("source-wrong", *fault, name=name, value=translates.label)
    claimed = claimed_type if claimed_type is not None else str(getattr(file, "content_type", "") or "")
    expected = expected_size if expected_size is not None else getattr(file, "size", None)
    content = read_whole(file, name=name, expected=expected)
    paper = _looked_at(content, doc_type, name=name, claimed=claimed)
    verdict = paper.verdict
    with acting(by=by, verb="documents.document.received", business_at=now):
        case = _locked(case)
        if form_key and (earlier := Document.objects.filter(case=case, uploaded_by=by, form_key=form_key).first()):
            if earlier.sha256 == paper.sha256:
                return earlier
            form_key = None  # another file from a form that was used before: its own document
        if not again:
            _refuse_twin(case, paper)
        document = _new_row(
            case, paper, doc_type=doc_type, by=by, now=now, title=title, supersedes=supersedes, slot=slot,
            issued_on=issued_on, valid_until=valid_until, language=language, held_by=held_by, privacy_note=privacy_note,
            form_key=form_key, translates=translates, kept=_kept(case, paper),
            pages=paper.inspection.pages if paper.inspection else None,
        )  # fmt: skip
        if verdict is not None and verdict.clean:
            document.scanned(scan=Document.Scan.CLEAN, detail=verdict.detail, scanned_at=now)
            document.save()
    return document


def look_at(file: Any, doc_type: str) -> tuple[bytes, str, str]:
    """The bytes of an upload, its clean name and the media type found in it, looked at as a document is; not stored.

    :raises UploadRefused: as :func:`receive_upload` does for the same file.
    """
    name = clean_name(str(getattr(file, "sent_name", getattr(file, "name", "")) or ""))
    content = read_whole(file, name=name, expected=getattr(file, "size", None))
    paper = _looked_at(content, doc_type, name=name, claimed=str(getattr(file, "content_type", "") or ""))
    return content, name, paper.media_type


def _looked_at(content: bytes, doc_type: str, *, name: str, claimed: str) -> _Paper:
    medium = recognise(content, name=name, claimed=claimed, tables=doc_type in TABLES)
    inspection = inspect(content, medium, name=name)
    verdict = scan(content)
    if verdict.clean is False:
        raise UploadRefused(
            "malicious",
            f"The virus scanner found {verdict.detail}.",
            "Do not send it again; have the computer it came from checked.",
            name=name,
            value=verdict.detail,
        )
    return _Paper(content, medium.media_type, name, inspection, verdict)


def store_text(
    *,
    case: "Case",
    doc_type: str,
    text: str,
    by: "User",
    now: datetime,
    title: str = "",
    supersedes: Document | None = None,
    holds_identity: bool = False,
) -> Document:
    """Keep a text that the system wrote, as UTF-8 bytes: :func:`store_written`."""
    if not text.strip() or "\x00" in text:
        raise UploadRefused("empty", "The text is empty or holds a NUL character.", "Write it anew.")
    return store_written(
        case=case, doc_type=doc_type, content=text.encode("utf-8"), media_type=TEXT, by=by, now=now, title=title,
        supersedes=supersedes, holds_identity=holds_identity,
    )  # fmt: skip


def store_written(
    *,
    case: "Case",
    doc_type: str,
    content: bytes,
    media_type: str,
    by: "User",
    now: datetime,
    title: str = "",
    supersedes: Document | None = None,
    holds_identity: bool = False,
    pages: int | None = None,
) -> Document:
    """Keep bytes that the system wrote, accepted at once by the person they were written for.

    The same bytes twice in a case are the same document.

    :param holds_identity: whether they show who the patient is; then auditors are not given them.
    """
    paper = _Paper(content, media_type, "", None, None)
    with acting(by=by, verb="documents.document.written", business_at=now):
        case = _locked(case)
        kept = _kept(case, paper)
        twins = Document.objects.filter(case=case, file=kept, doc_type=doc_type, state=Document.State.ACCEPTED)
        twin = twins.first() if kept is not None else None
        if twin is not None and supersedes in (None, twin):
            return twin
        document = _new_row(
            case, paper, doc_type=doc_type, by=by, now=now, title=title, supersedes=supersedes,
            holds_identity=holds_identity, source=Document.Source.SYSTEM, kept=kept, pages=pages,
            state=Document.State.ACCEPTED, scan=Document.Scan.NOT_NEEDED, scanned_at=now, decided_by=by, decided_at=now,
        )  # fmt: skip
        if supersedes is not None and supersedes.state == Document.State.ACCEPTED:
            earlier = Document.objects.select_for_update().get(pk=supersedes.pk)
            earlier.supersede()
            earlier.save()
            make_stale(earlier, by=by, now=now)
    return document


def original_name_of(document: Document) -> str:
    """The name the file came with, for people who may see the document; empty for the system's own papers."""
    if document.original_name is None:
        return ""
    key = papers_key(document.case)
    return unseal(key, bytes(document.original_name), *_place(document.case.reference, document.number)).decode()


def limit_bytes() -> int:
    """The largest file that is taken, in bytes (NPP_UPLOAD_LIMIT_MB, 25 without it)."""
    return int(getattr(settings, "NPP_UPLOAD_LIMIT_MB", LIMIT_MB)) * 1024 * 1024


def refuse_too_large(size: int, *, name: str) -> None:
    """Refuse what is larger than the limit, before a byte of it is read."""
    if size > limit_bytes():
        raise _too_large(name, size, limit_bytes())


def read_whole(file: Any, *, name: str, expected: int | None = None) -> bytes:
    """All bytes of the file, in memory: nothing readable of it touches the disk here.

    :raises UploadRefused: too large, or cut off on its way.
    """
    limit = limit_bytes()
    refuse_too_large(expected or 0, name=name)
    if not getattr(file, "came_whole", True):
        raise _cut(name, expected or 0, None)
    received = bytearray()
    try:
        for chunk in _chunks(file):
            received += chunk
            if len(received) > limit:
                raise _too_large(name, max(len(received), expected or 0), limit)
    except OSError as fault:
        raise _cut(name, len(received), expected) from fault
    if expected is not None and len(received) != expected:
        raise _cut(name, len(received), expected)
    return bytes(received)


def _chunks(file: Any) -> Iterator[bytes]:
    if hasattr(file, "chunks"):
        yield from file.chunks()
        return
    while chunk := file.read(_CHUNK):
        yield chunk


def _too_large(name: str, size: int, limit: int) -> UploadRefused:
    size_mb, limit_mb = size / 1_048_576, limit // 1_048_576
    return UploadRefused(
        "too-large",
        f"The file has {size_mb:.1f} MB; {limit_mb} MB are taken.",
        "Scan it at 300 dpi in grey, or send it in parts.",
        name=name,
        value=f"{size_mb:.1f} MB",
        limit=f"{limit_mb} MB",
    )


def _cut(name: str, received: int, expected: int | None) -> UploadRefused:
    known = f" of {expected}" if expected is not None else ""
    return UploadRefused(
        "cut-off",
        f"The connection was cut after {received}{known} bytes.",
        "Send it again; the pharmacy has nothing of it yet.",
        name=name,
        value=str(received),
        limit=str(expected or ""),
    )


def _refuse_wrong_request(
    case: "Case",
    by: "User",
    doc_type: str,
    slot: DocumentSlot | None,
    supersedes: Document | None,
    issued_on: date | None,
    valid_until: date | None,
    name: str,
) -> None:
    if by.role not in MAY_UPLOAD or not by.is_active:
        raise UploadRefused(
            "not-permitted", f"{by.get_role_display().capitalize()}s only read.", "Ask the pharmacy.", name=name
        )
    if doc_type not in TYPES:
        raise UploadRefused(
            "type-unknown", f"There is no kind of paper “{doc_type[:40]}”.", "Choose one of the list.", name=name
        )
    if slot is not None and (slot.case_id != case.pk or slot.state != DocumentSlot.State.OPEN):
        raise UploadRefused(
            "slot-closed", f"{slot.label} is not open on this case.", "Read the page again; it may be there.", name=name
        )
    if supersedes is not None and (supersedes.case_id != case.pk or supersedes.state not in _MAY_BE_FOLLOWED):
        raise UploadRefused(
            "no-earlier-version",
            f"{supersedes.label} is no accepted document of this case.",
            "Send the file as a new document.",
            name=name,
        )
    if issued_on and valid_until and valid_until < issued_on:
        raise UploadRefused(
            "dates-crossed", "The paper would end before it was issued.", "Correct the two dates.", name=name
        )


def _locked(case: "Case") -> "Case":
    """The case row, locked: documents are numbered and twins found one at a time."""
    held: Case | None = held_case(case.pk)
    return held or type(case)._base_manager.select_for_update(of=("self",)).select_related("patient").get(pk=case.pk)


def _refuse_twin(case: "Case", paper: _Paper) -> None:
    twin = Document.objects.filter(case=case, file__sha256=paper.sha256).order_by("-number").first()
    if twin is None:
        return
    why = f" It was rejected: {twin.decision_reason}" if twin.state == Document.State.REJECTED else ""
    raise UploadRefused(
        "same-file",
        f"{case.reference} already holds exactly this file: {twin.label}, {twin.title}, received on "
        f"{twin.received_at:%-d %b %Y}, {twin.get_state_display()}.{why}",
        "If a new version was meant, choose the new file.",
        name=paper.name,
        value=twin.label,
    )


def _new_row(
    case: "Case",
    paper: _Paper,
    *,
    doc_type: str,
    by: "User",
    now: datetime,
    title: str,
    supersedes: Document | None,
    kept: StoredFile | None,
    holds_identity: bool = True,
    source: str = Document.Source.UPLOAD,
    **known: Any,
) -> Document:
    stored = kept or _written(case, paper, now)
    number = (Document.objects.filter(case=case).aggregate(last=models.Max("number"))["last"] or 0) + 1
    return Document.objects.create(
        case=case,
        number=number,
        doc_type=doc_type,
        title=title or title_of(doc_type),
        version=supersedes.version + 1 if supersedes else 1,
        supersedes=supersedes,
        file=stored,
        source=source,
        holds_identity=holds_identity,
        original_name=_sealed_name(case, number, paper.name),
        owner_role=owner_role_of(doc_type),
        active_parts=", ".join(paper.inspection.active)[:200] if paper.inspection else "",
        scan_detail=paper.verdict.detail if paper.verdict else "",
        uploaded_by=by,
        received_at=now,
        **known,
    )


def _kept(case: "Case", paper: _Paper) -> StoredFile | None:
    """The same bytes, where the case holds them already."""
    return StoredFile.objects.filter(case=case, sha256=paper.sha256).first()


def _written(case: "Case", paper: _Paper, now: datetime) -> StoredFile:
    try:
        storage_name = write_bytes(case, paper.content)
    except KeyErased as erased:
        raise UploadRefused(
            "erased",
            f"The papers of {case.for_whom_reference} were erased; nothing can be added to them.",
            "Register the patient anew if there is something to supply.",
            name=paper.name,
        ) from erased
    return StoredFile.objects.create(
        case=case,
        sha256=paper.sha256,
        size=len(paper.content),
        media_type=paper.media_type,
        storage_name=storage_name,
        stored_at=now,
    )


def _sealed_name(case: "Case", number: int, name: str) -> bytes | None:
    if not name:
        return None
    return seal(papers_key(case), name.encode(), *_place(case.reference, number))


def _place(case_reference: str, number: int) -> tuple[str, str, str]:
    return _TABLE, "original_name", f"{case_reference} D-{number}"
