"""How often the database is asked does not grow with what is there; the numbers themselves are pinned."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.lifecycle.engine import advance
from cases.models import Case
from regulatory.enquiries import receive_enquiry
from tests.api.callers import Caller
from tests.factories import NOW, House, build_case, build_paper, draft_profile
from tests.regulatory.ground import at, build_ground

pytestmark = pytest.mark.django_db
# Two of each number are the business clock and the token; that it was used is noted once a minute.
PINNED = {
    "/cases": 3,
    "/cases/{case}": 13,
    "/cases/{case}/steps": 25,
    "/cases/{case}/events": 4,
    "/cases/{case}/holds": 4,
    "/cases/{case}/deadlines": 5,
    "/cases/{case}/documents": 6,
    "/cases/{case}/history": 5,
    "/deadlines": 4,
    "/enquiries": 3,
    "/profiles": 3,
    "/directory": 7,
}


def counted(caller: Caller, address: str) -> int:
    caller.read(address)
    with CaptureQueriesContext(connection) as captured:
        caller.read(address)
    return len(captured)


def grow(house: House, case: Case, numbers: range) -> None:
    """For each number a further case and enquiry, and on the case a paper, a hold, a request and a determination."""
    for number in numbers:
        build_case(house, number=number)
        build_paper(house, case, "correspondence")
        receive_enquiry(
            pharmacy=house.pharmacy,
            asked_by="family",
            country="GB",
            product="orvelumab",
            medicine=house.medicine,
            indication="invented",
            by=house.coordinator,
            now=NOW,
        )
        at_time = NOW + timedelta(days=number)
        facts: dict[str, Any] = {"kind": "payment", "until": "paid", "reason": "open"}
        advance(case, "cases.hold.place", by=house.pic, now=at_time, facts=facts)
        asked = {"doc_type": "prescription", "asked_of": house.doctor.pk, "due_on": "2026-04-01"}
        advance(case, "documents.slot.ask", by=house.coordinator, now=at_time, facts=asked)
        advance(
            case,
            "cases.determination.prepare",
            by=house.doctor,
            now=at_time,
            facts={"dose": "150 mg", "justification": "Tried without effect."},
        )


def test_reading_does_not_grow_with_what_is_there(house: House, case: Case, pharmacist: Caller) -> None:
    grow(house, case, range(2, 3))
    addresses = {path: path.format(case=case.reference) for path in PINNED}
    few = {path: counted(pharmacist, address) for path, address in addresses.items()}
    grow(house, case, range(3, 7))
    for key in ("AU-SAS-A", "AU-SAS-B"):
        draft_profile(key)
    many = {path: counted(pharmacist, address) for path, address in addresses.items()}
    assert many == few
    assert few == PINNED


def test_people_abroad_are_answered_as_cheaply(house: House, case: Case, call: Callable[[Any], Caller]) -> None:
    paths = ("/cases", "/cases/{case}", "/cases/{case}/events", "/cases/{case}/documents", "/deadlines")
    callers = [call(house.doctor), call(house.delegate), call(house.receiving)]
    addresses = [path.format(case=case.reference) for path in paths]
    grow(house, case, range(2, 3))
    few = [[counted(caller, address) for address in addresses] for caller in callers]
    grow(house, case, range(3, 7))
    assert [[counted(caller, address) for address in addresses] for caller in callers] == few


def test_filings_and_gates_do_not_grow_with_their_number() -> None:
    ground = build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    ground.submit(at("2026-02-26 11:00"))
    caller = Caller(ground.house.coordinator)
    root = f"/cases/{ground.case.reference}"
    ground.acknowledge(at("2026-03-02 10:04"))
    few = {what: counted(caller, f"{root}/{what}") for what in ("filings", "authorizations", "pathway-events")}
    for number in range(3):
        asked = at(f"2026-03-0{number + 3} 09:00")
        ground.take("regulatory.filing.receive_question", subject=ground.filing, now=asked, happened_at=asked, text="?")
    assert {what: counted(caller, f"{root}/{what}") for what in few} == few
    assert few == {"filings": 5, "authorizations": 4, "pathway-events": 4}
