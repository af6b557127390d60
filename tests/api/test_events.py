"""The case's events over the API: newest first, in pages, whole for the house, without its own affairs abroad."""

from typing import Any

import pytest

from cases.lifecycle.engine import advance
from cases.models import Case
from tests.api.callers import Caller, faults, refused
from tests.factories import NOW, House, sign_determination
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def told(house: House, case: Case) -> Case:
    """Opened, a hold placed, two notes, a determination signed and withdrawn, one run-out day."""

    def take(verb: str, **facts: Any) -> None:
        advance(case, verb, by=house.coordinator, now=NOW, facts=facts)

    take("cases.hold.place", kind="payment", until="paid", reason="The invoice is open.")
    take("cases.note.write", text="Ask the family again.", audience="internal")
    take("cases.note.write", text="Please send the prescription.", audience="prescriber")
    sign_determination(house, case)
    advance(
        case,
        "cases.determination.withdraw",
        by=house.doctor,
        now=NOW,
        subject=case.determinations.get(),
        facts={"reason": "The dose was wrong."},
    )
    take("cases.case.note_run_out", runs_out_on="2026-04-01")
    return case


def seen(caller: Caller, case: Case, **query: Any) -> list[tuple[int, str, str]]:
    events = caller.read(f"/cases/{case.reference}/events", **query)["events"]
    return [(one["seq"], one["verb"], one["reason"]) for one in events]


def test_the_house_reads_all_of_them(told: Case, pharmacist: Caller, auditor: Caller) -> None:
    everything = [
        (8, "cases.case.run_out_noted", ""),
        (7, "cases.determination.withdrawn", "The dose was wrong."),
        (6, "cases.determination.signed", ""),
        (5, "cases.determination.prepared", ""),
        (4, "cases.note.written", ""),
        (3, "cases.note.written", ""),
        (2, "cases.hold.placed", "The invoice is open."),
        (1, "cases.case.opened", ""),
    ]
    assert seen(pharmacist, told) == everything
    assert seen(auditor, told) == everything
    first = pharmacist.read(f"/cases/{told.reference}/events", limit=1)["events"][0]
    assert first["facts"] == {"runs_out_on": "2026-04-01"}
    assert (first["told"], first["by"], first["on"]) == ("Run-out day recorded", "M. Ostby", "")


def test_people_abroad_read_what_happened_to_the_case(
    house: House, told: Case, prescriber: Caller, receiving: Caller, stranger: Caller
) -> None:
    abroad = [
        (8, "cases.case.run_out_noted", ""),
        (7, "cases.determination.withdrawn", "The dose was wrong."),
        (6, "cases.determination.signed", ""),
        (5, "cases.determination.prepared", ""),
        (4, "cases.note.written", ""),
        (1, "cases.case.opened", ""),
    ]
    assert seen(prescriber, told) == abroad
    others = [(seq, verb, "") for seq, verb, _ in abroad]
    assert seen(Caller(house.delegate), told) == others
    assert seen(receiving, told) == [one for one in others if one[0] != 4]
    events = prescriber.read(f"/cases/{told.reference}/events")["events"]
    assert [(one["facts"], one["checklist"]) for one in events] == [({}, [])] * 6
    refused(stranger.get(f"/cases/{told.reference}/events"), 404, "not-found")


def test_pages_follow_on_while_events_are_written(house: House, told: Case, pharmacist: Caller) -> None:
    address = f"/cases/{told.reference}/events"
    first = pharmacist.read(address, limit=3)
    assert ([one["seq"] for one in first["events"]], first["next"]) == ([8, 7, 6], 6)
    advance(told, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-05-01"})
    second = pharmacist.read(address, limit=3, before=first["next"])
    assert ([one["seq"] for one in second["events"]], second["next"]) == ([5, 4, 3], 3)
    third = pharmacist.read(address, limit=3, before=second["next"])
    assert ([one["seq"] for one in third["events"]], third["next"]) == ([2, 1], None)


def test_those_of_one_record_can_be_asked_for(told: Case, pharmacist: Caller) -> None:
    assert [one[0] for one in seen(pharmacist, told, on="H-1")] == [2]
    assert [one[0] for one in seen(pharmacist, told, on="N-1")] == [7, 6, 5]
    assert [one[0] for one in seen(pharmacist, told, on="")] == [8, 4, 3, 1]
    assert seen(pharmacist, told, on="F-1") == []


@pytest.mark.parametrize("before", ["-1", "x", "2000000001", "1.5"])
def test_a_place_that_is_none_is_refused(told: Case, pharmacist: Caller, before: str) -> None:
    [fault] = faults(pharmacist.get(f"/cases/{told.reference}/events", before=before))
    assert fault[:2] == ("before", before)
