"""The link of an arrival opens the checks of one consignment, signs nobody in, and ends with the inspection."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from cases import clock
from cases.custody.models import InspectionDraft, PackReading
from cases.notices.models import Notice
from cases.notices.sender import send_due
from cases.people.links import grant_link, token_from
from cases.people.models import AccessLink, User
from tests.cases.custody.builders import ARRIVED, INSPECTED, Supply, build_supply
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ENDED = "This link does not work any more"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/link/[0-9a-f]{64}/)")


@laid
def supply() -> Supply:
    made = build_supply()
    made.bring_to("arrived")
    return made


def shown(answer: HttpResponse) -> str:
    text = re.sub(r"<template.*?</template>|<svg.*?</svg>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return " ".join(text.split())


def link_to(supply: Supply, person: User | None = None, **other: object) -> str:
    asked = {"purpose": AccessLink.Purpose.RECEIVE, "subject": "C-1", "now": clock.now()} | other
    recipient = person or supply.house.receiving
    _, seed = grant_link(recipient=recipient, case=supply.case, by=supply.house.coordinator, **asked)
    return f"/link/{token_from(seed)}/"


def opened(supply: Supply, **other: object) -> Client:
    client = Client()
    assert client.post(link_to(supply, **other)).headers["Location"] == "/receive/"
    return client


def test_the_arrival_writes_to_the_receiving_pharmacist_with_a_link_to_this_inspection(supply: Supply) -> None:
    notice = Notice.objects.get(kind="custody.receiving_asked")
    link = AccessLink.objects.filter(purpose="receive").latest("pk")
    assert (notice.recipient, link.recipient, link.subject) == (*[supply.house.receiving] * 2, "C-1")
    assert link.created_at == ARRIVED
    send_due(now=ARRIVED + timedelta(minutes=5))
    left = next(message for message in mail.outbox if message.subject.endswith("inspect an arrival"))
    assert LINK.search(str(left.body)) is not None
    for secret in ("orvelumab", "Example1", supply.case.patient.pseudonym, "SN-1-1"):
        assert secret not in left.subject + str(left.body)


def test_the_inspection_writes_to_who_may_check_it(supply: Supply) -> None:
    supply.inspect(checked=False)
    notice = Notice.objects.get(kind="custody.second_check_asked")
    assert notice.recipient == supply.house.doctor
    assert AccessLink.objects.get(purpose="sign", subject="C-1").recipient == supply.house.doctor
    send_due(now=INSPECTED + timedelta(minutes=5))
    letter = next(one for one in mail.outbox if "second check" in one.subject)
    assert LINK.search(str(letter.body)) is not None
    answer = Client().post(link_to(supply, supply.house.doctor, purpose=AccessLink.Purpose.SIGN))
    assert answer.headers["Location"] == f"/account/login/?next=%2Fmy%2F{supply.case.reference}%2F"


def test_it_opens_the_steps_and_shows_nobody_s_name(supply: Supply) -> None:
    client = opened(supply)
    page = client.get("/receive/")
    assert (page.status_code, page.headers["Cache-Control"]) == (
        200,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    assert "Was the briefing read before the box arrived?" in shown(page)
    text = page.content.decode()
    for secret in ("orvelumab", supply.case.patient.pseudonym, "J. Whitlock", "whitlock@"):
        assert secret not in text
    assert client.post("/receive/", {"step": "carton", "answer": "no", "note": "wet"}).status_code == 302
    draft = InspectionDraft.objects.get()
    assert (draft.by, draft.answers) == (supply.house.receiving, {"carton": {"answer": "no", "note": "wet"}})
    assert client.get(f"/my/{supply.case.reference}/").status_code == 302
    assert client.get(f"/my/{supply.case.reference}/inspect/C-1/").status_code == 302


def test_a_pack_read_by_link_is_the_reading_of_its_person(supply: Supply) -> None:
    client = opened(supply)
    early = client.post("/receive/", {"step": "pack-1", "scan": "(01)0"})
    assert (early.status_code, "Nothing is opened before logger 4410-2207" in shown(early)) == (422, True)
    logger = {"number": "4410-2207", "stopped_at": "2026-03-06T09:25", "lowest_c": "3", "highest_c": "6"}
    client.post("/receive/", {"step": "logger"} | logger)
    unit = supply.consignment().units.order_by("serial")[0]
    client.post("/receive/", {"step": "pack-1", "scan": f"(01){unit.gtin}(17)270831(10)7K04B8(21){unit.serial}"})
    assert PackReading.objects.latest("pk").read_by == supply.house.receiving


def test_deciding_by_link_leads_to_the_sign_in(supply: Supply) -> None:
    client = opened(supply)
    steps = ("briefing", "carton", "seals", "labels", "marks", "logger", "area", "inner", "pack-1", "pack-2", "count",
             "shelf_life", "case_label", "leaflet", "storage")  # fmt: skip
    answers = {step: {"answer": "yes", "units": "2", "missing": step.startswith("pack")} for step in steps}
    InspectionDraft.objects.create(
        consignment=supply.consignment(), by=supply.house.receiving, answers=answers, saved_at=INSPECTED
    )
    page = client.get("/receive/")
    assert "Sign in to decide and sign" in shown(page)
    assert 'name="password"' not in page.content.decode()
    answer = client.post("/receive/", {"step": "decide", "result": "accept", "password": "invented-password-1"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/?next=%2Fmy%2F")
    assert supply.consignment().inspections.count() == 0


def test_it_ends_when_the_consignment_is_inspected_or_its_person_is_gone(supply: Supply) -> None:
    client = opened(supply)
    assert client.get("/receive/").status_code == 200
    supply.inspect()
    ended = client.get("/receive/")
    assert (ended.status_code, ENDED in shown(ended)) == (410, True)
    posted = client.post("/receive/", {"step": "carton", "answer": "yes"})
    assert (posted.status_code, InspectionDraft.objects.count()) == (410, 0)


@pytest.mark.parametrize("purpose", ["upload", "sign"])
def test_a_link_of_another_purpose_opens_nothing_here(supply: Supply, purpose: str) -> None:
    client = Client()
    client.post(link_to(supply, purpose=purpose))
    assert client.get("/receive/").status_code == 410


def test_a_link_of_an_arrival_sends_no_paper(supply: Supply) -> None:
    assert opened(supply).get("/send/").status_code == 410


def test_it_works_once_and_a_new_one_comes_only_while_it_is_asked(supply: Supply) -> None:
    address = link_to(supply)
    assert Client().post(address).status_code == 302
    again = Client().post(address)
    assert (again.status_code, ENDED in shown(again)) == (410, True)
    before = AccessLink.objects.filter(purpose="receive").count()
    Client().post(f"{address}new/")
    assert AccessLink.objects.filter(purpose="receive").count() == before + 1
    supply.inspect()
    Client().post(f"{address}new/")
    assert AccessLink.objects.filter(purpose="receive").count() == before + 1


def test_who_is_signed_in_goes_to_the_inspection_itself(supply: Supply) -> None:
    client = Client()
    client.force_login(supply.house.receiving, backend=BACKEND)
    answer = client.post(link_to(supply))
    assert answer.headers["Location"] == f"/my/{supply.case.reference}/inspect/C-1/"
