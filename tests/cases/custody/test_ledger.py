"""The custody ledger in the database: written once, and the units are nothing but its fold."""

import json
from io import StringIO

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.custody.ledger import offset_of
from cases.custody.models import CustodyEvent, Disposition, ExposureAssessment, Inspection, Unit
from tests.cases.custody.builders import ARRIVED, DECIDED, DISPATCHED, INSPECTED, Supply


@pytest.mark.usefixtures("in_transit")
def test_keeps_event_time_record_time_offset_and_person(supply: Supply) -> None:
    supply.do("arrive", by=supply.house.receiving, now=DECIDED, arrived_at=ARRIVED)

    event = CustodyEvent.objects.latest("pk")
    assert (event.event_at, event.recorded_at, event.recorded_by) == (ARRIVED, DECIDED, supply.house.receiving)
    assert (event.action, event.biz_step, event.disposition) == ("OBSERVE", "receiving", "in_progress")
    assert (event.place, event.zone_offset) == ("Fairhaven General Hospital", "+00:00")
    dispatched = CustodyEvent.objects.get(biz_step="shipping")
    assert (dispatched.place, dispatched.zone_offset) == ("Harrow Street Pharmacy", "-05:00")
    assert list(event.units.order_by("pk").values_list("serial", flat=True)) == ["SN-1-1", "SN-1-2"]


@pytest.mark.parametrize(
    ("zone", "offset"), [("America/New_York", "-05:00"), ("Asia/Kolkata", "+05:30"), ("UTC", "+00:00")]
)
def test_writes_the_offset_of_the_place(zone: str, offset: str) -> None:
    assert offset_of(DISPATCHED, zone) == offset


@pytest.mark.usefixtures("dispensed")
def test_names_no_patient(supply: Supply) -> None:
    text = json.dumps(list(CustodyEvent.objects.values("place", "holder"))) + json.dumps(
        list(Unit.objects.values("holder"))
    )
    assert "Ada" not in text
    assert "Example1" not in text


@pytest.mark.usefixtures("accepted")
@pytest.mark.parametrize("model", [CustodyEvent, Inspection, ExposureAssessment, Disposition])
def test_is_written_once(supply: Supply, model: type) -> None:
    row = model.objects.latest("pk")  # type: ignore[attr-defined]
    rows = model.objects.filter(pk=row.pk)  # type: ignore[attr-defined]

    for attempt in (lambda: rows.update(case=supply.case), rows.delete):
        with (
            acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            attempt()

    assert rows.exists()


def run_rebuild(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("rebuild_units", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.usefixtures("accepted")
def test_the_projection_equals_the_fold(supply: Supply) -> None:
    assert run_rebuild("--check") == (0, "2 units, 0 differ, 0 faults.\n")


@pytest.mark.usefixtures("arrived")
def test_a_tampered_projection_is_found_and_put_right(supply: Supply) -> None:
    with (
        pgtrigger.ignore("custody.Unit:unit_is_its_fold"),
        acting(by=supply.house.coordinator, verb="tests.tampered", business_at=INSPECTED),
    ):
        Unit.objects.filter(serial="SN-1-2").update(state="accepted", holder="somebody else")

    status, said = run_rebuild("--check")
    assert status == 1
    assert said == (
        f"{supply.case.reference} C-1: SN-1-2 says accepted with somebody else at Fairhaven General Hospital; its "
        "events say quarantine with Fairhaven General Hospital at Fairhaven General Hospital.\n"
        "2 units, 1 differ, 0 faults.\n"
    )
    assert Unit.objects.get(serial="SN-1-2").state == "accepted"

    assert run_rebuild()[0] == 0
    assert run_rebuild("--check", "--json") == (
        0,
        '{\n  "units": 2,\n  "differences": [],\n  "faults": []\n}\n',
    )
    assert Unit.objects.get(serial="SN-1-2").holder == "Fairhaven General Hospital"


@pytest.mark.usefixtures("allocated")
def test_a_unit_without_events_is_a_fault(supply: Supply) -> None:
    first = Unit.objects.earliest("pk")
    with acting(by=supply.house.coordinator, verb="tests.tampered", business_at=INSPECTED):
        Unit.objects.create(
            case=supply.case, consignment=first.consignment, lot=first.lot, gtin=first.gtin, serial="SN-GHOST"
        )

    status, said = run_rebuild("--check")

    assert status == 1
    assert f"{supply.case.reference} C-1: SN-GHOST has no custody event." in said
