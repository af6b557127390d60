"""What people decide about papers, who may, and what the database refuses whoever asks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, DocumentSlot, StoredFile
from cases.documents.reviews import (
    accept_document,
    ask_for_document,
    expire_documents,
    reject_document,
    release_unscanned,
    scan_again,
    withdraw_slot,
)
from cases.documents.types import HOUSE_TYPES, PATHWAY_TYPES, TYPES, document_types, owner_role_of, title_of
from tests.cases.documents import corpus
from tests.cases.documents.test_uploads import again, scanner, send
from tests.cases.people.ground import NOW, Ground


def released(ground: Ground, *, pages: int = 1, **more: Any) -> Document:
    document = send(ground, corpus.pdf(pages=pages), **more)
    return release_unscanned(document, by=ground.pharmacist, now=NOW, reason="no scanner in this test")


def accepted(ground: Ground, *, pages: int = 1, **more: Any) -> Document:
    return accept_document(released(ground, pages=pages, **more), by=ground.pharmacist, now=NOW)


class TestAccepting:
    def test_is_refused_while_nothing_looked_at_it(self, ground: Ground) -> None:
        document = send(ground, corpus.pdf())
        entries = AuditEntry.objects.count()
        with pytest.raises(DocumentRefused) as refused:
            accept_document(document, by=ground.pharmacist, now=NOW)
        assert refused.value.code == "not-scanned"
        assert "D-1 was not scanned (no scanner is set up (NPP_CLAMD))" in refused.value.sentence
        assert (again(document).state, AuditEntry.objects.count()) == ("received", entries)

    def test_records_who_and_when(self, ground: Ground) -> None:
        document = again(accepted(ground))
        assert (document.state, document.scan, document.scan_detail) == (
            "accepted",
            "waived",
            "no scanner in this test",
        )
        assert (document.decided_by, document.decided_at) == (ground.pharmacist, NOW)
        assert [entry.verb for entry in AuditEntry.objects.filter(table_name="documents_document").order_by("id")] == [
            "documents.document.received",
            "documents.document.released_unscanned",
            "documents.document.accepted",
        ]

    def test_supersedes_the_version_before(self, ground: Ground) -> None:
        first = accepted(ground)
        second = accepted(ground, pages=2, supersedes=first)
        assert (again(first).state, second.version, second.label) == ("superseded", 2, "D-2")

    def test_meets_the_request(self, ground: Ground) -> None:
        slot = ask(ground)
        document = accepted(ground, slot=slot)
        slot = DocumentSlot.objects.get(pk=slot.pk)
        assert (slot.state, slot.met_by_id, slot.closed_at) == ("met", document.pk, NOW)

    def test_takes_dates_and_refuses_crossed_ones(self, ground: Ground) -> None:
        document = released(ground)
        with pytest.raises(DocumentRefused, match="would end before"):
            accept_document(document, by=ground.pic, now=NOW, issued_on=date(2026, 2, 2), valid_until=date(2026, 2, 1))
        accept_document(document, by=ground.pic, now=NOW, issued_on=date(2026, 2, 2), valid_until=date(2026, 3, 1))
        assert again(document).valid_until == date(2026, 3, 1)

    @pytest.mark.parametrize("person", ["prescriber", "delegate", "receiver", "administrator", "auditor"])
    def test_is_for_pharmacists(self, ground: Ground, person: str) -> None:
        document = released(ground)
        for decide in (accept_document, reject_document, release_unscanned):
            with pytest.raises(DocumentRefused) as refused:
                decide(document, by=getattr(ground, person), now=NOW, reason="x")  # type: ignore[operator]
            assert refused.value.code == "not-permitted"
        assert again(document).state == "scanned"

    def test_twice_is_refused_in_words(self, ground: Ground) -> None:
        with pytest.raises(DocumentRefused, match="D-1 is accepted: it cannot be accepted any more"):
            accept_document(accepted(ground), by=ground.pic, now=NOW)


class TestRejecting:
    @pytest.mark.parametrize("make", [released, lambda ground: send(ground, corpus.pdf())], ids=["scanned", "received"])
    def test_keeps_the_reason_and_leaves_the_request_open(self, ground: Ground, make: Any) -> None:
        document = again(reject_document(make(ground), by=ground.pic, now=NOW, reason=" Unreadable. "))
        assert (document.state, document.decision_reason, document.decided_by) == (
            "rejected",
            "Unreadable.",
            ground.pic,
        )

    def test_needs_a_reason(self, ground: Ground) -> None:
        document = released(ground)
        with pytest.raises(DocumentRefused, match="Say why"):
            reject_document(document, by=ground.pic, now=NOW, reason="  ")
        assert again(document).state == "scanned"

    def test_is_refused_once_accepted(self, ground: Ground) -> None:
        with pytest.raises(DocumentRefused, match="it cannot be rejected any more"):
            reject_document(accepted(ground), by=ground.pic, now=NOW, reason="x")


class TestScanningAgain:
    @pytest.mark.parametrize(
        ("answer", "state", "scan", "detail"),
        [
            (b"stream: OK\0", "scanned", "clean", "clamd: no finding"),
            (b"stream: Bad.Thing FOUND\0", "rejected", "infected", "Bad.Thing"),
            (b"", "received", "pending", "the scanner gave no verdict (nothing)"),
        ],
    )
    def test_follows_the_verdict(
        self, ground: Ground, settings: Any, answer: bytes, state: str, scan: str, detail: str
    ) -> None:
        document = send(ground, corpus.pdf())
        with scanner(answer) as (settings.NPP_CLAMD, _):
            document = again(scan_again(document, by=ground.pharmacist, now=NOW))
        assert (document.state, document.scan, document.scan_detail) == (state, scan, detail)


class TestExpiring:
    def test_happens_when_the_last_day_is_over_where_the_pharmacy_is(self, ground: Ground) -> None:
        document = accepted(ground, valid_until=date(2026, 3, 1))
        still = datetime(2026, 3, 2, 4, 59, tzinfo=UTC)  # 1 March 23:59 in New York
        assert expire_documents(by=ground.pic, now=still) == []
        assert expire_documents(by=ground.pic, now=still + timedelta(minutes=1)) == [document]
        assert expire_documents(by=ground.pic, now=still + timedelta(minutes=1)) == []
        assert again(document).state == "expired"


def ask(ground: Ground, **more: Any) -> DocumentSlot:
    settings: dict[str, Any] = {"case": ground.case, "doc_type": "prescription", "asked_of": ground.prescriber}
    settings |= {"asked_by": ground.pharmacist, "asked_at": NOW, "due_on": date(2026, 3, 9)}
    return ask_for_document(**(settings | more))


class TestAsking:
    def test_is_numbered_within_the_case(self, ground: Ground) -> None:
        labels = [ask(ground).label, ask(ground, doc_type="cpp").label, ask(ground, case=ground.sibling).label]
        assert labels == ["Q-1", "Q-2", "Q-1"]

    def test_twice_is_one_request(self, ground: Ground) -> None:
        assert ask(ground).pk == ask(ground).pk
        assert DocumentSlot.objects.count() == 1

    def test_ends_when_withdrawn_and_once_only(self, ground: Ground) -> None:
        slot = withdraw_slot(ask(ground), by=ground.pharmacist, now=NOW, reason="not needed")
        assert DocumentSlot.objects.get(pk=slot.pk).state == "withdrawn"
        with pytest.raises(DocumentRefused, match="Q-1 is withdrawn; nothing was changed"):
            withdraw_slot(slot, by=ground.pharmacist, now=NOW, reason="again")

    def test_an_upload_to_a_closed_request_is_refused(self, ground: Ground) -> None:
        slot = withdraw_slot(ask(ground), by=ground.pharmacist, now=NOW, reason="not needed")
        with pytest.raises(Exception, match="slot-closed"):
            send(ground, corpus.pdf(), slot=slot)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            {"state": "accepted"},
            {"state": "expired"},
            {"version": 7},
            {"number": 9},
            {"doc_type": "cpp"},
            {"holds_identity": False},
            {"original_name": b"x"},
            {"received_at": NOW + timedelta(days=1)},
        ],
        ids=str,
    )
    def test_keeps_a_document_as_it_came(self, ground: Ground, change: dict[str, Any]) -> None:
        document = send(ground, corpus.pdf())
        with pytest.raises(DatabaseError), acting(by=ground.pic, verb="tests.tampered"):
            Document.objects.filter(pk=document.pk).update(**change)

    def test_keeps_the_bytes_of_a_document(self, ground: Ground) -> None:
        first, second = send(ground, corpus.pdf()), send(ground, corpus.pdf(pages=2))
        with pytest.raises(DatabaseError), acting(by=ground.pic, verb="tests.tampered"):
            Document.objects.filter(pk=first.pk).update(file=second.file)
        with pytest.raises(DatabaseError), acting(by=ground.pic, verb="tests.tampered"):
            StoredFile.objects.filter(pk=first.file_id).update(sha256="0" * 64)

    @pytest.mark.parametrize(
        ("born", "refusal"),
        [
            ({"state": "accepted", "scan": "clean"}, "Cannot insert rows"),
            ({"state": "scanned", "scan": "clean"}, 'cannot begin in state "scanned"'),
            ({"state": "scanned", "scan": "clean", "source": "system"}, 'cannot begin in state "scanned"'),
            ({"state": "received", "scan": "not_needed"}, "upload_is_scanned_or_waived"),
            ({"state": "accepted", "scan": "pending", "source": "system"}, "document_is_scanned_or_waived"),
        ],
    )
    def test_refuses_a_document_born_further_than_it_may(
        self, ground: Ground, born: dict[str, str], refusal: str
    ) -> None:
        """Only what the system wrote itself is born accepted (docs/state-machines.md)."""
        stored = send(ground, corpus.pdf()).file
        with pytest.raises(DatabaseError, match=refusal), acting(by=ground.pic, verb="tests.tampered"):
            Document.objects.create(
                case=ground.case, number=9, doc_type="cpp", title="x", file=stored, uploaded_by=ground.pic,
                received_at=NOW, decided_by=ground.pic, decided_at=NOW, **born,
            )  # fmt: skip

    def test_refuses_two_successors_of_one_version(self, ground: Ground) -> None:
        first = accepted(ground)
        send(ground, corpus.pdf(pages=2), supersedes=first)
        with pytest.raises(IntegrityError):
            send(ground, corpus.pdf(pages=3), supersedes=first)


class TestTypes:
    def test_know_the_vocabulary_of_the_pathways(self) -> None:
        import json
        from pathlib import Path

        import regulatory.profiles

        data = Path(regulatory.profiles.__path__[0]) / "data" / "vocabularies.json"
        vocabulary = json.loads(data.read_text(encoding="utf-8"))
        assert sorted(PATHWAY_TYPES) == sorted(vocabulary["doc_type"])
        assert {role for _, role in TYPES.values()} <= set(vocabulary["role"])

    def test_have_words_and_owners(self) -> None:
        assert not set(PATHWAY_TYPES) & set(HOUSE_TYPES)
        assert (title_of("coa"), owner_role_of("coa")) == ("Certificate of analysis", "manufacturer")
        assert (title_of("new_kind"), owner_role_of("new_kind")) == ("New kind", "")
        assert document_types()[-1] == ("other", "Other paper")
        assert len(document_types()) == len({title for _, title in document_types()}) == len(TYPES)
