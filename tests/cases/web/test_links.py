"""The link in a letter opens one thing once, signs nobody in, and an ended one tells nothing."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client

from cases import clock
from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.documents.models import Document, DocumentSlot
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.notices.letters import OWN_LINK
from cases.notices.models import Notice
from cases.notices.sender import send_due
from cases.people.links import LASTS, MOST_AN_HOUR, token_from
from cases.people.models import AccessLink
from cases.references import token_digest
from tests.cases.documents import corpus
from tests.factories import House, build_case, build_house, sign_determination
from tests.laid import laid

pytestmark = pytest.mark.django_db
ENDED = "This link does not work any more"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/link/[0-9a-f]{64}/)")


@laid
def house() -> House:
    return build_house(now=clock.now())


@laid
def case(house: House) -> Case:
    return build_case(house)


@laid
def slot(house: House, case: Case) -> DocumentSlot:
    now = clock.now()
    facts = {
        "doc_type": "clinical_report",
        "asked_of": house.doctor.pk,
        "note": "Of the spleen, please not older than 30 days.",
        "due_on": (now + timedelta(days=5)).date().isoformat(),
    }
    advance(case, "documents.slot.ask", by=house.coordinator, now=now, facts=facts)
    return DocumentSlot.objects.get(case=case)


def mailed(kind: str) -> str:
    """Send what waits and give the address in the newest mail of that kind."""
    send_due(now=clock.now())
    notice = Notice.objects.filter(kind=kind).order_by("-pk")[0]
    found = LINK.search(str(mail_of(notice).body))
    assert found is not None
    return found[1]


def mail_of(notice: Notice) -> EmailMessage:
    """The mail as it left the house."""
    return next(message for message in mail.outbox if message.extra_headers["Message-ID"] == notice.message_id)


def shown(answer: HttpResponse) -> str:
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return " ".join(text.split())


def test_the_letter_holds_the_link_and_what_is_kept_of_it_does_not(house: House, slot: DocumentSlot) -> None:
    address = mailed("documents.slot_asked")
    link = AccessLink.objects.get(purpose="upload")
    assert (link.recipient, link.subject, link.expires_at - link.created_at) == (house.doctor, "Q-1", LASTS)
    token = address.split("/")[2]
    assert link.token_sha256 == token_digest(token)
    notice = Notice.objects.get(kind="documents.slot_asked")
    assert OWN_LINK in notice.body
    assert token_from(notice.facts["access_link"]) == token
    kept = "".join(f"{entry.old}{entry.new}" for entry in AuditEntry.objects.all())
    assert token not in kept + notice.body + notice.subject
    left = mail_of(notice)
    for secret in ("orvelumab", "Example1", "spleen"):
        assert secret not in left.subject + str(left.body)


def test_looking_spends_nothing_and_continue_spends_it_once(house: House, case: Case, slot: DocumentSlot) -> None:
    address = mailed("documents.slot_asked")
    for _ in range(3):
        page = Client().get(address)
        assert (page.status_code, page.headers["Cache-Control"]) == (
            200,
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )
    assert case.reference in shown(page)
    assert AccessLink.objects.get(purpose="upload").spent_at is None
    client = Client()
    assert client.post(address).headers["Location"] == "/send/"
    again = Client().post(address)
    assert (again.status_code, ENDED in shown(again)) == (410, True)
    link = AccessLink.objects.get(purpose="upload")
    assert (link.spent_at is not None, link.refusals) == (True, 1)
    assert {entry.verb: entry.actor for entry in AuditEntry.objects.filter(table_name="people_accesslink")}[
        "people.link.spent"
    ] == house.doctor.code


def test_one_paper_is_sent_without_signing_in_and_nothing_else_is_seen(
    house: House, case: Case, slot: DocumentSlot
) -> None:
    client = Client()
    client.post(mailed("documents.slot_asked"))
    page = shown(client.get("/send/"))
    assert "Clinical report" in page
    for secret in ("orvelumab", case.patient.pseudonym, "spleen", house.doctor.display_name):
        assert secret not in page
    assert client.get(f"/my/{case.reference}/").status_code == 302
    bad = client.post("/send/", {"slot": "Q-9", "doc_type": "patient_identity", "form_key": "k"})
    assert (bad.status_code, "No file arrived." in shown(bad)) == (422, True)
    file = SimpleUploadedFile("report.pdf", corpus.pdf(), "application/pdf")
    assert client.post("/send/", {"file": file, "form_key": "k"}).headers["Location"] == "/sent/"
    document = Document.objects.get()
    assert (document.slot, document.doc_type, document.uploaded_by) == (slot, "clinical_report", house.doctor)
    entry = AuditEntry.objects.get(table_name="documents_document", op="I")
    assert entry.reason == "Sent through the link in a letter, without signing in."
    assert "Arrived. A pharmacist reads it." in shown(client.get("/sent/"))
    again = SimpleUploadedFile("report.pdf", corpus.pdf(), "application/pdf")
    assert client.post("/send/", {"file": again, "form_key": "k"}).headers["Location"] == "/sent/"
    assert client.post("/send/", {"file": again, "form_key": "another"}).status_code == 410
    assert Document.objects.count() == 1
    assert client.get("/send/").status_code == 410


def test_a_link_to_sign_leads_to_signing_in(house: House, case: Case) -> None:
    client = Client()
    answer = client.post(mailed("cases.determination_asked"))
    assert answer.headers["Location"] == f"/account/login/?next=%2Fmy%2F{case.reference}%2F"
    assert client.get(f"/my/{case.reference}/").status_code == 302
    assert client.get("/send/").status_code == 410


def test_ended_and_unknown_links_give_the_same_answer(house: House, case: Case, slot: DocumentSlot) -> None:
    address = mailed("documents.slot_asked")
    Client().post(address)
    spent, unknown = Client().get(address), Client().get(f"/link/{'0' * 64}/")
    assert spent.status_code == unknown.status_code == 410
    assert shown(spent) == shown(unknown)
    assert case.reference not in shown(spent)
    answers = [Client().post(f"{path}new/") for path in (address, f"/link/{'0' * 64}/")]
    assert shown(answers[0]) == shown(answers[1])
    assert "Look into your mail" in shown(answers[0])


def test_a_new_link_goes_to_the_same_address_while_the_thing_is_asked(
    house: House, case: Case, slot: DocumentSlot
) -> None:
    address = mailed("documents.slot_asked")
    Client().post(address)
    Client().post(f"{address}new/")
    fresh = mailed("documents.slot_asked")
    assert fresh != address
    assert [notice.recipient for notice in Notice.objects.filter(kind="documents.slot_asked")] == [house.doctor] * 2
    assert Client().post(fresh).headers["Location"] == "/send/"
    now = clock.now()
    advance(
        case, "documents.slot.withdraw", by=house.coordinator, now=now, subject=slot, facts={"reason": "Not needed."}
    )
    Client().post(f"{fresh}new/")
    assert AccessLink.objects.filter(purpose="upload").count() == 2


def test_no_new_link_to_sign_what_is_signed(house: House, case: Case) -> None:
    address = mailed("cases.determination_asked")
    sign_determination(house, case, now=clock.now())
    Client().post(f"{address}new/")
    assert AccessLink.objects.filter(purpose="sign").count() == 1


def test_new_links_are_counted_by_the_hour(house: House, case: Case, slot: DocumentSlot) -> None:
    address = mailed("documents.slot_asked")
    for _ in range(MOST_AN_HOUR + 2):
        assert Client().post(f"{address}new/").status_code == 200
    assert AccessLink.objects.filter(recipient=house.doctor, purpose="upload").count() == MOST_AN_HOUR


def test_tries_from_one_address_are_limited(house: House, case: Case) -> None:
    statuses = [Client().post(f"/link/{number:064x}/").status_code for number in range(22)]
    assert statuses == [410] * 20 + [429] * 2


def test_an_expired_link_and_one_of_a_person_who_left_open_nothing(
    house: House, case: Case, slot: DocumentSlot
) -> None:
    address = mailed("documents.slot_asked")
    with acting(by=house.administrator, verb="tests.time_passed", business_at=clock.now()):
        AccessLink.objects.filter(purpose="upload").update(expires_at=clock.now())
    assert Client().post(address).status_code == 410
    with acting(by=house.administrator, verb="tests.person_left", business_at=clock.now()):
        AccessLink.objects.filter(purpose="upload").update(expires_at=clock.now() + LASTS)
        house.doctor.is_active = False
        house.doctor.save()
    assert Client().get(address).status_code == 410
    assert Client().post(address).status_code == 410
    assert AccessLink.objects.get(purpose="upload").spent_at is None
