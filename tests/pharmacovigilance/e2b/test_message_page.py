"""The page of a safety message, and its file."""

import pytest

from pharmacovigilance.e2b.acknowledging import read
from pharmacovigilance.messages import export_of, take_acknowledgement
from tests.pharmacovigilance.builders import LOCKED, Safety, signed_in
from tests.pharmacovigilance.e2b.messages import acknowledgement


def address(safety: Safety, ending: str = "message/", label: str = "V-1") -> str:
    return f"/cases/{safety.supply.case.reference}/safety/{label}/{ending}"


def test_shows_each_element_with_its_id_and_what_it_means(safety: Safety) -> None:
    safety.locked()

    shown = signed_in(safety.coordinator).get(address(safety), {"profile": "fda"})

    assert shown.status_code == 200
    text = shown.content.decode()
    for words in (
        "Draft, not coded", "E.i.3.2c", "Hospital admission or a longer stay", "Individual patient use",
        "Known, withheld", "FDA-REQUIRED", "Schema: not checked", "S-1, as reported: Fever since yesterday.",
    ):  # fmt: skip
        assert words in text, words
    assert f"{address(safety, 'message.xml')}?profile=fda" in text


def test_gives_the_file_byte_for_byte_without_a_name_of_anybody(safety: Safety) -> None:
    version = safety.locked()

    given = signed_in(safety.coordinator).get(address(safety, "message.xml"), {"profile": "eu"})

    assert given.content == export_of(version, profile="eu")
    assert given["Content-Type"] == "application/xml"
    assert given["Content-Disposition"] == f'attachment; filename="{version.case.reference}-V-1-eu.xml"'


def test_says_why_there_is_no_message_of_a_draft(safety: Safety) -> None:
    safety.attach(safety.receive())
    client = signed_in(safety.coordinator)

    shown = client.get(address(safety))

    assert shown.status_code == 409
    assert "V-1 is not locked. Lock it" in shown.content.decode()
    assert client.get(address(safety, "message.xml")).status_code == 404


@pytest.mark.parametrize(("label", "profile"), [("V-9", "ich"), ("V-1", "nobody"), ("1", "ich")])
def test_is_not_there_for_another_version_or_profile(label: str, profile: str, safety: Safety) -> None:
    safety.locked()
    client = signed_in(safety.coordinator)

    assert client.get(address(safety, label=label), {"profile": profile}).status_code == 404


def test_lists_answers_that_found_no_transmission_to_the_house_they_came_to(safety: Safety) -> None:
    told = acknowledgement("UNKNOWN-1", "US-OTHER-1", code="CR", text="C.1.1 is wrong")
    take_acknowledgement(
        read(told), sha256="0" * 64, pharmacy=safety.supply.case.pharmacy, by=safety.coordinator, now=LOCKED
    )

    shown = signed_in(safety.coordinator).get("/safety/answers/").content.decode()

    for words in ("1 answer", "UNKNOWN-1", "US-OTHER-1", "Rejected", "C.1.1 is wrong", "It is for another sender"):
        assert words in shown, words


def test_is_linked_from_the_safety_of_the_case_once_it_is_locked(safety: Safety) -> None:
    safety.attach(safety.receive())
    client = signed_in(safety.coordinator)
    tab = f"/cases/{safety.supply.case.reference}/safety/"
    before = client.get(tab).content.decode()
    safety.assess()
    safety.lock()

    assert address(safety) not in before
    assert address(safety) in client.get(tab).content.decode()
