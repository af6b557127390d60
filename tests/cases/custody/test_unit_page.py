"""The page of one pack tells what was known of it on one day about another, and whether its chain is whole."""

import re
from typing import Any

import pgtrigger
from django.test import Client

from cases.audit.context import acting
from cases.custody.models import CustodyEvent
from tests.cases.custody.builders import ARRIVED, DECIDED, GTIN, HOUR, Supply
from tests.laid import laid

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def page(supply: Supply, person: Any, **asked: Any) -> tuple[int, str]:
    client = Client()
    client.force_login(person, backend=BACKEND)
    given = {name: f"{moment:%Y-%m-%dT%H:%M}Z" if hasattr(moment, "hour") else moment for name, moment in asked.items()}
    answer = client.get(f"/cases/{supply.case.reference}/units/{GTIN}/SN-1-1/", given)
    return answer.status_code, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@laid
def late(supply: Supply) -> Supply:
    """Arrived at 09:20, and recorded three hours later."""
    supply.bring_to("in_transit")
    supply.do("arrive", by=supply.house.receiving, now=DECIDED, arrived_at=ARRIVED)
    return supply


def test_a_late_entry_shows_in_what_was_known_then_and_what_is_known_today(late: Supply) -> None:
    status, text = page(late, late.house.auditor, about=ARRIVED + HOUR, known=ARRIVED + HOUR)

    assert status == 200
    assert "on Fri 6 Mar 10:20 UTC it was in transit , held by Skyline Invented Cargo" in text
    assert "Today more is known: on that moment it was in quarantine, held by Fairhaven General Hospital." in text
    assert "Not known by then." in text
    assert "Each line follows on the one before it." in text


def test_both_say_the_same_where_nothing_came_late(late: Supply) -> None:
    _, text = page(late, late.house.coordinator, about=ARRIVED - HOUR, known=DECIDED + HOUR)

    assert "it was in transit , held by Skyline Invented Cargo" in text
    assert "What is known today says the same of that moment." in text


def test_a_corrected_line_stays_and_is_shown_as_corrected(late: Supply) -> None:
    wrong = CustodyEvent.objects.get(biz_step="receiving")
    late.do("correct_event", by=late.house.coordinator, now=DECIDED + HOUR, reason="Another ward.", line=wrong,
            what="incorrect_data", place="Fairhaven Annexe")  # fmt: skip

    _, text = page(late, late.house.coordinator)

    assert "Arrived, in quarantine Corrected." in text
    assert "Puts right the entry of" in text
    assert "Fairhaven Annexe" in text


def test_a_moment_that_is_none_is_named_and_nothing_is_looked_up(late: Supply) -> None:
    status, text = page(late, late.house.coordinator, about="4/5/2026 10:00", known="")

    assert status == 422
    assert "can be read as two days" in text


def test_a_broken_chain_is_said(late: Supply) -> None:
    with (
        pgtrigger.ignore("custody.CustodyEvent:written_once"),
        acting(by=late.house.coordinator, verb="tests.tampered", business_at=DECIDED),
    ):
        CustodyEvent.objects.filter(biz_step="shipping").update(holder="somebody else")

    _, text = page(late, late.house.coordinator)

    assert "The chain of this pack is broken." in text
    assert "SN-1-1: event" in text


def test_is_read_by_the_pharmacy_and_its_auditors_alone(late: Supply) -> None:
    assert page(late, late.house.receiving)[0] == 403
    assert page(late, late.house.stranger.user)[0] == 404
