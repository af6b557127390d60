"""A logger's file while a person looks at it: kept sealed between two looks, tried by a layout, then kept for good.

A look writes nothing to the case. What is kept goes through the documents' store byte for byte, and the assessment
through the one door, both in one transaction.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.files.base import ContentFile

from cases.audit.context import acting
from cases.custody.assessing import budget_columns, columns_of_file, parameters_of
from cases.custody.cold_chain.logger_files import LoggerFileRefused
from cases.custody.cold_chain.mappings import Mapping as Layout
from cases.custody.cold_chain.record import Judged, judge
from cases.custody.models import Consignment, ExposureAssessment, LoggerDraft
from cases.documents import services as papers
from cases.documents.media import TABLE
from cases.documents.models import Document
from cases.lifecycle.engine import advance
from cases.models import CaseEvent
from cases.people.keys import KeyErased, seal, unseal
from cases.people.models import User
from cases.people.paper_keys import papers_key

VERB: Final = "custody.consignment.record_temperature"
DOC_TYPE: Final = "temperature_record"
STAYS: Final = timedelta(days=7)
_HEAD_LINES, _HEAD_BYTES, _LINE = 14, 16_384, 160


@dataclass(frozen=True)
class Draft:
    """A file that a person has chosen and what they have said of it."""

    consignment: Consignment
    content: bytes
    name: str
    media_type: str
    answers: dict[str, Any]

    @property
    def is_table(self) -> bool:
        """Whether it is text that a layout may read; a PDF or a picture is kept as evidence with its summary typed."""
        return self.media_type == TABLE.media_type

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def head(self) -> list[str]:
        """The first lines as they stand in the file; what is no letter is shown as such."""
        start = self.content[:_HEAD_BYTES]
        wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = start.decode("utf-16" if wide else "utf-8-sig", errors="replace")
        return [line[:_LINE].replace("\t", " ⇥ ") for line in text.splitlines()[:_HEAD_LINES]]

    def twin(self) -> Document | None:
        """The same bytes where the case holds them already as a temperature record."""
        rows = Document.objects.filter(case=self.consignment.case, doc_type=DOC_TYPE, file__sha256=self.sha256)
        return rows.exclude(state=Document.State.REJECTED).order_by("-number").first()


@dataclass(frozen=True)
class Tried:
    """What an assessment would be, or why there is none; nothing is written."""

    judged: Judged | None = None
    columns: Mapping[str, Any] | None = None
    code: str = ""
    refusal: str = ""
    same: ExposureAssessment | None = None


def keep_draft(consignment: Consignment, file: Any, answers: dict[str, Any], *, by: User, now: datetime) -> None:
    """Keep a file for another look, in place of the one before; those that nobody came back to are dropped.

    :raises UploadRefused: as for any paper: too large, cut off, malicious, of a kind that is not taken.
    """
    content, name, media_type = papers.look_at(file, DOC_TYPE)
    try:
        key = papers_key(consignment.case)
    except KeyErased as erased:
        told = f"The papers of {consignment.case.for_whom_reference} were erased; nothing can be added to them."
        raise papers.UploadRefused("erased", told, "Register the patient anew.", name=name) from erased
    LoggerDraft.objects.filter(saved_at__lt=now - STAYS).delete()
    LoggerDraft.objects.update_or_create(
        consignment=consignment,
        by=by,
        defaults={
            "sealed": seal(key, content, *_place(consignment, by, "sealed")),
            "sealed_name": seal(key, name.encode(), *_place(consignment, by, "sealed_name")),
            "media_type": media_type,
            "answers": answers,
            "saved_at": now,
        },
    )


def draft_of(consignment: Consignment, by: User) -> Draft | None:
    """The file this person is looking at."""
    row = LoggerDraft.objects.filter(consignment=consignment, by=by).first()
    if row is None:
        return None
    try:
        key = papers_key(consignment.case)
    except KeyErased:
        return None
    content, name = (
        unseal(key, bytes(getattr(row, column)), *_place(consignment, by, column))
        for column in ("sealed", "sealed_name")
    )
    return Draft(consignment, content, name.decode(), row.media_type, dict(row.answers))


def keep_answers(consignment: Consignment, answers: dict[str, Any], *, by: User, now: datetime) -> None:
    """What a person says of the file, kept with it."""
    LoggerDraft.objects.filter(consignment=consignment, by=by).update(answers=answers, saved_at=now)


def drop_draft(consignment: Consignment, by: User) -> None:
    LoggerDraft.objects.filter(consignment=consignment, by=by).delete()


def try_layout(draft: Draft, layout: Layout, facts: Mapping[str, Any]) -> Tried:
    """Read the file by a layout and judge it, as keeping it would."""
    consignment = draft.consignment
    try:
        judged = judge(draft.content, layout, parameters_of(consignment, facts))
    except LoggerFileRefused as refusal:
        return Tried(code=refusal.code, refusal=str(refusal))
    columns = columns_of_file(judged)
    leg = facts.get("leg") or ExposureAssessment.Leg.JOURNEY
    same = consignment.exposure_assessments.filter(inputs_sha256=columns["inputs_sha256"], leg=leg).first()
    budget = budget_columns(consignment, facts, leg, columns["minutes_outside"])
    return Tried(judged, columns | budget, same=same)


def keep_file(
    draft: Draft, facts: dict[str, Any], *, by: User, now: datetime, form_key: str | None = None, request_id: str = ""
) -> CaseEvent:
    """Keep the file as a document of the case and record what it says: all of it or nothing.

    :param facts: raw facts of the verb, without the file.
    :raises cases.lifecycle.errors.Refused: by the verb. :raises UploadRefused: by the documents' store.
    """
    consignment, case = draft.consignment, draft.consignment.case
    taken = CaseEvent.objects.filter(case=case, by=by, form_key=form_key).first() if form_key else None
    if taken is not None:
        return taken
    with acting(by=by, verb="custody.consignment.temperature_recorded", business_at=now, request_id=request_id):
        document = draft.twin() or papers.receive_upload(
            case=case,
            file=ContentFile(draft.content, name=draft.name),
            doc_type=DOC_TYPE,
            by=by,
            now=now,
            name=draft.name,
            title=f"Temperature record of {consignment.label}",
        )
        event = advance(
            case,
            VERB,
            by=by,
            now=now,
            subject=consignment,
            facts=facts | {"logger_file": document.pk},
            form_key=form_key,
            request_id=request_id,
        )
        drop_draft(consignment, by)
    return event


def _place(consignment: Consignment, by: User, column: str) -> tuple[str, str, str]:
    return "custody_loggerdraft", column, f"{consignment.case.reference} {consignment.label} {by.code}"
