"""The custody ledger's rules hold in the database, whoever writes; an edit behind its back is found and located."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.custody.fold import IllegalMovement, positions_at
from cases.custody.ledger import faults_of_chain, movements_of, record_act
from cases.custody.models import CustodyEvent, CustodyEventUnit, Lot, Unit
from cases.lifecycle.errors import RequirementsUnmet
from tests.cases.custody.builders import ARRIVED, DECIDED, DISPATCHED, HOUR, INSPECTED, Supply
from tests.cases.custody.test_ledger import run_rebuild

pytestmark = pytest.mark.django_db


@contextmanager
def tampering(supply: Supply, *ignored: str) -> Iterator[None]:
    """Write past the guards that are named, as somebody with the database's own rights could."""
    with (
        acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
        pgtrigger.ignore(*ignored) if ignored else transaction.atomic(),
    ):
        yield


def arrive_again(supply: Supply, **more: Any) -> CustodyEvent:
    consignment = supply.consignment()
    with acting(by=supply.house.receiving, verb="tests.captured", business_at=ARRIVED):
        return record_act(
            consignment,
            "arrive",
            by=supply.house.receiving,
            now=ARRIVED,
            place=consignment.institution.name,
            holder=consignment.institution.name,
            zone="Europe/London",
            **{"event_at": ARRIVED, "source": "scanner 7"} | more,
        )


@pytest.mark.usefixtures("in_transit")
def test_i14_the_same_capture_twice_is_one_event(supply: Supply) -> None:
    first = arrive_again(supply)
    before = (CustodyEvent.objects.count(), CustodyEventUnit.objects.count())

    assert arrive_again(supply).pk == first.pk
    assert (CustodyEvent.objects.count(), CustodyEventUnit.objects.count()) == before
    with pytest.raises(IllegalMovement, match="is quarantine: event"):
        arrive_again(supply, event_at=ARRIVED - timedelta(minutes=1))
    assert (CustodyEvent.objects.count(), CustodyEventUnit.objects.count()) == before


@pytest.mark.usefixtures("arrived")
def test_i14_a_correction_adds_and_the_original_stays(supply: Supply) -> None:
    wrong = CustodyEvent.objects.get(biz_step="receiving")
    early = ARRIVED - HOUR

    supply.do(
        "correct_event", by=supply.house.coordinator, now=DECIDED, reason="The clock at the door was an hour fast.",
        line=wrong, what="incorrect_data", event_at=early,
    )  # fmt: skip

    right = CustodyEvent.objects.get(corrects=wrong)
    assert (right.event_at, right.recorded_at, right.place) == (early, DECIDED, wrong.place)
    assert (right.error_reason, right.biz_step, right.units.count()) == ("incorrect_data", "receiving", 2)
    assert CustodyEvent.objects.get(pk=wrong.pk).event_at == ARRIVED
    assert set(Unit.objects.values_list("state", "last_event")) == {("quarantine", right.pk)}
    assert run_rebuild("--check") == (0, "2 units, 0 differ, 0 faults.\n")


@pytest.mark.usefixtures("arrived")
def test_i15_a_blank_in_a_correction_keeps_what_is_known(supply: Supply) -> None:
    wrong = CustodyEvent.objects.get(biz_step="shipping")

    supply.do(
        "correct_event", by=supply.house.coordinator, now=DECIDED, reason="Another driver.",
        line=wrong, what="incorrect_data", holder="Skyline Invented Cargo, second van",
    )  # fmt: skip

    right = CustodyEvent.objects.get(corrects=wrong)
    assert (right.holder, right.place) == ("Skyline Invented Cargo, second van", "Harrow Street Pharmacy")
    assert right.event_at == DISPATCHED


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("line", "facts", "fact"),
    [
        (
            "receiving",
            {"what": "did_not_occur"},
            "SN-1-1 is quarantine and would be in_transit; SN-1-2 is quarantine and would be in_transit. Record the "
            "step that really happened instead.",
        ),
        (
            "receiving",
            {"what": "incorrect_data"},
            "Nothing other than what stands was given. Say when, where or who it really was.",
        ),
        (
            "receiving",
            {"what": "incorrect_data", "event_at": "2031-01-01T00:00"},
            "2031-01-01 00:00 UTC is still to come.",
        ),
    ],
)
def test_i3_a_correction_that_would_move_a_pack_is_refused(
    supply: Supply, line: str, facts: dict[str, str], fact: str
) -> None:
    wrong = CustodyEvent.objects.get(biz_step=line)
    before = CustodyEvent.objects.count()

    with pytest.raises(RequirementsUnmet) as refused:
        supply.do("correct_event", by=supply.house.coordinator, now=DECIDED, reason="Mistake.", line=wrong, **facts)

    assert [(one.code, one.fact) for one in refused.value.unmet] == [("CorrectionMovesNothing", fact)]
    assert CustodyEvent.objects.count() == before


@pytest.mark.usefixtures("arrived")
def test_i14_an_entry_that_never_happened_is_taken_away_by_another(supply: Supply) -> None:
    supply.measure(now=INSPECTED)
    wrong = CustodyEvent.objects.get(biz_step="sensor_reporting")

    supply.do(
        "correct_event", by=supply.house.coordinator, now=DECIDED, reason="The reading was of another box.",
        line=wrong, what="did_not_occur",
    )  # fmt: skip

    assert set(Unit.objects.values_list("last_event__biz_step", flat=True)) == {"receiving"}
    assert run_rebuild("--check")[0] == 0


@pytest.mark.usefixtures("in_transit")
def test_i1_one_place_and_holder_at_any_moment_and_as_it_was_known(supply: Supply) -> None:
    supply.do("arrive", by=supply.house.receiving, now=DECIDED, arrived_at=ARRIVED)
    units = list(Unit.objects.all())

    by_now = positions_at(movements_of(units), ARRIVED + HOUR)
    by_then = positions_at(movements_of(units, known_at=ARRIVED + HOUR), ARRIVED + HOUR)

    assert {position.holder for position in by_now.values()} == {"Fairhaven General Hospital"}
    assert {position.holder for position in by_then.values()} == {"Skyline Invented Cargo"}
    assert positions_at(movements_of(units), DISPATCHED - 72 * HOUR) == {}


def refused(supply: Supply, words: str, write: Callable[[], Any]) -> None:
    with pytest.raises(DatabaseError, match=words), tampering(supply):
        write()


@pytest.mark.usefixtures("allocated")
def test_i3_the_database_refuses_an_event_that_cannot_follow(supply: Supply) -> None:
    unit, event = Unit.objects.earliest("pk"), CustodyEvent.objects.earliest("pk")
    kept = {
        field.attname: getattr(event, field.attname)
        for field in CustodyEvent._meta.concrete_fields
        if not field.primary_key
    } | {"capture_sha256": ""}

    def enter(**said: Any) -> None:
        made = CustodyEvent.objects.create(**kept | said)
        CustodyEventUnit.objects.create(case=supply.case, event=made, unit=unit)

    refused(supply, "unit SN-1-1 is allocated: receiving / in_progress cannot follow",
            lambda: enter(biz_step="receiving", disposition="in_progress"))  # fmt: skip
    refused(supply, "unit SN-1-1 is allocated: reserving / reserved cannot follow", enter)
    refused(supply, "custody_event_has_known_words", lambda: enter(disposition="dispensingg"))
    refused(supply, "custody_event_is_not_ahead_of_record", lambda: enter(event_at=event.recorded_at + HOUR))
    refused(supply, "custody_event_has_an_offset", lambda: enter(zone_offset="Berlin"))
    refused(supply, "custody_correction_says_why", lambda: enter(corrects_id=event.pk))
    refused(supply, "custody_capture_is_one_event", lambda: enter(capture_sha256=event.capture_sha256))


@pytest.mark.usefixtures("in_transit")
def test_i1_the_database_refuses_a_projection_its_events_do_not_give(supply: Supply) -> None:
    units = Unit.objects.filter(serial="SN-1-1")

    refused(supply, "in_transit with somebody else is not what its events say",
            lambda: units.update(holder="somebody else"))  # fmt: skip
    refused(supply, "accepted with Skyline Invented Cargo is not what its events say",
            lambda: units.update(state="accepted"))  # fmt: skip
    refused(supply, "cannot become another pack", lambda: units.update(serial="SN-9"))
    refused(supply, "a unit is never deleted", lambda: units._raw_delete("default"))


@pytest.mark.usefixtures("in_transit")
def test_i3_a_unit_at_its_end_stays_there(supply: Supply) -> None:
    supply.do("lose", by=supply.house.pic, now=DECIDED, reason="The carrier gave it up.")

    refused(supply, "unit SN-1-1 is lost, which is the end of its way",
            lambda: Unit.objects.filter(serial="SN-1-1").update(state="in_transit"))  # fmt: skip
    with pytest.raises(IllegalMovement, match="is lost: event"):
        arrive_again(supply, units=list(Unit.objects.all()))
    with pytest.raises(RequirementsUnmet) as unmet:
        supply.do(
            "correct_event", by=supply.house.pic, now=DECIDED, reason="Found.",
            line=CustodyEvent.objects.get(biz_step="other"), what="did_not_occur",
        )  # fmt: skip
    assert "is lost, which is the end of its way" in unmet.value.unmet[0].fact


@pytest.mark.usefixtures("ordered")
def test_i15_a_known_value_of_a_lot_is_never_blanked(supply: Supply) -> None:
    supply.allocate(manufactured_on="2025-09-01")
    lots = Lot.objects.all()

    refused(supply, "neither blanked nor overwritten", lambda: lots.update(manufactured_on=None))
    refused(supply, "neither blanked nor overwritten", lambda: lots.update(expires_on="2030-01-01"))
    supply.plan()
    supply.order(2)
    supply.allocate(2)
    assert str(lots.get().manufactured_on) == "2025-09-01"


@pytest.mark.usefixtures("arrived")
def test_i13_an_edit_a_deletion_and_a_changed_order_are_located(supply: Supply) -> None:
    guards = ("custody.CustodyEvent:written_once", "custody.CustodyEventUnit:written_once",
              "custody.CustodyEventUnit:event_follows", "custody.Unit:unit_is_its_fold")  # fmt: skip
    units = list(Unit.objects.order_by("serial"))
    shipped, arrived = (CustodyEvent.objects.get(biz_step=step) for step in ("shipping", "receiving"))
    assert faults_of_chain(units) == []

    with tampering(supply, *guards):
        CustodyEvent.objects.filter(pk=shipped.pk).update(holder="Nobody's Cargo")
    assert faults_of_chain(units) == [
        f"{serial}: event {shipped.pk} (shipping / in_transit) is not what was recorded."
        for serial in ("SN-1-1", "SN-1-2")
    ]
    with tampering(supply, *guards):
        CustodyEvent.objects.filter(pk=shipped.pk).update(holder=shipped.holder)
        CustodyEventUnit.objects.filter(event=arrived).delete()
    assert faults_of_chain(units) == [f"{serial}: its last events are missing." for serial in ("SN-1-1", "SN-1-2")]

    status, said = run_rebuild("--check")
    assert status == 1
    assert f"{supply.case.reference} C-1: SN-1-1: its last events are missing." in said


@pytest.mark.usefixtures("arrived")
def test_i13_an_event_taken_out_of_the_middle_is_located(supply: Supply) -> None:
    unit = Unit.objects.get(serial="SN-1-1")
    shipped, arrived = (CustodyEvent.objects.get(biz_step=step) for step in ("shipping", "receiving"))

    with tampering(supply, "custody.CustodyEventUnit:written_once"):
        CustodyEventUnit.objects.filter(event=shipped, unit=unit).delete()

    assert faults_of_chain([unit]) == [
        f"SN-1-1: event {arrived.pk} (receiving / in_progress) does not follow on the event before it: one was taken "
        "out or moved."
    ]
