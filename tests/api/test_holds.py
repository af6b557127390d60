"""Holds over the API: placed, read and lifted by the pharmacists, read by auditors, unknown to people abroad."""

import pytest

from cases.lifecycle.engine import advance
from cases.models import Case, CaseEvent, Hold
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.factories import NOW, House

pytestmark = pytest.mark.django_db
BODY = {"kind": "quality", "until": "the label is clear", "reason": "Label unclear."}


def test_is_placed_and_stands_in_the_list(case: Case, pharmacist: Caller, auditor: Caller, prescriber: Caller) -> None:
    address = f"/cases/{case.reference}/holds"
    answer = pharmacist.post(address, BODY | {"seen": 1, "form_key": "h-1"})
    assert answer.status_code == 201
    assert (answer.json()["verb"], answer.json()["on"]) == ("cases.hold.placed", "H-1")
    hold = Hold.objects.get()
    line = {
        "label": "H-1",
        "kind": "quality",
        "reason": "Label unclear.",
        "until": "the label is clear",
        "placed_by": "M. Ostby",
        "placed_at": hold.placed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lifted_at": None,
    }
    assert pharmacist.read(address) == [line]
    assert auditor.read(address) == [line]
    assert prescriber.read(address) == []


def test_sent_twice_with_one_key_stands_once(case: Case, pharmacist: Caller) -> None:
    address = f"/cases/{case.reference}/holds"
    first = pharmacist.post(address, BODY | {"form_key": "h-1"})
    second = pharmacist.post(address, BODY | {"form_key": "h-1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Hold.objects.count() == 1


def test_is_lifted_once(house: House, case: Case, pharmacist: Caller) -> None:
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=BODY)
    address = f"/cases/{case.reference}/holds/H-1/lift"
    answer = pharmacist.post(address, {"reason": "The label was read again."})
    assert answer.status_code == 200
    assert (answer.json()["verb"], answer.json()["reason"]) == ("cases.hold.lifted", "The label was read again.")
    assert Hold.objects.get().lifted_by == house.coordinator
    with nothing_written():
        refused(pharmacist.post(address, {"reason": "Again."}), 409, "not-possible")


@pytest.mark.parametrize("label", ["H-2", "F-1", "H-", "H-999999", "H-1%00", "1"])
def test_of_another_name_is_not_found(house: House, case: Case, pharmacist: Caller, label: str) -> None:
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=BODY)
    with nothing_written():
        refused(pharmacist.post(f"/cases/{case.reference}/holds/{label}/lift", {"reason": "x"}), 404, "not-found")


def test_that_cannot_be_used_is_refused_by_field(case: Case, pharmacist: Caller) -> None:
    address = f"/cases/{case.reference}/holds"
    with nothing_written():
        answer = pharmacist.post(address, {"kind": "clinicl", "until": "a\x00", "why": "x"})
    assert faults(answer) == [
        (
            "kind",
            "clinicl",
            "Input should be 'regulatory', 'quality', 'compliance', 'clinical', 'payment', 'consent' or "
            "'family_message'",
            "Send one of the values named.",
        ),
        ("reason", None, "Field required", "Send this field."),
        (
            "until",
            "a\\0",
            "The text holds a NUL character, which cannot be kept",
            "Type it again without that character.",
        ),
        ("why", "x", "Extra inputs are not permitted", "Leave this field out."),
    ]


def test_is_refused_to_people_abroad_and_unknown_to_strangers(
    house: House, case: Case, prescriber: Caller, auditor: Caller, stranger: Caller
) -> None:
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=BODY)
    address = f"/cases/{case.reference}/holds"
    with nothing_written():
        body = refused(prescriber.post(address, BODY), 403, "not-permitted")
        assert body["detail"] == "“Place a hold” is not for prescribers. Nothing was changed."
        assert body["remedy"] == "It is for: coordinating pharmacist, pharmacist in charge."
        refused(prescriber.post(f"{address}/H-1/lift", {"reason": "x"}), 403, "not-permitted")
        body = refused(auditor.post(address, BODY), 403, "not-permitted")
        assert body["detail"] == "An auditor reads and changes nothing."
        refused(stranger.post(address, BODY), 404, "not-found")
        refused(stranger.get(address), 404, "not-found")


def test_somebody_who_acted_meanwhile_is_told(house: House, case: Case, pharmacist: Caller) -> None:
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    with nothing_written():
        body = refused(pharmacist.post(f"/cases/{case.reference}/holds", BODY | {"seen": 1}), 409, "conflict")
    assert [(one["seq"], one["by"]) for one in body["changed_meanwhile"]] == [(2, "H. Lindqvist")]
    assert CaseEvent.objects.filter(case=case).count() == 2
