"""Forms and reports on their pages: made from what waits, downloaded, recorded as sent; errors keep the typing."""

import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from cases.people.models import User
from regulatory.collective.models import CollectivePaper
from regulatory.models import Filing
from tests.factories import build_case, sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, build_ground

NOW = datetime.now(UTC)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def waiting(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=NOW, country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    return ground


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def sent_form(**more: str) -> dict[str, str]:
    return {"at": "2026-02-26 10:00", "how": "Mail of 10:00", "party": "Northway Specials"} | more


def test_from_what_waits_to_what_is_sent(waiting: Ground) -> None:
    desk = client_of(waiting.house.coordinator)
    value = f"{waiting.case.reference} F-1"
    assert f"{value}: orvelumab 150 mg/mL, 6 vial, Dr L. Ferrante" in desk.get("/forms/make/uk_notification_form/").text
    made = desk.post("/forms/make/uk_notification_form/", {"filings": [value]}, follow=True)
    assert made.redirect_chain == [("/forms/B-1/", 302)]
    assert "B-1 was made. Download it, send it, then record here that it went out." in made.text
    file = desk.get("/forms/B-1/file/")
    assert file["Content-Disposition"] == 'attachment; filename="B-1_uk_notification_form.xlsx"'
    assert load_workbook(io.BytesIO(file.content)).active["C2"].value == "orvelumab"
    made_at = CollectivePaper.objects.get().made_at
    sent = desk.post("/forms/B-1/send/", sent_form(at=f"{made_at:%Y-%m-%d %H:%M}"), follow=True)
    assert "B-1 is sent. Every line of it is on record in its case." in sent.text
    filing = Filing.objects.get()
    assert (filing.state, filing.submitted_by_party) == ("submitted", "Northway Specials")
    assert filing.proof is not None
    proof = desk.get(f"/cases/{waiting.case.reference}/papers/{filing.proof.label}/")
    assert proof["Content-Type"].startswith("application/vnd.openxmlformats")


def test_a_wrong_moment_is_named_and_the_typing_kept(waiting: Ground) -> None:
    desk = client_of(waiting.house.coordinator)
    desk.post("/forms/make/uk_notification_form/", {"filings": [f"{waiting.case.reference} F-1"]})
    answer = desk.post("/forms/B-1/send/", sent_form(at="30 February", how=""))
    assert answer.status_code == 422
    assert "It was not recorded as sent. Nothing changed." in answer.text
    assert 'value="30 February"' in answer.text
    assert 'value="Northway Specials"' in answer.text
    assert Filing.objects.get().state == "ready"


def test_nothing_ticked_makes_nothing(waiting: Ground) -> None:
    desk = client_of(waiting.house.coordinator)
    answer = desk.post("/forms/make/uk_notification_form/", {})
    assert (answer.status_code, "Filings: Nothing was chosen. Choose at least one." in answer.text) == (422, True)
    assert CollectivePaper.objects.count() == 0


def test_an_auditor_reads_and_does_nothing(waiting: Ground) -> None:
    client_of(waiting.house.coordinator).post(
        "/forms/make/uk_notification_form/", {"filings": [f"{waiting.case.reference} F-1"]}
    )
    auditor = client_of(waiting.house.auditor)
    assert "Record that it was sent" not in auditor.get("/forms/B-1/").text
    assert auditor.post("/forms/B-1/send/", sent_form()).status_code == 403
    assert auditor.post("/forms/make/uk_notification_form/", {}).status_code == 403


@pytest.mark.parametrize(
    "address", ["/forms/B-2/", "/forms/B-01/", "/forms/b-1/", "/forms/B-99999999999/", "/forms/make/x/"]
)
def test_what_is_not_there_is_not_found(waiting: Ground, address: str) -> None:
    assert client_of(waiting.house.coordinator).get(address).status_code == 404


def test_a_report_without_a_day_asks_for_one_and_an_open_period_is_refused(waiting: Ground) -> None:
    desk = client_of(waiting.house.coordinator)
    assert desk.post("/forms/make/au_supply_report/", {}).status_code == 422
    future = desk.post("/forms/make/au_supply_report/", {"day": "2199-12-01"})
    told = "The period ends on 31 Dec 2199: its report can be made the day after. Nothing was made."
    assert (future.status_code, told in future.text) == (409, True)
    made = desk.post("/forms/make/au_supply_report/", {"day": "2025-12-01"}, follow=True)
    assert "Nothing was supplied" in made.text


def test_the_number_of_queries_of_the_list_does_not_grow_with_what_waits(waiting: Ground) -> None:
    desk = client_of(waiting.house.coordinator)
    desk.get("/forms/")
    with CaptureQueriesContext(connection) as few:
        desk.get("/forms/")
    for number in (2, 3, 4):
        case = build_case(waiting.house, "UK-SPECIALS", number=number, now=NOW)
        sign_determination(waiting.house, case, now=NOW)
        Ground(waiting.house, case, NOW).ready(quantity="6")
    with CaptureQueriesContext(connection) as many:
        desk.get("/forms/")
    assert len(many) == len(few)
