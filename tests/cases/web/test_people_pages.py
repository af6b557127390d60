"""The administrator's pages: entering people, granting and ending, with nothing lost and nothing of a patient shown."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from cases.models import Case
from cases.notices.models import MailboxMessage
from cases.people.models import Delegation, User
from tests.factories import PASSWORD, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PRESCRIBER = {
    "display_name": "Dr V. Vale",
    "email": "vale@example.org",
    "role": "prescriber",
    "licence_number": "INV-77",
    "licence_authority": "Invented Medical Council",
    "licence_valid_until": "2030-01-31",
    "specialty": "haematology",
}


@laid
def house() -> House:
    return build_house()


def post(user: User, address: str, **form: Any) -> tuple[int, str]:
    client = Client()
    client.force_login(user, backend=BACKEND)
    answer = client.post(address, form, follow=True)
    return answer.status_code, unescape(answer.content.decode())


def page_of(user: User, address: str) -> str:
    client = Client()
    client.force_login(user, backend=BACKEND)
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_everybody_is_listed_with_role_factor_and_access(house: House) -> None:
    page = page_of(house.administrator, "/people/")
    assert "9 people; nobody is ever deleted" in page
    assert page.count("data-row") == 9
    assert page_of(house.administrator, "/people/?role=auditor").count("data-row") == 1
    assert "Deadline sweep" not in page


def test_a_prescriber_is_entered_and_gets_a_link_to_set_a_password(house: House, settings: Any) -> None:
    settings.EMAIL_BACKEND = "cases.notices.backends.MailboxBackend"
    status, page = post(house.administrator, "/people/new/", **PRESCRIBER, institution=house.institution.pk)
    person = User.objects.get(email="vale@example.org")
    assert status == 200
    assert "Dr V. Vale: a link to set a password was mailed to vale@example.org." in page
    assert person.prescriber.licence_number == "INV-77"
    assert not person.has_usable_password()
    mail = MailboxMessage.objects.get()
    assert mail.to_address == "vale@example.org"
    assert "/account/password/reset/key/" in mail.body


def test_what_is_missing_is_named_and_the_typing_is_kept(house: House) -> None:
    form = PRESCRIBER | {"licence_number": "", "institution": ""}
    status, page = post(house.administrator, "/people/new/", **form)
    assert status == 422
    assert "Nobody was entered. Nothing changed." in page
    assert "Licence number: Nothing was given. Every determination rests on the prescriber's licence." in page
    assert "Institution: Nothing was chosen. A person abroad belongs to one institution." in page
    assert 'value="Dr V. Vale"' in page
    assert not User.objects.filter(email="vale@example.org").exists()


def test_a_refused_act_says_why_and_keeps_the_typing(house: House) -> None:
    address = f"/people/{house.delegate.code}/delegate/"
    form = {"delegate-prescriber": house.prescriber.pk, "delegate-until": "2036-05-01", "delegate-reason": "Ward."}
    status, page = post(house.administrator, address, **form)
    assert status == 409
    assert "N. Arkwright prepares for Dr L. Ferrante already. Nothing was changed." in page
    assert 'value="2036-05-01"' in page
    assert Delegation.objects.filter(delegate=house.delegate).count() == 1


def test_a_delegation_is_ended_on_the_page_and_the_row_stays(house: House) -> None:
    row = Delegation.objects.get(delegate=house.delegate)
    key = f"end-delegation{row.pk}"
    status, page = post(
        house.administrator, f"/people/{house.delegate.code}/end-delegation/", on=row.pk, **{f"{key}-reason": "Left."}
    )
    assert status == 200
    assert "N. Arkwright no longer prepares for Dr L. Ferrante." in page
    assert "Delegation ended" in page
    row.refresh_from_db()
    assert row.valid_until is not None


def test_an_ended_person_stays_on_record_and_can_be_given_nothing_more(house: House) -> None:
    build_case(house)
    _, page = post(house.administrator, f"/people/{house.coordinator.code}/end/", **{"end-reason": "Left the house."})
    assert "The access of M. Ostby ended" in page
    assert "The name stays on every record it stands on." in page
    assert "Left the house." in page
    assert "Change what they may do" not in page
    tried = Client().post("/account/login/", {"login": house.coordinator.email, "password": PASSWORD})
    assert (tried.status_code, tried["Location"]) == (302, "/account/inactive/")


def test_an_administrator_sees_no_identity_and_changes_no_case(house: House) -> None:
    case = build_case(house)
    for address in ("", "people/", "audit/", "deadlines/"):
        page = page_of(house.administrator, f"/cases/{case.reference}/{address}")
        assert "Example1" not in page
        assert "/do/cases." not in page, address
    status, _ = post(house.administrator, f"/cases/{case.reference}/do/cases.note.write/", text="x", audience="house")
    assert status == 403
    before = Case.objects.get(pk=case.pk).event_seq
    assert before == case.event_seq


def test_people_are_kept_by_administrators_alone(house: House) -> None:
    for user in (house.coordinator, house.pic, house.auditor, house.doctor):
        status, _ = post(user, f"/people/{house.delegate.code}/end/", **{"end-reason": "x"})
        assert status == 403
    assert User.objects.get(pk=house.delegate.pk).is_active
