"""Forms and reports over the API: read by the house, made and sent by pharmacists, refused by field."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from regulatory.models import Filing
from tests.api.callers import ROOT, Caller, faults, nothing_written, refused
from tests.laid import laid
from tests.regulatory.ground import Ground, build_ground

pytestmark = pytest.mark.django_db


@laid
def waiting(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=datetime.now(UTC), country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    return ground


def test_a_form_is_made_downloaded_and_sent(waiting: Ground) -> None:
    desk, name = Caller(waiting.house.coordinator), f"{waiting.case.reference} F-1"
    found = desk.read("/forms")
    assert [
        (form["code"], [f"{one['case']} {one['filing']}" for one in form["waiting"]]) for form in found["forms"]
    ] == [
        ("uk_notification_form", [name]),
        ("ie_notification_form", []),
    ]
    made = desk.post("/forms", {"code": "uk_notification_form", "filings": [name]})
    assert made.status_code == 201
    body = made.json()
    assert [(line["record"], line["state"], line["cells"]["quantity"]) for line in body["lines"]] == [
        ("F-1", "ready", "6")
    ]
    file = desk.get("/forms/B-1/file")
    assert (file.status_code, file.content[:2]) == (200, b"PK")
    sent = desk.post(
        "/forms/B-1/sent",
        {"at": body["made_at"][:16] + "Z", "how": "Mail of 10:00", "party": "Northway Specials"},
    )
    assert (sent.json()["state"], sent.json()["lines"][0]["state"]) == ("sent", "submitted")
    assert Caller(waiting.house.auditor).read("/forms")["papers"][0]["label"] == "B-1"


def test_a_filing_that_does_not_wait_is_named(waiting: Ground) -> None:
    desk = Caller(waiting.house.coordinator)
    with nothing_written():
        answer = desk.post("/forms", {"code": "uk_notification_form", "filings": ["NP-0 F-9"]})
    assert [fault[:3] for fault in faults(answer)] == [("filings.0", "NP-0 F-9", "No such filing waits for this form.")]


def test_a_report_is_refused_before_the_end_of_its_period(waiting: Ground) -> None:
    desk = Caller(waiting.house.coordinator)
    with nothing_written():
        body = refused(
            desk.post("/forms/reports", {"code": "au_supply_report", "day": "2199-12-01"}), 409, "not-possible"
        )
    assert body["detail"].startswith("The period ends on 31 Dec 2199")
    assert desk.post("/forms/reports", {"code": "au_supply_report", "day": "2025-12-01"}).json()["lines"] == []


def test_who_has_no_token_reads_nothing(waiting: Ground) -> None:
    assert Client().get(f"{ROOT}/forms").status_code == 401
    assert Filing.objects.get().state == "ready"
