"""A translation counts for exactly the version it was made from, and is stale once that version no longer stands."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.documents.errors import DocumentRefused, UploadRefused
from cases.documents.models import Document, DocumentSlot
from cases.documents.reviews import accept_document, expire_documents, name_source, reject_document, withdraw_slot
from cases.documents.translations import source_awaited, why_stale
from cases.notices.models import Notice
from cases.people.models import User
from tests.cases.documents import corpus
from tests.cases.documents.test_reviews import accepted, released
from tests.cases.documents.test_uploads import again, send
from tests.cases.people.ground import NOW, Ground


def translated(ground: Ground, source: Document, *, pages: int = 7) -> Document:
    return accepted(ground, pages=pages, doc_type="translation", translates=source)


class TestReplacingTheSource:
    def test_makes_its_translation_stale_and_asks_for_it_again_with_the_reason(self, ground: Ground) -> None:
        source = accepted(ground)
        translation = translated(ground, source)
        newer = accepted(ground, pages=2, supersedes=source)

        translation = again(translation)
        assert (translation.state, translation.translates) == ("stale", source)
        assert why_stale(translation) == "D-2 is stale: D-1 (version 1) was replaced by D-3 (version 2)."
        slot = DocumentSlot.objects.get()
        assert (slot.doc_type, slot.renews, slot.asked_of, slot.asked_by) == (
            "translation",
            translation,
            translation.uploaded_by,
            ground.pharmacist,
        )
        assert slot.note == (
            "D-2 is stale: D-1 (version 1) was replaced by D-3 (version 2). Send the translation of D-3."
        )
        assert slot.due_on == (NOW + timedelta(days=7)).date()
        assert [notice.kind for notice in Notice.objects.filter(kind="documents.slot_asked")] == [
            "documents.slot_asked"
        ]
        assert source_awaited(slot) == newer

    def test_is_met_by_the_translation_of_the_version_that_stands(self, ground: Ground) -> None:
        source = accepted(ground)
        translated(ground, source)
        newer = accepted(ground, pages=2, supersedes=source)
        slot = DocumentSlot.objects.get()
        renewed = accepted(ground, pages=8, doc_type="translation", slot=slot)
        assert (renewed.translates, again(renewed).state) == (newer, "accepted")
        assert DocumentSlot.objects.get().met_by == renewed

    def test_leaves_the_translations_of_other_papers_alone(self, ground: Ground) -> None:
        source, other = accepted(ground), accepted(ground, pages=3)
        kept = translated(ground, other)
        accepted(ground, pages=2, supersedes=source)
        assert (again(kept).state, DocumentSlot.objects.count()) == ("accepted", 0)

    def test_takes_a_later_version_only_once_it_is_accepted(self, ground: Ground) -> None:
        source = accepted(ground)
        translation = translated(ground, source)
        waiting = released(ground, pages=2, supersedes=source)
        assert again(translation).state == "accepted"
        reject_document(waiting, by=ground.pharmacist, now=NOW, reason="Unreadable.")
        assert again(translation).state == "accepted"

    def test_refuses_a_translation_that_still_waits_and_says_of_what_to_ask_one(self, ground: Ground) -> None:
        source = accepted(ground)
        waiting = released(ground, pages=7, doc_type="translation", translates=source)
        accepted(ground, pages=2, supersedes=source)
        entries = AuditEntry.objects.count()
        with pytest.raises(DocumentRefused) as refused:
            accept_document(waiting, by=ground.pharmacist, now=NOW)
        assert refused.value.sentence == (
            "D-2 translates a paper that no longer stands: D-1 (version 1) was replaced by D-3 (version 2). "
            "Reject it, and ask for a translation of D-3. Nothing was changed."
        )
        assert (again(waiting).state, AuditEntry.objects.count()) == ("scanned", entries)


class TestASourceThatEnds:
    def test_by_its_own_date_takes_the_translation_with_it_and_asks_once_there_is_a_new_one(
        self, ground: Ground
    ) -> None:
        source = accepted(ground, valid_until=date(2026, 3, 10))
        translation = translated(ground, source)
        later = datetime(2026, 3, 20, 12, tzinfo=UTC)
        assert expire_documents(by=User.objects.service("deadline-sweep"), now=later) == [source]
        assert why_stale(again(translation)) == "D-2 is stale: D-1 (version 1) expired on 10 Mar 2026."
        assert DocumentSlot.objects.count() == 0, "nothing stands yet that could be translated"
        accepted(ground, pages=2, supersedes=source)
        accepted(ground, pages=4, doc_type="clinical_report")
        assert [slot.renews for slot in DocumentSlot.objects.all()] == [translation]

    def test_by_being_rejected_takes_the_translation_with_it(self, ground: Ground) -> None:
        source = released(ground)
        translation = translated(ground, source)
        reject_document(source, by=ground.pharmacist, now=NOW, reason="The wrong patient.")
        assert why_stale(again(translation)) == "D-2 is stale: D-1 (version 1) was rejected."

    def test_is_asked_for_no_more_once_somebody_withdrew_the_request(self, ground: Ground) -> None:
        source = accepted(ground)
        translated(ground, source)
        newer = accepted(ground, pages=2, supersedes=source)
        withdraw_slot(DocumentSlot.objects.get(), by=ground.pharmacist, now=NOW, reason="It is in English now.")
        accepted(ground, pages=3, supersedes=newer)
        assert [slot.state for slot in DocumentSlot.objects.all()] == ["withdrawn"]


class TestAWrongSource:
    def test_is_refused_by_name_with_what_to_do(self, ground: Ground) -> None:
        source = accepted(ground)
        translation = translated(ground, source)
        newer = accepted(ground, pages=2, supersedes=source)
        bare = accepted(ground, pages=9, doc_type="translation")
        for wrong, told in (
            (translation, "D-2 is itself a translation of D-1. Name the original, D-1."),
            (bare, "D-4 is itself a translation. Name the original paper it was translated from."),
            (source, "D-1 (version 1) was replaced by D-3 (version 2). Name D-3, and send the translation of that."),
        ):
            with pytest.raises(UploadRefused) as refused:
                send(ground, corpus.pdf(pages=6), doc_type="translation", translates=again(wrong))
            assert refused.value.sentence == f"“letter.pdf”: {told} Nothing was stored."
        assert newer.state == "accepted"

    def test_may_not_be_the_paper_itself_or_one_that_is_a_source(self, ground: Ground) -> None:
        source, other = accepted(ground), accepted(ground, pages=3)
        translated(ground, source)
        waiting = released(ground, pages=5)
        for paper, wrong, told in (
            (waiting, waiting, "D-4 cannot be the translation of itself."),
            (source, other, "D-1 is itself the source of a translation."),
        ):
            with pytest.raises(DocumentRefused, match=told):
                name_source(paper, wrong)

    def test_of_another_case_is_refused(self, ground: Ground) -> None:
        theirs = accepted(ground)
        with pytest.raises(UploadRefused, match="is of another case"):
            send(ground, corpus.pdf(pages=5), case=ground.sibling, doc_type="translation", translates=theirs)

    def test_the_database_holds_no_stale_paper_without_a_source(self, ground: Ground) -> None:
        paper = accepted(ground)
        paper.go_stale()
        with (
            acting(by=ground.pharmacist, verb="tests.papers.spoilt", business_at=NOW),
            pytest.raises(IntegrityError, match="stale_document_has_its_source"),
        ):
            paper.save()
