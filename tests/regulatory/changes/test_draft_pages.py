"""The editor of a draft: one fact at a time, with its source and the reason, and nothing typed is lost."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from cases.people.models import User
from regulatory.drafts import print_of, sections
from regulatory.models import ProfileVersion
from regulatory.profiles.loader import load
from regulatory.web.fact_form import entries, fact_of
from tests.factories import House, build_house, signed_profile
from tests.laid import laid
from tests.regulatory.changes.ground import UK, imported, raw_of, reviewed
from tests.regulatory.profiles.ground import LIBRARY

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ADDRESS = "/pathways/UK-SPECIALS/versions/1.1.0/edit"
LEAD = "UK-SPECIALS.deadlines.1"


@laid
def house(db: None) -> House:
    made = build_house()
    signed_profile(made, UK)
    imported(made, raw_of())
    return made


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def version() -> ProfileVersion:
    return ProfileVersion.objects.get(version="1.1.0")


def stands(section: str, fact: str) -> dict[str, Any]:
    return next(one for one in version().data[section] if one["id"] == fact)


def typed(section: str, fact: str, **more: str) -> dict[str, str]:
    """The form of a fact as the page draws it, with changes."""
    before = stands(section, fact)
    drawn = {entry.name: entry.value for entry in entries(section, before)}
    return drawn | {"fact": fact, "seen": print_of(before), "reason": "MHRA notice of 20 Nov.", "act": "save"} | more


@pytest.mark.parametrize("key", sorted(load().profiles))
def test_the_form_of_every_fact_of_every_pathway_says_what_the_fact_says(key: str) -> None:
    raw = LIBRARY.profile(key).raw
    wrong = []
    for section in sections():
        for fact in raw.get(section) or []:
            drawn = {entry.name: entry.value for entry in entries(section, fact)}
            made, problems = fact_of(section, drawn, fact)
            said = {name: value for name, value in fact.items() if name != "id"}
            if problems or made != said:
                wrong.append((fact["id"], made, said))
    assert wrong == []


def test_a_fact_is_changed_with_its_source_and_the_reason(house: House) -> None:
    client = client_of(house.coordinator)
    new = {"new_source_title": "MHRA, notice of 20 Nov 2026", "new_source_address": "https://example.org/notice"}
    answer = client.post(
        f"{ADDRESS}/deadlines/", typed("deadlines", LEAD, amount="32", checked_on="2026-11-21", source="UK3", **new)
    )
    fact = stands("deadlines", LEAD)
    assert answer.status_code == 302
    assert (fact["amount"], fact["source"], fact["checked_on"]) == (32, ["UK3", "GB901"], "2026-11-21")
    assert version().data["sources"]["GB901"]["title"] == "MHRA, notice of 20 Nov 2026"
    page = unescape(client.get(f"{ADDRESS}/").content.decode())
    assert "1 change made here" in page
    assert "at least <del>28</del> calendar days before the import" in page
    assert "at least <ins>32</ins> calendar days before the import" in page
    assert "MHRA notice of 20 Nov." in page
    assert "M. Ostby" in page


def test_a_wrong_value_stands_beside_its_field_and_keeps_everything_typed(house: House) -> None:
    answer = client_of(house.coordinator).post(
        f"{ADDRESS}/deadlines/", typed("deadlines", LEAD, amount="a month", note="Read it twice.", source="UK3 ZZ9")
    )
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert 'value="a month"' in page
    assert "Read it twice." in page
    assert "MHRA notice of 20 Nov." in page
    assert '<a href="#amount">Number: ' in page or '<a href="#amount">Amount: ' in page
    assert "this source is not in the table of sources" in page
    assert stands("deadlines", LEAD)["amount"] == 28


def test_a_condition_that_is_no_json_or_none_of_the_schema_names_its_place(house: House) -> None:
    client, gate = client_of(house.coordinator), "UK-SPECIALS.gates.1"
    for text, says in (
        ('{"all": [}', "this is not JSON at line 1, column 10"),
        ('{"all": [{"evnt": "submitted"}]}', "at all/0: "),
        ('{"elapsed_since": {"event": "acknowledged", "amount": 3, "unit": "patients"}}', "a gate can only count"),
    ):
        answer = client.post(f"{ADDRESS}/gates/", typed("gates", gate, expr=text))
        page = unescape(answer.content.decode())
        assert (answer.status_code, says in page, text in page) == (422, True, True), text
    assert version().edits.count() == 0


def test_a_condition_is_shown_in_words_beside_its_data(house: House) -> None:
    page = unescape(client_of(house.pic).get(f"{ADDRESS}/gates/?fact=UK-SPECIALS.gates.1").content.decode())
    assert "28 calendar days have passed since the authority's acknowledgement, counted from the day after" in page
    assert "an objection of the authority is not recorded" in page


def test_a_fact_is_added_and_taken_out(house: House) -> None:
    client = client_of(house.coordinator)
    new = {
        "value": "Write first.",
        "basis": "recalled",
        "confidence": "low",
        "reason": "Known.",
        "fact": "",
        "seen": "",
    }
    assert client.post(f"{ADDRESS}/notes/", new).status_code == 302
    assert stands("notes", "UK-SPECIALS.notes.2")["value"] == "Write first."
    gone = typed("notes", "UK-SPECIALS.notes.2", act="remove")
    assert client.post(f"{ADDRESS}/notes/", gone).status_code == 302
    assert len(version().data["notes"]) == 1


def test_the_second_of_two_editors_sees_what_changed_and_keeps_the_typing(house: House) -> None:
    mine = typed("deadlines", LEAD, amount="35", note="Mine.")
    client_of(house.second_pharmacist).post(f"{ADDRESS}/deadlines/", typed("deadlines", LEAD, amount="32"))
    client = client_of(house.coordinator)
    answer = client.post(f"{ADDRESS}/deadlines/", mine)
    page = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "T. Adeyemi changed this fact" in page
    assert '<td data-k="Now">32</td><td data-k="You wrote">35</td>' in page
    assert 'value="35"' in page
    assert "Mine." in page
    again = mine | {"seen": print_of(stands("deadlines", LEAD))}
    assert client.post(f"{ADDRESS}/deadlines/", again).status_code == 302
    assert stands("deadlines", LEAD)["amount"] == 35


def test_the_last_day_of_a_route_is_set_and_a_day_that_is_none_is_kept(house: House) -> None:
    client = client_of(house.coordinator)
    sent = {"field": "effective_to", "seen": print_of(None), "reason": "The route closes.", "value": "soon"}
    refused = client.post(f"{ADDRESS}/field/", sent)
    assert (refused.status_code, 'value="soon"' in refused.content.decode()) == (422, True)
    assert client.post(f"{ADDRESS}/field/", sent | {"value": "2026-12-31"}).status_code == 302
    assert str(version().effective_to) == "2026-12-31"


def test_a_reviewed_draft_is_read_only(house: House) -> None:
    sent = typed("deadlines", LEAD, amount="32")
    reviewed(house, version())
    client = client_of(house.coordinator)
    assert "It is read only." in client.get(f"{ADDRESS}/").content.decode()
    answer = client.post(f"{ADDRESS}/deadlines/", sent)
    assert (answer.status_code, stands("deadlines", LEAD)["amount"]) == (422, 28)


def test_the_auditor_reads_and_changes_nothing(house: House) -> None:
    client = client_of(house.auditor)
    page = client.get(f"{ADDRESS}/").content.decode()
    assert "Add one" not in page
    assert client.post(f"{ADDRESS}/deadlines/", typed("deadlines", LEAD, amount="32")).status_code == 403


@pytest.mark.parametrize("place", ["nonsense/", "deadlines/?fact=UK-SPECIALS.deadlines.99", "unknown/"])
def test_what_is_not_there_is_not_found(house: House, place: str) -> None:
    assert client_of(house.coordinator).get(f"{ADDRESS}/{place}").status_code == 404
