"""Cases over the API: the list in pages, its filters, and the detail as each person may know it."""

from datetime import timedelta
from typing import Any

import pytest

from cases.lifecycle.engine import advance
from cases.models import Case, Hold
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.factories import NOW, House, build_case, sign_determination

pytestmark = pytest.mark.django_db


def line_of(case: Case, **changes: Any) -> dict[str, Any]:
    """The headline of a case that was just opened, as the pharmacy reads it."""
    return {
        "reference": case.reference,
        "stage": "determination",
        "outcome": "",
        "country": "GB",
        "pathway": "UK-SPECIALS",
        "pathway_version": case.profile_version.version,
        "is_demonstration": True,
        "medicine": "orvelumab 150 mg/mL",
        "patient": case.patient.pseudonym,
        "prescriber": "Dr L. Ferrante",
        "coordinator": "M. Ostby",
        "urgency": "standard",
        "opened_at": "2026-03-02T15:00:00Z",
        "closed_at": None,
        "next_due_at": None,
        "events": 1,
    } | changes


def test_the_list_holds_the_headline_and_no_identity(house: House, case: Case, pharmacist: Caller) -> None:
    answer = pharmacist.get("/cases")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json() == {"cases": [line_of(case, next_due_at="2026-03-09T23:59:59.999Z")], "next": None}
    assert b"Example1" not in answer.content
    assert b"1987-02-03" not in answer.content


def test_each_person_sees_the_cases_of_their_pages(
    case: Case, pharmacist: Caller, prescriber: Caller, auditor: Caller, stranger: Caller
) -> None:
    seen = [
        [one["reference"] for one in who.read("/cases")["cases"]] for who in (pharmacist, prescriber, auditor, stranger)
    ]
    assert seen == [[case.reference], [case.reference], [case.reference], []]
    assert [who.get(f"/cases/{case.reference}").status_code for who in (pharmacist, prescriber, auditor, stranger)] == [
        200,
        200,
        200,
        404,
    ]
    body = refused(stranger.get(f"/cases/{case.reference}"), 404, "not-found")
    assert body == {
        "type": "urn:npp:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such case, or it is not one of yours.",
        "remedy": "Read the list.",
        "errors": [],
        "requirements": [],
        "changed_meanwhile": [],
    }


def test_pages_follow_on_while_cases_are_opened_meanwhile(house: House, pharmacist: Caller) -> None:
    there = [build_case(house, number=number).reference for number in range(1, 6)]
    first = pharmacist.read("/cases", limit=2)
    assert [one["reference"] for one in first["cases"]] == [there[4], there[3]]
    assert first["next"] == there[3]
    build_case(house, number=6)
    second = pharmacist.read("/cases", limit=2, after=first["next"])
    build_case(house, number=7)
    third = pharmacist.read("/cases", limit=2, after=second["next"])
    assert [one["reference"] for one in second["cases"]] == [there[2], there[1]]
    assert ([one["reference"] for one in third["cases"]], third["next"]) == ([there[0]], None)


def test_a_page_that_ends_with_the_last_case_has_no_next(house: House, pharmacist: Caller) -> None:
    for number in (1, 2):
        build_case(house, number=number)
    assert pharmacist.read("/cases", limit=2)["next"] is None
    assert len(pharmacist.read("/cases", limit=2)["cases"]) == 2


def test_filters_by_stage_country_and_words(house: House, case: Case, pharmacist: Caller) -> None:
    second = build_case(house, number=2)
    sign_determination(house, second)
    advance(second, "cases.case.begin_filing", by=house.coordinator, now=NOW)
    closed = build_case(house, number=3)
    advance(closed, "cases.case.close", by=house.coordinator, now=NOW, facts={"outcome": "withdrawn"} | why(closed))

    def found(**query: str) -> list[str]:
        return sorted(one["reference"] for one in pharmacist.read("/cases", **query)["cases"])

    everything = sorted(one.reference for one in (case, second, closed))
    assert found() == everything
    assert found(stage="determination") == [case.reference]
    assert found(stage="filing") == [second.reference]
    assert found(stage="closed") == [closed.reference]
    assert found(stage="open") == sorted([case.reference, second.reference])
    assert found(country="gb") == everything
    assert found(country="AU") == []
    assert found(q=case.reference.lower().replace("-", " ")) == [case.reference]
    assert found(q="orvel") == everything
    assert found(q="nothing of the kind") == []


def why(case: Case) -> dict[str, str]:
    return {"reason": "The family withdrew."}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"limit": "0"}, ("limit", "0", "Input should be greater than or equal to 1", "Send a larger number.")),
        ({"limit": "201"}, ("limit", "201", "Input should be less than or equal to 200", "Send a smaller number.")),
        (
            {"limit": "many"},
            (
                "limit",
                "many",
                "Input should be a valid integer, unable to parse string as an integer",
                "Send a whole number.",
            ),
        ),
        (
            {"country": "England"},
            (
                "country",
                "England",
                "String should match pattern '^[A-Za-z]{2}$'",
                "Write it as the shape of the call shows.",
            ),
        ),
        (
            {"after": "NP-0000-0000-0"},
            (
                "after",
                "NP-0000-0000-0",
                "No page ended there.",
                "Send `next` of the page before as it came.",
            ),
        ),
        ({"statge": "open"}, ("statge", "open", "Extra inputs are not permitted", "Leave this field out.")),
        ({"stage": ["open", "closed"]}, ("stage", "closed", "It was sent more than once", "Send it once.")),
        (
            {"q": "a\x00b"},
            (
                "q",
                "a\\0b",
                "The text holds a NUL character, which cannot be kept",
                "Type it again without that character.",
            ),
        ),
    ],
)
def test_a_filter_that_cannot_be_used_is_named_with_its_value_and_remedy(
    case: Case, pharmacist: Caller, query: dict[str, Any], fault: tuple[str, Any, str, str]
) -> None:
    assert faults(pharmacist.get("/cases", **query)) == [fault]


def test_every_fault_comes_at_once(case: Case, pharmacist: Caller) -> None:
    named = faults(pharmacist.get("/cases", limit="0", country="England", stage="begun"))
    assert [one[0] for one in named] == ["limit", "stage", "country"]


def test_the_detail_has_holds_and_records_for_the_house_and_neither_for_people_abroad(
    house: House, case: Case, pharmacist: Caller, prescriber: Caller, auditor: Caller, receiving: Caller
) -> None:
    sign_determination(house, case)
    facts = {"kind": "payment", "until": "paid", "reason": "The invoice is open."}
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=facts)
    hold = Hold.objects.get()
    whole = line_of(case, events=4) | {
        "patient_reference": case.patient.reference,
        "indication": "invented haematological disease",
        "institution": "Fairhaven General Hospital",
        "runs_out_on": None,
        "holds": [
            {
                "label": "H-1",
                "kind": "payment",
                "reason": "The invoice is open.",
                "until": "paid",
                "placed_by": "M. Ostby",
                "placed_at": hold.placed_at.isoformat().replace("+00:00", "Z"),
                "lifted_at": None,
            }
        ],
        "records": [
            {"label": "N-1", "kind": "cases.Determination", "state": "signed"},
            {"label": "D-1", "kind": "documents.Document", "state": "accepted"},
        ],
    }
    address = f"/cases/{case.reference}"
    assert pharmacist.read(address) == whole
    assert auditor.read(address) == whole
    abroad = whole | {"holds": [], "records": whole["records"][:1]}
    assert prescriber.read(address) == abroad
    assert receiving.read(address) == abroad


def test_a_case_that_has_ended_says_how_and_when(house: House, case: Case, pharmacist: Caller) -> None:
    later = NOW + timedelta(days=3)
    advance(case, "cases.case.close", by=house.coordinator, now=later, facts={"outcome": "withdrawn"} | why(case))
    body = pharmacist.read(f"/cases/{case.reference}")
    assert (body["stage"], body["outcome"], body["closed_at"]) == ("closed", "withdrawn", "2026-03-05T15:00:00Z")


def test_reading_writes_nothing(case: Case, pharmacist: Caller) -> None:
    with nothing_written():
        pharmacist.read("/cases")
        pharmacist.read(f"/cases/{case.reference}")
        pharmacist.read(f"/cases/{case.reference}/steps")
        pharmacist.read(f"/cases/{case.reference}/events")
        pharmacist.read(f"/cases/{case.reference}/history")
