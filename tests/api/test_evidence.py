"""The audit trail over the API: every entry with old and new values, and a verification made now."""

from typing import Any

import pytest

from cases.audit.models import AuditEntry
from cases.lifecycle.engine import advance
from cases.models import Case
from tests.api.callers import Caller, faults, refused
from tests.factories import NOW, House

pytestmark = pytest.mark.django_db


def test_an_entry_tells_who_did_what_when_and_from_what_to_what(
    house: House, case: Case, pharmacist: Caller, auditor: Caller
) -> None:
    answer = pharmacist.post(
        f"/cases/{case.reference}/advance",
        {"verb": "cases.case.note_run_out", "facts": {"runs_out_on": "2026-04-01"}},
    )
    page = auditor.read(f"/cases/{case.reference}/history", table="cases_case", limit=2)
    first, second = AuditEntry.objects.filter(chain=f"case:{case.pk}", table_name="cases_case").order_by("-seq")[:2]
    assert [(one["seq"], one["hash"]) for one in page["entries"]] == [
        (first.seq, bytes(first.hash).hex()),
        (second.seq, bytes(second.hash).hex()),
    ]
    for entry in page["entries"]:
        assert (entry["actor"], entry["actor_name"]) == (house.coordinator.code, "M. Ostby")
        assert (entry["verb"], entry["table"]) == ("cases.case.run_out_noted", "cases_case")
        assert (entry["operation"], entry["request_id"]) == ("changed", answer["X-Request-ID"])
    changes = {one["column"]: (one["old"], one["new"]) for entry in page["entries"] for one in entry["changes"]}
    assert changes == {"event_seq": (1, 2), "runs_out_on": (None, "2026-04-01")}


def test_pages_follow_on_while_entries_are_written(house: House, case: Case, auditor: Caller) -> None:
    address = f"/cases/{case.reference}/history"
    whole = [one["seq"] for one in auditor.read(address, limit=200)["entries"]]
    assert whole == list(range(whole[0], 0, -1))
    first = auditor.read(address, limit=3)
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    rest = auditor.read(address, limit=200, before=first["next"])
    assert [one["seq"] for one in first["entries"] + rest["entries"]] == whole
    assert rest["next"] is None


def test_what_is_encrypted_is_a_word(house: House, case: Case, pharmacist: Caller) -> None:
    answer = pharmacist.get(f"/cases/{case.reference}/history", limit=200)
    assert b"Example1" not in answer.content
    assert b"1987-02-03" not in answer.content


def test_a_chain_is_verified_now(house: House, case: Case, pharmacist: Caller, auditor: Caller) -> None:
    report = auditor.read(f"/cases/{case.reference}/verification")
    assert (report["case"], report["ok"], report["findings"]) == (case.reference, True, [])
    assert report["checked"]["entries"] == AuditEntry.objects.filter(chain=f"case:{case.pk}").count()
    assert pharmacist.read(f"/cases/{case.reference}/verification")["ok"] is True


@pytest.mark.parametrize(
    "query", [{"before": "-1"}, {"before": "x"}, {"limit": "0"}, {"limit": "201"}, {"table": "a\x00"}, {"tabel": "x"}]
)
def test_a_value_that_cannot_be_used_is_named(case: Case, auditor: Caller, query: dict[str, Any]) -> None:
    [fault] = faults(auditor.get(f"/cases/{case.reference}/history", **query))
    assert fault[0] == next(iter(query))


@pytest.mark.parametrize("what", ["history", "verification"])
def test_it_is_evidence_for_the_house_alone(
    house: House, case: Case, auditor: Caller, prescriber: Caller, receiving: Caller, what: str
) -> None:
    address = f"/cases/{case.reference}/{what}"
    for person in (house.coordinator, house.pic, house.administrator, house.auditor):
        assert Caller(person).get(address).status_code == 200
    for caller in (prescriber, receiving, Caller(house.delegate), Caller(house.stranger.user)):
        body = refused(caller.get(address), 403, "not-permitted")
        assert body["detail"] == "The audit trail is read by pharmacists, administrators and auditors."
    refused(auditor.get(f"/cases/NP-0000-0000-0/{what}"), 404, "not-found")
