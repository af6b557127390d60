"""The pathway browser: every pathway, what to file first, where each fact comes from, that nobody has reviewed it."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import clock
from cases.people.models import User
from cases.web.words import day_with_year
from regulatory.drafts import draft_from
from regulatory.governance import load_drafts, retire_profile, review_profile
from regulatory.models import ProfileVersion
from regulatory.profiles.loader import load
from regulatory.web.control_models import CONTROL_MODELS, control_model
from regulatory.web.fact_words import tell
from regulatory.web.standing import STATES
from regulatory.web.way_through import way_through, worked_example
from regulatory.web.world import REGIONS, Standing, tiles
from tests.factories import NOW, House, build_case, build_house, draft_profile, signed_profile
from tests.laid import laid

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def house(db: None) -> House:
    return build_house()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def page_of(user: User, address: str) -> str:
    answer = signed_in(user).get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_every_control_model_of_the_data_is_told_in_plain_words() -> None:
    assert {one.control_model for one in load().profiles.values()} - set(CONTROL_MODELS) == set()


def test_every_fact_of_every_pathway_is_told_in_a_sentence_without_codes() -> None:
    wrong = []
    for profile in load().profiles.values():
        for section, facts in profile.raw.items():
            for fact in facts if isinstance(facts, list) else ():
                if isinstance(fact, dict):
                    told = tell(section, fact)
                    if not told.says or "_" in told.says + told.more:
                        wrong.append((fact["id"], told))
    assert wrong == []


@pytest.mark.parametrize(
    ("fact", "says", "more"),
    [
        (
            "UK-SPECIALS.deadlines.1",
            "Notice before each import: at least 28 calendar days before the import.",
            "owed by the licensed importer to the authority; by law",
        ),
        (
            "AU-SAS-A.deadlines.1",
            "Notification after the supply: within 28 calendar days after the supply.",
            "owed by the treating prescriber to the authority; by law",
        ),
        ("UK-SPECIALS.documents.5", "TSE statement: only if: material of animal origin where TSE rules apply", ""),
        (
            "SA-PERSONAL.documents.2",
            "Prescription: always",
            "from the treating prescriber; not older than 6 months from issue; as copy",
        ),
        ("SA-PERSONAL.quantity_limits.1", "At most 1 month for each clearance.", "days of therapy"),
    ],
)
def test_a_fact_says_what_by_whom_and_within_which_time(fact: str, says: str, more: str) -> None:
    found = load().profile(fact.split(".")[0]).facts[fact]
    told = tell(fact.split(".")[1], found.raw)
    assert told.says == says
    assert not more or told.more == more


def test_the_way_through_the_uk_is_notice_acknowledgement_silence_import() -> None:
    profile = load().profile("UK-SPECIALS")
    way = way_through(profile, control_model(profile.control_model))
    assert [one.title for one in way.stations] == [
        "Treating prescriber orders",
        "Licensed importer notifies",
        "MHRA acknowledges",
        "Silence for 28 calendar days",
        "May import",
    ]
    assert [one.title for one in way.branches] == [
        "MHRA objects",
        "Emergency: the wait may be waived",
        "The authority asks a question",
        "A second clock, counted back",
    ]


def test_the_picture_names_every_clock_of_every_pathway_and_dashes_what_cannot_be_counted() -> None:
    for key, profile in load().profiles.items():
        way = way_through(profile, control_model(profile.control_model))
        drawn = [*way.stations, *way.branches, *way.clocks]
        shown = sum(
            one["deadline_type"] != "objection_window" and not one["deadline_type"].endswith("_notice_lead")
            for one in profile.section("deadlines")
        )
        on_the_way = sum(station.title == "The record is kept" or "notif" in station.title for station in way.stations)
        assert shown - len(way.clocks) in (0, 1), key
        assert shown == len(way.clocks) or on_the_way or any("reports" in one.title for one in way.stations), key
        assert all(station.title and "_" not in station.title + "".join(station.lines) for station in drawn), key
    clocks = {
        (one.title, one.lines[0]): one.look
        for one in way_through(load().profile("AU-AP"), control_model("standing_authority")).clocks
    }
    assert clocks[
        ("Fatal or life-threatening event", "within 7 calendar days after awareness of an adverse event")
    ] == ("wait-bg")
    uk = way_through(load().profile("UK-SPECIALS"), control_model("prior_notification_objection_window"))
    assert [(one.title, one.look) for one in uk.clocks] == [
        ("Serious adverse event", "draft-bg"),
        ("Records are kept", "wait-bg"),
        ("Serious adverse event", "draft-bg"),
    ]


def test_an_authorization_letter_is_no_part_of_the_prescribers_order() -> None:
    way = way_through(load().profile("AU-SAS-B"), control_model("prior_authorisation"))
    assert way.stations[0].lines == ("Authority's form, letter of medical necessity and patient's consent",)
    assert way.stations[-1].lines[0] == "TGA approval letter received"


def section(page: str, heading: str) -> str:
    return page.split(f'aria-labelledby="{heading}"', 1)[1].split("</section>", 1)[0]


def test_fees_and_the_rules_of_papers_are_told_and_what_is_not_known_is_neither_zero_nor_without_limit(
    house: House,
) -> None:
    load_drafts(by=house.administrator, now=NOW)
    unknown = "Not known: ask the authority."
    for key, fees in {
        "UK-SPECIALS": unknown,
        "AU-SAS-A": "Free of charge for each application, as the source says (AUD 0).",
        "ZA-S21-NAMED": "ZAR 350 for each application.",
        "DE-73-3": "Nothing is filed, so that no fee of the authority falls due.",
    }.items():
        short = section(page_of(house.auditor, f"/pathways/{key}/"), "h-short")
        assert f"<dt>Fees</dt><dd>{fees}</dd>" in short, key
    for key in load().profiles:
        papers_sheet = page_of(house.auditor, f"/pathways/{key}/")
        assert "no limit”" in papers_sheet or 'id="h-papers"' not in papers_sheet, key
        assert ">None<" not in papers_sheet, key
    uk = section(page_of(house.auditor, "/pathways/UK-SPECIALS/"), "h-papers")
    told = uk.split("Not known for any of them: ", 1)[1]
    for rule in ("how old", "language and translation", "copy or original", "patient’s name and how long kept"):
        assert rule in told
    turkey = section(page_of(house.auditor, "/pathways/TR-FOREIGN/"), "h-papers")
    assert 'data-k="Copy or original">certified copy</td>' in turkey
    assert 'data-k="Copy or original"><span class="sign">' in turkey
    germany = section(page_of(house.auditor, "/pathways/DE-73-3/"), "h-papers")
    assert 'data-k="Patient’s name">must stand in it</td>' in germany
    israel = section(page_of(house.auditor, "/pathways/IL-29-PHARMACY/"), "h-papers")
    assert "ministry forms are in Hebrew" in israel
    assert "6 months from" in israel


def test_a_fee_without_an_amount_and_a_paper_that_is_kept_are_told() -> None:
    fee = {"amount": None, "currency": "EUR", "per": "application"}
    assert tell("fees", fee).says == "A fee for each application; its amount is not known: ask the authority."
    kept = {
        "doc_type": "prescription",
        "required": "always",
        "retention": {"amount": 5, "unit": "year", "starts_on": "dispensed_or_supplied"},
    }
    assert tell("documents", kept).more == "kept for 5 years from the supply"


def test_the_worked_example_is_counted_by_the_rule_that_judges_cases() -> None:
    assert worked_example(load().profile("UK-SPECIALS"), on=date(2026, 3, 2)) == (
        "If the authority's acknowledgement is dated Mon 2 Mar 2026 and nothing else happens, "
        "the first open day is Tue 31 Mar 2026."
    )
    assert worked_example(load().profile("AU-SAS-A"), on=date(2026, 3, 2)) == ""


def test_all_pathways_are_listed_once_and_can_be_narrowed(house: House) -> None:
    load_drafts(by=house.administrator, now=NOW)
    build_case(house)
    page = page_of(house.coordinator, "/pathways/")
    assert "48 pathways in 26 countries" in page
    assert page.count("data-row") == 48
    assert "48 of 48 are not signed for real cases." in page
    for query, keys in {
        "country=AU&model=post_supply_notification": ["AU-SAS-A", "AU-SAS-C"],
        "state=demonstration": ["UK-SPECIALS"],
        "q=medsafe 29a": [],
        "q=united kingdom": ["UK-SPECIALS"],
    }.items():
        found = page_of(house.coordinator, f"/pathways/?{query}")
        assert [one.split("/")[0] for one in found.split('<a href="/pathways/')[1:] if "data-row" in one[:60]] == keys
    assert "No pathway fits" in page_of(house.auditor, "/pathways/?q=nowhere")


def tile(page: str, country: str) -> str:
    """What the tile of that country says."""
    found = page.split(f"<b>{country}</b>", 1)
    assert len(found) == 2, f"no tile of {country}"
    return " ".join(re.sub("<[^>]+>", " ", found[1].split("</a>", 1)[0]).split())


def test_the_map_has_a_tile_a_country_with_its_states_in_words_and_keeps_the_other_filters(house: House) -> None:
    load_drafts(by=house.administrator, now=NOW)
    build_case(house)
    page = page_of(house.coordinator, "/pathways/")
    assert page.count('<li class="tile ') == 26
    assert tile(page, "United Kingdom") == "1 pathway 1 demo copy 1 open case"
    assert tile(page, "Australia") == "4 pathways 4 drafts 4 to review"
    places = re.findall(r'<li class="tile (at-c\d+ at-r\d+)"', page)
    assert len(set(places)) == 26
    narrowed = page_of(house.coordinator, "/pathways/?state=draft&review=never&country=AU")
    assert '<a href="/pathways/?state=draft&review=never" aria-current="true"><b>Australia</b>' in narrowed
    assert '<a href="/pathways/?country=NZ&state=draft&review=never"><b>New Zealand</b>' in narrowed
    assert "<b>United Kingdom</b>" not in narrowed
    assert narrowed.count("data-row") == 4
    assert narrowed.count("never reviewed") >= 4


def test_every_country_of_the_data_has_a_place_on_the_map_and_a_new_one_stands_beside_it() -> None:
    placed = [code for _, countries in REGIONS for code, _, _ in countries]
    assert {profile.jurisdiction for profile in load().profiles.values()} == set(placed)
    assert len(placed) == len(set(placed))
    [(title, [one])] = tiles([Standing("XX", "Nowhere", "draft", True, 0)], order=STATES, current="", address=str)
    assert (title, one.name, one.states, one.stale, one.column, one.row) == (
        "Elsewhere",
        "Nowhere",
        (("draft", 1),),
        1,
        1,
        6,
    )


def test_a_version_that_nobody_reviewed_is_stale_and_says_so_wherever_it_is_used(house: House) -> None:
    draft = draft_profile("AU-SAS-B")
    assert draft.next_review_due is not None
    assert draft.is_stale_on(draft.next_review_due - timedelta(days=1))
    assert "It was never reviewed: triage gives no confident answer from it." in page_of(
        house.coordinator, "/pathways/AU-SAS-B/"
    )
    now = clock.now()
    case = build_case(house, now=now)
    due = case.profile_version.next_review_due
    assert due is not None
    assert "in time." not in page_of(house.coordinator, f"/cases/{case.reference}/")
    clock.forward(by_amount=timedelta(days=(due - now.date()).days), moved_by="tests")
    for address in (f"/cases/{case.reference}/", f"/cases/{case.reference}/filings/"):
        page = page_of(house.coordinator, address)
        assert "Nobody has checked UK-SPECIALS in time." in page
        assert f"Its review was due on {day_with_year(due)}." in page
    own = page_of(house.doctor, f"/my/{case.reference}/")
    assert "The rules of this route were not checked in time." in own
    assert "data-row>UK-SPECIALS</a>" in page_of(house.coordinator, "/pathways/?review=overdue")
    assert "It is overdue: triage gives no confident answer from it." in page_of(
        house.coordinator, "/pathways/UK-SPECIALS/"
    )


def test_each_pathway_says_that_it_is_an_unreviewed_draft_and_what_is_not_known(house: House) -> None:
    load_drafts(by=house.administrator, now=NOW)
    client = signed_in(house.auditor)
    for key, profile in load().profiles.items():
        page = unescape(client.get(f"/pathways/{key}/").content.decode())
        assert "Unreviewed draft." in page, key
        assert [fact for fact in profile.facts if fact.count(".") == 2 and f'id="{fact}"' not in page] == [], key
        assert [one for one in profile.unknown if one[1:] not in page] == [], key
        assert "not in the list of sources" not in page, key


def test_a_demonstration_copy_says_so_and_its_facts_stay_drafts(house: House) -> None:
    build_case(house)
    page = page_of(house.coordinator, "/pathways/UK-SPECIALS/")
    assert "Demonstration copy of an unreviewed draft." in page
    assert "1 open case uses it" in page
    assert ">Reviewed</span>" not in page
    assert "Unreviewed draft." in page_of(house.coordinator, "/pathways/UK-SPECIALS/?version=0.2.0-draft")
    assert signed_in(house.coordinator).get("/pathways/UK-SPECIALS/?version=9").status_code == 404


def test_a_review_without_a_day_changes_nothing_and_keeps_the_typing(house: House) -> None:
    version = draft_profile("AU-SAS-B")
    form = {"version": version.version, "act": "review", "next_review_due": "soon"}
    answer = signed_in(house.coordinator).post("/pathways/AU-SAS-B/review/", form)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Next review due: “soon” is no day. Give year-month-day, for example 2027-05-01. Nothing changed." in page
    assert 'value="soon"' in page
    assert ProfileVersion.objects.get(pk=version.pk).status == "draft_unreviewed"


def test_a_reviewed_version_is_signed_where_its_impact_is_seen(house: House) -> None:
    version = draft_profile("AU-SAS-B")
    review_profile(version, reviewed_on=NOW.date(), next_review_due=date(2030, 5, 1), by=house.pic, now=NOW)
    page = signed_in(house.pic).get("/pathways/AU-SAS-B/").content.decode()
    assert 'href="/pathways/AU-SAS-B/versions/0.2.0-draft/impact/"' in page
    assert 'value="sign"' not in page
    form = {"version": version.version, "next_review_due": "2031-05-01"}
    refused = signed_in(house.coordinator).post("/pathways/AU-SAS-B/review/", form)
    assert refused.status_code == 409
    assert signed_in(house.auditor).post("/pathways/AU-SAS-B/review/", form).status_code == 403


def test_the_number_of_queries_of_the_list_does_not_grow_with_versions_or_cases(house: House) -> None:
    client = signed_in(house.coordinator)
    signed_profile(house, "UK-SPECIALS")

    def queries() -> int:
        client.get("/pathways/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/pathways/").status_code == 200
        return len(captured)

    few = queries()
    load_drafts(by=house.administrator, now=NOW)
    for number in range(1, 4):
        build_case(house, "AU-SAS-B", number=number)
    assert queries() == few


def test_a_newer_draft_does_not_take_the_place_of_the_version_in_use(house: House) -> None:
    signed = signed_profile(house, "UK-SPECIALS")
    draft = draft_from(signed, number="1.1.0", by=house.coordinator, now=NOW, reason="A new page was published.")
    page = page_of(house.coordinator, "/pathways/UK-SPECIALS/")
    assert f"UK-SPECIALS, version {signed.version}" in page
    assert f"UK-SPECIALS, version {draft.version}" in page_of(
        house.coordinator, f"/pathways/UK-SPECIALS/?version={draft.version}"
    )
    assert f"version {signed.version}" in page_of(house.coordinator, "/pathways/UK-SPECIALS/what-if/")
    listed = page_of(house.coordinator, "/pathways/?country=GB")
    assert f'data-k="Version" class="nowrap">{signed.version} <small>newer: {draft.version}</small>' in listed
    assert tile(listed, "United Kingdom").startswith("1 pathway 1 demo copy")


def test_a_retired_version_says_so_and_is_not_called_a_draft(house: House) -> None:
    signed = signed_profile(house, "UK-SPECIALS")
    retire_profile(signed, effective_to=date(2026, 3, 31), reason="Replaced.", by=house.pic, now=NOW)
    page = page_of(house.auditor, f"/pathways/UK-SPECIALS/?version={signed.version}")
    assert "Retired." in page
    assert "It was signed by H. Lindqvist and stood until Tue 31 Mar 2026." in page
    assert "Unreviewed draft." not in page
    asked = page_of(house.auditor, f"/pathways/UK-SPECIALS/what-if/?version={signed.version}")
    assert "UK-SPECIALS 1.0.0-demo is retired: a new case rests on a later version." in asked
