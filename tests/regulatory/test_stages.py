"""A case page never shows a step that its pathway does not have, whatever the pathway."""

import re
from html import unescape

from django.test import Client

from cases.lifecycle.steps import not_in_pathway, possible_steps
from cases.models import Case
from regulatory.offered import NO_CONDITION, NO_WINDOW, NOT_DECIDED, NOTHING_ATTESTED, not_in_data
from regulatory.pathway import needs_authorization, submitters, waits_in
from regulatory.profiles.loader import load
from regulatory.stages import DRAW, FILED_AFTER, NEVER_FILED, NOTHING_AWAITED, STAGES, not_in_model
from tests.factories import NOW, House, build_case, build_house
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.test_au_category_a import give, ship
from tests.regulatory.web.test_pathways import signed_in

# Of stock and of what is drawn from it: test_stock.
KEYS = sorted(key for key, one in load().profiles.items() if one.scope != "stock_no_patient")


@laid
def house(db: None) -> House:
    return build_house()


def page_of(client: Client, case: Case, tab: str = "") -> str:
    answer = client.get(f"/cases/{case.reference}/{tab}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def offered(page: str) -> set[str]:
    """The verbs to whose pages it leads."""
    return set(re.findall(r"/do/([a-z_.]+)/", page))


def rail_of(page: str) -> dict[str, tuple[str, str]]:
    """Stage: (its state, what stands under it)."""
    found = re.findall(r'rail__stage is-(\w+)"[^>]*><b>.*?<span>\d\. (.*?)<.*?<p>(.*?)</p>', page)
    return {name: (state, text) for state, name, text in found}


def test_every_control_model_says_what_is_filed_and_awaited() -> None:
    assert set(STAGES) == set(load().vocabularies["control_model"])


def test_the_table_agrees_with_the_data_of_every_pathway() -> None:
    for key, profile in load().profiles.items():
        filed, awaited = STAGES[profile.control_model]
        if needs_authorization(profile) or waits_in(profile):
            assert (filed, awaited) == ("before", True), key
        if filed == "never":
            assert submitters(profile) == [], key
            assert {str(one["channel"]) for one in profile.section("submission")} <= {"none"}, key


def test_no_case_page_offers_a_step_or_shows_a_stage_that_its_pathway_does_not_have(house: House) -> None:
    client = signed_in(house.coordinator)
    shown = {}
    for number, key in enumerate(KEYS, start=1):
        case = build_case(house, key, number=number)
        lacking = not_in_pathway(case)
        assert lacking.pop(DRAW) == "Not in this pathway: it authorizes no stock"
        assert lacking == {**not_in_model(case.profile_version.control_model), **not_in_data(case)}
        page = page_of(client, case)
        assert (offered(page) | offered(page_of(client, case, "filings/"))) & set(lacking) == set(), key
        steps = {step.verb.code for step in possible_steps(case, by=house.pic, now=NOW)}
        assert steps & set(lacking) == set(), key
        rail = rail_of(page)
        shown[key] = (rail["Regulatory filing"], rail["Authorization"])
        # What it has is offered: a pathway that files before the supply can begin to.
        assert ("cases.case.begin_filing" in steps) is ("cases.case.begin_filing" not in lacking), key
    assert shown["DE-73-3"] == (("none", NEVER_FILED), ("none", NOTHING_AWAITED))
    assert shown["AU-SAS-A"] == (("none", FILED_AFTER), ("none", NOTHING_AWAITED))
    assert shown["UK-SPECIALS"] == (("next", ""), ("next", ""))
    assert shown["CH-49-2"] == (("next", ""), ("none", NOTHING_AWAITED))
    assert {key for key, (filing, _) in shown.items() if filing[1] == NEVER_FILED} == {
        "CH-49-1",
        "DE-73-3",
        "IT-L648",
        "NZ-S25",
        "US-PIP",
    }


def not_offered(case: Case) -> dict[str, str]:
    """Verb of the branch, without its owner: why its pathway has no use for it."""
    return {code.removeprefix("regulatory."): why for code, why in not_in_data(case).items()}


def test_what_the_data_never_lead_to_is_not_offered(house: House) -> None:
    window = dict.fromkeys(("filing.lapse", "filing.waive_window", "filing.record_objection"), NO_WINDOW)
    told = dict.fromkeys(("filing.grant", "filing.refuse"), NOT_DECIDED)
    asked = {"attestation.sign": NOTHING_ATTESTED, "condition.answer": NO_CONDITION}
    assert not_offered(build_case(house, "UK-SPECIALS", number=1)) == told
    assert not_offered(build_case(house, "CH-49-2", number=2)) == {**asked, **window, **told}
    assert not_offered(build_case(house, "AU-SAS-B", number=3)) == {**asked, **window}
    assert not_offered(build_case(house, "FR-AAC", number=4)) == window


def test_a_permit_beside_a_notification_is_granted_all_the_same(house: House) -> None:
    case = build_case(house, "UK-SPECIALS")
    case.medicine.is_controlled = True
    assert not_offered(case) == {}


@laid
def supplied(db: None) -> Ground:
    ground = build_ground("AU-SAS-A", now=at("2026-10-05 01:00"), country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True, held_by="local_sponsor")
    ground.paper("patient_consent", uploaded=True)
    ground.paper("prescription", uploaded=True)
    ground.take("cases.case.begin_sourcing")
    ship(ground, dispatch="2026-10-20", arrival="2026-10-24")
    give(ground, dispensed_at=at("2026-10-31 02:00"))
    return ground


def test_a_pathway_that_files_after_the_supply_still_offers_the_filing(supplied: Ground) -> None:
    page = page_of(signed_in(supplied.house.coordinator), supplied.case)
    assert "regulatory.filing.open" in offered(page)
    assert not {"cases.case.begin_filing", "cases.case.refile", "cases.case.await_authorization"} & offered(page)


def test_a_stage_that_the_case_went_through_all_the_same_is_shown_as_done(db: None) -> None:
    ground = build_ground("AU-SAS-A", now=at("2026-10-05 01:00"), country="AU", zone="Australia/Sydney")
    ground.take("cases.case.begin_filing")
    for doc_type in ("regulator_form", "patient_consent", "prescription"):
        ground.paper(doc_type, uploaded=True, held_by="local_sponsor" if doc_type == "regulator_form" else "")
    ground.take("cases.case.begin_sourcing")
    rail = rail_of(page_of(signed_in(ground.house.coordinator), ground.case))
    assert (rail["Regulatory filing"][0], rail["Authorization"]) == ("done", ("none", NOTHING_AWAITED))
