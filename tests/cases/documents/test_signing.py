"""A signature binds one person, one meaning and exact bytes; moved, altered or borrowed, it does not hold."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import DatabaseError

from cases.audit.context import acting
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, Signature
from cases.documents.proof import Proof, proved_in_session
from cases.documents.receiving import store_text
from cases.documents.reviews import reject_document
from cases.documents.signing import sign_document, verify_signature
from cases.documents.storage import path_of
from cases.people.models import User
from tests.cases.documents.test_reviews import released
from tests.cases.people.ground import NOW, PASSWORD, Ground

MEANING = "I have determined that this medicine is necessary for this patient."


@pytest.fixture
def text(ground: Ground) -> Document:
    return store_text(case=ground.case, doc_type="determination", text="exact text", by=ground.prescriber, now=NOW)


def sign(document: Document, by: User, **more: Any) -> Signature:
    settings: dict[str, Any] = {"meaning": MEANING, "proof": PASSWORD, "now": NOW}
    return sign_document(document, by=by, **(settings | more))


def refusal(document: Document, by: User, **more: Any) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as refused:
        sign(document, by, **more)
    assert Signature.objects.count() == 0
    return refused.value


def test_shows_name_time_and_meaning_and_holds(ground: Ground, text: Document) -> None:
    signature = Signature.objects.get(pk=sign(text, ground.prescriber).pk)
    assert (signature.printed_name, signature.signed_at, signature.meaning) == (
        ground.prescriber.display_name,
        NOW,
        MEANING,
    )
    assert (signature.document_sha256, signature.case_id) == (text.sha256, ground.case.pk)
    assert verify_signature(signature) == []


class TestIsRefused:
    @pytest.mark.parametrize(
        "person", ["delegate", "pharmacist", "pic", "receiver", "administrator", "auditor", "other_prescriber"]
    )
    def test_to_anybody_but_the_prescriber_for_a_determination(
        self, ground: Ground, text: Document, person: str
    ) -> None:
        refused = refusal(text, getattr(ground, person))
        assert refused.code == "not-permitted"
        assert "signed by the prescriber of the case alone, never a delegate" in refused.sentence

    @pytest.mark.parametrize("person", ["delegate", "administrator", "auditor", "other_pharmacist", "other_prescriber"])
    def test_to_people_who_do_not_answer_for_the_case(self, ground: Ground, person: str) -> None:
        assert refusal(released(ground), getattr(ground, person)).code == "not-permitted"

    def test_before_accountability_is_accepted(self, ground: Ground, text: Document) -> None:
        with acting(by=ground.pic, verb="tests.reset"):
            User.objects.filter(pk=ground.prescriber.pk).update(accountability_accepted_at=None)
        refused = refusal(text, User.objects.get(pk=ground.prescriber.pk))
        assert refused.code == "accountability-missing"

    def test_for_a_wrong_password(self, ground: Ground, text: Document) -> None:
        assert refusal(text, ground.prescriber, proof="guess").code == "proof-wrong"

    def test_when_the_bytes_have_changed(self, ground: Ground, text: Document) -> None:
        path_of(text.file.storage_name).write_bytes(b"\x01" * 80)
        refused = refusal(text, ground.prescriber)
        assert refused.code == "bytes-changed"
        assert "D-1 was not signed" in refused.sentence

    def test_for_a_rejected_paper(self, ground: Ground) -> None:
        document = reject_document(released(ground), by=ground.pic, now=NOW, reason="x")
        assert refusal(document, ground.pic).code == "not-possible"

    def test_a_second_time(self, ground: Ground, text: Document) -> None:
        sign(text, ground.prescriber)
        with pytest.raises(DocumentRefused, match="You have signed D-1 already"):
            sign(text, ground.prescriber)


class TestTheSecondFactor:
    @pytest.fixture
    def secret(self, ground: Ground) -> str:
        made = generate_totp_secret()
        with acting(by=ground.prescriber, verb="people.account.changed"):
            TOTP.activate(ground.prescriber, made)
        return made

    def test_is_asked_of_everybody_who_has_one(self, ground: Ground, text: Document, secret: str) -> None:
        assert refusal(text, ground.prescriber).code == "second-factor-missing"

    def test_is_asked_of_everybody_in_production(self, ground: Ground, text: Document, settings: Any) -> None:
        settings.ENVIRONMENT = "production"
        refused = refusal(text, ground.prescriber)
        assert refused.code == "second-factor-missing"
        assert "Set up a one-time code" in refused.sentence

    def test_is_recorded_as_missing_where_a_demonstration_has_none(self, ground: Ground, text: Document) -> None:
        assert sign(text, ground.prescriber).factor == "none"

    def test_a_right_code_signs(self, ground: Ground, text: Document, secret: str) -> None:
        code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        signature = sign(text, ground.prescriber, proof=Proof(PASSWORD, code))
        assert (signature.factor, signature.factor_at) == ("totp", NOW)

    def test_a_wrong_code_does_not(self, ground: Ground, text: Document, secret: str) -> None:
        right = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        wrong = f"{(int(right) + 500_001) % 1_000_000:06d}"
        assert refusal(text, ground.prescriber, proof=Proof(PASSWORD, wrong)).code == "proof-wrong"
        assert Authenticator.objects.filter(user=ground.prescriber).exists()

    def test_one_proved_in_the_session_serves_its_person(self, ground: Ground, text: Document, secret: str) -> None:
        earlier = NOW - timedelta(hours=2)
        with proved_in_session(person=ground.prescriber, factor=Signature.Factor.PASSKEY, at=earlier):
            signature = sign(text, ground.prescriber)
        assert (signature.factor, signature.factor_at) == ("passkey", earlier)

    def test_one_proved_in_a_session_serves_nobody_else_and_not_for_ever(
        self, ground: Ground, text: Document, secret: str
    ) -> None:
        with proved_in_session(person=ground.pic, factor=Signature.Factor.TOTP, at=NOW):
            assert refusal(text, ground.prescriber).code == "second-factor-missing"
        with proved_in_session(person=ground.prescriber, factor=Signature.Factor.TOTP, at=NOW - timedelta(hours=12)):
            assert refusal(text, ground.prescriber).code == "second-factor-missing"


class TestVerifying:
    @pytest.mark.parametrize(
        "change",
        [
            {"meaning": "I witnessed this."},
            {"printed_name": "Somebody Else"},
            {"signed_at": NOW + timedelta(microseconds=1)},
            {"factor": "passkey"},
            {"statement_version": "2"},
            {"document_sha256": "0" * 64},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_finds_every_altered_part(self, ground: Ground, text: Document, change: dict[str, Any]) -> None:
        signature = sign(text, ground.prescriber)
        for name, value in change.items():
            setattr(signature, name, value)
        assert any("Its binding does not fit" in fault for fault in verify_signature(signature))

    def test_finds_a_signature_moved_to_another_document(self, ground: Ground, text: Document) -> None:
        signature = sign(text, ground.prescriber)
        signature.document = store_text(
            case=ground.case, doc_type="determination", text="another text", by=ground.prescriber, now=NOW
        )
        faults = " ".join(verify_signature(signature))
        assert "Its binding does not fit" in faults
        assert "other bytes than those of D-2" in faults

    def test_finds_a_signature_moved_to_the_same_bytes_in_another_case(self, ground: Ground, text: Document) -> None:
        signature = sign(text, ground.prescriber)
        signature.document = store_text(
            case=ground.sibling, doc_type="determination", text="exact text", by=ground.prescriber, now=NOW
        )
        faults = verify_signature(signature)
        assert faults[0] == "It is filed under another case than D-1."
        assert "Its binding does not fit" in faults[1]

    def test_finds_a_signature_given_to_another_person(self, ground: Ground, text: Document) -> None:
        signature = sign(text, ground.prescriber)
        signature.signer = ground.pic
        assert any("binding does not fit" in fault for fault in verify_signature(signature))

    def test_finds_missing_bytes(self, ground: Ground, text: Document) -> None:
        signature = sign(text, ground.prescriber)
        path_of(text.file.storage_name).unlink()
        assert any("is missing" in fault for fault in verify_signature(signature))

    def test_the_database_lets_nobody_change_or_remove_one(self, ground: Ground, text: Document) -> None:
        sign(text, ground.prescriber)
        with pytest.raises(DatabaseError), acting(by=ground.pic, verb="tests.tampered"):
            Signature.objects.update(meaning="x")
        with pytest.raises(DatabaseError), acting(by=ground.pic, verb="tests.tampered"):
            Signature.objects.all()._raw_delete("default")
