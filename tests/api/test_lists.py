"""Dated lists over the API: read by the house, by edition and by day."""

from datetime import date

import pytest

from regulatory.lists.models import ListEdition
from regulatory.lists.services import confirm_edition, enter_edition, place_medicine
from tests.api.callers import Caller, faults, refused
from tests.factories import NOW, House
from tests.laid import laid

pytestmark = pytest.mark.django_db
LIST = "/lists/nz_pharmac_alternative"


def edition(house: House, name: str, from_on: date) -> ListEdition:
    return enter_edition(
        name="nz_pharmac_alternative",
        edition=name,
        from_on=from_on,
        entries=[{"key": "P7", "words": "invented"}],
        source="Invented schedule",
        by=house.coordinator,
        now=NOW,
    )


@laid
def standing(house: House) -> ListEdition:
    made = confirm_edition(edition(house, "2026/1", date(2026, 1, 1)), by=house.pic, now=NOW)
    edition(house, "2026/2", date(2026, 7, 1))
    place_medicine(house.medicine, name=made.name, key="P7", reading="Same form.", by=house.coordinator, now=NOW)
    return made


def test_every_list_is_told_with_its_editions_and_what_stands(standing: ListEdition, pharmacist: Caller) -> None:
    found = pharmacist.read("/lists")
    assert len(found) == 7
    line = next(one for one in found if one["name"] == "nz_pharmac_alternative")
    assert (line["title"], line["pathways"], line["standing"]) == (
        "Pharmac alternative list, section 29A (New Zealand)",
        ["NZ-S29A"],
        "2026/1",
    )
    assert [(one["edition"], one["state"], one["confirmed_by"]) for one in line["editions"]] == [
        ("2026/2", "entered", None),
        ("2026/1", "confirmed", "H. Lindqvist"),
    ]
    assert [one["standing"] for one in found if one is not line] == [None] * 6


def test_an_edition_is_found_by_day_or_by_name(standing: ListEdition, pharmacist: Caller) -> None:
    found = pharmacist.read(LIST, on="2026-08-01")
    assert (found["edition"], found["entries"]) == ("2026/1", [{"key": "P7", "words": "invented"}])
    assert [(one["key"], one["reading"]) for one in found["medicines"]] == [("P7", "Same form.")]
    assert pharmacist.read(LIST, edition="2026/2")["state"] == "entered"
    refused(pharmacist.get(LIST, on="2025-12-31"), 404, "not-found")
    refused(pharmacist.get(LIST, edition="2027"), 404, "not-found")
    refused(pharmacist.get("/lists/nothing"), 404, "not-found")
    assert [fault[:2] for fault in faults(pharmacist.get(LIST, on="31/12"))] == [("on", "31/12")]


@pytest.mark.parametrize("address", ["/lists", LIST])
def test_they_are_read_by_the_house_alone(
    house: House, standing: ListEdition, auditor: Caller, prescriber: Caller, stranger: Caller, address: str
) -> None:
    assert auditor.get(address).status_code == 200
    assert Caller(house.administrator).get(address).status_code == 200
    for caller in (prescriber, stranger, Caller(house.delegate), Caller(house.receiving)):
        refused(caller.get(address), 403, "not-permitted")
