"""Papers of each kind in the checklist, and those that will be too old on the planned filing day."""

import pytest

from cases.deadlines.models import Deadline
from tests.regulatory.ground import Ground, at, build_ground


def lines(ground: Ground, verb: str, subject: object) -> dict[str, tuple[str, str]]:
    return {
        line.code.partition(":")[2]: (line.state, line.fact)
        for line in ground.ask(verb, subject=subject)
        if line.code.startswith("PapersComplete")
    }


@pytest.mark.django_db
def test_what_is_held_elsewhere_is_told_and_stands_against_nothing() -> None:
    ground = build_ground("CA-SAP-PATIENT", now=at("2026-03-02 15:00"), country="CA", zone="America/Toronto")
    ground.take("regulatory.filing.open", kind="application", authority=first_authority(ground))
    found = lines(ground, "regulatory.filing.make_ready", ground.filing)
    assert found["CA-SAP-PATIENT.documents.3"] == ("met", "The treating prescriber holds it; it is not sent.")
    state, fact = found["CA-SAP-PATIENT.documents.1"]
    assert (state, fact.endswith(" The patient’s name must not stand on it.")) == ("unmet", True)


@pytest.mark.django_db
def test_a_paper_that_will_be_too_old_is_asked_for_again_in_time() -> None:
    ground = build_ground("IL-29-PHARMACY", now=at("2026-03-02 09:00"), country="IL", zone="Asia/Jerusalem")
    form = ground.paper("regulator_form", uploaded=True, issued_on=at("2026-02-01 00:00").date())
    ground.take(
        "regulatory.filing.open", kind="application", authority=first_authority(ground), planned_on="2026-09-01"
    )
    (again,) = Deadline.objects.filter(case=ground.case, kind="regulatory.paper_again")
    assert (again.state, again.due_on.isoformat(), again.force, again.fact) == (
        "running",
        "2026-08-18",
        "house_target",
        "IL-29-PHARMACY.documents.1",
    )
    assert again.label == f"New authority's form for F-1: {form.label} is too old by then"
    ground.now = at("2026-08-10 09:00")
    newer = ground.paper("regulator_form", uploaded=True, issued_on=at("2026-08-09 00:00").date())
    ground.take("documents.document.describe", subject=newer, issued_on="2026-08-09")
    assert Deadline.objects.get(pk=again.pk).state == "cancelled"


def first_authority(ground: Ground) -> str:
    return str(ground.case.profile_version.data["authority"][0]["value"])[:120]
