"""AU-SAS-A: shipped with no approval; the duty to tell the authority appears at the supply, and late shows as late."""

from collections.abc import Callable

import pytest

from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTICE = "Notice to TGA after the supply"


def test_shipped_without_approval_reminded_missed_and_told_late(place: Callable[..., Place]) -> None:
    here = place("AU-SAS-A", start="2027-03-01 22:00", country="AU", zone="Australia/Sydney")
    here.a_case_is_opened(country="Australia", pathway="AU-SAS-A", urgency="emergency")
    here.the_determination_is_prepared(by=here.ostby)
    here.the_determination_is_signed()
    papers_open_the_gate(here)
    here.it_is_released_and_leaves("C-1")
    here.ostby.fast_forwards("1 day")
    here.a_consignment_is_received("C-1")
    the_duty_appears_at_the_supply(here)
    the_prescriber_is_reminded(here)
    the_day_passes(here)
    the_notice_goes_out_late(here)
    the_case_is_closed_and_proven(here)


def papers_open_the_gate(here: Place) -> None:
    """Nothing is approved by anybody, but nothing leaves before the signed form is there, also with the sponsor."""
    ostby, ferrante = here.ostby.opens(), here.ferrante
    ostby.goes_on("Begin sourcing")
    here.it_is_planned("C-1")
    here.it_is_ordered("C-1")
    here.its_units_are_allocated("C-1")
    assert ostby.next_step() == "Next step: release C-1 to ship"
    assert ostby.checklist() == [
        ("The supplier may release it", "There is no signed authority's form, held by the local sponsor."),
        (
            "Supply to this patient is allowed",
            "There is no signed authority's form. There is no signed patient's consent. "
            "There is no valid prescription.",
        ),
    ]
    ostby.finds_it_good("au-a-shut")
    form = ferrante.sends_paper("Authority's form")
    ferrante.finds_it_good()
    ostby.accepts_paper(form, {"Does the patient's name stand on it?": "No"})
    here.papers_are_there("patient_consent", "prescription", uploaded=True)
    assert ostby.opens().checklist() == [
        ("The supplier may release it", "The authority's form is not held by the local sponsor.")
    ]
    ostby.takes(f"Record dates, holder and source of the document {form}", {"Who else holds it": "the local sponsor"})
    assert ostby.checklist() == []


def the_duty_appears_at_the_supply(here: Place) -> None:
    ostby = here.ostby
    assert NOTICE not in [label for label, _, _ in ostby.opens("deadlines").deadlines()]
    here.it_is_dispensed("C-1")
    assert (NOTICE, ["Statutory"], "28 days Dr L. Ferrante") in ostby.opens("deadlines").deadlines()
    why = ostby.why(NOTICE)
    assert "Event: dispensed or supplied the count starts from this event Thu 4 Mar 2027" in why
    assert why.endswith("AU-SAS-A.deadlines.1; confidence medium. Zone: Australia/Sydney.")


def the_prescriber_is_reminded(here: Place) -> None:
    ostby, ferrante = here.ostby, here.ferrante
    ostby.fast_forwards("7 days")
    ferrante.opens().tells(
        "Answer the follow-up question U-1",
        {"No": "", "What was noticed": "Well."},
        "Send the answer",
        here.file.reference,
    )
    for amount in ("7 days", "7 days", "1 day"):
        ostby.fast_forwards(amount)
    letter = ferrante.reads_mail(f"Case {here.file.reference}: {NOTICE}")
    assert "Due Thu 1 Apr 2027, 23:59 (Australia/Sydney)" in letter
    assert "The ball is with: Dr L. Ferrante." in letter
    assert "orvelumab" not in letter
    ferrante.finds_it_good()


def the_day_passes(here: Place) -> None:
    ostby = here.ostby
    ostby.fast_forwards("7 days")
    assert (NOTICE, ["Late", "Statutory"], "yesterday Dr L. Ferrante") in ostby.opens().deadlines()
    assert ostby.is_refused("Begin the next supply") == [
        (
            "No duty that a supply or a permission left behind is overdue",
            f"Overdue: {NOTICE}, due 2027-04-01, with Dr L. Ferrante.",
        )
    ]
    ostby.finds_it_good("au-a-overdue")
    ostby.page.goto("/today/")
    assert NOTICE in ostby.reads()
    ostby.finds_it_good("au-a-today")


def the_notice_goes_out_late(here: Place) -> None:
    ostby = here.ostby
    here.the_reviews_are_passed()
    ostby.opens().takes("Open a filing")
    ostby.opens().takes("Mark F-1 as ready to submit")
    ostby.accepts_paper(ostby.sends_paper("Proof of filing"))
    ostby.opens().takes(
        "Record the submission of F-1", {"When it happened": here.moment(), "Submitted by": "Dr L. Ferrante"}
    )
    assert (NOTICE, ["Met late", "Statutory"], "yesterday Dr L. Ferrante") in ostby.opens("deadlines").deadlines()
    assert ostby.opens().next_step() == "Next step: begin the next supply"
    assert ostby.checklist() == []


def the_case_is_closed_and_proven(here: Place) -> None:
    ostby, ledger = here.ostby, here.ledger
    ostby.takes("Close the case", {"Outcome": "completed", "Reason": "Treatment ended as planned."})
    assert ostby.timeline()[:2] == ["Case closed", "Filing F-1 submitted"]
    (who, changed), *others = ledger.finds_in_the_trail("regulatory.filing.submitted", "Deadline")
    assert (who, others) == ("M. Ostby", [])
    assert changed.startswith("State: missed met late When the fact happened: empty 2027-04-0")
    ledger.finds_it_good("au-a-audit")
    here.the_auditor_verifies()
