"""Filings, authorizations, pathway events and gates over the API, as the pharmacy and its auditors read them."""

from typing import Any

import pytest

from tests.api.callers import Caller, faults, nothing_written, refused
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

pytestmark = pytest.mark.django_db
SUBMITTED, ACKNOWLEDGED = at("2026-02-26 11:00"), at("2026-03-02 10:04")


@laid
def acknowledged() -> Ground:
    """UK-SPECIALS, filed and acknowledged: the 28 days run."""
    ground = build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    ground.submit(SUBMITTED)
    ground.acknowledge(ACKNOWLEDGED)
    return ground


def read(ground: Ground, what: str, **query: Any) -> Any:
    return Caller(ground.house.coordinator).read(f"/cases/{ground.case.reference}/{what}", **query)


def test_a_filing_tells_its_way_and_its_questions(acknowledged: Ground) -> None:
    asked = at("2026-03-05 09:00")
    acknowledged.take(
        "regulatory.filing.receive_question",
        subject=acknowledged.filing,
        now=asked,
        happened_at=asked,
        text="Which batch is meant?",
        answer_due_on="2026-03-20",
    )
    filing = acknowledged.filing
    [line] = read(acknowledged, "filings")
    assert line == {
        "label": "F-1",
        "kind": "notification",
        "authority": "MHRA",
        "state": "question",
        "pathway": "UK-SPECIALS",
        "pathway_version": "1.0.0-demo",
        "renews": None,
        "quantity": "6.000",
        "planned_on": None,
        "external_reference": "",
        "submitted_at": "2026-02-26T11:00:00Z",
        "submitted_by_party": "Northway Specials",
        "proof": filing.proof.label,  # type: ignore[union-attr]
        "acknowledged_at": "2026-03-02T10:04:00Z",
        "decided_at": None,
        "decision_letter": None,
        "refusal_reason": "",
        "appealed_at": None,
        "questions": [
            {
                "number": 1,
                "text": "Which batch is meant?",
                "asked_at": "2026-03-05T09:00:00Z",
                "answer_due_on": "2026-03-20",
                "answered_at": None,
                "answer": "",
            }
        ],
    }


def test_pathway_events_come_newest_first_with_their_filing(acknowledged: Ground) -> None:
    lines = read(acknowledged, "pathway-events")
    told = [(one["name"], one["happened_at"], one["filing"], one["withdrawn_at"]) for one in lines]
    assert told[0] == ("acknowledged", "2026-03-02T10:04:00Z", "F-1", None)
    assert ("submitted", "2026-02-26T11:00:00Z", "F-1", None) in told
    assert [one[1] for one in told] == sorted((one[1] for one in told), reverse=True)


@pytest.mark.parametrize(("day", "state"), [("2026-03-30", "shut"), ("2026-03-31", "open")])
def test_the_import_gate_opens_on_day_29(acknowledged: Ground, day: str, state: str) -> None:
    gates = {gate["gate"]: gate for gate in read(acknowledged, "gates", on=day)}
    gate = gates["may_import"]
    assert (gate["state"], gate["on"]) == (state, day)
    assert (gate["pathway"], gate["pathway_version"], gate["confidence"]) == ("UK-SPECIALS", "1.0.0-demo", "high")
    assert [part["sources"] for part in gate["parts"]] == [["UK1", "UK3"], ["UK3", "UK4"]]
    if state == "shut":
        assert gate["opens_on"] == "2026-03-31"


def test_an_authorization_tells_its_ledger_in_sums() -> None:
    ground = build_ground("AU-SAS-B", now=at("2026-03-02 01:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="4")
    ground.submit(at("2026-03-02 02:00"))
    ground.grant(at("2026-03-03 02:00"), quantity="4", valid_until="2027-03-02")
    ground.take("cases.case.begin_sourcing", now=at("2026-03-03 03:00"))
    ground.plan("2026-03-10", "2026-03-14", quantity="3")
    ground.take("regulatory.authorization.assign", subject=ground.authorization, consignment=ground.consignment)
    [line] = read(ground, "authorizations")
    authorization = ground.authorization
    assert line == {
        "label": "A-1",
        "filing": "F-1",
        "ground": authorization.ground,
        "level": authorization.level,
        "state": "in_force",
        "external_number": authorization.external_number,
        "covers": ["patient", "prescriber", "product", "indication"],
        "indication": authorization.indication,
        "valid_from": "2026-03-03",
        "valid_until": "2027-03-02",
        "max_uses": authorization.max_uses,
        "port": "",
        "conditions": authorization.conditions,
        "document": authorization.document.label,  # type: ignore[union-attr]
        "quantity": "4.000",
        "unit": "vial",
        "stated_quantity": None,
        "stated_unit": "",
        "conversion": "",
        "granted_under": ground.case.reference,
        "covers_cases": [],
        "accounts": line["accounts"],
        "remaining": line["remaining"],
    }
    assert line["accounts"] == {"reserved": "3.000"}
    assert line["remaining"] == "1.000"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        (
            {"on": "1899-12-31"},
            (
                "on",
                "1899-12-31",
                "The day is not between 1900 and 2200",
                "Send a day as year-month-day, for example 2026-12-04.",
            ),
        ),
        (
            {"on": "2201-01-01"},
            (
                "on",
                "2201-01-01",
                "The day is not between 1900 and 2200",
                "Send a day as year-month-day, for example 2026-12-04.",
            ),
        ),
        (
            {"on": "today"},
            (
                "on",
                "today",
                "A day is asked, year-month-day",
                "Send a day as year-month-day, for example 2026-12-04.",
            ),
        ),
        (
            {"consignment": "C-9"},
            ("consignment", "C-9", "The case has no such consignment.", "Send a label of the case's records."),
        ),
        ({"day": "2026-03-31"}, ("day", "2026-03-31", "Extra inputs are not permitted", "Leave this field out.")),
    ],
)
def test_a_day_or_a_consignment_that_cannot_be_used_is_named(
    acknowledged: Ground, query: dict[str, str], fault: tuple[str, ...]
) -> None:
    caller = Caller(acknowledged.house.coordinator)
    assert faults(caller.get(f"/cases/{acknowledged.case.reference}/gates", **query)) == [fault]


@pytest.mark.parametrize("what", ["filings", "authorizations", "pathway-events", "gates"])
def test_they_are_read_by_the_house_alone(acknowledged: Ground, what: str) -> None:
    house, address = acknowledged.house, f"/cases/{acknowledged.case.reference}/{what}"
    with nothing_written():
        assert Caller(house.auditor).read(address) == Caller(house.coordinator).read(address)
        for person in (house.doctor, house.delegate, house.receiving):
            body = refused(Caller(person).get(address), 403, "not-permitted")
            assert body["remedy"] == (
                "It is for: administrator, auditor, coordinating pharmacist, pharmacist in charge."
            )
        refused(Caller(house.stranger.user).get(address), 403, "not-permitted")
        refused(Caller(house.coordinator).get(f"/cases/NP-0000-0000-0/{what}"), 404, "not-found")
