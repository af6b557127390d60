"""Versions of pathways over the API: the same services and refusals as the pages."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cases.models import Hold
from cases.people.models import User
from regulatory.governance import review_profile
from regulatory.models import ProfileVersion, Publication
from tests.api.callers import Caller, faults, refused
from tests.factories import NOW, PASSWORD, House
from tests.regulatory.changes.ground import UK, imported, raw_of

pytestmark = pytest.mark.django_db
CALLS = "/profiles/UK-SPECIALS/versions/1.1.0"


def wider(raw: dict[str, Any]) -> None:
    raw["deadlines"][0]["amount"] = 32


def test_a_pathway_goes_out_and_comes_in_as_one_object(house: House, case: Any, call: Callable[[User], Caller]) -> None:
    caller = call(house.coordinator)
    data = caller.read("/profiles/UK-SPECIALS/file")
    same = caller.post("/profiles/import", {"profile": data})
    assert (same.status_code, same.json()["is_new"], same.json()["version"]) == (200, False, "0.2.0-draft")
    made = caller.post("/profiles/import", {"profile": data | {"profile_version": "1.1.0", "reviewed_by": "Somebody"}})
    assert (made.status_code, made.json()["state"], made.json()["origin"]) == (201, "draft_unreviewed", "imported")
    assert made.json()["remarks"] == [
        "The file says reviewed_by: Somebody. An import is a draft: it is reviewed and signed here."
    ]


def test_every_wrong_value_is_a_fault_with_its_path(house: House, case: Any, call: Callable[[User], Caller]) -> None:
    raw = raw_of()
    raw["deadlines"][1]["amount"] = "a month"
    raw["gates"][0]["source"] = ["ZZ9"]
    found = faults(call(house.coordinator).post("/profiles/import", {"profile": raw}))
    assert [(name, value) for name, value, _, _ in found] == [
        ("profile.deadlines.1.amount", '"a month"'),
        ("profile.gates.0.source", '"ZZ9"'),
    ]
    assert not ProfileVersion.objects.filter(version="1.1.0").exists()


def test_a_draft_is_made_edited_and_compared(house: House, case: Any, call: Callable[[User], Caller]) -> None:
    caller = call(house.coordinator)
    draft = {"version": "1.0.0-demo", "number": "1.1.0", "reason": "MHRA wrote."}
    assert caller.post("/profiles/UK-SPECIALS/drafts", draft).json()["based_on"] == "1.0.0-demo"
    lead = next(one for one in caller.read(f"{CALLS}/facts") if one["fact"] == "UK-SPECIALS.deadlines.1")
    change = {
        "section": lead["section"],
        "fact": lead["fact"],
        "says": lead["says"] | {"amount": 32},
        "seen": lead["seen"],
        "reason": "Point 3.",
    }
    made = caller.post(f"{CALLS}/facts", change).json()
    assert (made["before"]["amount"], made["after"]["amount"], made["changed_by"]) == (28, 32, "M. Ostby")
    assert caller.post(f"{CALLS}/facts", change | {"seen": "older"}).status_code == 409
    found = caller.read("/profiles/UK-SPECIALS/difference", before="1.0.0-demo", after="1.1.0")
    assert [(one["fact"], one["fields"]) for one in found["changes"]] == [
        ("UK-SPECIALS.deadlines.1", [{"field": "amount", "before": 28, "after": 32}])
    ]
    assert [edit["reason"] for edit in caller.read(f"{CALLS}/edits")] == ["Point 3."]
    wrong = faults(caller.post("/profiles/UK-SPECIALS/drafts", draft | {"number": "next"}))
    assert [name for name, *_ in wrong] == ["number"]


def test_the_impact_is_read_and_the_version_published(house: House, case: Any, call: Callable[[User], Caller]) -> None:
    version = imported(house, raw_of(change=wider))
    review_profile(
        version, reviewed_on=NOW.date(), next_review_due=date(2031, 1, 1), by=house.second_pharmacist, now=NOW
    )
    found = call(house.auditor).read(f"{CALLS}/impact")
    assert [(line["reference"], line["harm"]) for line in found["lines"]] == [(case.reference, "later")]
    order = {
        "effective_from": "2030-01-01",
        "printed_name": "H. Lindqvist",
        "password": PASSWORD,
        "kinds": {"later": "hold"},
        "form_key": "one order",
    }
    caller = call(house.pic)
    assert [name for name, *_ in faults(caller.post(f"{CALLS}/publications", order | {"password": "no"}))] == [
        "facts.password"
    ]
    done = caller.post(f"{CALLS}/publications", order)
    again = caller.post(f"{CALLS}/publications", order)
    assert (done.status_code, done.json()["state"], done.json()["lines"], again.json()) == (201, "done", 1, done.json())
    assert (Publication.objects.count(), Hold.objects.get().case) == (1, case)
    listed = caller.read(f"{CALLS}/publications")
    assert [(one["former"], one["signed_by"]) for one in listed] == [("1.0.0-demo", "H. Lindqvist")]


def test_what_is_not_there_is_not_found(house: House, case: Any, call: Callable[[User], Caller]) -> None:
    caller = call(house.pic)
    refused(caller.get("/profiles/UK-SPECIALS/versions/9.9.9/impact"), 404, "not-found")
    refused(caller.get("/profiles/UK-SPECIALS/file", version="9.9.9"), 404, "not-found")
    refused(caller.get("/profiles/UK-SPECIALS/difference", before="9.9.9", after="1.0.0-demo"), 404, "not-found")
    assert ProfileVersion.objects.filter(profile_key=UK).count() == 2
