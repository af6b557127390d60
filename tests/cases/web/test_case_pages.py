"""The desk: Today, the list of cases, the case and the page of a verb."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from cases.audit.context import acting
from cases.documents.services import store_text
from cases.lifecycle.engine import advance
from cases.lifecycle.typed_days import read_day
from cases.models import Case, CaseEvent, Hold
from cases.people.models import User
from tests.factories import NOW, House, build_case, build_house, sign_determination
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no hidden field {name}"
    return found[1]


def test_the_case_page_shows_stage_deadline_next_step_and_what_is_unmet(house: House, case: Case) -> None:
    page = signed_in(house.coordinator).get(f"/cases/{case.reference}/").content.decode()
    assert "Prescriber determination" in page
    assert "Determination to be signed" in page
    assert "Why this date" in page
    assert "Demonstration copy of UK-SPECIALS." in page


def test_the_same_step_of_many_records_is_one_line_and_each_link_says_its_whole_step(house: House, case: Case) -> None:
    for number in (1, 2, 3):
        store_text(case=case, doc_type="other", text=f"Paper {number}.", by=house.coordinator, now=NOW)
    page = html.fromstring(signed_in(house.coordinator).get(f"/cases/{case.reference}/").content)
    (line,) = [one for one in page.iterfind(".//div[@id='steps']//li") if "Record dates" in one.text_content()]
    named = "Record dates, holder and source of the document"
    links = [(link.text, link.get("aria-label"), link.get("href")) for link in line.iter("a")]
    address = f"/cases/{case.reference}/do/documents.document.describe/?on="
    assert links == [
        (f"{named} D-3", None, f"{address}D-3"),
        ("D-2", f"{named} D-2", f"{address}D-2"),
        ("D-1", f"{named} D-1", f"{address}D-1"),
    ]


def test_a_stranger_gets_404_and_a_prescriber_is_led_to_the_own_page(house: House, case: Case) -> None:
    assert signed_in(house.stranger.user).get(f"/cases/{case.reference}/").status_code == 404
    answer = signed_in(house.doctor).get(f"/cases/{case.reference}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/my/{case.reference}/")
    assert Client().get(f"/cases/{case.reference}/").status_code == 302


def test_a_refused_verb_shows_every_unmet_requirement_with_409_and_keeps_the_typing(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    address = f"/cases/{case.reference}/do/cases.case.begin_filing/"
    before = CaseEvent.objects.filter(case=case).count()
    answer = client.post(address, {"form_key": "k1", "version": case.event_seq, "on": ""})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The determination is signed over its current text" in page
    assert "Nothing changed" in page
    assert CaseEvent.objects.filter(case=case).count() == before


def test_missing_fields_come_back_with_422_and_what_was_typed(house: House, case: Case) -> None:
    answer = signed_in(house.coordinator).post(
        f"/cases/{case.reference}/do/cases.hold.place/",
        {"form_key": "k2", "version": case.event_seq, "on": "", "kind": "quality", "until": "the answer is here"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Reason: nothing was given. Say why, in a sentence." in page
    assert "the answer is here" in page


def test_a_paper_is_asked_for_within_a_week_unless_another_day_is_typed(house: House, case: Case) -> None:
    page = signed_in(house.coordinator).get(f"/cases/{case.reference}/do/documents.slot.ask/").content.decode()
    week = f"{datetime.now(ZoneInfo('Europe/London')).date() + timedelta(days=7):%Y-%m-%d}"
    given = re.search(r'name="due_on"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="due_on"', page)
    assert given
    assert read_day(given[1] or given[2]).isoformat() == week


def test_an_instant_is_typed_in_the_readers_time_and_kept_as_that_instant(house: House, case: Case) -> None:
    with acting(by=house.coordinator, verb="tests.person.moved", business_at=NOW):
        User.objects.filter(pk=house.coordinator.pk).update(time_zone="America/New_York")
    address = f"/cases/{case.reference}/do/regulatory.pathway_event.record/"
    client = signed_in(house.coordinator)
    page = client.get(address).content.decode()
    assert "Time in New York: 4 Dec 2026 14:30. Elsewhere with its offset: 4 Dec 2026 14:30 +01:00." in page
    form = {"form_key": hidden(page, "form_key"), "version": hidden(page, "version"), "name": "quality_defect_aware"}
    assert client.post(address, form | {"happened_at": "8 Mar 2026 02:30"}).status_code == 422
    assert (
        client.post(address, form | {"happened_at": "3 Mar 2026 09:30", "why_late": "An old mail."}).status_code == 302
    )
    assert [row.happened_at for row in case.pathway_events.all()] == [datetime(2026, 3, 3, 14, 30, tzinfo=UTC)]


def test_a_form_posted_twice_has_one_effect(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    address = f"/cases/{case.reference}/do/cases.hold.place/"
    page = client.get(address).content.decode()
    form = {
        "form_key": hidden(page, "form_key"),
        "version": hidden(page, "version"),
        "on": "",
        "kind": "quality",
        "until": "answered",
        "reason": "Label unclear.",
    }
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302
    assert Hold.objects.filter(case=case).count() == 1


def test_somebody_faster_is_told_and_the_typing_is_kept(house: House, case: Case) -> None:
    mine, theirs = signed_in(house.coordinator), signed_in(house.pic)
    address = f"/cases/{case.reference}/do/cases.case.note_run_out/"
    page = mine.get(address).content.decode()
    other = theirs.get(address).content.decode()
    theirs.post(
        address,
        {"form_key": hidden(other, "form_key"), "version": hidden(other, "version"), "runs_out_on": "2026-04-01"},
    )
    answer = mine.post(
        address,
        {"form_key": hidden(page, "form_key"), "version": hidden(page, "version"), "runs_out_on": "2026-05-01"},
    )
    told = answer.content.decode()
    assert answer.status_code == 409
    assert "H. Lindqvist acted on" in told
    assert 'value="2026-05-01"' in told
    assert Case.objects.get(pk=case.pk).runs_out_on.isoformat() == "2026-04-01"


def test_an_unknown_verb_or_record_is_404_and_a_verb_of_others_403(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    assert client.get(f"/cases/{case.reference}/do/cases.case.teleport/").status_code == 404
    assert client.get(f"/cases/{case.reference}/do/cases.hold.lift/?on=H-7").status_code == 404
    assert client.get(f"/cases/{case.reference}/do/cases.determination.sign/?on=N-1").status_code == 404
    assert client.get(f"/cases/{case.reference}/do/cases.case.reopen/").status_code == 403


def test_search_finds_a_case_by_reference_typed_loosely(house: House, case: Case) -> None:
    typed = case.reference.lower().replace("-", " ")
    answer = signed_in(house.coordinator).get("/cases/", {"q": typed})
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.reference}/")


def test_the_list_pages_by_key_and_filters_by_stage(house: House, case: Case) -> None:
    sign_determination(house, case)
    client = signed_in(house.coordinator)
    assert case.reference in client.get("/cases/", {"stage": "determination"}).content.decode()
    assert case.reference not in client.get("/cases/", {"stage": "closed"}).content.decode()


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_number_of_cases(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    few = {address: queries(client, address) for address in ("/today/", "/cases/")}
    for number in range(2, 6):
        build_case(house, number=number)
    assert {address: queries(client, address) for address in few} == few


def test_the_number_of_queries_of_a_case_does_not_grow_with_its_history(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    tabs = ("", "timeline/", "deadlines/", "supply/", "people/", "messages/")

    def note_run_out(day: int) -> None:
        at, facts = NOW + timedelta(days=day), {"runs_out_on": f"2026-05-0{day}"}
        advance(case, "cases.case.note_run_out", by=house.pic, now=at, facts=facts)

    note_run_out(1)
    few = {tab: queries(client, f"/cases/{case.reference}/{tab}") for tab in tabs}
    for day in range(2, 7):
        note_run_out(day)
    many = {tab: queries(client, f"/cases/{case.reference}/{tab}") for tab in tabs}
    assert {tab: many[tab] - few[tab] for tab in tabs if many[tab] > few[tab]} == {}


def test_today_shows_the_pane_of_a_row_to_htmx_alone_and_only_of_that_case(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    date = case.deadlines.get()
    address = f"/today/{case.reference}/?date={date.pk}"
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.reference}/")
    pane = client.get(address, headers={"HX-Request": "true"})
    assert "Last contact" in pane.content.decode()
    assert client.get(f"/today/{case.reference}/?date=1x", headers={"HX-Request": "true"}).status_code == 404
    other = build_case(house, number=2)
    wrong = f"/today/{other.reference}/?date={date.pk}"
    assert client.get(wrong, headers={"HX-Request": "true"}).status_code == 404


def test_what_today_cannot_read_in_its_address_is_left_out(house: House, case: Case) -> None:
    client = signed_in(house.coordinator)
    page = client.get("/today/?show=all&harm=99&ball=moon&country=G%00&within=3&after=~~~&page=x").content.decode()
    row = f'data-preview="/today/{case.reference}/'
    assert row in page
    assert row not in client.get("/today/?harm=5&within=all").content.decode()
