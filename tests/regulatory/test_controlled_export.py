"""A controlled drug: the destination's permit first, then the export permit on exactly that consignee and port."""

import pytest

from cases.audit.context import acting
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Medicine
from tests.factories import signed_profile
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

OPENED = at("2026-10-05 01:00")
RELEASE = "custody.consignment.release"
PLAN = {
    "days_of_therapy": 28,
    "planned_dispatch_on": "2026-10-20",
    "planned_arrival_on": "2026-10-24",
    "reason": "The port is known now.",
}
CODE = "ControlledExportPermitted"


@laid
def allocated(db: None) -> Ground:
    """A supply of AU-SAS-A that only its release is missing, and the medicine is a controlled drug."""
    ground = build_ground("AU-SAS-A", now=OPENED, country="AU", zone="Australia/Sydney")
    with acting(by=ground.house.pic, verb="tests.medicine.controlled", business_at=OPENED):
        medicine = Medicine.objects.get(pk=ground.case.medicine_id)
        medicine.is_controlled = True
        medicine.save()
    for doc_type in ("regulator_form", "patient_consent", "prescription"):
        ground.paper(doc_type, uploaded=True, held_by="local_sponsor" if doc_type == "regulator_form" else "")
    ground.take("cases.case.begin_sourcing")
    ground.plan("2026-10-20", "2026-10-24")
    ground.order()
    ground.allocate(cleared=False)
    return ground


def line(ground: Ground) -> tuple[str, str]:
    found = ground.line(CODE, RELEASE, by=ground.house.pic, subject=ground.consignment)
    return found.state, found.fact


def test_without_a_signed_export_pathway_nothing_controlled_leaves(allocated: Ground) -> None:
    assert line(allocated) == (
        "unmet",
        "No signed pathway for the export from US is here: a controlled drug cannot leave.",
    )
    before = allocated.written()
    with pytest.raises(RequirementsUnmet) as refusal:
        allocated.take(
            RELEASE,
            by=allocated.house.pic,
            subject=allocated.consignment,
            planned_dispatch_on="2026-10-20",
            planned_arrival_on="2026-10-24",
        )
    assert CODE in {one.code for one in refusal.value.unmet}
    assert (allocated.consignment.state, allocated.written()) == ("allocated", before)


def test_it_waits_for_both_permits_and_names_what_is_missing(allocated: Ground) -> None:
    signed_profile(allocated.house, "US-EXPORT")
    state, fact = line(allocated)
    assert state == "unmet"
    assert "There is no authorization that covers consignee, port, product, quantity." in fact
    assert "There is no valid controlled drug import permit." in fact
    allocated.paper("controlled_drug_import_permit", uploaded=True)
    assert "controlled drug import permit" not in line(allocated)[1]
    assert line(allocated)[0] == "unmet"


def test_a_permit_for_exactly_this_consignee_and_port_lets_it_go(allocated: Ground) -> None:
    signed_profile(allocated.house, "US-EXPORT")
    allocated.paper("controlled_drug_import_permit", uploaded=True)
    for kind in ("clinical", "regulatory"):
        allocated.review(kind)
    allocated.take(
        "regulatory.filing.open", step="export_permit", kind="application", authority="DEA (controlled substances)"
    )
    allocated.take("regulatory.filing.make_ready", subject=allocated.filing)
    allocated.submit(at("2026-10-06 01:00"), party="Invented exporter")
    allocated.grant(
        at("2026-10-16 01:00"),
        letter=allocated.paper("export_permit"),
        covers=["consignee", "port", "product"],
        port="Invented Port",
        quantity="10",
    )
    assert "The port of this case is not recorded." in line(allocated)[1]
    for port, state in (("Another Port", "unmet"), ("Invented Port", "met")):
        allocated.take("custody.consignment.replan", subject=allocated.consignment, **PLAN, port=port)
        assert line(allocated)[0] == state, line(allocated)


def test_a_drug_that_is_not_controlled_is_not_asked(db: None) -> None:
    ground = build_ground("AU-SAS-A", now=OPENED, country="AU", zone="Australia/Sydney")
    ground.paper("regulator_form", uploaded=True, held_by="local_sponsor")
    ground.paper("patient_consent", uploaded=True)
    ground.paper("prescription", uploaded=True)
    ground.take("cases.case.begin_sourcing")
    ground.plan("2026-10-20", "2026-10-24")
    assert line(ground)[0] == "met"
