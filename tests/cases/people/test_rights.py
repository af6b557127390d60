"""What an administrator grants and takes back: refused without a reason, on record with one, never rewritten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.models import Case
from cases.people.models import AccessChange, AuditScope, Delegation, User
from cases.people.rights import change_role, delegate, end_delegation, end_scope, grant_scope
from cases.people.services import Licence, PersonRefused, end_access, enter_person, enter_prescriber
from cases.people.sign_in import open_sign_in, shut_until, take_off_second_factor
from tests.factories import NOW, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@laid
def house() -> House:
    return build_house()


def entries() -> int:
    return AuditEntry.objects.count()


REFUSED: dict[str, tuple[Callable[[House], object], str]] = {
    "a role without a reason": (
        lambda h: change_role(h.coordinator, role="pharmacist_in_charge", reason=" ", by=h.administrator, now=NOW),
        "Reason: nothing was given.",
    ),
    "a role abroad": (
        lambda h: change_role(h.doctor, role="administrator", reason="x", by=h.administrator, now=NOW),
        "only roles inside the pharmacy are changed",
    ),
    "the own role": (
        lambda h: change_role(h.administrator, role="pharmacist_in_charge", reason="x", by=h.administrator, now=NOW),
        "Nobody changes their own role.",
    ),
    "a role by a pharmacist": (
        lambda h: change_role(h.coordinator, role="pharmacist_in_charge", reason="x", by=h.pic, now=NOW),
        "People are kept by administrators.",
    ),
    "a delegation that runs": (
        lambda h: delegate(h.prescriber, to=h.delegate, until=None, reason="x", by=h.administrator, now=NOW),
        "prepares for Dr L. Ferrante already",
    ),
    "a delegation to a prescriber": (
        lambda h: delegate(h.prescriber, to=h.stranger.user, until=None, reason="x", by=h.administrator, now=NOW),
        "is no delegate",
    ),
    "a delegation into the past": (
        lambda h: delegate(h.stranger, to=h.delegate, until=NOW, reason="x", by=h.administrator, now=NOW),
        "2026-03-02 is past.",
    ),
    "a scope for a pharmacist": (
        lambda h: grant_scope(
            h.coordinator, pharmacy=h.pharmacy, until=LATER, purpose="x", by=h.administrator, now=NOW
        ),
        "is no auditor",
    ),
    "a scope without a purpose": (
        lambda h: grant_scope(h.auditor, pharmacy=h.pharmacy, until=LATER, purpose="", by=h.administrator, now=NOW),
        "The purpose is missing",
    ),
    "a second factor that is not there": (
        lambda h: take_off_second_factor(h.coordinator, reason="lost", by=h.administrator, now=NOW),
        "has no second factor",
    ),
    "the own access": (
        lambda h: end_access(h.administrator, reason="x", by=h.administrator, now=NOW),
        "Nobody ends their own access.",
    ),
    "a known address": (
        lambda h: enter_person(
            email="OSTBY@example.org", display_name="X", role="auditor", by=h.administrator, now=NOW
        ),
        "is entered already. Ids are never given twice",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_and_leaves_no_trace(house: House, what: str) -> None:
    act, sentence = REFUSED[what]
    before = entries()
    with pytest.raises(PersonRefused, match=sentence.replace(".", r"\.").replace("(", r"\(")):
        act(house)
    assert entries() == before


def test_a_role_inside_the_pharmacy_changes_with_its_reason_on_record(house: House) -> None:
    change_role(house.coordinator, role="pharmacist_in_charge", reason="Appointed.", by=house.administrator, now=NOW)
    entry = AuditEntry.objects.get(chain=f"person:{house.coordinator.pk}", verb="people.person.role_changed")
    assert (entry.old, entry.new) == ({"role": "coordinating_pharmacist"}, {"role": "pharmacist_in_charge"})
    assert (entry.actor, entry.reason) == (house.administrator.code, "Appointed.")


def test_a_delegation_opens_the_cases_of_its_prescriber_and_its_end_closes_them(house: House) -> None:
    case = build_case(house)
    running = Delegation.objects.get(delegate=house.delegate)
    end_delegation(running, reason="Left the ward.", by=house.administrator, now=NOW)
    assert not Case.objects.visible_to(house.delegate, at=NOW).exists()
    delegate(house.prescriber, to=house.delegate, until=LATER, reason="Back.", by=house.administrator, now=NOW)
    assert list(Case.objects.visible_to(house.delegate, at=NOW)) == [case]
    assert not Case.objects.visible_to(house.delegate, at=LATER).exists()
    assert Delegation.objects.filter(delegate=house.delegate).count() == 2
    with pytest.raises(PersonRefused, match="has ended already"):
        end_delegation(running, reason="x", by=house.administrator, now=NOW)


def test_a_scope_opens_the_records_until_its_end(house: House) -> None:
    case = build_case(house)
    end_scope(AuditScope.objects.get(), reason="Audit over.", by=house.administrator, now=NOW)
    assert not Case.objects.visible_to(house.auditor, at=NOW).exists()
    grant_scope(
        house.auditor, pharmacy=house.pharmacy, until=LATER, purpose="Follow-up", by=house.administrator, now=NOW
    )
    assert list(Case.objects.visible_to(house.auditor, at=NOW)) == [case]
    assert not Case.objects.visible_to(house.auditor, at=LATER).exists()


def test_a_person_is_entered_without_a_password_and_a_prescriber_with_a_licence(house: House) -> None:
    person = enter_person(
        email="new@example.org", display_name="N. Newman", role="auditor", by=house.administrator, now=NOW
    )
    assert not person.has_usable_password()
    licence = Licence(number="INV-77", authority="Invented Medical Council")
    prescriber = enter_prescriber(
        email="vale@example.org",
        display_name="Dr V. Vale",
        institution=house.institution,
        licence=licence,
        by=house.administrator,
        now=NOW,
    )
    assert (prescriber.country, prescriber.licence_number, prescriber.user.role) == ("GB", "INV-77", "prescriber")


def test_an_ended_person_keeps_the_name_on_record_and_sees_nothing(house: House) -> None:
    case = build_case(house)
    end_access(house.coordinator, reason="Left.", by=house.administrator, now=NOW)
    gone = User.objects.get(pk=house.coordinator.pk)
    assert (gone.display_name, gone.is_active, gone.ended_at) == ("M. Ostby", False, NOW)
    assert not Case.objects.visible_to(gone, at=NOW).exists()
    assert Case.objects.get(pk=case.pk).coordinator.display_name == "M. Ostby"


def test_a_lost_second_factor_is_taken_off_on_record(house: House) -> None:
    with acting(by=house.coordinator, verb="people.account.changed"):
        Authenticator.objects.create(user=house.coordinator, type=Authenticator.Type.TOTP, data={"secret": "x"})
    take_off_second_factor(house.coordinator, reason="Phone lost; called back.", by=house.administrator, now=NOW)
    assert not Authenticator.objects.filter(user=house.coordinator).exists()
    change = AccessChange.objects.get(person=house.coordinator)
    assert (change.kind, change.by) == ("factor_removed", house.administrator)
    entries = AuditEntry.objects.filter(chain=f"person:{house.coordinator.pk}", verb="people.second_factor.removed")
    assert list(entries.order_by("seq").values_list("table_name", "op", "reason")) == [
        ("mfa_authenticator", "D", "Phone lost; called back."),
        ("people_accesschange", "I", "Phone lost; called back."),
    ]


def test_a_lock_out_is_seen_and_opened_again(house: House) -> None:
    tried = {"username": house.coordinator.email, "ip_address": "192.0.2.1"}
    AccessAttempt.objects.create(failures_since_start=3, user_agent="one", **tried)
    assert shut_until([house.coordinator]) == {}
    last = AccessAttempt.objects.create(failures_since_start=2, user_agent="two", **tried)
    shut = shut_until([house.coordinator, house.pic])
    assert shut == {house.coordinator.pk: last.attempt_time + timedelta(minutes=15)}
    open_sign_in(house.coordinator, reason="Called back on the known number.", by=house.administrator, now=NOW)
    assert shut_until([house.coordinator]) == {}
    assert AccessChange.objects.get(person=house.coordinator).kind == "opened"
