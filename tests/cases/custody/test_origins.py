"""A dose leads back to pack, lot, supplier, papers, consignment, temperature and disposition, in one query (I20)."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.custody.models import DoseAdministered, TransactionPack
from cases.custody.origins import origins_of
from pharmacovigilance.models import SafetyReport
from tests.api.callers import Caller
from tests.cases.custody.builders import ARRIVED, DISPATCHED, DISPENSED, GTIN, INSPECTED, Supply
from tests.cases.custody.recalls.ground import stopped
from tests.laid import laid
from tests.pharmacovigilance.builders import HEARD

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
STATED = ["is_authorized", "received_from_authorized", "received_papers", "no_knowing_suspect", "had_verification",
          "no_false_information", "no_altered_history"]  # fmt: skip


@laid
def supplied(supply: Supply) -> Supply:
    """Dispensed, with its papers on record and a pack scanned before."""
    supply.bring_to("arrived")
    supply.do(
        "record_papers", by=supply.house.coordinator, now=ARRIVED, regime="us_dscsa", leg="1", containers="2",
        packs=f"{GTIN} 7K04B8 2027-08-31 SN-1-1\n{GTIN} 7K04B8 2027-08-31 SN-1-2",
        transaction_on="2026-03-01", seller="Northway Invented Wholesale, 1 Example Street", buyer="Harrow Street",
        statement=STATED,
    )  # fmt: skip
    supply.do(
        "read_pack", by=supply.house.receiving, now=INSPECTED, entry_method="scanner",
        text=f"]d201{GTIN}1727083110" + "7K04B8\x1d21SN-1-1",
    )  # fmt: skip
    for step in (supply.inspect, supply.measure, supply.decide, supply.accept, supply.dispense):
        step()
    return supply


def give(supply: Supply, serial: str | None) -> DoseAdministered:
    unit = {"unit": supply.consignment().units.get(serial=serial)} if serial else {}
    supply.do("record_dose", by=supply.house.receiving, now=DISPENSED, given_at=DISPENSED, amount="150 mg", **unit)
    return DoseAdministered.objects.latest("pk")


def report(supply: Supply, **facts: object) -> SafetyReport:
    supply.take("pharmacovigilance.report.receive", by=supply.house.coordinator, now=HEARD, received_at=HEARD,
                verbatim="Fever.", **facts)  # fmt: skip
    return SafetyReport.objects.latest("number")


def test_i20_a_dose_resolves_to_everything_on_record_in_one_query(supplied: Supply) -> None:
    give(supplied, "SN-1-1")
    give(supplied, "SN-1-2")

    with CaptureQueriesContext(connection) as captured:
        first, second = origins_of(DoseAdministered.objects.order_by("pk")).values()

    assert len(captured) == 1
    assert (first.gtin, first.serial, first.lot, first.expires_on.isoformat()) == (  # type: ignore[union-attr]
        GTIN, "SN-1-1", "7K04B8", "2027-08-31",
    )  # fmt: skip
    assert (first.supplier, first.case, first.consignment) == (
        "Northway Invented Wholesale", supplied.case.reference, "C-1",
    )  # fmt: skip
    assert (
        first.read == f"read by scanner, {supplied.house.receiving.display_name} on 2026-03-06 10:20 UTC, as expected"
    )
    assert second.read == "read by scanner, J. Whitlock on 2026-03-06 10:20 UTC, as expected"
    _, paper = first.papers  # those that it left with, and those recorded on arrival
    assert (paper.label, paper.regime, paper.names_pack, paper.transaction_on.isoformat()) == (
        "P-1", "US, DSCSA", True, "2026-03-01",
    )  # fmt: skip
    assert (first.dispatched_at, first.arrived_at, first.carrier, first.shipper, first.logger) == (
        DISPATCHED, ARRIVED, "Skyline Invented Cargo", "S-118", "4410-2207",
    )  # fmt: skip
    (temperature,) = first.temperatures
    assert (temperature.finding, temperature.lowest_c, temperature.highest_c) == ("in range throughout", "2.9", "7.4")
    (decision,) = first.decisions
    assert (decision.decision, decision.by) == ("release", supplied.house.pic.display_name)


def test_i20_where_no_pack_was_recorded_the_lot_is_not_confirmed_and_nothing_is_guessed(supplied: Supply) -> None:
    dose = give(supplied, None)

    origin = origins_of(DoseAdministered.objects.filter(pk=dose.pk))[dose.pk]

    assert not origin.is_confirmed
    assert origin.remark == "lot not confirmed: no pack was recorded with the dose"
    assert (origin.lot, origin.serial, origin.supplier, origin.papers) == ("", "", "", ())
    assert origin.consignment == "C-1"


def test_papers_of_another_pack_are_not_those_of_this_one(supplied: Supply) -> None:
    dose = give(supplied, "SN-1-1")
    papers = {pack.serial for pack in TransactionPack.objects.all()}
    assert papers == {"SN-1-1", "SN-1-2"}

    assert len(origins_of(DoseAdministered.objects.filter(pk=dose.pk))[dose.pk].papers) == 2


def test_a_recall_of_the_pack_is_told_and_a_drill_is_not(supplied: Supply) -> None:
    dose = give(supplied, "SN-1-1")
    stopped(supplied, drill=True)
    doses = DoseAdministered.objects.filter(pk=dose.pk)
    assert origins_of(doses)[dose.pk].recalls == ()

    stopped(supplied)
    assert origins_of(doses)[dose.pk].recalls == ("RC-2",)


def test_the_safety_tab_and_the_api_tell_the_same(supplied: Supply) -> None:
    report(supplied, dose=give(supplied, "SN-1-1"))
    report(supplied)
    client = Client()
    client.force_login(supplied.house.coordinator, backend=BACKEND)
    page = client.get(f"/cases/{supplied.case.reference}/safety/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    assert "S-1: where the dose came from" in text
    assert "Papers P-1: US, DSCSA, leg 1." in text
    assert "S-2: where the dose came from" in text
    assert "The report names no dose. Lot, supplier and journey are not guessed." in text
    caller = Caller(supplied.house.auditor)
    told = caller.read(f"/cases/{supplied.case.reference}/safety-reports/S-1/origin")
    assert (told["is_confirmed"], told["lot"], told["serial"], told["supplier"]) == (
        True, "7K04B8", "SN-1-1", "Northway Invented Wholesale",
    )  # fmt: skip
    assert [paper["label"] for paper in told["papers"]] == ["P-0", "P-1"]
    bare = caller.read(f"/cases/{supplied.case.reference}/safety-reports/S-2/origin")
    assert (bare["is_confirmed"], bare["remark"]) == (False, "lot not confirmed: the report names no dose")
    assert caller.get(f"/cases/{supplied.case.reference}/safety-reports/S-9/origin").status_code == 404
