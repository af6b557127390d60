"""The invariants of custody by their numbers, where no other file proves them; the table is invariants.md."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.custody.fold import Book, IllegalMovement
from cases.custody.models import CustodyEvent, CustodyEventUnit, SupplyException, Unit
from cases.custody.tracing import counted, trace_lot
from cases.lifecycle.checklist import requirements_of
from cases.lifecycle.errors import RequirementsUnmet
from tests.cases.custody.builders import DECIDED, DISPATCHED, DISPENSED, GTIN, HOUR, INSPECTED, Supply
from tests.cases.custody.recalls.ground import stopped
from tests.cases.custody.test_ledger_walk import A_LEDGER, PACKS, entry
from tests.factories import build_case
from tests.written import refused_and_nothing_written

TABLE = Path(__file__).with_name("invariants.md")
MOVES_ON = ("release", "dispatch", "accept", "dispense")


def unmet(supply: Supply, act: str, **more: Any) -> dict[str, str]:
    """What a refused act lacked: fact by code; nothing was written."""
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        getattr(supply, act)(**more)
    found: RequirementsUnmet = refusal.value  # type: ignore[assignment,attr-defined]
    return {line.code: line.fact for line in found.unmet}


def test_every_invariant_is_proved_by_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| (I\d+) \|[^|]*\| (.+?) \|$", TABLE.read_text(), re.MULTILINE)

    assert [name for name, _ in rows] == [f"I{number}" for number in range(1, 22)]
    for name, told in rows:
        tests = re.findall(r"`([\w/]+\.py)::(\w+)`", told)
        assert tests, name
        for file, test in tests:
            text = (Path(settings.BASE_DIR) / "tests" / file).read_text()
            assert f"def {test}(" in text, f"{name}: {file} has no {test}"


def test_i2_nothing_is_lost_or_doubled_in_four_thousand_steps() -> None:
    """A pack that was entered is in exactly one state ever after: the states add up to the packs, and none is below."""
    rng, book, entered = Random(20261125), Book(), set[int]()
    for _ in range(4_000):
        if len(book.movements) >= A_LEDGER:
            book, entered = Book(), set()
        try:
            taken = book.enter(entry(book, rng))
        except IllegalMovement:
            continue
        entered |= set(taken.units)
        states = Counter(position.state for position in book.positions.values())
        assert set(book.positions) == entered
        assert sum(states.values()) == len(entered) <= PACKS


@pytest.mark.usefixtures("dispensed")
@pytest.mark.django_db
def test_i2_what_was_received_is_where_the_ends_say(supply: Supply) -> None:
    supply.bring_to("arrived", number=2)
    supply.bring_to("in_transit", number=3)
    supply.do("destroy", number=2, by=supply.house.pic, now=DISPENSED, reason="Broken.",
              witness=supply.house.second_pharmacist)  # fmt: skip
    supply.do("lose", number=3, by=supply.house.pic, now=DISPENSED, reason="Never came.")

    found = {where: number for where, number in counted(trace_lot(GTIN, "7K04B8")).items() if number}
    assert found == {"dispensed": 2, "destroyed": 2, "lost": 2}
    assert sum(found.values()) == sum(int(one.quantity) for one in supply.case.consignments.all())


@pytest.mark.usefixtures("arrived")
@pytest.mark.django_db
def test_i4_nothing_is_dispensed_without_inspection_and_a_later_release(supply: Supply) -> None:
    assert {"InspectionAccepted", "DispositionReleased"} <= set(unmet(supply, "accept"))
    for step in (supply.inspect, supply.measure, supply.decide, supply.accept):
        step()
    supply.measure(now=DISPENSED)

    assert set(unmet(supply, "dispense")) == {"DispositionReleased"}


@pytest.mark.usefixtures("accepted")
@pytest.mark.django_db
def test_i5_a_pack_is_given_to_the_case_it_was_allocated_to_and_no_other(supply: Supply) -> None:
    other = build_case(supply.house, number=2, version=supply.case.profile_version)
    unit, event = Unit.objects.earliest("pk"), CustodyEvent.objects.latest("pk")

    for words, write in (
        ("cannot become another pack", lambda: Unit.objects.filter(pk=unit.pk).update(case=other)),
        (
            "is of another case than unit SN-1-1",
            lambda: CustodyEventUnit.objects.create(case=other, event=event, unit=unit),
        ),
    ):
        with (
            acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
            pytest.raises(DatabaseError, match=words),
            transaction.atomic(),
        ):
            write()


@pytest.mark.usefixtures("allocated")
@pytest.mark.django_db
def test_i7_papers_that_differ_block_the_packs_they_name_until_resolved(supply: Supply) -> None:
    supply.do(
        "record_papers", by=supply.house.coordinator, now=DISPATCHED, regime="export", containers="2",
        packs=f"{GTIN} OTHER1 2027-08-31 SN-1-1\n{GTIN} 7K04B8 2027-08-31 SN-1-2",
        transaction_on="2026-03-01", seller="Northway", buyer="Harrow Street",
    )  # fmt: skip

    found = unmet(supply, "release")
    assert list(found) == ["NoOpenException:E-1"]
    assert found["NoOpenException:E-1"].startswith("E-1 holds SN-1-1: lot, expiry or GTIN differ.")
    supply.take("custody.exception.resolve", by=supply.house.coordinator, now=DISPATCHED,
                subject=SupplyException.objects.get(), reason="The seller sent the right paper.")  # fmt: skip
    assert supply.release().state == "released"


@pytest.mark.usefixtures("accepted")
@pytest.mark.django_db
def test_i8_no_exception_suspicion_recall_or_expiry_stands_over_what_moves_on(supply: Supply) -> None:
    unit = Unit.objects.earliest("pk")
    supply.do("suspect", by=supply.house.receiving, now=DECIDED, unit=unit, signs="The seal is loose.")
    stopped(supply)

    assert set(unmet(supply, "dispense")) == {"NoSuspectProduct:I-1", "NoRecallStands:RC-1"}
    for act in MOVES_ON:
        code = f"custody.consignment.{act}"
        judged = {one.code for one in requirements_of(code)}
        assert {"NoOpenException", "NoSuspectProduct", "NoRecallStands"} <= judged, act
        assert judged & {"ExpiryCoversTransitAndCycle", "NotExpiredOnReceipt", "NotExpiredOnDispensing"}, act


@pytest.mark.usefixtures("ordered")
@pytest.mark.django_db
def test_i9_the_expiry_is_looked_at_on_dispatch_on_receipt_and_on_dispensing(supply: Supply) -> None:
    # Arrival on 6 March and 28 days of therapy: the last day of use is 2 April.
    supply.allocate(expires_on="2026-04-02")
    supply.release()
    late = DISPATCHED + timedelta(days=3)
    leaving = {"carrier": supply.carrier, "shipper_number": "S-1", "logger_number": "L-1", "briefing_confirmed": "yes"}
    assert "ExpiryCoversTransitAndCycle" in unmet_at(supply, "dispatch", late, dispatched_at=late, **leaving)
    for step in (supply.dispatch, supply.arrive, supply.inspect, supply.measure, supply.decide):
        step()
    later, gone = DECIDED + timedelta(days=1), DECIDED + timedelta(days=28)
    assert unmet_at(supply, "accept", later) == {
        "NotExpiredOnReceipt:cycle": "Lot 7K04B8 expires on 2026-04-02; with 28 days of therapy from today the last "
        "day of use is 2026-04-03."
    }
    assert set(unmet_at(supply, "accept", gone)) == {"NotExpiredOnReceipt", "NotExpiredOnReceipt:cycle"}
    supply.accept()
    assert unmet_at(supply, "dispense", gone, dispensed_at=gone) == {
        "NotExpiredOnDispensing": "Lot 7K04B8 expires on 2026-04-02; the day of use is 2026-04-03."
    }


def unmet_at(supply: Supply, verb: str, now: Any, **facts: Any) -> dict[str, str]:
    by = supply.house.receiving if verb == "dispense" else supply.house.coordinator
    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.do(verb, by=by, now=now, **facts)
    found: RequirementsUnmet = refusal.value  # type: ignore[assignment,attr-defined]
    return {line.code: line.fact for line in found.unmet}


@pytest.mark.usefixtures("arrived")
@pytest.mark.django_db
def test_i16_four_eyes_where_one_pair_is_not_enough(supply: Supply) -> None:
    supply.inspect()
    supply.measure(lowest_c="2.9", highest_c="12.0", minutes_outside=30)
    typed = {"entry_method": "typed", "text": f"(01){GTIN}(17)270831(10)7K04B8(21)SN-1-1"}
    receiving = supply.house.receiving

    supply.do("read_pack", by=receiving, now=INSPECTED, **typed)
    with refused_and_nothing_written(RequirementsUnmet) as again:
        supply.do("read_pack", by=receiving, now=INSPECTED + HOUR, **typed)
    with refused_and_nothing_written(RequirementsUnmet) as own:
        supply.do("destroy", by=supply.house.pic, now=DECIDED, reason="Warm.", witness=supply.house.pic)
    with refused_and_nothing_written(RequirementsUnmet) as alone:
        supply.decide(by=supply.house.coordinator)

    codes = [{line.code for line in one.value.unmet} for one in (again, own, alone)]  # type: ignore[attr-defined]
    assert codes[0] == {"TypedByTwo"}
    assert codes[1] == {"WitnessIsAnother"}
    assert {"DecidedBySomebodyElse", "ReleasedByPharmacistInCharge"} <= codes[2]
