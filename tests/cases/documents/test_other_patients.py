"""A paper that counted and turns out to be of another patient is closed, with what holds it, and asked for again."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.documents.downloads import open_download
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, DocumentSlot
from cases.documents.other_patients import find_of_another_patient
from cases.documents.receiving import store_text
from cases.documents.reviews import expire_documents, reject_document
from cases.documents.storage import read_bytes
from cases.documents.translations import why_stale
from tests.cases.documents import corpus
from tests.cases.documents.test_reviews import accepted, released
from tests.cases.documents.test_uploads import again, send
from tests.cases.people.ground import NOW, Ground

WHY = "The record number on page 2 is not this case's."


def found(ground: Ground, document: Document, *, by: Any = None, reason: str = WHY) -> Document:
    return again(find_of_another_patient(document, by=by or ground.pharmacist, now=NOW, reason=reason))


def given(document: Document, by: Any, reason: str = "") -> str:
    try:
        return "given" if open_download(document, by=by, now=NOW, reason=reason).content else ""
    except DocumentRefused as refusal:
        return refusal.code


def test_it_is_rejected_as_that_by_a_named_person_and_the_trail_tells_it(ground: Ground) -> None:
    document = found(ground, accepted(ground))
    assert (document.state, document.of_another_patient, document.decision_reason, document.decided_by) == (
        "rejected", True, WHY, ground.pharmacist,
    )  # fmt: skip
    last = AuditEntry.objects.filter(table_name="documents_document").latest("id")
    assert (last.verb, last.reason, (last.old or {})["state"], (last.new or {})["state"]) == (
        "documents.document.found_of_another_patient", WHY, "accepted", "rejected",
    )  # fmt: skip


def test_its_bytes_stay_and_only_a_pharmacist_in_charge_with_a_reason_reads_them(ground: Ground) -> None:
    document = found(ground, accepted(ground))
    people = [(ground.pharmacist, "to look"), (ground.prescriber, "x"), (ground.pic, ""), (ground.pic, "To return it.")]
    assert [given(document, person, reason) for person, reason in people] == [
        "another-patient", "another-patient", "another-patient", "given",
    ]  # fmt: skip
    assert hashlib.sha256(read_bytes(document.file)).hexdigest() == document.file.sha256


def test_a_translation_of_it_is_stale_and_closed_with_it(ground: Ground) -> None:
    source = accepted(ground)
    translation = accepted(ground, pages=7, doc_type="translation", translates=source)
    waiting = released(ground, pages=8, doc_type="translation", translates=source)
    found(ground, source)
    translation, waiting = again(translation), again(waiting)
    assert (translation.state, translation.closed_with, waiting.closed_with) == ("stale", source, source)
    assert why_stale(translation) == "D-2 is stale: D-1 (version 1) was rejected."
    assert (given(translation, ground.prescriber), given(waiting, ground.pharmacist, "x")) == ("another-patient",) * 2
    with pytest.raises(DocumentRefused, match="D-2 holds D-1, a paper of another patient, and is closed"):
        open_download(translation, by=ground.pic, now=NOW)
    assert given(translation, ground.pic, "To return it.") == "given"
    assert DocumentSlot.objects.count() == 0, "there is nothing yet that could be translated"


def test_a_translation_is_closed_too_when_its_source_was_rejected_before_it_counted(ground: Ground) -> None:
    source = released(ground)
    translation = accepted(ground, pages=7, doc_type="translation", translates=source)
    reject_document(source, by=ground.pharmacist, now=NOW, reason=WHY, of_another_patient=True)
    assert (again(translation).closed_with, given(translation, ground.pharmacist)) == (source, "another-patient")


def test_a_paper_that_is_only_rejected_closes_nothing(ground: Ground) -> None:
    source = released(ground)
    translation = accepted(ground, pages=7, doc_type="translation", translates=source)
    reject_document(source, by=ground.pharmacist, now=NOW, reason="Unreadable.")
    assert (again(translation).closed_with, given(translation, ground.pharmacist)) == (None, "given")


def test_one_that_was_replaced_or_has_expired_is_closed_as_well(ground: Ground) -> None:
    first = accepted(ground)
    accepted(ground, pages=2, supersedes=first)
    old = accepted(ground, pages=3, valid_until=date(2026, 3, 3), doc_type="clinical_report")
    later = NOW + timedelta(days=30)
    expire_documents(by=ground.pic, now=later)
    assert [found(ground, one).state for one in (first, old)] == ["rejected", "rejected"]


@pytest.mark.parametrize(
    ("person", "reason", "code"),
    [("prescriber", WHY, "not-permitted"), ("auditor", WHY, "not-permitted"), ("pic", " ", "reason-missing")],
)
def test_others_may_not_and_nobody_without_a_reason(ground: Ground, person: str, reason: str, code: str) -> None:
    document = accepted(ground)
    entries = AuditEntry.objects.count()
    with pytest.raises(DocumentRefused) as refused:
        found(ground, document, by=getattr(ground, person), reason=reason)
    assert (refused.value.code, again(document).state, AuditEntry.objects.count()) == (code, "accepted", entries)


def test_one_that_never_counted_is_rejected_instead_and_a_written_one_is_not_closed(ground: Ground) -> None:
    waiting = send(ground, corpus.pdf())
    with pytest.raises(DocumentRefused, match="D-1 is received, not scanned: it cannot be closed so"):
        found(ground, waiting)
    written = store_text(
        case=ground.case, doc_type="determination", title="Determination", text="x", by=ground.pharmacist, now=NOW
    )
    with pytest.raises(DocumentRefused, match="D-2 is written by the system"):
        found(ground, written)
    assert (again(waiting).state, again(written).of_another_patient) == ("received", False)


def test_the_database_takes_no_such_paper_back(ground: Ground) -> None:
    document = found(ground, accepted(ground))
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        acting(by=ground.pharmacist, verb="x", business_at=NOW),
    ):
        Document.objects.filter(pk=document.pk).update(state="accepted", of_another_patient=False)
