"""AU-SAS-B: refused, appealed, granted; shipped twice within the quantity, and not a third time beyond it."""

from collections.abc import Callable

import pytest

from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTHING = "There is no authorization that covers patient, prescriber, product, indication."
SUPPLY = "Supply to this patient is allowed, as far as the authority decides"


def test_refused_appealed_granted_and_shipped_twice_within_the_quantity(place: Callable[..., Place]) -> None:
    here = place("AU-SAS-B", start="2027-03-01 22:00", country="AU", zone="Australia/Sydney")
    here.codes = here.ferrante.switches_on_a_second_factor()
    here.a_case_is_opened(country="Australia", pathway="AU-SAS-B")
    here.the_determination_is_prepared(by=here.arkwright)
    here.the_determination_is_signed(code=here.codes.pop(0))
    an_application_is_filed(here)
    it_is_refused_appealed_and_granted(here)
    for label, remaining in (("C-1", "4 vials left"), ("C-2", "2 vials left")):
        here.a_consignment_leaves(label)
        here.ostby.fast_forwards("1 day")
        here.a_consignment_is_received(label)
        here.it_is_dispensed(label)
        assert here.ostby.opens("filings").rows("Authorizations")[0][4] == f"6 vials {remaining}"
        here.ostby.opens().takes("Begin the next supply")
    a_third_is_too_much(here)
    the_case_is_closed_and_proven(here)


def an_application_is_filed(here: Place) -> None:
    ostby = here.ostby
    assert "recovery code" in here.ferrante.reads()
    ostby.opens().goes_on("Begin regulatory filing")
    here.papers_are_there("medical_necessity_letter", "patient_consent")
    ostby.opens().goes_on("Open a filing", {"Quantity asked for": "6"})
    assert ostby.checklist() == [("Authority's form is on file for Tue 9 Mar 2027", "There is no authority's form.")]
    form = here.ferrante.opens().sends_paper("Authority's form")
    here.ferrante.finds_it_good()
    ostby.accepts_paper(form)
    ostby.opens().goes_on("Mark F-1 as ready to submit")
    here.the_reviews_are_passed()
    here.papers_are_there("filing_proof")
    ostby.opens().goes_on(
        "Record the submission of F-1", {"When it happened": here.moment(), "Submitted by": "Dr L. Ferrante"}
    )
    ostby.goes_on("Wait for the authority")
    assert ostby.is_refused("Begin sourcing") == [(SUPPLY, NOTHING)]


def it_is_refused_appealed_and_granted(here: Place) -> None:
    ostby = here.ostby
    ostby.fast_forwards("1 day")
    ostby.opens().takes(
        "Record that F-1 was refused",
        {"When it happened": here.moment(), "Reason": "A registered product was not tried."},
    )
    assert ostby.deadlines() == [
        (
            "Decide on an appeal; its legal time limit is not known here, ask the authority",
            ["House target"],
            "7 days M. Ostby",
        )
    ]
    assert ostby.is_refused("Begin sourcing") == [(SUPPLY, NOTHING)]
    here.papers_are_there("clinical_clarification", "authorisation_letter")
    ostby.opens().goes_on(
        "Record the appeal of F-1",
        {
            "When it happened": here.moment(),
            "Proof of the appeal": "Clinical clarification",
            "Reason": "It was tried in 2024 and stopped for lack of effect.",
        },
    )
    ostby.fast_forwards("7 days")
    ostby.opens().goes_on(
        "Record that F-1 was granted",
        {
            "When it happened": here.moment(),
            "Decision letter": "Authorization letter",
            "Number of the authorization": "MI-2027-INV-1",
            "Valid until, that day included": "2028-03-08",
        },
    )
    assert ostby.deadlines() == [
        ("Renewal of A-1 to be filed", ["House target"], "319 days M. Ostby"),
        ("Authorization A-1 ends", ["Expiry"], "364 days M. Ostby"),
    ]
    ostby.goes_on("Begin sourcing")
    ostby.opens("filings").finds_it_good("au-b-filings")
    assert ostby.rows("Filings")[0][2] == "granted"
    assert ostby.rows("Authorizations") == [
        [
            "A-1 MI-2027-INV-1",
            "decision of the authority",
            "in force",
            "Wed 10 Mar 2027 to Wed 8 Mar 2028",
            "6 vials 6 vials left",
            "6 steps of A-1",
        ]
    ]


def a_third_is_too_much(here: Place) -> None:
    ostby = here.ostby
    here.it_is_planned("C-3", quantity="3")
    assert ostby.is_refused("Order C-3", {"Supplier": "Calder Wholesale", "Order number": "PO-C-3"}) == [
        ("The quantity is within the authorization", "A-1 has 2 vial left for C-3; it needs 3.")
    ]
    ostby.finds_it_good("au-b-too-much")
    ostby.opens("supply").finds_it_good("au-b-supply")
    assert [row[0] + " " + row[4] for row in ostby.rows("Units of C-2")] == [
        "SN-C-2-1 dispensed",
        "SN-C-2-2 dispensed",
    ]


def the_case_is_closed_and_proven(here: Place) -> None:
    ostby, ledger = here.ostby, here.ledger
    ostby.opens().takes("Close the case", {"Outcome": "completed", "Reason": "Treatment ended with the second supply."})
    assert "This case is closed: completed." in ostby.reads()
    assert ostby.timeline()[:3] == ["Case closed", "Consignment C-3 planned", "Next supply begun"]
    (who, changed), *others = ledger.finds_in_the_trail("regulatory.filing.appealed", "Filing")
    assert (who, others) == ("M. Ostby", [])
    assert changed.endswith("State: refused appealed")
    here.the_auditor_verifies()
