"""A pathway asked over the API: exactly the answer of the command, and every fault named with its remedy."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from regulatory.governance import load_drafts
from regulatory.lists.services import confirm_edition, enter_edition
from regulatory.management.commands import pathway
from regulatory.models import ProfileVersion
from regulatory.profiles.loader import load
from regulatory.profiles.looks_at import documents_of, events_of
from regulatory.profiles.what_if import REPEATED
from tests.api.callers import Caller, faults, refused
from tests.factories import NOW, House, draft_profile, signed_profile
from tests.laid import laid

pytestmark = pytest.mark.django_db
AT = "2026-06-02"


def printed(key: str, **words: list[str]) -> dict[str, Any]:
    out = StringIO()
    given = [part for name, values in words.items() for value in values for part in (f"--{name}", value)]
    call_command("pathway", key, *given, "--at", AT, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_every_pathway_answers_what_the_command_prints(house: House, pharmacist: Caller) -> None:
    load_drafts(by=house.administrator, now=NOW)
    for key, profile in load().profiles.items():
        words = {
            "event": [f"{name}=2026-06-01" for name in events_of(profile)],
            "document": [f"{name}={','.join(states)}@2026-06-01" for name, states in documents_of(profile).items()],
            "authorization": ["2026-01-01..2026-12-31/10"],
            "condition": ["urgent_case=no"],
        }
        assert pharmacist.read(f"/profiles/{key}/what-if", at=AT, **words) == printed(key, **words), key


def test_the_words_of_the_command_the_call_and_the_question_are_the_same(pharmacist: Caller) -> None:
    call = pharmacist.read("/openapi.json")["paths"]["/api/v1/profiles/{key}/what-if"]["get"]
    named = [entry["name"] for entry in call["parameters"] if entry["in"] == "query"]
    assert named == ["at", *REPEATED, "version"]
    assert tuple(pathway.REPEATED) == REPEATED


def test_a_signed_version_is_not_called_a_draft_and_a_demonstration_copy_says_so(
    house: House, pharmacist: Caller
) -> None:
    draft, signed = draft_profile("UK-SPECIALS"), signed_profile(house, "UK-SPECIALS")
    found = pharmacist.read("/profiles/UK-SPECIALS/what-if", at=AT)
    assert (found["version"], found["status"]) == (signed.version, "active")
    assert found["flags"] == [
        "UK-SPECIALS 1.0.0-demo is a demonstration copy of an unreviewed draft: no real case may rest on it."
    ]
    old = pharmacist.read("/profiles/uk-specials/what-if", at=AT, version=draft.version)
    assert (old["status"], old["flags"][0]) == (
        "draft_unreviewed",
        f"UK-SPECIALS {draft.version} is a draft: no pharmacist in charge has signed it.",
    )


def test_an_entry_is_looked_up_in_the_edition_that_stood(house: House, pharmacist: Caller) -> None:
    draft_profile("NZ-S29A")
    edition = enter_edition(
        name="nz_pharmac_alternative",
        edition="May 2026",
        from_on=NOW.date(),
        entries=[{"key": "P7", "words": "invented"}],
        source="Invented schedule",
        by=house.coordinator,
        now=NOW,
    )
    confirm_edition(edition, by=house.pic, now=NOW)

    def supply(**words: list[str]) -> tuple[str, list[str]]:
        gate = pharmacist.read("/profiles/NZ-S29A/what-if", at=AT, **words)["gates"][0]
        return gate["state"], [one for one in gate["because"] if one.startswith("list:")]

    assert supply() == ("not_known", [])
    assert supply(listed=["nz_pharmac_alternative=P7"])[1] == ["list:nz_pharmac_alternative@May 2026"]
    assert supply(listed=["nz_pharmac_alternative=no"]) == ("shut", ["list:nz_pharmac_alternative@as asked"])
    assert faults(
        pharmacist.get("/profiles/NZ-S29A/what-if", at=AT, listed=["nz_pharmac_alternative=P8", "it_law_648=yes"])
    ) == [
        ("listed", "nz_pharmac_alternative=P8", "No edition held here has an entry 'P8'.", "Answer yes or no."),
        (
            "listed",
            "it_law_648=yes",
            "There is no list that this pathway reads, 'it_law_648'.",
            "Known: nz_pharmac_alternative.",
        ),
    ]


@laid
def uk(house: House) -> ProfileVersion:
    return draft_profile("UK-SPECIALS")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({}, ("at", None)),
        ({"at": "9999-12-31"}, ("at", "9999-12-31")),
        ({"at": "0001-01-01T00:00+23:59"}, ("at", "0001-01-01T00:00+23:59")),
        ({"at": AT, "event": ["acknowledged=1899-12-31"]}, ("event", "acknowledged=1899-12-31")),
        ({"at": AT, "event": ["acknowledged=2026-03-29T01:30"]}, ("event", "acknowledged=2026-03-29T01:30")),
        ({"at": AT, "event": ["a" * 401]}, ("event.0", None)),
        ({"at": AT, "event": ["acknowledged=2026-03-02\x00"]}, ("event.0", "acknowledged=2026-03-02\\0")),
        ({"at": AT, "evnet": ["acknowledged=2026-03-02"]}, ("evnet", "acknowledged=2026-03-02")),
        ({"at": AT, "event": ["acknowledged=2026-03-02"] * 61}, ("event", None)),
        ({"at": AT, "authorization": ["2026-01-01..2026-12-31/1e400000"]}, None),
        ({"at": AT, "lot": ["2026-01-01"]}, ("lot", "2026-01-01")),
        ({"at": AT, "party": ["consignee=hospital"]}, ("party", "consignee=hospital")),
        ({"at": AT, "hours": ["FR=09:00-17:00"]}, ("hours", "FR=09:00-17:00")),
    ],
)
def test_a_word_that_cannot_be_used_is_named_or_used(
    uk: ProfileVersion, pharmacist: Caller, words: dict[str, Any], named: tuple[str, str | None] | None
) -> None:
    answered = pharmacist.get("/profiles/UK-SPECIALS/what-if", **words)
    if named is None:
        assert answered.status_code == 200
        return
    [fault] = faults(answered)
    assert fault[0] == named[0]
    assert named[1] is None or fault[1] == named[1]


def test_at_the_same_time_twice_is_refused(uk: ProfileVersion, pharmacist: Caller) -> None:
    assert faults(pharmacist.get("/profiles/UK-SPECIALS/what-if", at=[AT, AT])) == [
        ("at", AT, "It was sent more than once", "Send it once.")
    ]


def test_it_is_asked_by_the_house_alone(
    house: House, uk: ProfileVersion, auditor: Caller, prescriber: Caller, stranger: Caller
) -> None:
    assert auditor.get("/profiles/UK-SPECIALS/what-if", at=AT).status_code == 200
    assert Caller(house.administrator).get("/profiles/UK-SPECIALS/what-if", at=AT).status_code == 200
    for caller in (prescriber, stranger, Caller(house.delegate), Caller(house.receiving)):
        refused(caller.get("/profiles/UK-SPECIALS/what-if", at=AT), 403, "not-permitted")
    refused(auditor.get("/profiles/UK-NOTHING/what-if", at=AT), 404, "not-found")
