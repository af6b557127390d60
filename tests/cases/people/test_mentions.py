"""A patient's identity in words that people typed: found by its kind, covered in a copy, never shown."""

from datetime import date
from typing import Any

import pytest

from cases.people.identity import Identity
from cases.people.mentions import Mentions, mentions_in

WHO = Identity(
    family_name="Okafor-Müller", given_names="Ada Rose", birth_date=date(1987, 3, 2), record_number="INV-00001",
    contacts={"phone": "+44 20 7946 0018", "mail": "ada@home.invalid"},
)  # fmt: skip


def of(**more: Any) -> Mentions:
    return mentions_in(Identity(**({"family_name": "Okafor", "given_names": "Ada"} | more)))


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Mrs Okafor-Müller had a fever.", "Mrs [patient’s name] had a fever."),
        ("MRS OKAFOR MUELLER RANG", "MRS [patient’s name] RANG"),
        ("ada rose okafor-muller rang", "[patient’s name] rang"),
        ("okafor muller, ada: fever", "[patient’s name]: fever"),
        ("Okafor's son; Ada slept.", "[patient’s name]'s son; [patient’s name] slept."),
        ("Blood pressure rose at night.", "Blood pressure rose at night."),
        ("Okafor syndrome, Müller's sign, Rose disease", "Okafor syndrome, Müller's sign, Rose disease"),
        ("born 1987-03-02.", "born [patient’s birth date]."),
        ("DOB 2/3/1987 or 03/02/87", "DOB [patient’s birth date] or [patient’s birth date]"),
        ("born 2nd of March 1987", "born [patient’s birth date]"),
        ("born March 2, 1987", "born [patient’s birth date]"),
        ("Fever 39.2 on 12/3/1987", "Fever 39.2 on 12/3/1987"),
        ("call 020 7946 0018 today", "call [patient’s contact] today"),
        ("call +44 (0)20 7946-0018.", "call [patient’s contact]."),
        ("write to ADA@home.invalid", "write to [patient’s contact]"),
        ("file inv-00001 of the ward", "file [patient’s record number] of the ward"),
        ("INV-000011 is another", "INV-000011 is another"),
        ("Lot 7K04B8, 400 mg, 20 Mar 2026", "Lot 7K04B8, 400 mg, 20 Mar 2026"),
        ("", ""),
    ],
)
def test_what_is_covered_and_what_is_left(text: str, covered: str) -> None:
    found = mentions_in(WHO)

    assert found.covered(text) == covered
    assert bool(found.kinds_in(text)) is (text != covered)


def test_each_kind_is_told_once_and_nothing_of_it_is_shown() -> None:
    found = mentions_in(WHO)

    assert found.kinds_in("Ada, Ada, INV-00001, 2.3.1987, ada@home.invalid") == (
        "name", "birth date", "contact", "record number",
    )  # fmt: skip
    assert repr(found) == "Mentions()"


def test_a_month_that_is_also_a_name_stands_unless_the_whole_name_does() -> None:
    found = of(family_name="May", given_names="June")

    assert found.covered("Fever in May; June May rang.") == "Fever in May; [patient’s name] rang."


@pytest.mark.parametrize(
    ("family", "given", "text", "covered"),
    [
        ("李", "小龙", "患者李小龙发烧。", "患者[patient’s name]发烧。"),
        ("العمري", "سارة", "السيدة العمري بخير", "السيدة [patient’s name] بخير"),
        ("Li", "Wei", "Li level 0.8; Wei Li is well", "Li level 0.8; [patient’s name] is well"),
    ],
)
def test_names_of_other_scripts_and_short_ones(family: str, given: str, text: str, covered: str) -> None:
    assert of(family_name=family, given_names=given).covered(text) == covered


def test_an_identity_of_which_little_is_known_covers_little() -> None:
    assert (
        of(given_names="").covered("Ada was seen by Mr Okafor, born 1987.")
        == "Ada was seen by Mr [patient’s name], born 1987."
    )


def test_a_long_text_of_digits_takes_no_time() -> None:
    assert mentions_in(WHO).kinds_in("0" * 20_000 + " " * 5_000) == ()
