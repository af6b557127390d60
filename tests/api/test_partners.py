"""Partners over the API: read by the house and its auditors, entered, checked and ended by its keepers."""

import hashlib

import pytest

from cases import clock
from cases.clock.models import ClockSetting
from cases.custody.models import Partner
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.cases.documents import corpus
from tests.factories import NOW, House, add_partner

pytestmark = pytest.mark.django_db
PNG = corpus.picture("PNG")


@pytest.fixture(autouse=True)
def on_the_second_of_march(db: None) -> None:
    """What counts depends on the day: it is the tests' own, whatever day it is today."""
    ClockSetting.objects.create(pk=1, offset=NOW - clock.true_now(), moved_by="tests")


@pytest.fixture
def supplier(house: House) -> Partner:
    return add_partner(house.pharmacy, "wholesaler", "Northway", now=NOW)


def test_the_list_says_that_its_table_is_a_draft_and_who_needs_something_first(
    house: House, supplier: Partner, pharmacist: Caller
) -> None:
    pharmacist.post("/partners", {"name": "Calder", "kind": "carrier", "country": "US"})

    found = pharmacist.read("/partners")
    assert (found["table_version"], found["table_status"]) == ("1", "draft_unreviewed")
    assert [(one["name"], one["state"], one["next"]) for one in found["partners"]] == [
        ("Calder", "missing", "Qualification of the carrier, with its quality agreement"),
        ("Northway", "counts", "State wholesale distributor licence"),
        ("Fairhaven General Hospital", "counts", "Licence of the receiving pharmacy or hospital"),
    ]
    assert [one["name"] for one in pharmacist.read("/partners", q="inv-1")["partners"]] == [
        "Northway",
        "Fairhaven General Hospital",
    ]
    assert [one["name"] for one in pharmacist.read("/partners", state="missing")["partners"]] == ["Calder"]
    assert faults(pharmacist.get("/partners", kind="friend"))[0][0] == "kind"


def test_a_partner_is_entered_shows_a_licence_and_is_checked_with_its_evidence(
    house: House, pharmacist: Caller
) -> None:
    made = pharmacist.post("/partners", {"name": "Calder", "kind": "wholesaler", "country": "us"}).json()
    address = f"/partners/{made['id']}"
    sent = {"kind": "state_wholesale_licence", "number": "W-1", "authority": "New York", "valid_until": "2027-01-31"}
    credential = pharmacist.post(f"{address}/credentials", sent).json()["credentials"][0]
    checks = f"{address}/credentials/{credential['id']}/checks"
    said = {"source": "NYS search", "result": "confirmed", "checked_at": "2026-03-02T10:00:00Z"}
    answer = pharmacist.upload(checks, PNG, **said)

    assert answer.status_code == 201
    found = pharmacist.read(address)
    asked = {one["rule"]: one for one in found["asked"]}
    assert (asked["PR-01"]["state"], asked["PR-01"]["act_by"]) == ("counts", "2026-04-01")
    assert (asked["PR-02"]["state"], asked["PR-02"]["act_by"]) == ("missing", None)
    assert (asked["PR-07"]["state"], asked["PR-07"]["act_by"]) == ("later", "2026-11-26")
    assert found["credentials"][0]["checks"][0]["evidence_sha256"] == hashlib.sha256(PNG).hexdigest()
    assert found["acts_next"] == "Any pharmacist of Harrow Street Pharmacy"

    ended = pharmacist.post(
        f"{address}/credentials/{credential['id']}/end", {"ended_on": "2026-03-02", "reason": "Surrendered."}
    ).json()
    assert (ended["credentials"][0]["ended_on"], ended["state"]) == ("2026-03-02", "missing")


def test_what_cannot_be_used_is_named_with_its_value_and_nothing_is_kept(
    house: House, supplier: Partner, pharmacist: Caller
) -> None:
    address = f"/partners/{supplier.pk}"
    credential = supplier.credentials.earliest("pk").pk
    with nothing_written():
        answer = pharmacist.post("/partners", {"name": "Northway", "kind": "wholesaler", "country": "ZZ"})
        assert [fault[:2] for fault in faults(answer)] == [("country", "ZZ"), ("name", "Northway")]
        answer = pharmacist.post(f"{address}/credentials", {"kind": "driving", "number": "1", "authority": "x"})
        assert [fault[:2] for fault in faults(answer)] == [("kind", "driving")]
        said = {"source": "register", "result": "confirmed", "checked_at": "2030-01-01T10:00:00Z"}
        answer = pharmacist.upload(f"{address}/credentials/{credential}/checks", b"GIF89a", **said)
        assert [fault[0] for fault in faults(answer)] == ["checked_at", "evidence"]
        refused(pharmacist.get("/partners/999999999999999999999"), 404, "not-found")
        refused(
            pharmacist.post(f"{address}/credentials/0/end", {"ended_on": "2026-03-02", "reason": "x"}), 404, "not-found"
        )


def test_another_pharmacys_partner_is_not_there(house: House, supplier: Partner, pharmacist: Caller) -> None:
    other = type(house.pharmacy).objects.all().values_list("pk", flat=True)
    assert list(other) == [house.pharmacy.pk]
    refused(Caller(house.stranger.user).get(f"/partners/{supplier.pk}"), 403, "not-permitted")
