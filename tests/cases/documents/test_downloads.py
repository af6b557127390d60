"""A paper is given to those who may have it, in every state as its table says, as an attachment that cannot act."""

from typing import Any

import pytest

from cases.documents.downloads import open_download
from cases.documents.errors import BytesNotIntact, DocumentRefused
from cases.documents.models import Document, DocumentAccess
from cases.documents.receiving import store_text
from cases.documents.reviews import accept_document, expire_documents, reject_document, release_unscanned, scan_again
from cases.documents.storage import path_of
from cases.people.keys import KeyErased
from tests.cases.documents import corpus
from tests.cases.documents.test_reviews import accepted, released
from tests.cases.documents.test_uploads import scanner, send
from tests.cases.people.ground import NOW, Ground


def in_state(ground: Ground, state: str, settings: Any) -> Document:
    """A document of the prescriber's in that state; ``infected`` is one that a later scan rejected."""
    document = send(ground, corpus.pdf())
    if state == "infected":
        with scanner(b"stream: Bad.Thing FOUND\0") as (settings.NPP_CLAMD, _):
            return scan_again(document, by=ground.pharmacist, now=NOW)
    if state == "rejected unscanned":
        return reject_document(document, by=ground.pharmacist, now=NOW, reason="x")
    if state == "received":
        return document
    if state == "of another patient":
        return reject_document(document, by=ground.pharmacist, now=NOW, reason="x", of_another_patient=True)
    document = release_unscanned(document, by=ground.pharmacist, now=NOW, reason="test")
    if state == "rejected":
        return reject_document(document, by=ground.pharmacist, now=NOW, reason="x")
    if state == "scanned":
        return document
    document = accept_document(document, by=ground.pharmacist, now=NOW, valid_until=NOW.date())
    if state == "expired":
        [document] = expire_documents(by=ground.pic, now=NOW.replace(day=9))
    if state == "superseded":
        accepted(ground, pages=2, supersedes=document)
    return Document.objects.get(pk=document.pk)


# state: what a pharmacist without a reason, one with a reason, the prescriber and an auditor get.
STATES = {
    "received": ("not-scanned", "given", "not-scanned", "identity-masked"),
    "scanned": ("given", "given", "given", "identity-masked"),
    "accepted": ("given", "given", "given", "identity-masked"),
    "superseded": ("given", "given", "given", "identity-masked"),
    "expired": ("given", "given", "given", "identity-masked"),
    "rejected": ("given", "given", "given", "identity-masked"),
    "rejected unscanned": ("not-scanned", "given", "not-scanned", "identity-masked"),
    "of another patient": ("another-patient", "another-patient", "another-patient", "identity-masked"),
    "infected": ("malicious", "malicious", "malicious", "identity-masked"),
}


def test_a_paper_of_another_patient_opens_for_the_pharmacist_in_charge_with_a_reason(ground: Ground) -> None:
    content = corpus.pdf()
    document = send(ground, content)
    reject_document(document, by=ground.pharmacist, now=NOW, reason="Not of this case.", of_another_patient=True)
    with pytest.raises(DocumentRefused, match="D-1 is of another patient and is closed"):
        open_download(document, by=ground.pic, now=NOW)
    assert open_download(document, by=ground.pic, now=NOW, reason="To return it.").content == content


@pytest.mark.parametrize("state", STATES)
def test_in_each_state_each_person_gets_what_the_table_says(ground: Ground, settings: Any, state: str) -> None:
    document = in_state(ground, state, settings)
    people = [(ground.pharmacist, ""), (ground.pharmacist, "to look"), (ground.prescriber, ""), (ground.auditor, "x")]
    got = []
    for person, reason in people:
        try:
            download = open_download(document, by=person, now=NOW, reason=reason)
        except DocumentRefused as refused:
            got.append(refused.code)
        else:
            got.append("given" if download.content == corpus_bytes(document) else "other bytes")
    assert tuple(got) == STATES[state]
    log = DocumentAccess.objects.filter(document=document).order_by("id")
    assert [access.granted for access in log] == [outcome == "given" for outcome in STATES[state]]
    assert [access.by for access in log] == [person for person, _ in people]


def corpus_bytes(document: Document) -> bytes:
    from cases.documents.storage import read_bytes

    return read_bytes(document.file)


@pytest.mark.parametrize("person", ["other_pharmacist", "other_prescriber"])
def test_a_stranger_gets_nothing_and_it_is_recorded(ground: Ground, person: str) -> None:
    document = accepted(ground)
    with pytest.raises(DocumentRefused, match="in none of your cases"):
        open_download(document, by=getattr(ground, person), now=NOW, reason="x")
    assert DocumentAccess.objects.get(document=document).granted is False


def test_the_headers_make_it_an_attachment_that_cannot_act(ground: Ground) -> None:
    document = released(ground, name="Müstermann-Canarý.pdf")
    download = open_download(document, by=ground.prescriber, now=NOW)
    assert download.headers == {
        "Content-Type": "application/pdf",
        "Content-Length": str(document.size),
        "Content-Disposition": f'attachment; filename="{ground.case.reference}_D-1_v1_prescription.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def test_an_auditor_may_read_a_text_of_the_system_that_shows_no_identity(ground: Ground) -> None:
    text = store_text(case=ground.case, doc_type="review_record", text="passed", by=ground.pic, now=NOW)
    assert open_download(text, by=ground.auditor, now=NOW).content == b"passed"


class TestBytesThatAreNotIntact:
    def test_are_not_given_out_when_missing(self, ground: Ground) -> None:
        document = accepted(ground)
        path_of(document.file.storage_name).unlink()
        with pytest.raises(BytesNotIntact, match=r"is missing\. Restore the documents folder"):
            open_download(document, by=ground.pic, now=NOW)
        assert DocumentAccess.objects.count() == 0

    def test_are_not_given_out_when_altered(self, ground: Ground) -> None:
        document = accepted(ground)
        path = path_of(document.file.storage_name)
        sealed = bytearray(path.read_bytes())
        sealed[-1] ^= 1
        path.write_bytes(sealed)
        with pytest.raises(BytesNotIntact, match="was altered"):
            open_download(document, by=ground.pic, now=NOW)

    def test_are_not_given_out_when_exchanged_for_those_of_another(self, ground: Ground) -> None:
        first, second = accepted(ground), accepted(ground, pages=2)
        path_of(first.file.storage_name).write_bytes(path_of(second.file.storage_name).read_bytes())
        with pytest.raises(BytesNotIntact, match="was altered"):
            open_download(first, by=ground.pic, now=NOW)

    def test_are_gone_for_good_when_erased(self, ground: Ground) -> None:
        from cases.people.erasure import erase_identity
        from cases.people.patients import Purpose
        from tests.cases.people.test_identity import close

        document = accepted(ground)
        close(ground.case, ground.sibling, by=ground.pic)
        erase_identity(ground.patient, by=ground.pic, now=NOW, ground="x", purposes=[Purpose.DOCUMENTS])
        with pytest.raises(KeyErased, match=r"The key to the documents of PT-\S+ was erased"):
            open_download(document, by=ground.pic, now=NOW)
