"""The next step: the one that carries the case on now, not one that is done, overtaken or not due yet."""

from typing import Any

import pytest

from cases.lifecycle.steps import next_step, possible_steps
from cases.lifecycle.verbs import VERBS
from cases.people.models import User
from regulatory.models import Filing
from tests.factories import PASSWORD, as_sent, check_arrival, read_on_arrival
from tests.laid import laid
from tests.regulatory.ground import PAPERS, Ground, at, build_ground
from tests.regulatory.test_au_category_a import give, ship

OPENED = at("2026-03-01 22:00")


def following(ground: Ground, by: User | None = None) -> str:
    """The next step's verb and record, for the coordinator unless somebody else is named."""
    person = by or ground.house.coordinator
    step = next_step(ground.case, possible_steps(ground.case, by=person, now=ground.now))
    return f"{step.verb.code} {step.on}".strip() if step else "nothing"


def australia(key: str) -> Ground:
    return build_ground(key, now=OPENED, country="AU", zone="Australia/Sydney")


@pytest.mark.parametrize(
    ("code", "on", "words"),
    [
        ("custody.consignment.order", "C-1", "Order C-1"),
        ("custody.consignment.release", "C-1", "Release C-1 to ship"),
        ("regulatory.filing.grant", "F-2", "Record that F-2 was granted"),
        ("regulatory.review.pass", "R-2", "Pass the review R-2"),
        ("cases.case.close", "", "Close the case"),
    ],
)
def test_a_step_is_called_by_what_it_does_to_which_record(code: str, on: str, words: str) -> None:
    assert VERBS[code].called(on) == words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "step"),
    [("AU-SAS-A", "cases.case.begin_sourcing"), ("AU-SAS-B", "cases.case.begin_filing")],
    ids=["no authorization is needed before the supply", "an authorization is needed first"],
)
def test_filing_is_skipped_only_where_the_pathway_lets_the_supply_be_sourced(key: str, step: str) -> None:
    assert following(australia(key)) == step


@pytest.mark.django_db
def test_reviews_are_asked_for_once_the_papers_are_there_and_before_anything_is_filed() -> None:
    ground = australia("AU-SAS-B")
    ground.take("cases.case.begin_filing")
    assert following(ground) == "regulatory.filing.open"
    ground.take("regulatory.filing.open", kind="application", authority="TGA")
    assert following(ground) == "regulatory.filing.make_ready F-1"
    for doc_type in PAPERS["AU-SAS-B"]:
        ground.paper(doc_type)
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    for kind in ("clinical", "regulatory"):
        assert following(ground) == "regulatory.review.request"
        ground.take("regulatory.review.request", kind=kind)
    assert following(ground) == "regulatory.filing.submit F-1"
    assert following(ground, ground.house.pic) == "regulatory.review.pass R-1"


@pytest.mark.django_db
def test_an_appeal_is_overtaken_by_a_later_filing() -> None:
    ground = australia("AU-SAS-B")
    ground.take("cases.case.begin_filing")
    ground.ready(kind="application", authority="TGA")
    ground.submit(at("2026-03-02 05:00"), party="Dr L. Ferrante")
    ground.take("cases.case.await_authorization")
    decided = at("2026-03-05 02:00")
    ground.take("regulatory.filing.refuse", subject=ground.filing, now=decided, happened_at=decided, reason="Too soon.")
    assert following(ground) == "regulatory.filing.appeal F-1"
    ground.take("regulatory.filing.open", kind="application", authority="TGA")
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    ground.submit(decided, party="Dr L. Ferrante")
    ground.grant(at("2026-03-06 02:00"))
    assert Filing.objects.get(case=ground.case, number=1).state == "refused"
    assert following(ground) == "cases.case.begin_sourcing"


@laid
def arrived(db: None) -> Ground:
    ground = build_ground("AU-SAS-A", now=at("2026-10-05 01:00"), country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True, held_by="local_sponsor")
    ground.paper("patient_consent", uploaded=True)
    ground.paper("prescription", uploaded=True)
    ground.take("cases.case.begin_sourcing")
    ship(ground, dispatch="2026-10-20", arrival="2026-10-24")
    ground.take("cases.case.begin_shipment")
    return ground


def test_an_arrival_is_inspected_measured_decided_on_and_accepted_once_each(arrived: Ground) -> None:
    house = arrived.house
    way: list[tuple[str, User, dict[str, Any]]] = [
        ("inspect", house.receiving, as_sent(arrived.now)),
        ("record_temperature", house.receiving, {"lowest_c": "2.9", "highest_c": "7.4"}),
        ("decide_disposition", house.pic, {"decision": "release", "reason": "In range.", "password": PASSWORD}),
        ("accept", house.second_pharmacist, {}),
    ]
    for verb, by, facts in way:
        assert following(arrived) == f"custody.consignment.{verb} C-1"
        if verb == "inspect":
            read_on_arrival(arrived.consignment, by=by, now=arrived.now)
        arrived.take(f"custody.consignment.{verb}", by=by, subject=arrived.consignment, **facts)
        if verb == "record_temperature":
            assert following(arrived, house.doctor) == "custody.consignment.second_check C-1"
            check_arrival(house, arrived.consignment, now=arrived.now)
    assert following(arrived) == "cases.case.begin_dispensing"


def test_a_report_is_read_attached_assessed_locked_and_told_and_questions_come_on_their_day(arrived: Ground) -> None:
    give(arrived)
    arrived.take("cases.case.begin_dispensing")
    arrived.take("cases.case.begin_follow_up")
    assert following(arrived) == "cases.case.resupply"
    arrived.now = at("2026-11-06 12:59")  # the last minute of the sixth day in Sydney
    assert following(arrived) == "cases.case.resupply"
    arrived.now = at("2026-11-06 13:00")
    assert following(arrived) == "pharmacovigilance.follow_up.answer U-1"
    arrived.take("pharmacovigilance.report.receive", verbatim="A rash on both arms.", seriousness="not_serious")
    report = arrived.case.safety_reports.get()
    assert following(arrived) == "pharmacovigilance.report.triage S-1"
    arrived.take("pharmacovigilance.report.triage", subject=report)
    assert following(arrived) == "pharmacovigilance.report.attach S-1"
    arrived.take("pharmacovigilance.report.attach", subject=report, serious="no")
    assert following(arrived) == "pharmacovigilance.version.assess V-1"
    version = arrived.case.case_versions.get()
    arrived.take(
        "pharmacovigilance.version.assess",
        subject=version,
        serious="no",
        causality="related",
        expected="no",
        narrative="A rash, gone by itself.",
        lot_remark="the pack is gone",
        biological="no",
        product_class="chemical",
    )
    assert following(arrived) == "pharmacovigilance.version.lock V-1"
    arrived.take("pharmacovigilance.version.lock", subject=version)
    told = arrived.case.obligations.filter(state="open").order_by("number")
    for obligation in told:
        assert following(arrived) == f"pharmacovigilance.obligation.discharge {obligation.label}"
        arrived.take(
            "pharmacovigilance.obligation.discharge",
            subject=obligation,
            discharged_at=arrived.now,
            evidence=arrived.paper("transmission_proof"),
        )
    assert following(arrived) == "pharmacovigilance.follow_up.answer U-1"
    arrived.take(
        "pharmacovigilance.follow_up.answer",
        subject=arrived.case.follow_ups.get(number=1),
        answered_at=arrived.now,
        answer="The patient is well.",
        adverse_event="no",
    )
    assert following(arrived) == "cases.case.resupply"
