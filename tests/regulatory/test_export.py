"""Leaving the country of origin: screened and attested for each consignment, on the day it leaves."""

from datetime import timedelta

import pytest

from cases.audit.context import acting
from cases.documents.models import Document
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import RequirementsUnmet
from regulatory.exports import statements_of
from regulatory.models import Attestation
from tests.cases.custody.builders import DISPATCHED, NOW, Supply, build_supply
from tests.factories import EXPORT, clear_export, signed_profile
from tests.laid import laid

DAY = timedelta(days=1)
SCREENED = "sanctions and restricted-party screening of every party is clear as of the shipping day"
FILED = "the electronic export filing is accepted, or no filing is needed for this shipment"


@laid
def allocated(db: None) -> Supply:
    """A consignment of no controlled drug; nothing was attested for it yet."""
    supply = build_supply()
    supply.plan()
    supply.order()
    supply.do(
        "allocate",
        by=supply.house.coordinator,
        now=NOW,
        lot_number="7K04B8",
        gtin="00399999000123",
        expires_on="2027-08-31",
        serials="SN-1\nSN-2",
    )
    return supply


def lines(supply: Supply, verb: str, number: int = 1, *, days: int = 0) -> dict[str, Checked]:
    by = supply.house.pic if verb == "release" else supply.house.coordinator
    now = (NOW if verb == "release" else DISPATCHED) + DAY * days
    found = consider(supply.case, f"custody.consignment.{verb}", by=by, now=now, subject=supply.consignment(number))
    return {line.code: line for line in found if line.code.startswith("ExportAllowed")}


def test_nothing_leaves_without_a_signed_export_pathway(allocated: Supply) -> None:
    (line,) = lines(allocated, "release").values()
    assert (line.state, line.fact, line.overridable) == (
        "unmet",
        "No signed pathway for the export from US is here: nothing can leave.",
        False,
    )
    with pytest.raises(RequirementsUnmet) as refused:
        allocated.release()
    assert {one.code for one in refused.value.unmet} == {"ExportAllowed"}
    assert allocated.consignment().state == "allocated"


def test_each_statement_is_asked_for_by_its_fact_and_its_version(allocated: Supply) -> None:
    signed_profile(allocated.house, EXPORT)
    found = lines(allocated, "release")
    gate, law = found["ExportAllowed:may_export"], found["ExportAllowed:US-EXPORT.legal_basis.1"]
    assert (gate.state, law.state) == ("unmet", "unmet")
    assert gate.fact == (
        f"On Wed 4 Mar 2026: The coordinating pharmacy has not signed: “{SCREENED}”. "
        f"The coordinating pharmacy has not signed: “{FILED}”."
    )
    assert law.fact.startswith("Nobody has signed for Wed 4 Mar 2026: “the product is approved and labelled")
    assert gate.rule == "US-EXPORT 1.0.0-demo (demonstration copy), may export, high confidence"
    assert law.sources == ("US-EXPORT.legal_basis.1",)
    assert {gate.remedy, law.remedy} == {("Attest the export", "regulatory.export.attest")}


def test_what_was_signed_before_the_shipping_day_releases_and_does_not_dispatch(allocated: Supply) -> None:
    clear_export(allocated.house, allocated.case, allocated.consignment(), now=NOW)
    assert {line.state for line in lines(allocated, "release").values()} == {"met"}
    allocated.release()
    with pytest.raises(RequirementsUnmet) as refused:
        allocated.dispatch()
    assert {line.code for line in refused.value.unmet} == {
        "ExportAllowed:may_export",
        "ExportAllowed:US-EXPORT.legal_basis.1",
    }
    clear_export(allocated.house, allocated.case, allocated.consignment(), now=DISPATCHED)
    assert allocated.dispatch().state == "in_transit"


def test_it_speaks_for_one_consignment_alone(allocated: Supply) -> None:
    clear_export(allocated.house, allocated.case, allocated.consignment(), now=DISPATCHED)
    allocated.plan(planned_dispatch_on="2026-03-04", planned_arrival_on="2026-03-06")
    allocated.order(2)
    states = {number: {line.state for line in lines(allocated, "release", number).values()} for number in (1, 2)}
    assert states == {1: {"met"}, 2: {"unmet"}}


def test_one_statement_of_three_is_not_enough(allocated: Supply) -> None:
    signed_profile(allocated.house, EXPORT)
    first = statements_of(allocated.case)[0]
    allocated.take(
        "regulatory.export.attest",
        by=allocated.house.coordinator,
        now=NOW,
        subject=allocated.consignment(),
        statements=[first.code],
    )
    kept = Attestation.objects.get(case=allocated.case)
    assert (kept.consignment, kept.statement, kept.attested_by) == (
        allocated.consignment(),
        SCREENED,
        allocated.house.coordinator,
    )
    found = lines(allocated, "release")
    assert found["ExportAllowed:may_export"].fact == (
        f"On Wed 4 Mar 2026: The coordinating pharmacy has not signed: “{FILED}”."
    )
    assert found["ExportAllowed:US-EXPORT.legal_basis.1"].state == "unmet"


def test_its_own_papers_are_asked_for_when_it_leaves(allocated: Supply) -> None:
    clear_export(allocated.house, allocated.case, allocated.consignment(), now=DISPATCHED)
    allocated.release()
    with acting(by=allocated.house.pic, verb="tests.paper.taken_away", business_at=NOW):
        Document.objects.filter(case=allocated.case, doc_type="commercial_invoice").delete()
    with pytest.raises(RequirementsUnmet) as refused:
        allocated.dispatch()
    assert [(line.code, line.fact, line.remedy) for line in refused.value.unmet] == [
        (
            "ExportPapersComplete:US-EXPORT.documents.5",
            "There is no commercial invoice.",
            ("Send the commercial invoice", "upload:commercial_invoice"),
        )
    ]
