"""What this house does not do on a pathway is said alike wherever the pathway is met, with what to do instead."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from regulatory.governance import load_drafts
from regulatory.models import ProfileVersion
from regulatory.operated import not_done_on, told_of
from regulatory.profiles.loader import load
from regulatory.triage import table as rules
from regulatory.triage.readings import drafts_of, look_up
from regulatory.web.forms import VersionChoice
from tests.factories import build_house
from tests.regulatory.ground import at

NOW = at("2026-03-02 10:00")
LIBRARY = load()


def test_it_is_read_from_scope_and_consignee_of_each_pathway() -> None:
    found = {key: told.short for key, profile in LIBRARY.profiles.items() if (told := told_of(profile))}
    stock = "stock first, then drawn for patients"
    assert [key for key, profile in LIBRARY.profiles.items() if not_done_on(profile)] == ["BR-PERSONAL"]
    assert found == {
        "BR-PERSONAL": "not operated: to the patient’s own address",
        "CA-SAP-FUTURE": stock,
        "NG-SERVICE": stock,
        "SG-SAR-BUFFER": stock,
        "ZA-S21-BULK": stock,
    }


def test_the_patients_own_address_has_its_next_step() -> None:
    told = not_done_on(LIBRARY.profiles["BR-PERSONAL"])
    assert told is not None
    assert told.instead == (
        "Where an institution receives and pays, open the case on BR-RDC38-CU or BR-RDC488. Otherwise answer the "
        "enquiry with what the family can do, by the letter of the triage, or decline it by letter."
    )


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("ZA-S21-BULK", "for a patient who is known, open the case on ZA-S21-NAMED."),
        (
            "NG-SERVICE",
            "no other pathway of Nigeria is on file; ask NAFDAC whether it permits an import for one named patient, "
            "and record the answer in the enquiry.",
        ),
    ],
)
def test_stock_says_how_it_is_gone(key: str, instead: str) -> None:
    told = told_of(LIBRARY.profiles[key])
    assert told is not None
    assert told.title == "This pathway authorizes stock before any patient is known."
    assert str(told) == (
        "A case of it is stock of an institution, without a patient; none is made up. Once packs are on hand, each "
        "patient has a case of their own on this pathway, and its packs are drawn from the stock. Where no stock is on "
        f"hand: {instead}"
    )


def test_triage_says_so_where_stock_is_the_only_pathway_of_a_country() -> None:
    on, table = date(2026, 3, 2), rules.load()
    nigeria, singapore = (
        look_up(code, drafts_of(code, LIBRARY, on=on), LIBRARY.jurisdictions[code], table) for code in ("NG", "SG")
    )
    assert nigeria.beyond == str(told_of(LIBRARY.profiles["NG-SERVICE"]))
    assert nigeria.to_json()["because"][1] == {
        "fact": "NG-SERVICE.scope",
        "says": nigeria.beyond,
        "sources": [],
        "confidence": "unreviewed",
    }
    assert (singapore.pathway, singapore.beyond) == ("SG-SAR-NAMED", "")


@pytest.mark.parametrize("key", ["NG-SERVICE", "BR-PERSONAL", "UK-SPECIALS"])
def test_the_pathways_pages_and_the_choice_of_a_pathway_say_it(db: None, client: Client, key: str) -> None:
    house = build_house(now=NOW)
    load_drafts(by=house.administrator, now=NOW)
    client.force_login(house.coordinator)
    told = told_of(LIBRARY.profiles[key])
    for page in (reverse("pathway", args=[key]), reverse("pathway_what_if", args=[key])):
        shown = client.get(page).content.decode()
        assert ('id="beyond"' in shown) is (told is not None)
        assert told is None or (told.title in shown and str(told) in shown)
    version = ProfileVersion.objects.filter(profile_key=key).latest("id")
    label = VersionChoice(queryset=ProfileVersion.objects.all()).label_from_instance(version)
    assert (told.short in label) if told else ("not operated" not in label and "stock" not in label)
