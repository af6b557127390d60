"""A signature tried with a wrong password or code is refused, stays on record, and five of them lock signing."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import DatabaseError

from cases import clock
from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.documents.models import Document, Signature, SignatureAttempt
from cases.documents.proof import LOCKED_FOR, MOST_WRONG, locked_minutes
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid, NotPossible
from cases.models import Case, CaseEvent, Determination
from cases.notices.models import Notice
from cases.statements import STATEMENTS
from tests.factories import NOW, PASSWORD, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
DRAFT = {"dose": "150 mg every 14 days", "justification": "Invented clinical reasons."}


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    opened = build_case(house)
    advance(opened, "cases.determination.prepare", by=house.delegate, now=NOW, facts=DRAFT)
    return opened


def sign(house: House, case: Case, **facts: Any) -> CaseEvent:
    given = {"statements": list(STATEMENTS), "password": PASSWORD} | facts
    draft = case.determinations.get()
    return advance(case, "cases.determination.sign", by=house.doctor, now=NOW, subject=draft, facts=given)


def try_in_vain(house: House, case: Case, times: int) -> None:
    for _ in range(times):
        with pytest.raises(FactsInvalid) as refused:
            sign(house, case, password="not it")
        assert refused.value.errors == {"password": ["The password is not right. Nothing was signed; type it again."]}


def test_a_wrong_password_signs_nothing_and_stays_on_record(house: House, case: Case) -> None:
    events = CaseEvent.objects.filter(case=case).count()
    try_in_vain(house, case, 1)
    attempt = SignatureAttempt.objects.get()
    assert (attempt.case, attempt.signer, attempt.what, attempt.fault, attempt.tried_at) == (
        case,
        house.doctor,
        "Determination N-1",
        "password",
        NOW,
    )
    entry = AuditEntry.objects.get(chain=f"case:{case.pk}", table_name="documents_signatureattempt")
    assert (entry.actor, entry.verb) == (house.doctor.code, "documents.signature.attempt_failed")
    assert case.determinations.get().state == Determination.State.DRAFT
    assert (Signature.objects.count(), Document.objects.count()) == (0, 0)
    assert CaseEvent.objects.filter(case=case).count() == events
    assert not Notice.objects.filter(kind="documents.signing_locked").exists()


def test_the_fifth_wrong_try_locks_and_tells_the_person_and_the_administrator(house: House, case: Case) -> None:
    try_in_vain(house, case, MOST_WRONG)
    with pytest.raises(NotPossible) as refused:
        sign(house, case)
    assert refused.value.sentence == (
        "Signing is locked after 5 wrong tries. Nothing was signed, whatever was typed. Try again in 15 minutes; if "
        "the wrong tries were not yours, change your password and tell the pharmacy."
    )
    assert SignatureAttempt.objects.count() == MOST_WRONG
    assert Signature.objects.count() == 0
    told = Notice.objects.filter(kind="documents.signing_locked", is_urgent=True)
    assert {notice.recipient for notice in told} == {house.doctor, house.administrator}


def test_the_lock_ends_a_quarter_of_an_hour_after_the_first_of_the_five(house: House, case: Case) -> None:
    with acting(by=house.doctor, verb="documents.signature.attempt_failed", business_at=NOW):
        for number in range(MOST_WRONG):
            ago = LOCKED_FOR - timedelta(seconds=30) if number == 0 else timedelta(seconds=10)
            SignatureAttempt.objects.create(
                case=case,
                signer=house.doctor,
                what="Determination N-1",
                fault="password",
                tried_at=NOW,
                recorded_at=clock.true_now() - ago,
            )
    assert locked_minutes(house.doctor) == 1
    with acting(by=house.second_pharmacist, verb="documents.signature.attempt_failed", business_at=NOW):
        for number in range(MOST_WRONG):
            SignatureAttempt.objects.create(
                case=case,
                signer=house.second_pharmacist,
                what="Determination N-1",
                fault="password",
                tried_at=NOW,
                recorded_at=clock.true_now() - (LOCKED_FOR + timedelta(minutes=1) if number == 0 else timedelta()),
            )
    assert locked_minutes(house.second_pharmacist) == 0


def test_a_try_on_record_can_be_neither_changed_nor_removed(house: House, case: Case) -> None:
    try_in_vain(house, case, 1)
    with pytest.raises(DatabaseError), acting(by=house.doctor, verb="tests.tampered", business_at=NOW):
        SignatureAttempt.objects.update(fault="code")
    with pytest.raises(DatabaseError), acting(by=house.doctor, verb="tests.tampered", business_at=NOW):
        SignatureAttempt.objects.all().delete()


def test_another_name_than_the_printed_one_is_refused_and_counts_as_no_try(house: House, case: Case) -> None:
    with pytest.raises(FactsInvalid) as refused:
        sign(house, case, printed_name="K. Osei")
    assert refused.value.errors == {
        "printed_name": ["“K. Osei” was typed; the signature prints “Dr L. Ferrante”. Type that name."]
    }
    assert SignatureAttempt.objects.count() == 0
    event = sign(house, case, printed_name="Laura Ferrante")
    assert Signature.objects.get().printed_name == "Dr L. Ferrante"
    assert event.facts == {"statements": list(STATEMENTS)}


def test_a_recovery_code_is_a_second_factor_once(house: House, case: Case) -> None:
    with acting(by=house.doctor, verb="people.account.changed"):
        RecoveryCodes.activate(house.doctor)
    enrolled = Authenticator.objects.get(user=house.doctor)
    code = enrolled.wrap().get_unused_codes()[0]
    with pytest.raises(FactsInvalid) as refused:
        sign(house, case)
    assert list(refused.value.errors) == ["code"]
    assert SignatureAttempt.objects.count() == 0
    with pytest.raises(FactsInvalid) as wrong:
        sign(house, case, code="00000000")
    assert wrong.value.errors == {
        "code": ["The one-time code is not right or was used. Nothing was signed; give a new one."]
    }
    sign(house, case, code=code)
    assert Signature.objects.get().factor == "recovery_code"
    enrolled.refresh_from_db()
    assert code not in enrolled.wrap().get_unused_codes()
