"""AU-SAS-A: supply first, notify within 28 days after; the duty appears at the supply, and late shows as late."""

from datetime import datetime

import pytest

from cases.custody.models import Partner
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import RequirementsUnmet
from regulatory.models import Filing, PathwayEvent
from tests.factories import PASSWORD, as_sent, check_arrival, read_on_arrival
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

OPENED = at("2026-10-05 01:00")
SUPPLIED = at("2026-10-31 02:00")  # Saturday the 31st in Canberra


@laid
def prepared(db: None) -> Ground:
    ground = build_ground("AU-SAS-A", now=OPENED, country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True, held_by="local_sponsor")
    ground.paper("patient_consent", uploaded=True)
    ground.paper("prescription", uploaded=True)
    return ground


@laid
def supplied(prepared: Ground) -> Ground:
    prepared.take("cases.case.begin_sourcing")
    ship(prepared, dispatch="2026-10-20", arrival="2026-10-24")
    give(prepared)
    return prepared


def ship(ground: Ground, *, dispatch: str, arrival: str, arrives: str = "", **order: object) -> None:
    """Plan, order and send a consignment; it arrives on the planned day unless another one is given."""
    ground.plan(dispatch, arrival)
    ground.order(**order)
    ground.allocate()
    ground.take(
        "custody.consignment.release",
        by=ground.house.pic,
        subject=ground.consignment,
        now=at(f"{dispatch} 01:00"),
        planned_dispatch_on=dispatch,
        planned_arrival_on=arrival,
    )
    ground.clear_export(now=at(f"{dispatch} 05:30"))
    ground.take(
        "custody.consignment.dispatch",
        subject=ground.consignment,
        now=at(f"{dispatch} 06:00"),
        dispatched_at=at(f"{dispatch} 05:00"),
        carrier=ground.partner(Partner.Kind.CARRIER),
        shipper_number="S-1",
        logger_number="L-1",
        briefing_confirmed="yes",
    )
    ground.take(
        "custody.consignment.arrive",
        by=ground.house.receiving,
        subject=ground.consignment,
        now=at(f"{arrives or arrival} 03:00"),
        arrived_at=at(f"{arrives or arrival} 02:00"),
    )


def accept(ground: Ground) -> None:
    """Inspect what has arrived, release and accept it."""
    arrived, house = ground.now, ground.house
    read_on_arrival(ground.consignment, by=house.receiving, now=arrived)
    ground.take("custody.consignment.inspect", by=house.receiving, subject=ground.consignment, **as_sent(arrived))
    check_arrival(house, ground.consignment, now=arrived)
    ground.take(
        "custody.consignment.record_temperature",
        by=house.receiving,
        subject=ground.consignment,
        lowest_c="2.9",
        highest_c="7.4",
        minutes_outside=0,
    )
    ground.take(
        "custody.consignment.decide_disposition",
        by=house.pic,
        subject=ground.consignment,
        decision="release",
        reason="In range throughout.",
        password=PASSWORD,
    )
    ground.take("custody.consignment.accept", by=house.second_pharmacist, subject=ground.consignment)


def give(ground: Ground, *, dispensed_at: datetime = SUPPLIED) -> None:
    accept(ground)
    ground.take(
        "custody.consignment.dispense",
        by=ground.house.receiving,
        subject=ground.consignment,
        now=dispensed_at,
        dispensed_at=dispensed_at,
    )


def notify(ground: Ground, day: str) -> None:
    for kind in ("clinical", "regulatory"):
        ground.review(kind)
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", now=at(f"{day} 00:30"))
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    ground.submit(at(f"{day} 01:00"), party="Dr L. Ferrante")


def test_no_authorization_stage_is_needed(prepared: Ground) -> None:
    line = prepared.line("GateOpen:may_supply", "cases.case.begin_sourcing")
    assert line.state == "met"
    prepared.take("cases.case.begin_sourcing")
    assert (prepared.case.stage, Filing.objects.filter(case=prepared.case).count()) == ("sourcing", 0)


def test_a_dispatch_waits_for_the_signed_statement(db: None) -> None:
    ground = build_ground("AU-SAS-A", now=OPENED, country="AU", zone="Australia/Sydney")
    ground.take("cases.case.begin_sourcing")
    ground.plan("2026-10-20", "2026-10-24")
    ground.order()
    ground.allocate()
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take(
            "custody.consignment.release",
            by=ground.house.pic,
            subject=ground.consignment,
            planned_dispatch_on="2026-10-20",
            planned_arrival_on="2026-10-24",
        )
    gates = {line.code: line.fact for line in refused.value.unmet if line.code.startswith("GateOpen")}
    assert set(gates) == {"GateOpen:may_supply", "GateOpen:supplier_release"}
    assert "There is no signed authority's form." in gates["GateOpen:may_supply"]
    assert (ground.consignment.state, ground.written()) == ("allocated", before)


def test_the_duty_appears_at_the_supply_and_rolls_to_monday(supplied: Ground) -> None:
    duty = supplied.deadline("post_supply_notification")
    assert (duty.due_on.isoformat(), duty.force, duty.state) == ("2026-11-30", "statutory", "running")
    assert (duty.label, duty.subject) == ("Notice to TGA after the supply", "C-1")
    assert duty.holder == supplied.house.doctor
    assert (duty.fact, duty.confidence) == ("AU-SAS-A.deadlines.1", "medium")
    steps = {step["label"]: step["on"] for step in duty.computation["ledger"]}
    assert (steps["Event: dispensed or supplied"], steps["+ 28 calendar days: day 28"], steps["Rolled"]) == (
        "2026-10-31",
        "2026-11-28",
        "2026-11-30",
    )


def test_there_is_no_duty_before_the_supply(prepared: Ground) -> None:
    prepared.take("cases.case.begin_sourcing")
    ship(prepared, dispatch="2026-10-20", arrival="2026-10-24")
    kinds = set(Deadline.objects.filter(case=prepared.case).values_list("kind", flat=True))
    assert "regulatory.post_supply_notification" not in kinds


def test_a_completed_statement_shows_the_earlier_safe_day(prepared: Ground) -> None:
    prepared.take(
        "regulatory.pathway_event.record",
        name="statement_completed",
        happened_at=at("2026-10-12 03:00"),
        now=at("2026-10-12 04:00"),
    )
    prepared.take("cases.case.begin_sourcing")
    ship(prepared, dispatch="2026-10-20", arrival="2026-10-24")
    give(prepared)
    duty = prepared.deadline("post_supply_notification")
    assert (duty.due_on.isoformat(), duty.label) == (
        "2026-11-30",
        "Notice to TGA after the supply; safe by every reading: Mon 9 Nov 2026",
    )


def test_a_notice_in_time_meets_the_duty(supplied: Ground) -> None:
    notify(supplied, "2026-11-20")
    duty = supplied.deadline("post_supply_notification")
    assert (duty.state, duty.met_at) == ("met", at("2026-11-20 01:00"))


def test_a_late_notice_shows_as_late(supplied: Ground) -> None:
    notify(supplied, "2026-12-02")
    duty = supplied.deadline("post_supply_notification")
    assert (duty.state, duty.met_at) == ("met_late", at("2026-12-02 01:00"))


def test_a_notice_was_not_given_before_the_supply_that_it_tells_of(supplied: Ground) -> None:
    """A day typed wrong would turn a missed duty into one that was met."""
    duty, evidence = supplied.deadline("post_supply_notification"), supplied.paper("regulator_form")
    before = supplied.written()
    with pytest.raises(RequirementsUnmet) as refused:
        supplied.take(
            "regulatory.duty.discharge",
            now=at("2026-12-10 01:00"),
            deadline=duty,
            happened_at=at("2026-10-01 02:00"),
            evidence=evidence,
        )
    said = next(line.fact for line in refused.value.unmet if line.code == "MomentsInOrder")
    assert said == "2026-10-01 02:00 UTC is before what the duty counts from on 2026-10-31 02:00 UTC."
    assert supplied.written() == before
    assert supplied.deadline("post_supply_notification").state == duty.state


def test_an_overdue_notice_blocks_the_next_shipment_until_it_is_sent(supplied: Ground) -> None:
    supplied.now = at("2026-12-02 00:00")
    supplied.plan("2026-12-03", "2026-12-07")
    supplied.order()
    supplied.allocate()
    line = supplied.line(
        "DebtsPaid", "custody.consignment.release", by=supplied.house.pic, subject=supplied.consignment
    )
    assert (line.state, line.sources) == ("unmet", ("AU-SAS-A.deadlines.1",))
    assert "due 2026-11-30, with Dr L. Ferrante" in line.fact
    notify(supplied, "2026-12-02")
    line = supplied.line(
        "DebtsPaid", "custody.consignment.release", by=supplied.house.pic, subject=supplied.consignment
    )
    assert line.state == "met"


def test_a_supply_after_the_notice_is_told_again(supplied: Ground) -> None:
    notify(supplied, "2026-11-20")
    PathwayEvent.objects.get(case=supplied.case, name="submitted")
    supplied.now = at("2026-11-21 00:00")
    ship(supplied, dispatch="2026-11-22", arrival="2026-11-25")
    house = supplied.house
    read_on_arrival(supplied.consignment, by=house.receiving, now=supplied.now)
    for verb, by, facts in (
        ("inspect", house.receiving, as_sent(supplied.now)),
        ("record_temperature", house.receiving, {"lowest_c": "2.9", "highest_c": "7.4", "minutes_outside": 0}),
        ("decide_disposition", house.pic, {"decision": "release", "reason": "In range.", "password": PASSWORD}),
        ("accept", house.second_pharmacist, {}),
        ("dispense", house.receiving, {"dispensed_at": supplied.now}),
    ):
        supplied.take(f"custody.consignment.{verb}", by=by, subject=supplied.consignment, **facts)
        if verb == "inspect":
            check_arrival(house, supplied.consignment, now=supplied.now)
    duties = Deadline.objects.filter(case=supplied.case, kind="regulatory.post_supply_notification").order_by("subject")
    assert [(duty.subject, duty.state) for duty in duties] == [("C-1", "met"), ("C-2", "running")]


def test_a_report_of_the_sponsor_is_shown_by_its_evidence(supplied: Ground) -> None:
    duty = supplied.deadline("periodic_supply_report")
    assert (duty.due_on.isoformat(), duty.ball, duty.subject) == ("2027-02-01", "the local sponsor", "")
    reported = at("2027-01-20 02:00")
    with pytest.raises(RequirementsUnmet) as refused:
        supplied.take("regulatory.duty.discharge", deadline=duty, happened_at=reported, now=at("2027-01-21 02:00"))
    assert [line.code for line in refused.value.unmet] == ["OutsideDutyHasEvidence"]
    assert supplied.deadline("periodic_supply_report").state == "running"
    evidence = supplied.paper("supply_report")
    supplied.take("regulatory.duty.discharge", deadline=duty, happened_at=reported, evidence=evidence)
    duty = supplied.deadline("periodic_supply_report")
    assert (duty.state, duty.met_at) == ("met", reported)


def test_a_colleague_takes_over_what_the_coordinator_held(supplied: Ground) -> None:
    supplied.take("regulatory.filing.open", kind="notification", authority="TGA")
    supplied.take("cases.case.reassign", coordinator=supplied.house.second_pharmacist)
    held = Deadline.objects.filter(case=supplied.case, kind__startswith="regulatory.", state="running")
    assert supplied.house.coordinator not in {deadline.holder for deadline in held}
