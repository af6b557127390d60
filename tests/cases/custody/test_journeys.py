"""A consignment is packed, checked, handed over and watched; cancelled, delayed or lost it says what that does."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cases.audit.context import acting
from cases.custody.consignment_papers import claim, not_its_own
from cases.custody.dispatch_gate import GROUPS, grouped, mark_of
from cases.custody.handling import journey_hours
from cases.custody.models import (
    Consignment,
    HandOver,
    Milestone,
    Packing,
    PackReading,
    TransactionPack,
    TransactionRecord,
    Unit,
)
from cases.deadlines.models import Deadline
from cases.lifecycle.checklist import requirements_of
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from regulatory.models import PathwayEvent
from tests.cases.custody.builders import ARRIVED, DECIDED, DISPATCHED, GTIN, HOUR, Supply
from tests.factories import build_paper
from tests.written import refused_and_nothing_written

DISPATCH = "custody.consignment.dispatch"


def lines_of(refusal: object) -> dict[str, str]:
    return {line.code: line.fact for line in refusal.value.unmet}  # type: ignore[attr-defined]


# -- cancelled before it leaves


@pytest.mark.parametrize("state", ["planned", "ordered", "allocated", "released"])
def test_is_recorded_as_cancelled_and_not_as_destroyed(supply: Supply, state: str) -> None:
    supply.bring_to(state)

    box = supply.do("cancel", by=supply.house.coordinator, now=DISPATCHED, reason="The order was withdrawn.")

    assert box.state == "cancelled"
    assert {unit.state for unit in Unit.objects.all()} <= {"cancelled"}
    assert supply.case.events.latest("seq").verb == "custody.consignment.cancelled"
    assert not supply.case.custody_events.filter(disposition="destroyed").exists()
    assert not Deadline.objects.filter(case=supply.case, subject="C-1", state="running").exists()


@pytest.mark.usefixtures("allocated")
def test_a_pack_that_was_set_free_may_be_allocated_again(supply: Supply) -> None:
    supply.do("cancel", by=supply.house.coordinator, now=DISPATCHED, reason="The order was withdrawn.")
    supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")
    supply.order(2)

    supply.allocate(2, serials="SN-1-1\nSN-2-2")

    assert sorted(Unit.objects.filter(serial="SN-1-1").values_list("state", flat=True)) == ["allocated", "cancelled"]


# -- a corrected moment


def corrected(supply: Supply, at: datetime, step: str = "shipping") -> None:
    line = supply.consignment().custody_events.get(biz_step=step)
    supply.do(
        "correct_event", by=supply.house.coordinator, now=DECIDED, reason="The waybill says so.", line=line,
        what="incorrect_data", event_at=at,
    )  # fmt: skip


@pytest.mark.usefixtures("in_transit")
def test_a_corrected_dispatch_changes_the_consignment_and_the_pathways_event(supply: Supply) -> None:
    corrected(supply, DISPATCHED - HOUR)

    assert supply.consignment().dispatched_at == DISPATCHED - HOUR
    shipped = PathwayEvent.objects.filter(case=supply.case, name="shipped").order_by("pk")
    assert [(one.happened_at, one.withdrawn_at is None) for one in shipped] == [
        (DISPATCHED, False),
        (DISPATCHED - HOUR, True),
    ]


@pytest.mark.usefixtures("arrived")
def test_a_dispatch_is_not_corrected_to_after_the_arrival(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        corrected(supply, ARRIVED + HOUR)

    assert lines_of(refusal) == {
        "CorrectionMovesNothing": "2026-03-06 10:20 UTC lies after the arrival at 2026-03-06 09:20 UTC."
    }
    assert supply.consignment().dispatched_at == DISPATCHED


# -- papers belong to the consignment they were made for


def second_in_preparation(supply: Supply) -> None:
    supply.plan(planned_dispatch_on="2026-03-05", planned_arrival_on="2026-03-07")
    supply.order(2)


@pytest.mark.usefixtures("in_transit")
def test_a_second_consignment_does_not_pass_with_the_firsts_invoice(supply: Supply) -> None:
    second_in_preparation(supply)
    invoice = supply.case.documents.get(doc_type="commercial_invoice")

    assert not_its_own(supply.consignment(1)) == {}
    assert not_its_own(supply.consignment(2))[invoice.pk] == (
        "commercial_invoice",
        f"{invoice.label} was made for C-1.",
    )
    line = next(
        line
        for line in consider(supply.case, DISPATCH, by=supply.house.coordinator, now=DISPATCHED,
                             subject=supply.consignment(2))
        if line.code.startswith("ExportPapersComplete") and "ommercial invoice" in line.sentence
    )  # fmt: skip
    assert (line.state, line.fact) == ("unmet", f"There is no commercial invoice. {invoice.label} was made for C-1.")


def test_while_two_are_prepared_nobody_guesses_whose_a_new_paper_is(supply: Supply) -> None:
    supply.plan()
    supply.order()
    second_in_preparation(supply)
    waybill = build_paper(supply.house, supply.case, "airway_bill", now=DISPATCHED)

    told = ("airway_bill", f"Nobody has said for which of C-1, C-2 {waybill.label} was made.")
    assert not_its_own(supply.consignment(2)) == {waybill.pk: told}

    supply.do("claim_paper", by=supply.house.coordinator, now=DISPATCHED, number=2, document=waybill)

    assert not_its_own(supply.consignment(2)) == {}
    assert not_its_own(supply.consignment(1)) == {waybill.pk: ("airway_bill", f"{waybill.label} was made for C-2.")}
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("claim_paper", by=supply.house.coordinator, now=DISPATCHED, document=waybill)
    assert lines_of(refusal) == {"PaperIsOfTheShipment": f"{waybill.label} was made for C-2."}


@pytest.mark.usefixtures("in_transit")
def test_a_certificate_of_analysis_speaks_for_its_lot(supply: Supply) -> None:
    certificate = build_paper(supply.house, supply.case, "coa", now=DISPATCHED)
    with acting(by=supply.house.coordinator, verb="tests.claimed", business_at=DISPATCHED):
        claim(supply.consignment(1), [certificate], by=supply.house.coordinator, now=DISPATCHED)
    second_in_preparation(supply)

    assert certificate.pk in not_its_own(supply.consignment(2))
    supply.allocate(2)
    assert certificate.pk not in not_its_own(supply.consignment(2))


# -- the gate


def checks(supply: Supply, number: int = 1, now: datetime = DISPATCHED) -> dict[str, tuple[str, str]]:
    lines = consider(supply.case, DISPATCH, by=supply.house.coordinator, now=now, subject=supply.consignment(number))
    return {line.code: (mark_of(line), line.fact) for line in lines}


def bare(supply: Supply) -> None:
    """A second consignment that was allocated and nothing more: nobody packed, scanned or received papers."""
    supply.plan(planned_dispatch_on="2026-03-04", planned_arrival_on="2026-03-06")
    supply.order()
    supply.do(
        "allocate", by=supply.house.coordinator, now=DISPATCHED, lot_number="7K04B8", gtin=GTIN,
        expires_on="2027-08-31", serials="SN-1\nSN-2",
    )  # fmt: skip


def test_each_check_has_its_own_reason_and_its_own_mark(supply: Supply) -> None:
    bare(supply)

    found = checks(supply)

    assert found["PackedForTheJourney"] == ("unmet", "Nobody has recorded how it is packed.")
    assert found["JourneyFitsHandling"] == ("not_known", "It is not packed yet, so its hours are not known.")
    assert found["PacksScanned"] == ("unmet", "SN-1: Not read yet. SN-2: Not read yet.")
    assert found["TransactionPapersReceived"] == ("unmet", "No papers: not named at least by its lot: SN-1, SN-2.")
    assert found["UnitsAllocatedMatch:count"] == ("met", "2 serial numbers, 2 planned.")
    assert found["SupplierCredentialValid:state_wholesale_licence"][0] == "met"


@pytest.mark.usefixtures("released")
def test_the_refusal_and_the_event_hold_the_list_that_the_page_shows(supply: Supply) -> None:
    with acting(by=supply.house.coordinator, verb="tests.carrier_named", business_at=DISPATCHED):
        Consignment.objects.update(carrier=supply.carrier)
    shown = checks(supply)

    with pytest.raises(RequirementsUnmet) as refusal:
        supply.dispatch(briefing_confirmed="no")
    assert {line.code for line in refusal.value.checklist} == set(shown)

    supply.dispatch()
    kept = supply.case.events.latest("seq").checklist
    assert {line["code"] for line in kept} == set(shown)
    assert {line["is_known"] for line in kept} == {True}


def test_every_requirement_of_a_dispatch_stands_under_a_heading() -> None:
    named = {code for _, codes in GROUPS for code in codes.split()}

    assert {entry.code for entry in requirements_of(DISPATCH)} == named
    assert len(grouped([])) == 0


def papers(supply: Supply, on: date, *, serials: list[str], lot: str = "7K04B8") -> None:
    box, clerk = supply.consignment(), supply.house.coordinator
    with acting(by=clerk, verb="tests.papers", business_at=DISPATCHED):
        record = TransactionRecord.objects.create(
            case=supply.case, consignment=box, number=1, regime="us_dscsa", source="paper", product="x", containers=2,
            transaction_on=on, seller="Northway", buyer="Harrow", statement=[], recorded_by=clerk,
            recorded_at=DISPATCHED, retained_until=date(2033, 1, 1),
        )  # fmt: skip
        for serial in serials or [""]:
            TransactionPack.objects.create(case=supply.case, record=record, gtin=GTIN, lot=lot, serial=serial)


@pytest.mark.parametrize(
    ("on", "mark", "fact"),
    [
        (date(2026, 11, 26), "met", "P-1 name each pack at least by its lot."),
        (date(2026, 11, 27), "unmet", "P-1: not named by its serial: SN-1, SN-2."),
    ],
)
def test_papers_by_lot_are_enough_until_the_exemption_ends_and_no_day_longer(
    supply: Supply, on: date, mark: str, fact: str
) -> None:
    bare(supply)
    papers(supply, on, serials=[])

    assert checks(supply)["TransactionPapersReceived"] == (mark, fact)


def test_papers_of_another_lot_or_of_one_pack_alone_are_not_enough(supply: Supply) -> None:
    bare(supply)
    papers(supply, date(2026, 12, 1), serials=["SN-1"])

    assert checks(supply)["TransactionPapersReceived"][1] == "P-1: not named by its serial: SN-2."


def test_a_pack_that_one_person_typed_alone_is_not_scanned(supply: Supply) -> None:
    bare(supply)
    box, clerk = supply.consignment(), supply.house.coordinator
    with acting(by=clerk, verb="tests.read", business_at=DISPATCHED):
        for unit, how in zip(box.units.order_by("serial"), ("scanner", "typed"), strict=True):
            PackReading.objects.create(
                case=supply.case, consignment=box, unit=unit, text="x", gtin=GTIN, expiry="270831", lot="7K04B8",
                serial=unit.serial, entry_method=how, read_by=clerk, read_at=DISPATCHED,
            )  # fmt: skip

    assert checks(supply)["PacksScanned"] == ("unmet", "SN-2: Typed by M. Ostby. A second person types it too.")


# -- packing and handling


def pack(supply: Supply, **facts: object) -> None:
    given = {"shipper_name": "Invented Box", "shipper_number": "S-9", "shipper_hours": "72"} | facts
    supply.do("pack", by=supply.house.coordinator, now=DISPATCHED, **given)


def test_packing_names_shipper_logger_seal_and_handling(supply: Supply) -> None:
    bare(supply)

    pack(
        supply, logger_number="L-9", seal_number="SL-9", constraints=["no_xray", "dry_ice"], dry_ice_kg="4.5",
        hours_from_dispatch="60", carrier=supply.carrier,
    )  # fmt: skip

    box, packing = supply.consignment(), Packing.objects.get()
    assert (box.shipper_number, box.logger_number, box.carrier) == ("S-9", "L-9", supply.carrier)
    assert (packing.constraints, packing.dry_ice_kg) == (["no_xray", "dry_ice"], Decimal("4.5"))
    found = checks(supply)
    assert found["JourneyFitsHandling:shipper"] == (
        "met",
        "From dispatch to the end of 2026-03-06 there are 58 hours; the shipper is qualified for 72.",
    )
    assert found["JourneyFitsHandling:product"][0] == "met"
    assert found["HandlingIsTold"] == (
        "met",
        "No X-ray: open and look by hand. Dry ice, UN1845, class 9, 4.5 kg net. Receive within 60 hours of dispatch. "
        "Keep at 2 to 8 °C.",
    )


def test_a_journey_longer_than_the_shipper_holds_is_overridable_and_than_the_product_allows_is_not(
    supply: Supply,
) -> None:
    bare(supply)
    pack(supply, shipper_hours="48", hours_from_dispatch="48")

    found = checks(supply)

    assert found["JourneyFitsHandling:shipper"][0] == "overridable"
    assert found["JourneyFitsHandling:product"] == (
        "unmet",
        "From dispatch to the end of 2026-03-06 there are 58 hours; the product allows 48.",
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"constraints": ["dry_ice"]}, "Dry ice is ticked and no weight was given. Give its kilograms."),
        ({"dry_ice_kg": "3"}, "3 kg of dry ice were given and it is not ticked. Tick it."),
    ],
)
def test_dry_ice_and_its_weight_go_together(supply: Supply, facts: dict[str, object], told: str) -> None:
    bare(supply)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        pack(supply, **facts)

    assert lines_of(refusal) == {"PackingIsWhole": told}


def test_a_number_that_would_be_cut_is_refused(supply: Supply) -> None:
    bare(supply)

    with refused_and_nothing_written(FactsInvalid) as refusal:
        pack(supply, seal_number="S" * 41, shipper_name="x" * 121)

    assert refusal.value.errors == {
        "seal_number": ["Seal number: 41 characters were given, at most 40 are kept. Shorten it."],
        "shipper_name": ["Kind of shipper (box): 121 characters were given, at most 120 are kept. Shorten it."],
    }


@pytest.mark.parametrize(
    ("leaves", "arrives", "hours"),
    [
        (datetime(2026, 3, 4, 14, tzinfo=UTC), date(2026, 3, 4), 10),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), date(2026, 3, 29), 35),  # the clocks go forward that night
        (datetime(2026, 3, 5, 1, tzinfo=UTC), date(2026, 3, 4), 0),
    ],
)
def test_a_day_of_arrival_counts_to_its_end(leaves: datetime, arrives: date, hours: int) -> None:
    assert journey_hours(leaves, arrives, "Europe/London") == hours


# -- on the way


@pytest.mark.usefixtures("in_transit")
def test_each_change_of_hands_says_who_gave_and_who_took(supply: Supply) -> None:
    supply.do(
        "hand_over", by=supply.house.coordinator, now=DISPATCHED + 3 * HOUR, handed_at=DISPATCHED + 2 * HOUR,
        place="JFK", gave="Skyline Invented Cargo", took="Invented Airways", condition="wet", seal_number="SL-1",
        remarks="A corner is soft.",
    )  # fmt: skip
    supply.arrive()

    assert [(h.gave, h.took, h.condition, h.event.place) for h in HandOver.objects.order_by("number")] == [
        ("Harrow Street Pharmacy", "Skyline Invented Cargo", "sound", "Harrow Street Pharmacy"),
        ("Skyline Invented Cargo", "Invented Airways", "wet", "JFK"),
        ("Invented Airways", "Fairhaven General Hospital", "not_seen", "Fairhaven General Hospital"),
    ]
    assert {unit.state for unit in Unit.objects.all()} == {"quarantine"}


def milestone(supply: Supply, at: datetime) -> Milestone:
    supply.take(
        "custody.milestone.plan", by=supply.house.coordinator, now=DISPATCHED, consignment=supply.consignment(),
        kind="customs_cleared", place="Heathrow", planned_at=at,
    )  # fmt: skip
    return Milestone.objects.latest("pk")


@pytest.mark.usefixtures("in_transit")
def test_a_milestone_is_a_date_of_the_case_and_is_met_or_met_late(supply: Supply) -> None:
    planned = DISPATCHED + 24 * HOUR
    one = milestone(supply, planned)

    row = Deadline.objects.get(case=supply.case, kind="custody.milestone")
    assert (row.label, row.due_at, row.holder_party) == (
        "C-1: cleared by customs, Heathrow", planned, "Skyline Invented Cargo",
    )  # fmt: skip

    supply.take(
        "custody.milestone.reach", by=supply.house.coordinator, now=planned + 2 * HOUR, subject=one,
        reached_at=planned + HOUR,
    )  # fmt: skip
    assert Milestone.objects.get().reached_at == planned + HOUR
    assert Deadline.objects.get(pk=row.pk).state == "met_late"


@pytest.mark.usefixtures("in_transit")
def test_milestones_that_nobody_reported_are_waited_for_no_more_once_it_has_arrived(supply: Supply) -> None:
    milestone(supply, DISPATCHED + 24 * HOUR)

    supply.arrive()

    assert Deadline.objects.get(kind="custody.milestone").state == "cancelled"
    assert Milestone.objects.get().state == "planned"


@pytest.mark.usefixtures("in_transit")
def test_a_delay_moves_the_day_that_is_watched(supply: Supply) -> None:
    supply.do(
        "report_delay", by=supply.house.coordinator, now=DISPATCHED + HOUR, reason="Fog.",
        planned_arrival_on="2026-03-09",
    )  # fmt: skip

    assert str(supply.consignment().planned_arrival_on) == "2026-03-09"
    assert Deadline.objects.get(kind="custody.planned_arrival").due_on == date(2026, 3, 9)


@pytest.mark.usefixtures("in_transit")
def test_a_delay_into_the_past_is_no_delay(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do(
            "report_delay", by=supply.house.coordinator, now=ARRIVED + 48 * HOUR, reason="Fog.",
            planned_arrival_on="2026-03-07",
        )  # fmt: skip

    assert lines_of(refusal) == {
        "DelayIsToCome": "2026-03-07 is past: today is 2026-03-08 there. Record the arrival instead."
    }


@pytest.mark.usefixtures("in_transit")
def test_a_loss_opens_an_exception_that_the_carrier_answers_for(supply: Supply) -> None:
    supply.do("lose", by=supply.house.coordinator, now=DECIDED, reason="The carrier found no trace of it.")

    (one,) = supply.case.supply_exceptions.all()
    assert (one.kind, one.acts_next, one.on_paper, one.record) == (
        "lost_in_transit", "Skyline Invented Cargo", {"count": 2}, None,
    )  # fmt: skip
    row = Deadline.objects.get(kind="custody.exception")
    assert (row.holder_party, row.subject, row.state) == ("Skyline Invented Cargo", "E-1", "running")
    supply.take(
        "custody.exception.resolve", by=supply.house.coordinator, now=DECIDED + timedelta(days=1), subject=one,
        reason="The carrier paid the claim.",
    )  # fmt: skip
    assert Deadline.objects.get(pk=row.pk).state == "met"
