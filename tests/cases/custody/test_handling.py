"""How a product must be handled is stated once from its source, and goes with every box planned after it."""

from datetime import timedelta

import pytest
from django.test import Client

from cases.custody.models import Packing, ProductHandling
from cases.custody.stated_handling import hours_gone, printed, stated_handling
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.people.models import User
from tests.cases.custody.builders import ARRIVED, DISPATCHED, Supply
from tests.factories import NOW, scan_and_receive_papers

SOURCE = "the maker's letter of 2 February 2026"
PACKED = {"shipper_name": "Invented Box 96", "shipper_number": "S-118", "shipper_hours": 96, "logger_number": "4410"}


def state(supply: Supply, *constraints: str, hours: int | None = 72) -> ProductHandling:
    facts = {"constraints": list(constraints), "source": SOURCE} | ({"hours_from_dispatch": hours} if hours else {})
    supply.take("custody.handling.state", by=supply.house.coordinator, now=NOW, **facts)
    return ProductHandling.objects.latest("pk")


def line(supply: Supply, verb: str, code: str, *, by: User | None = None) -> Checked:
    lines = consider(
        supply.case,
        f"custody.consignment.{verb}",
        by=by or supply.house.coordinator,
        now=DISPATCHED,
        subject=supply.consignment(),
    )
    return next(one for one in lines if one.code == code)


def test_it_is_kept_with_its_source_and_who_stated_it(supply: Supply) -> None:
    said = state(supply, "no_xray", "keep_dark")
    assert (said.label, said.medicine, said.constraints, said.hours_from_dispatch, said.source, said.stated_by) == (
        "HS-1", supply.case.medicine, ["no_xray", "keep_dark"], 72, SOURCE, supply.house.coordinator,
    )  # fmt: skip
    assert said.words == [
        "No X-ray: open and look by hand", "Keep away from light", "Receive within 72 hours of dispatch",
    ]  # fmt: skip


def test_a_statement_without_a_source_is_refused(supply: Supply) -> None:
    with pytest.raises(FactsInvalid) as refused:
        supply.take("custody.handling.state", by=supply.house.coordinator, now=NOW, constraints=["no_xray"])
    assert (list(refused.value.errors), ProductHandling.objects.count()) == (["source"], 0)


def test_a_consignment_keeps_the_statement_that_stood_when_it_was_planned(supply: Supply) -> None:
    first = state(supply, "no_xray")
    planned = supply.plan()
    newer = state(supply, "no_xray", "upright")
    assert (planned.handling, stated_handling(supply.case)) == (first, newer)
    assert supply.plan().handling == newer


def test_a_box_that_is_not_packed_so_is_refused_by_what_it_lacks(supply: Supply) -> None:
    state(supply, "no_xray", "upright")
    supply.plan()
    supply.order()
    supply.allocate()
    with pytest.raises(RequirementsUnmet) as refused:
        supply.do(
            "pack",
            by=supply.house.coordinator,
            now=DISPATCHED,
            constraints=["upright"],
            hours_from_dispatch=90,
            **PACKED,
        )
    [unmet] = [one for one in refused.value.unmet if one.code == "PackedAsTheProductAsks"]
    assert unmet.fact == ("Not packed for: No X-ray: open and look by hand; at most 72 hours from dispatch, not 90.")
    assert not Packing.objects.exists()
    supply.do("pack", by=supply.house.coordinator, now=DISPATCHED, constraints=["upright", "no_xray"], **PACKED)
    assert sorted(Packing.objects.get().constraints) == ["no_xray", "upright"]


def test_before_the_dispatch_packing_and_hours_are_judged_by_the_product(supply: Supply) -> None:
    state(supply, "no_xray", hours=24)
    supply.plan()
    supply.order()
    supply.allocate()
    supply.release()
    packed = line(supply, "dispatch", "PackedAsTheProductAsks")
    assert (packed.state, packed.fact) == ("unmet", "Not packed for: No X-ray: open and look by hand.")
    journey = line(supply, "dispatch", "JourneyFitsHandling:product")
    assert (journey.state, journey.fact) == (
        "unmet",
        "From dispatch to the end of 2026-03-06 there are 58 hours; the product allows 24.",
    )


def test_where_nobody_stated_anything_it_says_so_and_stops_nothing(allocated: Supply) -> None:
    told = line(allocated, "pack", "PackedAsTheProductAsks")
    assert (told.state, told.fact) == (
        "met", "Nobody stated how this product must be handled; the storage class alone suggests it.",
    )  # fmt: skip


def test_it_is_told_wherever_the_box_changes_hands_with_the_hours_that_are_gone(supply: Supply) -> None:
    state(supply, "no_xray", hours=None)
    supply.plan()
    supply.order()
    supply.allocate()
    supply.release()
    told = line(supply, "arrive", "HandlingIsTold", by=supply.house.receiving)
    assert told.fact == "No X-ray: open and look by hand. Keep at 2 to 8 °C."


def test_on_the_phone_it_stands_beside_the_arrival_with_the_hours(supply: Supply, client: Client) -> None:
    state(supply, "keep_dark", hours=72)
    for step in (supply.plan, supply.order, supply.allocate):
        step()
    supply.do("pack", by=supply.house.coordinator, now=DISPATCHED, constraints=["keep_dark"], **PACKED)
    scan_and_receive_papers(supply.house, supply.consignment(), now=DISPATCHED)
    supply.release()
    supply.dispatch(logger_number="4410")
    client.force_login(supply.house.receiving)
    page = client.get(f"/my/{supply.case.reference}/inspect/C-1/").content.decode()
    assert "Keep away from light." in page
    assert "Receive within 72 hours of dispatch." in page
    one = supply.consignment()
    assert hours_gone(one, ARRIVED) == 44
    assert hours_gone(one, DISPATCHED + timedelta(hours=80)) == 80
    sheet_by = Client()
    sheet_by.force_login(supply.house.coordinator)
    sheet = sheet_by.get(f"/cases/{supply.case.reference}/consignments/C-1/sheet/").content.decode()
    assert f"Stated by {SOURCE}".replace("'", "&#39;") in sheet
    assert sheet.count("Keep away from light") == 1
    assert printed(one.packings.last(), one.handling) == ["Keep away from light", "Receive within 72 hours of dispatch"]
