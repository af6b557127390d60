"""UK-SPECIALS: silence for 28 days opens import on day 29, an objection shuts it, a second notice carries the case."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHUT = (
    "28 calendar days since the authority's acknowledgement are not over: first open day Wed 31 Mar 2027. "
    "Not recorded: a waiver of the waiting window. It opens on Wed 31 Mar 2027 if nothing else happens."
)
OBJECTED = "An objection of the authority is recorded on Thu 1 Apr 2027. Not recorded: a waiver of the waiting window."
IMPORT = "Import is allowed, as far as the authority decides"
WITHIN = "the supply stays within 25 administrations or courses per notification (administrations or courses)"


def test_silence_an_objection_a_second_notice_a_supply_and_an_adverse_event(place: Callable[..., Place]) -> None:
    here = place("UK-SPECIALS", start="2027-03-01 14:00", country="GB", zone="Europe/London")
    here.a_case_is_opened(country="United Kingdom", pathway="UK-SPECIALS")
    here.the_determination_is_prepared(by=here.arkwright)
    here.the_determination_is_signed()
    notice_is_filed(here)
    the_window_runs(here)
    an_objection_comes(here)
    a_second_notice_clears(here)
    here.ostby.takes("Attest", {"Which statement": f"{WITHIN} (coordinating pharmacy)"})
    here.a_consignment_leaves("C-1")
    here.ostby.fast_forwards("1 day")
    here.a_consignment_is_received("C-1")
    here.it_is_dispensed("C-1")
    an_adverse_event_is_followed_up(here)
    the_auditor_looks(here)


def notice_is_filed(here: Place) -> None:
    ostby = here.ostby.opens()
    ostby.goes_on("Begin regulatory filing")
    ostby.finds_it_good()
    ostby.opens().goes_on("Open a filing", {"Quantity asked for": "6"})
    assert [sentence for sentence, _ in ostby.checklist()] == [
        "Authority's form is on file for Mon 8 Mar 2027",
        "GMP evidence is on file for Mon 8 Mar 2027",
        "GDP evidence is on file for Mon 8 Mar 2027",
        "Letter of medical necessity is on file for Mon 8 Mar 2027",
        "TSE statement is on file for Mon 8 Mar 2027",
        "Prescription is on file for Mon 8 Mar 2027",
    ]
    expect(ostby.page.locator("#shut-next")).to_have_text("Not yet: 6 requirements are unmet.")

    # The prescriber is asked for one paper and sends it from the phone; the pharmacist sends another; three are there.
    ostby.takes("Ask for a document", {"Document": "Letter of medical necessity", "By when": "2027-03-03"})
    here.ferrante.opens().follows("Send letter of medical necessity").finds_it_good()
    ostby.accepts_paper(here.ferrante.chooses_file("necessity"))
    ostby.opens().follows("Send the authority's form")
    ostby.accepts_paper(ostby.chooses_file("form"))
    here.papers_are_there("gmp_evidence", "gdp_evidence", "prescription")
    ostby.opens().follows("Answer the condition").fills(
        "Answer a condition of the pathway", {"Does it apply to this case?": "No"}, "Answer a condition"
    )
    assert ostby.opens().checklist() == []
    ostby.goes_on("Mark F-1 as ready to submit")
    here.the_reviews_are_passed()
    ostby.accepts_paper(ostby.opens().sends_paper("Proof of filing"))
    ostby.opens().goes_on(
        "Record the submission of F-1", {"When it happened": here.moment(), "Submitted by": "Northway Specials"}
    )
    ostby.goes_on("Wait for the authority")


def the_window_runs(here: Place) -> None:
    ostby = here.ostby
    ostby.fast_forwards("1 day")
    assert ostby.deadlines() == [
        ("Acknowledgement by MHRA; look in the junk folder too", ["House target"], "2 days MHRA")
    ]
    ostby.goes_on(
        "Record the acknowledgement of F-1",
        {"When it happened": "2027-03-02 10:04", "Reference given by the authority": "MHRA-INV-77"},
    )
    assert ostby.deadlines() == [("MHRA may object until then", ["Waiting window"], "28 days MHRA")]

    # Day 28 is 30 March: shut to its end. Day 29 is 31 March: open from its first minute.
    ostby.fast_forwards("28 days")
    expect(ostby.page.locator("#messages")).to_contain_text("It is now Tuesday 30 March 2027, ")
    assert ostby.is_refused("Begin sourcing") == [(IMPORT, SHUT)]
    ostby.finds_it_good("uk-refused")
    ostby.fast_forwards("1 day")
    assert ostby.opens().next_step() == "Next step: record no objection to F-1 by lapse"
    assert ostby.checklist() == []
    ostby.takes("Record no objection to F-1 by lapse")
    assert ostby.next_step() == "Next step: begin sourcing"
    assert ostby.checklist() == []


def an_objection_comes(here: Place) -> None:
    ostby = here.ostby
    ostby.fast_forwards("1 day")
    ostby.takes(
        "Record an objection to F-1",
        {"When it happened": "2027-04-01 09:00", "Reason": "The quality of the starting material is in doubt."},
    )
    assert ostby.is_refused("Begin sourcing") == [
        (IMPORT, OBJECTED),
        (
            "No regulatory hold stands",
            "H-1 was placed by M. Ostby: The authority objected to F-1. "
            "It ends when: it is settled what becomes of the supply",
        ),
    ]
    ostby.opens("filings").finds_it_good("uk-objection")
    assert ostby.rows("Filings")[0][2] == "refused"
    assert ostby.rows("Authorizations")[0][:3] == ["A-1 MHRA-INV-77", "no objection by lapse", "revoked"]


def a_second_notice_clears(here: Place) -> None:
    ostby = here.ostby.opens()
    ostby.takes("Lift the hold H-1", {"Reason": "Nothing has left; a second notice answers the objection."})
    ostby.takes("File again", {"Reason": "The maker has sent the missing certificate."})
    assert ostby.is_refused("Begin sourcing") == [(IMPORT, OBJECTED)]
    ostby.opens().goes_on("Open a filing", {"Quantity asked for": "6"})
    ostby.goes_on("Mark F-2 as ready to submit")
    here.papers_are_there("filing_proof")
    ostby.opens().goes_on(
        "Record the submission of F-2", {"When it happened": here.moment(), "Submitted by": "Northway Specials"}
    )
    ostby.goes_on("Wait for the authority")
    ostby.goes_on("Record the acknowledgement of F-2", {"When it happened": here.moment()})
    ostby.fast_forwards("28 days")
    ostby.fast_forwards("1 day")
    ostby.goes_on("Record no objection to F-2 by lapse")
    ostby.goes_on("Begin sourcing")


def an_adverse_event_is_followed_up(here: Place) -> None:
    ferrante, ostby = here.ferrante, here.ostby
    ostby.fast_forwards("7 days")
    ferrante.opens().tells(
        "Report a side effect",
        {
            "1. What happened?": "A rash on both arms two days after the dose.",
            "None of these: it is not serious": "",
            "lot 7K04B1": "",
        },
        "Report the side effect",
        "Received. A pharmacist reads it.",
    )
    ostby.opens().goes_on("Record that S-1 was read")
    ostby.goes_on("Attach S-1 to a safety case", {"Is it serious?": "No"})
    ostby.goes_on(
        "Assess V-1",
        {
            "Causality": "related",
            "Is it expected?": "no",
            "Narrative": "A rash on both arms two days after the first dose; it faded without treatment.",
            "Is it a biological medicine?": "yes",
            "Class of product": "chemical",
        },
    )
    ostby.goes_on("Lock the version V-1")
    assert ostby.opens().deadlines() == [
        ("How is the patient? U-1, after C-1", ["House target"], "today Dr L. Ferrante"),
        (
            "O-1: coordinating pharmacy to tell Invented Biologics (draft rule)",
            ["House target"],
            "tomorrow M. Ostby",
        ),
        (
            "O-2: coordinating pharmacy to tell authority of the destination, and the manufacturer (draft rule)",
            ["Guideline"],
            "15 days M. Ostby",
        ),
    ]
    ostby.opens("safety").finds_it_good("uk-safety")
    assert ostby.rows("Reports")[0][-1] == "7K04B1 Calder Wholesale"
    here.papers_are_there("transmission_proof")
    for label in ("O-1", "O-2"):
        ostby.opens().goes_on(f"Record that {label} was reported", {"Evidence": "Proof of transmission"})
    ferrante.opens().tells(
        "Answer the follow-up question U-1",
        {"No": "", "What was noticed": "Well again; the rash is gone."},
        "Send the answer",
        here.file.reference,
    )
    ostby.opens().takes("Close the case", {"Outcome": "completed", "Reason": "Treatment ended as planned."})
    assert "This case is closed: completed." in ostby.reads()
    assert ostby.timeline()[:4] == [
        "Case closed",
        "Follow up U-1 answered",
        "Obligation O-2 discharged",
        "Obligation O-1 discharged",
    ]


def the_auditor_looks(here: Place) -> None:
    """What was objected to, by whom it was recorded, from what to what; and that nothing was altered since."""
    ledger = here.ledger
    ledger.opens("filings").finds_it_good()
    (who, changed), *others = ledger.finds_in_the_trail("regulatory.filing.objected", "Filing")
    assert (who, others) == ("M. Ostby", [])
    assert changed.endswith(
        "2027-04-01 09:00:00Z Refusal reason: empty The quality of the starting material is in doubt. "
        "State: no objection by lapse refused"
    )
    ledger.finds_it_good("uk-audit")
    here.the_auditor_verifies()
