"""The what-if page: a pathway asked without a case, from an address that can be shared; nothing typed is lost."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from regulatory.governance import load_drafts
from regulatory.profiles.loader import load
from regulatory.profiles.looks_at import documents_of, events_of
from tests.factories import NOW, House, build_case, build_house, draft_profile, sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, at
from tests.regulatory.web.test_pathways import signed_in
from tests.written import rows

OPENED = at("2026-03-02 09:00")
UK = "/pathways/UK-SPECIALS/what-if/"


@laid
def house(db: None) -> House:
    found = build_house()
    load_drafts(by=found.administrator, now=NOW)
    return found


@pytest.fixture
def desk(house: House) -> Client:
    return signed_in(house.coordinator)


def asked(client: Client, address: str, status: int = 200, **words: Any) -> str:
    answer = client.get(address, words)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def section(page: str, heading: str) -> str:
    """The sheet under that heading."""
    return page.split(f'aria-labelledby="{heading}"', 1)[1].split("</section>", 1)[0]


def test_the_gates_say_open_or_shut_when_they_open_why_and_what_is_missing(desk: Client) -> None:
    page = asked(desk, UK, at="2026-03-20", event=["submitted=2026-02-27", "acknowledged=2026-03-02T10:00"])
    gates = section(page, "h-gates")
    assert "1 shut" in gates
    assert "Opens on Tue 31 Mar 2026 if nothing else happens." in gates
    assert (
        "28 calendar days since the authority's acknowledgement are not over: first open day Tue 31 Mar 2026." in gates
    )
    assert (
        'href="/pathways/UK-SPECIALS/?version=0.2.0-draft#UK-SPECIALS.gates.1">UK-SPECIALS.gates.1</a> [UK1, UK3]'
        in gates
    )
    assert "high confidence, by a derived rule" in gates
    assert "no version of the list “Approved countries for import (Great Britain)” is held" in gates
    later = section(
        asked(desk, UK, at="2026-03-31", event=["submitted=2026-02-27", "acknowledged=2026-03-02"]), "h-gates"
    )
    assert "1 open" in later
    assert "Open on Tue 31 Mar 2026." in later


def test_the_clocks_show_holder_date_force_and_the_sum_behind_it(desk: Client) -> None:
    page = asked(desk, "/pathways/AU-SAS-A/what-if/", at="2026-11-01", event=["dispensed_or_supplied=2026-10-31T09:00"])
    clocks = section(page, "h-clocks")
    assert "Notification after the supply" in clocks
    assert "Mon 30 Nov 2026" in clocks
    assert "Statutory</span>" in clocks
    assert "The treating prescriber to the authority" in clocks
    assert "Safe by every reading: Sat 28 Nov 2026. No submission is given for it." in clocks
    assert "Sat 28 Nov 2026 is a Saturday" in clocks
    assert "Held by the treating prescriber: to be shown by evidence received, not by a tick of ours." in clocks
    assert '<a href="/pathways/AU-SAS-A/?version=0.2.0-draft#AU-SAS-A.deadlines.1">AU-SAS-A.deadlines.1</a>' in clocks
    done = asked(
        desk,
        "/pathways/AU-SAS-A/what-if/",
        at="2026-12-02",
        event=["dispensed_or_supplied=2026-10-31T09:00", "submitted=2026-12-01"],
    )
    assert "The submission of Tue 1 Dec 2026 is too late." in section(done, "h-clocks")


def test_the_days_stand_in_order_with_the_one_asked_about_among_them(desk: Client) -> None:
    events = ["submitted=2026-02-27", "acknowledged=2026-03-02T10:00", "import_day=2026-04-10"]
    days = section(asked(desk, UK, at="2026-03-20", event=events, condition=["urgent_case=no"]), "h-days")
    lines = re.findall(r'line__when">(.*?)</span>.*?<p>(.*?)</p>', days, re.DOTALL)
    assert [(when, re.sub("<[^>]+>", "", what).strip()) for when, what in lines] == [
        ("Fri 27 Feb 2026", "The submission"),
        ("Mon 2 Mar 2026", "The authority's acknowledgement"),
        ("Fri 13 Mar 2026", "Notice before each import (statutory)"),
        ("Fri 20 Mar 2026", "The day asked about"),
        ("Mon 30 Mar 2026", "Window in which the authority may object (waiting window)"),
        ("Tue 31 Mar 2026", "May import: opens if nothing else happens"),
        ("Fri 10 Apr 2026", "Planned: the import"),
    ]
    assert "h-days" not in asked(desk, UK, at="2026-03-20")


def test_what_cannot_be_counted_says_why_and_a_house_target_is_called_one(desk: Client) -> None:
    clocks = section(asked(desk, UK, at="2026-05-02", event=["adverse_event_aware=2026-05-01"]), "h-clocks")
    assert "House target</span>" in clocks
    assert "Not computable: the source says “immediately”, which cannot be counted." in clocks


def test_a_condition_a_forecast_and_what_is_not_known_are_said(desk: Client) -> None:
    page = asked(desk, UK, at="2026-03-02", event=["submitted=2026-03-02"])
    assert "Only if: urgent case. A forecast of the authority’s answer, no deadline." in section(page, "h-clocks")
    assert "Forecast</span>" in section(page, "h-clocks")
    unknown = section(page, "h-unknown")
    assert "Not known: ask the authority" in unknown
    assert "Whether an information request restarts the 28 days" in unknown
    no = asked(desk, UK, at="2026-03-02", event=["submitted=2026-03-02"], condition=["urgent_case=no"])
    assert "Does not apply here: urgent case." in section(no, "h-clocks")


def test_a_form_becomes_a_short_address_of_the_commands_own_words(desk: Client) -> None:
    form = {
        "at": "20 Mar 2026",
        "event.submitted": "27 Feb 2026",
        "event.acknowledged": "2 Mar 2026 10:00",
        "event.dispensed_or_supplied": "1 Mar 2026; 2026-03-02",
        "event.objection_received": "",
        "condition.urgent_case": "no",
        "listed.gb_approved_country_for_import": "no",
        "version": "0.2.0-draft",
    }
    answer = desk.get(UK, form)
    assert answer.status_code == 302
    place = urlsplit(answer["Location"])
    assert place.path == UK
    assert parse_qs(place.query) == {
        "at": ["2026-03-20"],
        "event": [
            "submitted=2026-02-27",
            "acknowledged=2026-03-02T10:00",
            "dispensed_or_supplied=2026-03-01",
            "dispensed_or_supplied=2026-03-02",
        ],
        "condition": ["urgent_case=no"],
        "listed": ["gb_approved_country_for_import=no"],
        "version": ["0.2.0-draft"],
    }
    page = asked(desk, answer["Location"])
    for value in ("20 Mar 2026", "27 Feb 2026", "2 Mar 2026 10:00", "1 Mar 2026; 2 Mar 2026"):
        assert f'value="{value}"' in page
    assert "python3 manage.py pathway UK-SPECIALS --at 2026-03-20 --event submitted=2026-02-27" in page
    assert "Choice of route" in section(page, "h-gates")
    assert "Route: manufacturer specials licence covering import." in section(page, "h-gates")


def test_papers_statements_parties_lots_and_hours_are_asked_where_the_pathway_looks_at_them(desk: Client) -> None:
    canada = {
        "at": "2026-03-20",
        "document.manufacturer_supply_agreement": "complete",
        "issued.manufacturer_supply_agreement": "1 Mar 2026",
        "authorization.from": "1 Mar 2026",
        "authorization.until": "1 Sep 2026",
        "authorization.quantity": "10",
        "party.consignee": "hospital_pharmacist",
        "has.consignee": ["name", "civic_address"],
    }
    page = asked(desk, desk.get("/pathways/CA-SAP-PATIENT/what-if/", canada)["Location"])
    assert "2 open" in section(page, "h-gates")
    assert "it shuts on Wed 2 Sep 2026 if nothing else happens" in section(page, "h-gates")
    kenya = {
        "at": "2026-03-20",
        "lot.made": "1 Jan 2025",
        "lot.expires": "1 Jan 2027",
        "event.import_day": "1 Apr 2026",
    }
    page = asked(desk, desk.get("/pathways/KE-UHPT/what-if/", kenya)["Location"])
    assert "Lot L-1 would have 275 of 730 days left on Wed 1 Apr 2026" in section(page, "h-gates")
    france = {"at": "2026-03-18 21:00", "hours.FR": "09:00-17:00"}
    page = asked(desk, desk.get("/pathways/FR-AAC/what-if/", france)["Location"])
    assert "The office hours of the authority" not in section(page, "h-gates")


def test_a_word_that_cannot_be_used_is_named_beside_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    form = {
        "at": "20 Mar 2026",
        "event.submitted": "27 Feb 2026",
        "event.acknowledged": "soon",
        "event.objection_received": "1 Apr 2027",
        "version": "0.2.0-draft",
    }
    page = asked(desk, desk.get(UK, form)["Location"], 422)
    assert "This question cannot be answered. What you typed is kept." in page
    assert "href=\"#w-event-acknowledged\">Authority's acknowledgement: acknowledged=soon: 'soon' is no day." in page
    assert (
        'href="#w-event-objection-received">Objection of the authority: objection_received=2027-04-01: It lies after'
        in page
    )
    for value in ("20 Mar 2026", "27 Feb 2026", "soon", "1 Apr 2027"):
        assert f'value="{value}"' in page
    assert page.count('aria-invalid="true"') == 2
    assert "Gates" not in page.split("<main", 1)[1].split("What is given")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"at": "31/3"}, "'31/3' is no day."),
        ({"at": "9999-12-31"}, "9999 is no year between 1900 and 2200."),
        ({"at": "2026-03-20", "event": ["acknowleged=2026-03-02"]}, "There is no event 'acknowleged'."),
        ({"at": "2026-03-20", "event": ["acknowledged=2026-03-02\x00"]}, None),
        ({"at": "2026-03-20", "authorization": ["1..2"]}, "'1' is no day."),
        ({"at": "2026-03-20", "hours": ["GB=1-2"]}, "There is no office that a gate asks about, 'GB'."),
    ],
)
def test_odd_words_in_an_address_are_named_and_stay(desk: Client, words: dict[str, Any], said: str | None) -> None:
    page = asked(desk, UK, 422 if said else 200, **words)
    assert (said or "Gates") in page
    assert "\x00" not in page


def test_every_pathway_answers_on_every_event_and_paper_of_its_own(desk: Client) -> None:
    for key, profile in load().profiles.items():
        events = [f"{name}=2026-06-01" for name in events_of(profile)]
        papers = [f"{name}={','.join(states)}@2026-06-01" for name, states in documents_of(profile).items()]
        page = asked(desk, f"/pathways/{key}/what-if/", at="2026-06-02", event=events, document=papers)
        assert "No answer yet" not in page, key
        assert "Also given" not in page, key


def test_a_case_gives_its_own_events_and_papers_to_begin_with(house: House) -> None:
    ground = Ground(house, build_case(house, now=OPENED), OPENED)
    sign_determination(house, ground.case, now=OPENED)
    ground.ready()
    ground.take("cases.case.begin_filing", now=OPENED)
    ground.submit(at("2026-03-02 10:00"))
    ground.acknowledge(at("2026-03-02 15:00"))
    desk = signed_in(house.coordinator)
    tab = desk.get(f"/cases/{ground.case.reference}/filings/").content.decode()
    link = f"/pathways/UK-SPECIALS/what-if/?case={ground.case.reference}"
    assert f'href="{link}"' in tab
    answer = desk.get(link)
    words = parse_qs(urlsplit(answer["Location"]).query)
    assert words["event"] == ["submitted=2026-03-02T10:00", "acknowledged=2026-03-02T15:00"]
    assert words["version"] == ["1.0.0-demo"]
    assert "material_of_animal_origin_where_tse_rules_apply=no" in words["condition"]
    assert ground.case.reference not in answer["Location"]
    assert "Also given" not in asked(desk, answer["Location"])
    assert signed_in(house.stranger.user).get(link).status_code == 403
    assert desk.get(link.replace("UK-SPECIALS", "AU-SAS-A")).status_code == 404
    assert desk.get(f"{UK}?case=NP-NONE").status_code == 404


def test_asking_writes_nothing_and_an_old_version_answers_for_itself(house: House, desk: Client) -> None:
    before = rows()
    page = asked(desk, UK, version=draft_profile("UK-SPECIALS").version)
    assert rows() == before
    assert "with nothing given: this is how it stands before anything has happened." in page
    assert "UK-SPECIALS 0.2.0-draft is a draft: no pharmacist in charge has signed it." in page
    assert desk.get(UK, {"version": "9"}).status_code == 404
    assert 'href="/pathways/UK-SPECIALS/what-if/?version=0.2.0-draft"' in asked(desk, "/pathways/UK-SPECIALS/")
