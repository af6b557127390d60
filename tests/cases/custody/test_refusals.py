"""Every requirement of a consignment, unmet: the refusal names it, nothing changes, nothing is written."""

from datetime import date, timedelta

import pytest

from cases.audit.context import acting
from cases.custody.models import Consignment
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from cases.lifecycle.verbs import VERBS, Situation
from cases.models import Medicine
from cases.people.models import Institution, User
from tests.cases.custody.builders import ARRIVED, DECIDED, DISPATCHED, DISPENSED, GTIN, HOUR, Supply
from tests.factories import NOW, read_on_arrival
from tests.written import refused_and_nothing_written


def unmet(refusal: object) -> set[str]:
    return {line.code for line in refusal.value.unmet}  # type: ignore[attr-defined]


def fact_of(refusal: object, code: str) -> str:
    return next(line.fact for line in refusal.value.unmet if line.code == code)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"planned_dispatch_on": "2026-03-01"},
            "The planned day of dispatch, 2026-03-01, is past: today is 2026-03-02 at the pharmacy.",
        ),
        (
            {"planned_arrival_on": "2026-03-03"},
            "The planned arrival, 2026-03-03, lies before the planned dispatch, 2026-03-04.",
        ),
    ],
)
def test_plans_no_days_out_of_order(supply: Supply, facts: dict[str, str], words: str) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.plan(**facts)

    assert unmet(refusal) == {"PlannedDatesInOrder"}
    assert fact_of(refusal, "PlannedDatesInOrder") == words


def test_plans_nothing_without_a_quantity(supply: Supply) -> None:
    with refused_and_nothing_written(FactsInvalid) as refusal:
        supply.plan(quantity="")

    assert list(refusal.value.errors) == ["quantity"]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("dispensed")
def test_orders_nothing_in_a_later_stage_without_a_new_round(supply: Supply) -> None:
    for stage in ("begin_shipment", "begin_dispensing", "begin_follow_up"):
        supply.take(f"cases.case.{stage}", by=supply.house.coordinator, now=DISPENSED)
    supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.order(2)

    assert unmet(refusal) == {"SupplyHasBegun"}
    assert fact_of(refusal, "SupplyHasBegun") == f"{supply.case.reference} stands at: Adverse-event follow-up."
    assert supply.consignment(2).state == "planned"


@pytest.mark.usefixtures("ordered")
@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"gtin": "00399999000128"}, {"UnitsAllocatedMatch:gtin"}),
        ({"serials": "SN-1"}, {"UnitsAllocatedMatch:count"}),
        ({"serials": "SN-1\nSN-1"}, {"UnitsAllocatedMatch:count"}),
        ({"serials": "SN-1\nSN-2\nSN-3"}, {"UnitsAllocatedMatch:count"}),
        ({"lot_number": "X" * 21}, {"UnitsAllocatedMatch:lot"}),
        ({"expires_on": "2026-04-01"}, {"ExpiryCoversTransitAndCycle"}),
        (
            {"gtin": "00399999000128", "serials": "SN-1", "expires_on": "2026-03-05"},
            {"UnitsAllocatedMatch:gtin", "UnitsAllocatedMatch:count", "ExpiryCoversTransitAndCycle"},
        ),
    ],
)
def test_allocates_no_units_that_do_not_match(supply: Supply, facts: dict[str, str], codes: set[str]) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.allocate(**facts)

    assert unmet(refusal) == codes
    assert supply.consignment().state == "ordered"


@pytest.mark.usefixtures("ordered")
def test_allocates_units_that_last_to_the_last_dose_and_no_day_less(supply: Supply) -> None:
    consignment = supply.allocate(expires_on="2026-04-02")

    assert consignment.state == "allocated"


@pytest.mark.usefixtures("allocated")
def test_allocates_no_pack_twice(supply: Supply) -> None:
    supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")
    supply.order(2)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.allocate(2, serials="SN-1-2\nSN-2-1")

    assert unmet(refusal) == {"UnitsAllocatedMatch:elsewhere"}
    assert fact_of(refusal, "UnitsAllocatedMatch:elsewhere") == (f"SN-1-2 is allocated to {supply.case.reference} C-1")


@pytest.mark.usefixtures("allocated")
def test_tells_the_second_of_two_cases_that_the_pack_is_gone(supply: Supply) -> None:
    supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")
    second, house = supply.order(2), supply.house
    verb = VERBS["custody.consignment.allocate"]
    facts = {"lot_number": "7K04B8", "gtin": GTIN, "expires_on": date(2027, 8, 31), "serials": "SN-2-1\nSN-1-2"}
    # The requirement was judged before the other case committed: only the effect is left to notice.
    late = Situation(supply.case, verb, second, house.coordinator, NOW, facts=facts)

    with (
        refused_and_nothing_written(NotPossible) as refusal,
        acting(by=house.coordinator, verb=verb.event, business_at=NOW),
    ):
        verb.effect(late)

    assert refusal.value.sentence.startswith("One of these packs was allocated to another consignment a moment ago.")


@pytest.mark.usefixtures("allocated")
def test_allocates_no_lot_under_another_expiry(supply: Supply) -> None:
    supply.plan(planned_dispatch_on="2026-04-01", planned_arrival_on="2026-04-03")
    supply.order(2)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.allocate(2, expires_on="2027-09-30")

    assert fact_of(refusal, "UnitsAllocatedMatch:lot") == (
        "Lot 7K04B8 is on file with the expiry 2027-08-31; 2027-09-30 was entered."
    )


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"briefing_confirmed": "no"}, "ReceivingBriefed"),
        ({"logger_number": ""}, "LoggerNamed"),
        ({"dispatched_at": DISPATCHED + HOUR}, "MomentInOrder"),
    ],
)
def test_dispatches_nothing_unprepared(supply: Supply, facts: dict[str, object], code: str) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.dispatch(**facts)

    assert unmet(refusal) == {code}
    assert supply.consignment().state == "released"


def test_dispatches_a_medicine_kept_at_room_temperature_without_a_logger(supply: Supply) -> None:
    with acting(by=supply.house.administrator, verb="cases.medicine.changed", business_at=NOW):
        Medicine.objects.filter(pk=supply.case.medicine_id).update(storage="room")
    supply.bring_to("released")

    assert supply.dispatch(logger_number="").state == "in_transit"


@pytest.mark.usefixtures("released")
def test_dispatches_unbriefed_only_when_two_people_override_it(supply: Supply) -> None:
    house = supply.house
    supply.take(
        "cases.override.propose",
        by=house.pic,
        now=DISPATCHED,
        reason="The hospital's telephone is down; the ward was told.",
        verb="custody.consignment.dispatch",
        record="C-1",
        requirement="ReceivingBriefed",
    )
    override = supply.case.overrides.get()
    supply.take("cases.override.confirm", by=house.second_pharmacist, now=DISPATCHED, subject=override)

    consignment = supply.dispatch(briefing_confirmed="no")

    line = next(line for line in supply.case.events.latest("seq").checklist if line["code"] == "ReceivingBriefed")
    assert consignment.state == "in_transit"
    assert (line["state"], line["override"]["by"], line["override"]["second_person"]) == (
        "overridden",
        house.pic.code,
        house.second_pharmacist.code,
    )


@pytest.mark.usefixtures("in_transit")
@pytest.mark.parametrize("moment", [DISPATCHED - HOUR, ARRIVED + HOUR])
def test_arrives_neither_before_dispatch_nor_in_the_future(supply: Supply, moment: object) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.arrive(arrived_at=moment)

    assert unmet(refusal) == {"MomentInOrder"}
    assert supply.consignment().arrived_at is None


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"seals_intact": "no"}, "A seal is broken or another."),
        ({"labels_legible": "no"}, "A label is not legible."),
        ({"missing": ["SN-1-1"]}, "Pack SN-1-1 is not there."),
        ({"broken": ["SN-1-2"]}, "Pack SN-1-2 is broken."),
        ({"units_received": "1"}, "1 units were counted, 2 were sent."),
    ],
)
def test_accepts_no_inspection_with_a_discrepancy(supply: Supply, facts: dict[str, str], words: str) -> None:
    read_on_arrival(supply.consignment(), by=supply.house.receiving, now=ARRIVED)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.inspect(**facts)

    assert fact_of(refusal, "AcceptanceHasNoDiscrepancy") == words
    assert supply.inspect(**facts, result="quarantine").inspections.get().result == "quarantine"


@pytest.mark.usefixtures("arrived")
def test_records_no_lowest_above_the_highest(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.measure(lowest_c="9", highest_c="4")

    assert unmet(refusal) == {"ReadingsInOrder"}


@pytest.mark.usefixtures("arrived")
def test_accepts_nothing_uninspected(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.accept()

    assert unmet(refusal) == {"InspectionAccepted", "DispositionReleased", "NoOpenExcursion"}
    assert supply.consignment().state == "arrived"


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("who", ["coordinator", "receiving"])
def test_lets_nobody_decide_who_packed_or_received(supply: Supply, who: str) -> None:
    supply.inspect()
    supply.measure()
    person: User = getattr(supply.house, who)
    if who == "receiving":
        _make_pharmacist(supply, person)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide("quarantine", by=person)

    assert unmet(refusal) == {"DecidedBySomebodyElse"}
    assert (
        fact_of(refusal, "DecidedBySomebodyElse")
        == {
            "coordinator": "M. Ostby allocated the units and dispatched them.",
            "receiving": "J. Whitlock inspected them and received them.",
        }[who]
    )


def _make_pharmacist(supply: Supply, person: User) -> None:
    """The same person in another role: separation is by person."""
    with acting(by=supply.house.administrator, verb="people.person.changed", business_at=NOW):
        User.objects.filter(pk=person.pk).update(role="pharmacist_in_charge", pharmacy=supply.house.pharmacy)
    person.refresh_from_db()


@pytest.mark.usefixtures("arrived")
def test_lets_only_the_pharmacist_in_charge_release(supply: Supply) -> None:
    supply.inspect()
    supply.measure()

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide("release", by=supply.house.second_pharmacist)

    assert unmet(refusal) == {"ReleasedByPharmacistInCharge"}
    assert supply.decide("quarantine", by=supply.house.second_pharmacist).dispositions.get().decision == "quarantine"


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("inspected", "measured", "words"),
    [
        (False, True, "No inspection is on record."),
        (True, False, "No temperature is on record, which counts as an excursion."),
    ],
)
def test_releases_nothing_without_grounds(supply: Supply, inspected: bool, measured: bool, words: str) -> None:
    if inspected:
        supply.inspect()
    if measured:
        supply.measure()

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide()

    assert fact_of(refusal, "ReleaseHasItsGrounds") == words


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    "readings", [{"lowest_c": "2.9", "highest_c": "10.6", "minutes_outside": 230}, {"minutes_outside": 0}]
)
def test_releases_nothing_after_an_excursion_without_the_manufacturers_answer(
    supply: Supply, readings: dict[str, object]
) -> None:
    supply.inspect()
    supply.measure(**readings)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.decide()

    assert unmet(refusal) == {"ReleaseHasItsGrounds"}
    assert fact_of(refusal, "ReleaseHasItsGrounds").endswith("and no answer of the manufacturer is attached.")


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("found", ["inspection", "reading"])
def test_does_not_let_an_old_release_count_after_something_new_was_found(supply: Supply, found: str) -> None:
    supply.inspect()
    supply.measure()
    supply.decide()
    if found == "inspection":
        supply.inspect()
    else:
        supply.measure(now=DECIDED)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.accept()

    assert unmet(refusal) == {"DispositionReleased"}
    assert supply.consignment().state == "arrived"


@pytest.mark.usefixtures("accepted")
def test_dispenses_nothing_once_a_late_reading_shows_an_excursion(supply: Supply) -> None:
    supply.measure(now=DISPENSED, lowest_c="2.9", highest_c="12.0", minutes_outside=30)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.dispense()

    assert unmet(refusal) == {"DispositionReleased", "NoOpenExcursion", "UnitsAreFree"}
    assert supply.consignment().state == "accepted"
    assert set(supply.case.units.values_list("state", flat=True)) == {"quarantine"}


@pytest.mark.usefixtures("accepted")
def test_dispenses_again_after_a_new_release_of_accepted_units(supply: Supply) -> None:
    supply.measure(now=DISPENSED)
    supply.decide(now=DISPENSED)

    assert supply.dispense().state == "dispensed"


@pytest.mark.usefixtures("ordered")
def test_dispenses_nothing_past_its_expiry(supply: Supply) -> None:
    supply.allocate(expires_on="2026-04-02")
    for step in (
        supply.release,
        supply.dispatch,
        supply.arrive,
        supply.inspect,
        supply.measure,
        supply.decide,
        supply.accept,
    ):
        step()
    late = DISPENSED + timedelta(days=28)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("dispense", by=supply.house.receiving, now=late, dispensed_at=late)

    assert unmet(refusal) == {"NotExpiredOnDispensing"}
    assert (
        fact_of(refusal, "NotExpiredOnDispensing") == "Lot 7K04B8 expires on 2026-04-02; the day of use is 2026-04-03."
    )


@pytest.mark.usefixtures("dispensed")
def test_records_no_dose_before_the_dispensing(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("record_dose", by=supply.house.receiving, now=DISPENSED, given_at=DISPENSED - HOUR, amount="150 mg")

    assert unmet(refusal) == {"MomentInOrder"}


@pytest.mark.usefixtures("allocated")
def test_destroys_nothing_with_oneself_as_witness(supply: Supply) -> None:
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do("destroy", by=supply.house.pic, now=DECIDED, reason="Expired.", witness=supply.house.pic)

    assert unmet(refusal) == {"WitnessIsAnother"}
    assert supply.consignment().state == "allocated"


@pytest.mark.usefixtures("in_transit")
def test_lets_a_receiving_pharmacist_act_for_the_own_institution_only(supply: Supply) -> None:
    with acting(by=supply.house.administrator, verb="people.institution.entered", business_at=NOW):
        other = Institution.objects.create(name="Otherwhere Invented Clinic", country="GB", time_zone="Europe/London")
        Consignment.objects.filter(case=supply.case).update(institution=other)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.arrive()

    assert unmet(refusal) == {"ReceivedByOwnInstitution"}


@pytest.mark.parametrize(
    ("verb", "reason"), [("take_back", ""), ("lose", ""), ("reject", ""), ("give_back", ""), ("destroy", "")]
)
def test_ends_nothing_without_a_reason(supply: Supply, verb: str, reason: str) -> None:
    state = {"take_back": "released", "lose": "in_transit"}.get(verb, "arrived")
    supply.bring_to(state)
    facts = {"witness": supply.house.pic} if verb == "destroy" else {}

    with refused_and_nothing_written(FactsInvalid) as refusal:
        supply.do(verb, by=supply.house.coordinator, now=DECIDED, **facts)

    assert list(refusal.value.errors) == ["reason"]  # type: ignore[attr-defined]
    assert supply.consignment().state == state
