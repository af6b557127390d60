"""Dead letters before a person, the demonstration mailbox, and the word of every page when nothing sweeps."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.deadlines.loops import run_sender
from cases.models import Case
from cases.notices.heartbeat import INTERVALS, TrueNow, interval
from cases.notices.models import Heartbeat, MailboxMessage, Notice
from cases.notices.services import record_bounce
from cases.people.models import User
from tests.factories import NOW, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def page_of(user: User, address: str) -> str:
    answer = client_of(user).get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def dead_letter(case: Case) -> Notice:
    run_sender(now=NOW)
    notice = Notice.objects.filter(case=case, channel="mail").first()
    assert notice is not None
    found = record_bounce(
        message_id=notice.message_id, fault="550 no such mailbox", by=User.objects.service("notice-sender"), now=NOW
    )
    assert found is not None
    return found


def test_a_dead_letter_says_why_and_what_to_do_until_a_person_settles_it(house: House, case: Case) -> None:
    notice = dead_letter(case)
    page = page_of(house.coordinator, "/notices/")
    assert "1 notice waits for a person" in page
    assert "550 no such mailbox" in page
    assert "Nothing more happens to these by itself." in page
    client = client_of(house.coordinator)
    address = f"/notices/{notice.pk}/settle/"
    client.post(address, {"act": "close", "reason": " "})
    assert Notice.objects.get(pk=notice.pk).state == "bounced"
    assert "A reason is missing" in unescape(client.get("/notices/").content.decode())
    client.post(address, {"act": "close", "reason": "Called the ward."})
    closed = Notice.objects.get(pk=notice.pk)
    assert (closed.state, closed.settled_by, closed.settled_reason) == ("closed", house.coordinator, "Called the ward.")
    assert "Everything arrived, as far as is known" in page_of(house.coordinator, "/notices/")


def test_a_dead_letter_is_sent_again_on_asking(house: House, case: Case) -> None:
    notice = dead_letter(case)
    client = client_of(house.coordinator)
    answer = client.post(f"/notices/{notice.pk}/settle/", {"act": "retry", "reason": "Address corrected."}, follow=True)
    assert "Planned to be sent again." in unescape(answer.content.decode())
    assert Notice.objects.get(pk=notice.pk).state == "planned"


def test_the_mailbox_shows_mail_as_it_was_sent_and_each_reader_what_is_theirs(
    house: House, case: Case, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "cases.notices.backends.MailboxBackend"
    run_sender(now=NOW)
    mail = MailboxMessage.objects.get(to_address=house.doctor.email)
    page = page_of(house.coordinator, f"/mailbox/{mail.pk}/")
    assert mail.subject in page
    assert f"To {house.doctor.email}" in page
    assert mail.message_id in page
    assert "orvelumab" not in page
    assert page_of(house.doctor, f"/mailbox/{mail.pk}/")
    assert client_of(house.receiving).get(f"/mailbox/{mail.pk}/").status_code == 404
    assert page_of(house.auditor, f"/mailbox/{mail.pk}/")
    scope = house.auditor.audit_scopes.get()
    with acting(by=house.administrator, verb="people.scope.ended", business_at=NOW):
        scope.valid_until = scope.valid_from + timedelta(seconds=1)
        scope.save()
    assert client_of(house.auditor).get(f"/mailbox/{mail.pk}/").status_code == 404


def swept(ago: timedelta) -> None:
    Heartbeat.objects.update_or_create(loop="sweep", defaults={"started_at": NOW, "business_at": NOW})
    Heartbeat.objects.filter(loop="sweep").update(finished_at=TrueNow() - ago)


def test_every_page_says_so_when_nothing_swept_for_three_intervals(house: House, case: Case) -> None:
    pages = {
        house.coordinator: (
            "/today/",
            "/cases/",
            "/enquiries/",
            "/pathways/",
            "/notices/",
            f"/cases/{case.reference}/",
        ),
        house.administrator: ("/audit/", "/people/", f"/audit/cases/{case.reference}/"),
        house.doctor: ("/my/", f"/my/{case.reference}/", "/account/password/change/"),
        house.auditor: ("/audit/readings/", "/nothing-there/"),
    }
    told = "reminders are not being sent"
    for ago, said in ((INTERVALS * interval() + timedelta(seconds=5), True), (timedelta(0), False)):
        swept(ago)
        for user, addresses in pages.items():
            client = client_of(user)
            for address in addresses:
                page = unescape(client.get(address).content.decode())
                assert (told in page) is said, (address, said)
    swept(timedelta(hours=2))
    page = page_of(house.coordinator, "/today/")
    assert "The last deadline sweep ended 2 hours ago: reminders are not being sent." in page
    assert "tell the administrator" in page
    assert "When the sweep runs again it sends each once, marked late." in page


def test_the_number_of_queries_does_not_grow_with_the_number_of_dead_letters(house: House, case: Case) -> None:
    client = client_of(house.coordinator)
    dead_letter(case)

    def queries() -> int:
        client.get("/notices/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/notices/").status_code == 200
        return len(captured)

    few = queries()
    for number in range(2, 5):
        dead_letter(build_case(house, number=number))
    assert queries() == few
