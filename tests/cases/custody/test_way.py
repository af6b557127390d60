"""A consignment's way from the plan to the dose: states, events, units, deadlines."""

import pytest

from cases.custody.models import DoseAdministered, Unit
from tests.cases.custody.builders import DISPENSED, Supply


@pytest.mark.usefixtures("dispensed")
def test_goes_straight_from_the_plan_to_the_dose(supply: Supply) -> None:
    consignment = supply.consignment()
    unit = Unit.objects.get(serial="SN-1-1")

    supply.do("record_dose", by=supply.house.receiving, now=DISPENSED, given_at=DISPENSED, unit=unit, amount="150 mg")

    assert consignment.state == "dispensed"
    assert consignment.dispensed_at == DISPENSED
    words = list(consignment.custody_events.order_by("id").values_list("biz_step", "disposition", "holder"))
    assert words == [
        ("reserving", "reserved", "Northway Invented Wholesale"),
        ("staging_outbound", "in_progress", "Harrow Street Pharmacy"),
        ("shipping", "in_transit", "Skyline Invented Cargo"),
        ("receiving", "in_progress", "Fairhaven General Hospital"),
        ("inspecting", "conformant", "Fairhaven General Hospital"),
        ("sensor_reporting", "conformant", "Fairhaven General Hospital"),
        ("holding", "conformant", "Fairhaven General Hospital"),
        ("accepting", "available", "Fairhaven General Hospital"),
        ("dispensing", "dispensed", "the patient"),
        ("dispensing", "partially_dispensed", "the patient"),
    ]
    assert list(Unit.objects.order_by("serial").values_list("serial", "state", "holder")) == [
        ("SN-1-1", "dispensed", "the patient"),
        ("SN-1-2", "dispensed", "the patient"),
    ]
    dose = DoseAdministered.objects.get()
    assert dose.unit is not None
    assert (dose.unit.lot.number, dose.unit.lot.supplier, dose.amount) == ("7K04B8", supply.supplier, "150 mg")
