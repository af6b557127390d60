"""A sign-in that has run out: back to the same place, and what was typed waits for the same person alone."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from cases import clock
from cases.models import Case
from cases.people.models import User
from cases.web.kept import COOKIE
from cases.web.middleware import IDLE, SEEN
from tests.factories import PASSWORD, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


def idle_for(user: User, span: timedelta) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[SEEN] = (clock.true_now() - span).isoformat()
    session.save()
    return client


def sign_in(client: Client, user: User, next_page: str) -> str:
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD, "next": next_page})
    assert answer.status_code == 302
    return str(answer["Location"])


def note(case: Case) -> dict[str, str]:
    return {
        "form_key": "k1",
        "version": str(case.event_seq),
        "on": "",
        "audience": "prescriber",
        "text": "Invented words.",
    }


def test_a_person_is_signed_out_after_15_minutes_and_led_back_to_the_same_page(house: House, case: Case) -> None:
    assert idle_for(house.coordinator, IDLE - timedelta(seconds=20)).get("/cases/?stage=closed").status_code == 200
    client = idle_for(house.coordinator, IDLE + timedelta(seconds=1))
    answer = client.get("/cases/?stage=closed&q=")
    assert answer["Location"] == "/account/login/?next=%2Fcases%2F%3Fstage%3Dclosed%26q%3D"
    assert "You were signed out after 15 minutes" in client.get(answer["Location"]).content.decode()
    assert sign_in(client, house.coordinator, "/cases/?stage=closed&q=") == "/cases/?stage=closed&q="


def test_what_was_typed_is_kept_sealed_and_sent_by_the_person_who_typed_it(house: House, case: Case) -> None:
    client = idle_for(house.coordinator, IDLE + timedelta(minutes=1))
    address = f"/cases/{case.reference}/do/cases.note.write/"
    answer = client.post(address, note(case) | {"password": "a secret of mine"})
    assert answer["Location"] == "/account/login/?next=%2Fkept%2F"
    assert case.notes.count() == 0
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert any("kept_form" in one for one in stored)
    assert "Invented words." not in str(stored)
    assert client.get("/kept/").status_code == 302
    assert sign_in(client, house.coordinator, "/kept/") == "/kept/"
    page = unescape(client.get("/kept/").content.decode())
    assert "Invented words." in page
    assert "a secret of mine" not in page
    assert f'action="{address}"' in page
    assert client.post(address, note(case)).status_code == 302
    assert case.notes.get().text == "Invented words."


def test_nobody_else_sees_it_and_it_is_gone_without_the_browsers_key(house: House, case: Case) -> None:
    client = idle_for(house.coordinator, IDLE + timedelta(minutes=1))
    client.post(f"/cases/{case.reference}/do/cases.note.write/", note(case))
    sign_in(client, house.pic, "/kept/")
    assert client.get("/kept/").status_code == 404
    other = idle_for(house.coordinator, IDLE + timedelta(minutes=1))
    other.post(f"/cases/{case.reference}/do/cases.note.write/", note(case))
    del other.cookies[COOKIE]
    sign_in(other, house.coordinator, "/kept/")
    assert other.get("/kept/").status_code == 404


def test_a_caller_of_the_api_is_told_and_a_partial_update_leads_the_whole_page(house: House, case: Case) -> None:
    assert idle_for(house.coordinator, IDLE * 2).get("/api/v1/whoami").status_code == 401
    partial = idle_for(house.coordinator, IDLE * 2).get("/today/", headers={"HX-Request": "true"})
    assert (partial.status_code, partial["HX-Redirect"]) == (204, "/account/login/?next=%2Ftoday%2F")
