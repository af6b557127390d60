"""The auditor's pages: search, a case in words, the case as it stood, verification, what is taken along, own reads."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit.checkpoints import seal
from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.people.models import Reading, User
from cases.people.tokens import create_token
from tests.factories import NOW, House, build_case, build_house, sign_determination
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    made = build_case(house)
    sign_determination(house, made, now=NOW + timedelta(hours=1))
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def page_of(user: User, address: str, status: int = 200) -> str:
    answer = signed_in(user).get(address)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def text_of(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


def hold(house: House, case: Case, reason: str = "Label unclear.") -> None:
    facts = {"kind": "quality", "until": "answered", "reason": reason}
    advance(case, "cases.hold.place", by=house.pic, now=NOW + timedelta(hours=2), facts=facts)


def test_a_search_finds_by_case_person_deed_kind_words_and_days(house: House, case: Case) -> None:
    hold(house, case)
    other = build_case(house, number=2)
    found = {
        f"case={case.reference.lower()}&table=cases_hold": "1 entry",
        "person=h. lindqvist&table=cases_hold": "1 entry",
        "person=M. Ostby&table=cases_hold": "0 entries",
        "verb=cases.hold.&table=cases_hold": "1 entry",
        "reason=label+UNCLEAR&table=cases_hold": "1 entry",
        f"case={other.reference}&reason=label": "0 entries",
        "until=2001-01-01": "0 entries",
        f"since={datetime.now(UTC):%Y-%m-%d}&table=cases_case&verb=cases.case.opened": "4 entries",
    }
    for query, count in found.items():
        assert f"{count}, newest first" in page_of(house.auditor, f"/audit/?{query}"), query


def test_what_cannot_be_searched_is_named_with_its_remedy_and_kept(house: House, case: Case) -> None:
    page = page_of(house.auditor, "/audit/?case=NP-0&person=Nobody&since=2026-13-40&until=2026-01-01", 422)
    assert "Nothing was searched." in page
    assert "Case: “NP-0” has 1 characters after NP; a reference has 9. Compare it with the original." in page
    assert "Person: nobody on record is called Nobody. Choose from the list." in page
    assert "From day: 2026-13-40 is no day. Write it like 2026-03-04." in page
    assert 'value="NP-0"' in page
    assert "To day: 2026-01-01 lies before 2026-02-01. Give a later day." in page_of(
        house.auditor, "/audit/?since=2026-02-01&until=2026-01-01", 422
    )


def test_a_history_tells_old_and_new_values_in_words(house: House, case: Case) -> None:
    hold(house, case)
    page = page_of(house.auditor, f"/audit/cases/{case.reference}/?table=cases_determination")
    assert "Determination signed" in page
    assert "Determination N-1 changed" in page
    assert '<span class="was">draft</span>' in page
    assert '<span class="now">signed</span>' in page
    assert "business time 2026-03-02 16:00:00Z" in page
    holds = page_of(house.auditor, f"/audit/cases/{case.reference}/?table=cases_hold")
    assert "Label unclear." in holds
    assert "<dt>Placed by</dt><dd>H. Lindqvist</dd>" in holds
    assert "<dt>Kind</dt><dd>quality</dd>" in holds


def test_a_case_is_shown_whole_as_it_stood_and_beside_what_it_is_now(house: House, case: Case) -> None:
    hold(house, case)
    page = page_of(house.auditor, f"/audit/cases/{case.reference}/?at=2026-03-02+15:30Z")
    assert "2026-03-02 15:30:00Z" in page
    then, _, stood = page.partition("The whole case as it stood")
    assert "Hold H-1" in then
    assert "not there" in then
    assert "Hold H-1" not in stood.partition("History")[0]
    assert f"<h3>Case {case.reference}</h3>" in stood
    assert "<dt>Stage</dt><dd>prescriber determination</dd>" in stood.lower().replace("<dt>stage", "<dt>Stage")
    late = page_of(house.auditor, f"/audit/cases/{case.reference}/?at=2026-03-02+17:30")
    assert "Nothing differs" in late
    early = page_of(house.auditor, f"/audit/cases/{case.reference}/?at=2026-01-01")
    assert "The case was not there yet" in early
    wrong = page_of(house.auditor, f"/audit/cases/{case.reference}/?at=yesterday", 422)
    assert "Moment: yesterday cannot be read. Write it like 2026-03-04 14:10 (UTC)." in wrong
    assert 'value="yesterday"' in wrong


def test_verification_says_how_far_the_proof_reaches(house: House, case: Case) -> None:
    entries = AuditEntry.objects.filter(chain=f"case:{case.pk}").count()
    page = page_of(house.auditor, f"/audit/cases/{case.reference}/verify/")
    assert f"0 of {entries} entries sealed; the newest {entries} are chained, not yet sealed." in page
    seal()
    hold(house, case)
    more = AuditEntry.objects.filter(chain=f"case:{case.pk}").count() - entries
    page = page_of(house.auditor, f"/audit/cases/{case.reference}/verify/")
    assert f"{entries} of {entries + more} entries sealed; the newest {more} are chained, not yet sealed." in page
    assert "Nothing was altered, as far as is checked here." in page
    assert "Entries cut off together with the head since the last checkpoint would not be missed here." in page


def test_what_is_shown_is_taken_along_without_identity(house: House, case: Case) -> None:
    hold(house, case, reason="=cmd|' /C calc'!A0")
    client = signed_in(house.auditor)
    sheet = client.get(f"/audit/cases/{case.reference}/?format=csv")
    assert sheet["Content-Disposition"] == f'attachment; filename="history-{case.reference}.csv"'
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0][:5] == ["case", "entry", "recorded (UTC)", "business time (UTC)", "who"]
    assert {row[0] for row in rows[1:]} == {case.reference}
    assert "'=cmd|' /C calc'!A0" in {row[12] for row in rows}
    told = json.loads(client.get(f"/audit/cases/{case.reference}/?format=json").content)
    assert len(told["entries"]) == AuditEntry.objects.filter(chain=f"case:{case.pk}").count()
    assert "Example1" not in sheet.content.decode("utf-8-sig")
    found = json.loads(client.get("/audit/?format=json&table=cases_hold").content)
    assert [entry["record"] for entry in found["entries"]] == ["Hold H-1"]


def test_every_read_of_an_auditor_is_on_record_on_pages_and_through_the_api(house: House, case: Case) -> None:
    client = signed_in(house.auditor)
    client.get("/audit/?reason=some+words&person=")
    client.get(f"/cases/{case.reference}/")
    client.get("/cases/NP-NOSU-CHON-E/")
    client.post(f"/cases/{case.reference}/do/cases.note.write/", {"text": "x"})
    token = create_token(user=house.auditor, label="tests", by=house.administrator, now=NOW)
    Client().get(f"/api/v1/cases/{case.reference}/history", headers={"Authorization": f"Bearer {token}"})
    kept = ("page", "address", "asked", "case_reference", "through", "status")
    assert list(Reading.objects.order_by("id").values_list(*kept)) == [
        ("audit_search", "/audit/", ["reason"], "", "page", 200),
        ("case", f"/cases/{case.reference}/", [], case.reference, "page", 200),
        ("case", "/cases/NP-NOSU-CHON-E/", [], "NP-NOSU-CHON-E", "page", 404),
        ("verb", f"/cases/{case.reference}/do/cases.note.write/", [], case.reference, "page", 403),
        ("api:read_history", f"/api/v1/cases/{case.reference}/history", [], case.reference, "api", 200),
    ]
    assert verify(chain=f"person:{house.auditor.pk}").ok
    entries = AuditEntry.objects.filter(chain=f"person:{house.auditor.pk}", table_name="people_reading")
    assert set(entries.values_list("actor", "verb")) == {(house.auditor.code, "people.reading.made")}


def test_reads_are_visible_to_the_auditor_and_to_the_pharmacy_and_nobody_else_is_logged(
    house: House, case: Case
) -> None:
    signed_in(house.auditor).get(f"/audit/cases/{case.reference}/")
    signed_in(house.coordinator).get(f"/audit/cases/{case.reference}/")
    assert Reading.objects.count() == 1
    assert "/audit/cases/" in page_of(house.auditor, "/audit/readings/")
    shown = page_of(house.coordinator, f"/audit/readings/?case={case.reference}")
    assert "What auditors read" in shown
    assert "Q. Ledger" in shown
    assert "Nothing was read yet" in page_of(house.administrator, "/audit/readings/?case=NP-7")


def test_the_scope_of_an_auditor_is_shown_and_ends_with_its_day(house: House, case: Case) -> None:
    page = page_of(house.auditor, "/audit/")
    assert "Your scope: 1 case of Harrow Street Pharmacy until Thu 28 Feb 2036 15:00 UTC (tests)." in text_of(page)
    scope = house.auditor.audit_scopes.get()
    with acting(by=house.administrator, verb="people.scope.ended", business_at=NOW):
        scope.valid_until = scope.valid_from + timedelta(seconds=1)
        scope.save()
    ended = page_of(house.auditor, "/audit/")
    assert "No scope of yours runs now." in ended
    assert "0 entries, newest first" in ended
    for address in ("", "verify/", "?format=json"):
        page_of(house.auditor, f"/audit/cases/{case.reference}/{address}", 404)
    token = create_token(user=house.auditor, label="tests", by=house.administrator, now=NOW)
    for address in ("", "/history", "/verification", "/events"):
        asked = Client().get(f"/api/v1/cases/{case.reference}{address}", headers={"Authorization": f"Bearer {token}"})
        assert asked.status_code == 404, address


def test_the_number_of_queries_does_not_grow_with_cases_or_entries(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    hold(house, case)
    addresses = ("/audit/", f"/audit/cases/{case.reference}/", f"/cases/{case.reference}/audit/")

    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    few = {address: queries(address) for address in addresses}
    for number in range(2, 5):
        made = build_case(house, number=number)
        sign_determination(house, made, now=NOW + timedelta(hours=1))
        hold(house, made)
        hold(house, case, reason=f"Label {number} unclear.")
    many = {address: queries(address) for address in addresses}
    # A query a kind of record that the newest lines speak of; never one more for more lines.
    assert {address: many[address] for address in addresses if many[address] > few[address]} == {}
