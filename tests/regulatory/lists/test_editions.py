"""Dated lists: an edition counts once two people stood behind it, and the edition used is kept with the event."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from cases.models import CaseEvent
from regulatory.lists.models import ListEdition, ListPlace
from regulatory.lists.services import (
    LinesRefused,
    confirm_edition,
    enter_edition,
    entries_from,
    facts_of_lists,
    lists_of,
    place_medicine,
    withdraw_edition,
)
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

RULES = "au_authorised_supply_rules"
TITLE = "Authorised supply rules, Category C (Australia)"
OPENED = at("2026-10-05 01:00")
LATER = " The patient's consent is needed before the act itself, not before dispatch."


@laid
def house(db: None) -> House:
    return build_house()


def entered(house: House, edition: str = "2026 No. 1", from_on: str = "2026-01-01", **more: object) -> ListEdition:
    given = {"entries": entries_from("A12; orvelumab injection\nA13; pirelastat tablet"), "source": "Invented schedule"}
    return enter_edition(
        name=RULES,
        edition=edition,
        from_on=date.fromisoformat(from_on),
        by=house.coordinator,
        now=NOW,
        **(given | more),  # type: ignore[arg-type]
    )


def confirmed(house: House, *args: str) -> ListEdition:
    return confirm_edition(entered(house, *args), by=house.pic, now=NOW)


def unmet(refusal: pytest.ExceptionInfo[RequirementsUnmet]) -> list[tuple[str, str]]:
    return [(line.code, line.fact) for line in refusal.value.unmet]


def test_the_lists_are_those_that_pathways_rest_on() -> None:
    assert lists_of() == {
        "au_authorised_supply_rules": ("AU-SAS-C",),
        "es_aemps_use_protocols": ("ES-FOREIGN",),
        "es_temporary_use_authorisations": ("ES-COMPASSIONATE",),
        "gb_approved_country_for_import": ("UK-SPECIALS",),
        "it_law_648": ("IT-L648",),
        "nz_pharmac_alternative": ("NZ-S29A",),
        "tr_no_extra_approval_substances": ("TR-FOREIGN",),
    }


def test_pasted_lines_become_entries_and_every_bad_line_is_named() -> None:
    assert entries_from("A12; orvelumab\n\nA13\tpirelastat; tablet\nA14") == [
        {"key": "A12", "words": "orvelumab"},
        {"key": "A13", "words": "pirelastat; tablet"},
        {"key": "A14", "words": ""},
    ]
    with pytest.raises(LinesRefused) as refusal:
        entries_from("A12; x\n; no key\nA12; again")
    assert refusal.value.problems == [
        (2, "; no key", "There is no key of at most 80 characters.", "Write key; words."),
        (3, "A12; again", "A12 stands on line 1 already.", "Leave one of them out."),
    ]


def test_an_edition_is_refused_with_every_reason_and_nothing_is_written(house: House) -> None:
    entered(house)
    with pytest.raises(RequirementsUnmet) as refusal:
        enter_edition(
            name="somebody's list",
            edition="2026 No. 1",
            from_on=date(2026, 2, 1),
            until_on=date(2026, 1, 1),
            entries=[],
            source=" ",
            by=house.coordinator,
            now=NOW,
        )
    assert unmet(refusal) == [
        ("ListIsKnown", '"somebody\'s list" was given.'),
        ("EntriesGiven", "0 entries."),
        ("SourceGiven", "No source."),
        ("DaysInOrder", "2026-02-01 to 2026-01-01."),
    ]
    with pytest.raises(RequirementsUnmet) as twice:
        entered(house)
    assert unmet(twice) == [("EditionIsNew", f"{RULES} 2026 No. 1 is entered, not confirmed.")]
    assert ListEdition.objects.count() == 1


def test_only_a_second_person_confirms(house: House) -> None:
    edition = entered(house)
    with pytest.raises(RequirementsUnmet) as refusal:
        confirm_edition(edition, by=house.coordinator, now=NOW)
    assert unmet(refusal) == [("ConfirmedByAnother", f"Entered by {house.coordinator}.")]
    with pytest.raises(NotPermitted, match="may not confirm a list"):
        confirm_edition(edition, by=house.prescriber.user, now=NOW)
    assert facts_of_lists([RULES], 1)["lists"] == {}
    confirm_edition(edition, by=house.pic, now=NOW)
    assert facts_of_lists([RULES], 1)["lists"][RULES][0].entries == ("A12", "A13")


def test_a_later_edition_ends_the_one_before_it(house: House) -> None:
    first = confirmed(house)
    second = confirmed(house, "2026 No. 2", "2026-07-01")
    assert ListEdition.objects.get(pk=first.pk).until_on == date(2026, 6, 30)
    assert second.until_on is None


def test_a_withdrawn_edition_no_longer_counts_and_says_why(house: House) -> None:
    edition = confirmed(house)
    with pytest.raises(RequirementsUnmet) as refusal:
        withdraw_edition(edition, reason=" ", by=house.pic, now=NOW)
    assert unmet(refusal) == [("ReasonGiven", "No reason was given.")]
    withdraw_edition(edition, reason="Read from the wrong year.", by=house.pic, now=NOW)
    assert facts_of_lists([RULES], 1)["lists"] == {}


def test_entries_never_change_under_an_edition(house: House) -> None:
    edition = entered(house)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE regulatory_listedition SET entries = '[]' WHERE id = %s", [edition.pk])


def test_a_medicine_is_placed_by_a_named_reading_of_a_known_entry(house: House) -> None:
    confirmed(house)
    for name, key, reading, expected in (
        (RULES, "Z9", "", [("EntryIsKnown", "'Z9' was given."), ("ReadingGiven", "Nothing.")]),
        (
            "gb_approved_country_for_import",
            "US",
            "x",
            [("ListIsOfMedicines", "'gb_approved_country_for_import' was given."), ("EntryIsKnown", "'US' was given.")],
        ),
    ):
        with pytest.raises(RequirementsUnmet) as refusal:
            place_medicine(house.medicine, name=name, key=key, reading=reading, by=house.coordinator, now=NOW)
        assert unmet(refusal) == expected
    place_medicine(house.medicine, name=RULES, key="A12", reading="Same form.", by=house.coordinator, now=NOW)
    place_medicine(house.medicine, name=RULES, key="A13", reading="Read again.", by=house.pic, now=NOW)
    assert ListPlace.objects.values_list("key", "reading").get() == ("A13", "Read again.")
    assert facts_of_lists([RULES], house.medicine.pk)["list_keys"] == {RULES: "A13"}


def test_the_source_country_is_what_stands_on_a_list_of_countries(house: House) -> None:
    assert facts_of_lists(["gb_approved_country_for_import"], 1) == {
        "lists": {},
        "list_keys": {"gb_approved_country_for_import": "US"},
    }


@laid
def category_c(db: None) -> Ground:
    ground = build_ground("AU-SAS-C", now=OPENED, country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True)
    ground.paper("patient_consent", uploaded=True)
    return ground


def test_the_gate_opens_by_the_edition_that_stands_and_the_event_keeps_which_one(category_c: Ground) -> None:
    house, verb = category_c.house, "cases.case.begin_sourcing"
    line = category_c.line("GateOpen:may_supply", verb)
    assert (line.state, line.fact) == (
        "unmet",
        f"Not known: no version of the list “{TITLE}” is held for Mon 5 Oct 2026." + LATER,
    )
    confirmed(house)
    assert category_c.line("GateOpen:may_supply", verb).fact == (
        f"Not known: nobody has read where the product stands in the list “{TITLE}”." + LATER
    )
    place_medicine(house.medicine, name=RULES, key="A12", reading="Same form.", by=house.coordinator, now=OPENED)
    assert category_c.line("GateOpen:may_supply", verb).state == "met"
    category_c.take(verb)
    kept = next(
        line
        for line in CaseEvent.objects.get(case=category_c.case, verb="cases.case.sourcing_begun").checklist
        if line["code"] == "GateOpen:may_supply"
    )
    assert f"list:{RULES}@2026 No. 1" in kept["sources"]


def test_an_edition_without_the_entry_shuts_the_gate_again(category_c: Ground) -> None:
    house = category_c.house
    confirmed(house)
    place_medicine(house.medicine, name=RULES, key="A12", reading="Same form.", by=house.coordinator, now=OPENED)
    later = entered(house, "2026 No. 2", "2026-10-01", entries=entries_from("A13; pirelastat"))
    confirm_edition(later, by=house.pic, now=OPENED)
    line = category_c.line("GateOpen:may_supply", "cases.case.begin_sourcing")
    assert (line.state, line.fact) == (
        "unmet",
        f"Not on the list “{TITLE}”, version 2026 No. 2, as it stood on Mon 5 Oct 2026." + LATER,
    )
