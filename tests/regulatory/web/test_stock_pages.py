"""No page of a case of stock, or of what was drawn from it, fails for want of a patient; each says whose it is."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.custody.models import Unit
from cases.custody.stock import lots_on_hand, stock_for
from cases.lifecycle.steps import possible_steps
from cases.models import Case
from cases.people.models import User
from regulatory.enquiries import answer_enquiry, receive_enquiry
from tests.factories import House
from tests.house.addresses import TABLE
from tests.house.test_urls import BACKEND
from tests.journeys.walk import Walk, start
from tests.laid import laid

PEOPLE = ("coordinator", "pic", "administrator", "auditor", "doctor", "delegate", "receiving")


@laid
def stock(db: None) -> Walk:
    """One pack of two was drawn, dispensed and followed up; an event was told of each case."""
    walk = start("CA-SAP-FUTURE")
    walk.bring_in()
    patient = walk.patient(1)
    patient.take("cases.case.begin_sourcing")
    patient.draw()
    patient.take("cases.case.begin_dispensing")
    patient.give()
    patient.take("cases.case.begin_follow_up")
    walk.drawn.append(patient)
    for one in (patient, walk):
        one.ground.take(
            "pharmacovigilance.report.receive", now=patient.tick(), received_at=patient.tick(), channel="telephone",
            verbatim="A rash.",
        )  # fmt: skip
        one.ground.take("custody.dossier.make", now=patient.tick())
    return walk


def cases_of(stock: Walk) -> tuple[Case, Case]:
    return Case.objects.get(pk=stock.ground.case.pk), Case.objects.get(pk=stock.drawn[0].ground.case.pk)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_answers_and_every_link_of_it_leads_somewhere(stock: Walk, who: str) -> None:
    person = getattr(stock.ground.house, who)
    client = signed_in(person)
    for case in cases_of(stock):
        named = {"case": case.reference, "consignment": "C-1", "filing": "F-1"}
        ahead = [
            address.format(**named)
            for address, _ in TABLE.values()
            if "{case}" in address and not set(re.findall(r"{(\w+)}", address)) - set(named)
        ]
        ahead += [
            f"{reverse('verb', args=[case.reference, step.verb.code])}?on={step.on}"
            for step in possible_steps(case, by=person, now=stock.drawn[0].tick(), unlisted=True)
        ]
        seen: set[str] = set()
        while ahead:
            address = ahead.pop()
            if address in seen:
                continue
            seen.add(address)
            answer = client.get(address)
            assert answer.status_code < 500, address
            if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
                page = unescape(answer.content.decode())
                assert not re.search(r"Patient None|None, born|None ·", page), address
                ahead += [link for link in re.findall(r'href="(/[^"#]*)"', page) if case.reference in link]


def test_a_case_of_stock_says_whose_it_is_and_where_each_pack_is(stock: Walk) -> None:
    home, drawn = cases_of(stock)
    client = signed_in(stock.ground.house.coordinator)
    page = unescape(client.get(reverse("case", args=[home.reference])).content.decode())
    assert "Stock of Fairhaven General Hospital, no patient" in page
    assert "Of 2 packs: 1 on hand, 1 drawn for patients." in page
    assert drawn.reference in page
    assert "In stock" in page
    # Nobody is followed up in it: it waits for patients, and its case ends when nothing is on hand.
    assert "The stock waits for patients" in page
    assert "Begin adverse-event follow-up" not in page
    people = client.get(reverse("case_tab", args=[home.reference, "people"])).content.decode()
    assert 'data-k="To be on hand"' in people
    assert 'data-k="Dose"' not in people
    listed = unescape(client.get(reverse("case_list")).content.decode())
    assert "Stock of Fairhaven General Hospital, no patient" in listed


def test_who_may_not_see_the_patients_case_is_not_told_which_it_is(stock: Walk) -> None:
    home, drawn = cases_of(stock)
    other = stock.ground.house.stranger
    client = signed_in(stock.ground.house.auditor)
    assert drawn.reference in client.get(reverse("case", args=[home.reference])).content.decode()
    assert signed_in(other.user).get(reverse("own_case", args=[home.reference])).status_code == 404


def test_what_is_on_hand_is_told_by_lot_in_one_query(
    stock: Walk, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    patient = stock.drawn[0].ground.case
    (unit,) = Unit.objects.filter(case=stock.ground.case, state="accepted").select_related("lot")
    there = stock_for(patient)
    with django_assert_num_queries(1):
        assert lots_on_hand(there) == [(unit.lot.number, unit.lot.expires_on, 1)]


def test_only_who_may_draw_is_led_to_it(stock: Walk) -> None:
    walk = stock.patient(2)
    walk.take("cases.case.begin_sourcing")
    address = reverse("case", args=[walk.ground.case.reference])
    house = stock.ground.house
    offered = {
        who: f"{address}do/custody.consignment.draw/" in signed_in(getattr(house, who)).get(address).content.decode()
        for who in ("coordinator", "auditor", "administrator")
    }
    assert offered == {"coordinator": True, "auditor": False, "administrator": False}


def test_a_patients_case_leads_to_the_draw(stock: Walk) -> None:
    walk = stock.patient(2)
    walk.take("cases.case.begin_sourcing")
    case = Case.objects.get(pk=walk.ground.case.pk)
    page = unescape(
        signed_in(stock.ground.house.coordinator).get(reverse("case", args=[case.reference])).content.decode()
    )
    assert "1 pack on hand at Fairhaven General Hospital" in page
    assert "Next step: draw it from stock" in page
    assert "Not for this case: it is drawn from stock" in page
    assert f"/cases/{case.reference}/do/custody.consignment.plan/" not in page


@pytest.fixture
def enquiry(stock: Walk) -> str:
    house, now = stock.ground.house, stock.drawn[0].tick()
    made = receive_enquiry(
        pharmacy=house.pharmacy, asked_by="prescriber", country="CA", product="orvelumab", indication="invented",
        by=house.coordinator, now=now,
    )  # fmt: skip
    answer_enquiry(
        made, outcome="NPP_POSSIBLE", answer="Stock is possible.", profile_version=stock.ground.case.profile_version,
        by=house.coordinator, now=now,
    )  # fmt: skip
    return made.reference


def form_of(house: House, stock: Walk, **other: str) -> dict[str, str]:
    return {
        "profile_version": str(stock.ground.case.profile_version_id),
        "medicine": str(house.medicine.pk),
        "prescriber": str(house.prescriber.pk),
        "institution": str(house.institution.pk),
        "coordinator": str(house.coordinator.pk),
        "form_key": "one-form",
    } | other


def test_a_case_of_stock_is_opened_from_an_enquiry_without_a_patient(stock: Walk, enquiry: str) -> None:
    house = stock.ground.house
    client = signed_in(house.coordinator)
    address = reverse("enquiry_open_case", args=[enquiry])
    assert "Stock, no patient yet" in client.get(address).content.decode()
    mixed = client.post(address, form_of(house, stock, for_whom="stock", family_name="Example"))
    assert mixed.status_code == 422
    assert "Stock has no patient: clear this" in mixed.content.decode()
    nobody = client.post(address, form_of(house, stock, for_whom="patient"))
    assert (nobody.status_code, Case.objects.count()) == (422, 2)
    done = client.post(address, form_of(house, stock, for_whom="stock"))
    assert done.status_code == 302
    assert Case.objects.latest("pk").is_stock
