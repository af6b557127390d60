"""Pathways over the API: every version, every fact with its provenance, for those who keep them."""

from typing import Any

import pytest

from regulatory.models import ProfileVersion
from regulatory.profiles.loader import load
from tests.api.callers import Caller, faults, refused
from tests.factories import House, draft_profile, signed_profile
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def versions(house: House) -> list[ProfileVersion]:
    draft_profile("AU-SAS-B")
    return [draft_profile("UK-SPECIALS"), signed_profile(house, "UK-SPECIALS")]


def listed(caller: Caller, **query: Any) -> list[tuple[str, str, bool]]:
    return [(one["key"], one["version"], one["is_signed"]) for one in caller.read("/profiles", **query)]


def test_every_version_is_listed_and_a_draft_says_so(versions: list[ProfileVersion], pharmacist: Caller) -> None:
    draft, signed = versions
    british = [("UK-SPECIALS", draft.version, False), ("UK-SPECIALS", signed.version, True)]
    everything = listed(pharmacist)
    assert [one[0] for one in everything] == ["AU-SAS-B", "UK-SPECIALS", "UK-SPECIALS"]
    assert listed(pharmacist, country="gb") == british
    assert listed(pharmacist, signed="true") == british[1:]
    assert listed(pharmacist, signed="false") == [everything[0], british[0]]
    assert listed(pharmacist, review_state="active") == british[1:]
    assert listed(pharmacist, country="FR") == []
    line = pharmacist.read("/profiles", signed="true")[0]
    assert line == {
        "key": "UK-SPECIALS",
        "version": "1.0.0-demo",
        "name": signed.name,
        "country": "GB",
        "country_name": "United Kingdom",
        "control_model": "prior_notification_objection_window",
        "review_state": "active",
        "is_signed": True,
        "is_stale": False,
        "is_demonstration": True,
        "effective_from": signed.effective_from.isoformat(),  # type: ignore[union-attr]
        "effective_to": None,
        "reviewed_on": "2026-03-02",
        "next_review_due": "2027-03-02",
        "sha256": signed.data_sha256,
    }


def test_one_tells_every_fact_with_basis_sources_and_confidence(
    versions: list[ProfileVersion], pharmacist: Caller
) -> None:
    draft, signed = versions
    body = pharmacist.read("/profiles/UK-SPECIALS")
    assert body["version"] == signed.version
    assert body["versions"] == [draft.version, signed.version]
    assert (body["reviewed_by"], body["signed_by"], body["copied_from"]) == (
        "T. Adeyemi",
        "H. Lindqvist",
        draft.version,
    )
    profile = load().profiles["UK-SPECIALS"]
    assert sorted(fact["id"] for fact in body["facts"]) == sorted(profile.facts)
    assert body["unknown"] == list(profile.unknown)
    gate = next(fact for fact in body["facts"] if fact["id"] == "UK-SPECIALS.gates.1")
    assert (gate["section"], gate["confidence"]) == ("gates", "high")
    assert [source["code"] for source in gate["sources"]] == ["UK1", "UK3"]
    assert all(source["title"] and source["address"].startswith("http") for source in gate["sources"])
    assert gate["says"]["gate"] == "may_import"
    assert not set(gate["says"]) & {"id", "basis", "confidence", "source", "note"}
    old = pharmacist.read("/profiles/uk-specials", version=draft.version)
    assert (old["version"], old["review_state"], old["signed_by"]) == (draft.version, "draft_unreviewed", None)


@pytest.mark.parametrize("address", ["/profiles/XX-NONE", "/profiles/UK-SPECIALS?version=9", "/profiles/UK%00"])
def test_one_that_is_not_there_is_not_found(versions: list[ProfileVersion], pharmacist: Caller, address: str) -> None:
    refused(pharmacist.get(address), 404, "not-found")


@pytest.mark.parametrize("query", [{"country": "GBR"}, {"signed": "maybe"}, {"review_state": "good"}, {"key": "UK"}])
def test_a_filter_that_cannot_be_used_is_named(
    versions: list[ProfileVersion], pharmacist: Caller, query: dict[str, str]
) -> None:
    [fault] = faults(pharmacist.get("/profiles", **query))
    assert fault[:2] == next(iter(query.items()))


@pytest.mark.parametrize("address", ["/profiles", "/profiles/UK-SPECIALS"])
def test_they_are_read_by_the_house_alone(
    house: House, versions: list[ProfileVersion], auditor: Caller, prescriber: Caller, stranger: Caller, address: str
) -> None:
    assert auditor.get(address).status_code == 200
    assert Caller(house.administrator).get(address).status_code == 200
    for caller in (prescriber, stranger, Caller(house.delegate), Caller(house.receiving)):
        refused(caller.get(address), 403, "not-permitted")
