"""AU-AP: one authority for a prescriber's patients, from its grant over a suspension to its renewal, on two cases."""

import re
from collections.abc import Callable

import pytest

from cases.models import Case
from regulatory.models import Authorization
from tests.journeys.place import Place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OUTSIDE_A_HOSPITAL = (
    "instead of ethics approval: practitioner outside a hospital who has shown no access to an ethics committee "
    "(reg 12B(1A))"
)
REPORT = "Report of {} to TGA for the half-year to {}, zero included"
FIRST = REPORT.format("A-1", "30 Jun 2027") + " (safe by every reading: Sat 31 Jul 2027)"
HELD = "is suspended: Letter of the TGA of 5 March."


def test_granted_used_by_another_case_suspended_lifted_and_renewed(place: Callable[..., Place]) -> None:
    here = place("AU-AP", start="2027-03-01 22:00", country="AU", zone="Australia/Sydney")
    here.a_case_is_opened(country="Australia", pathway="AU-AP")
    here.the_determination_is_prepared(by=here.ostby)
    here.the_determination_is_signed()
    an_application_is_filed(here)
    it_is_granted(here)
    home = here.file.reference
    a_second_case_uses_it(here, home)
    second = here.file.reference
    both_are_held_by_its_suspension(here, home, second)
    both_go_on_with_its_reinstatement(here, home, second)
    the_half_year_is_reported(here, home)
    it_is_renewed(here, home, second)
    here.file.reference = home
    here.the_auditor_verifies()


def an_application_is_filed(here: Place) -> None:
    ostby = here.ostby
    here.papers_are_there("patient_consent", "ethics_opinion", "filing_proof")
    ostby.opens().goes_on("Begin regulatory filing")
    ostby.goes_on("Open a filing")
    for condition, applies in (("standard pathway", "Yes"), (OUTSIDE_A_HOSPITAL, "No")):
        asked = {"Which condition": condition, "Does it apply to this case?": applies}
        ostby.takes("Answer a condition of the pathway", asked)
    ostby.goes_on("Mark F-1 as ready to submit")
    here.the_reviews_are_passed()
    filed = {"When it happened": here.moment(), "Submitted by": "Dr L. Ferrante"}
    ostby.opens().goes_on("Record the submission of F-1", filed)
    ostby.goes_on("Wait for the authority")


def it_is_granted(here: Place) -> None:
    ostby = here.ostby
    ostby.fast_forwards("1 day")
    the_authority_grants(here, "F-1", "AP-7", "2028-03-02")
    assert ostby.opens().deadlines() == [
        (FIRST, ["Statutory"], "152 days Dr L. Ferrante"),
        ("Renewal of A-1 to be filed", ["House target"], "320 days M. Ostby"),
        (REPORT.format("A-1", "31 Dec 2027"), ["Statutory"], "334 days Dr L. Ferrante"),
    ]
    looks_at_the_authority(here, here.file.reference, "au-ap-granted")
    assert ostby.rows("Reports of A-1") == [
        [
            "Thu 1 Jul 2027 to Fri 31 Dec 2027", "none yet", "Dr L. Ferrante", "Mon 31 Jan 2028",
            "running the period has not begun",
        ],
        [
            "Fri 1 Jan 2027 to Wed 30 Jun 2027", "0 new, 0 in all so far", "Dr L. Ferrante", "Mon 2 Aug 2027",
            "running the period runs",
        ],
    ]  # fmt: skip


def a_second_case_uses_it(here: Place, home: str) -> None:
    """Nothing is filed for it; the one thing that it lacks is brought where the letter is."""
    ostby = here.ostby
    here.a_case_is_opened(country="Australia", pathway="AU-AP", family="Sample", born="1991-06-07")
    here.the_determination_is_prepared(by=ostby)
    here.the_determination_is_signed()
    second = here.file.reference
    assert ostby.opens().deadlines() == [("Standing authority AP-7 ends", ["Expiry"], "365 days M. Ostby")]
    assert ostby.reads().count("Not for this case: Standing authority AP-7 covers it") == 2
    assert (ostby.next_step(), ostby.checklist()) == (
        "Next step: begin sourcing",
        [("The supplier may release it", "The authorization letter is not held by the local sponsor.")],
    )
    ostby.finds_it_good("au-ap-second")
    here.file.reference = home
    letter = ostby.opens("documents").reads()
    label = re.findall(r"(D-[0-9]+)[^D]*Authorization letter", letter.replace("\n", " "))
    held = {"Who else holds it": "the local sponsor"}
    ostby.opens().takes(f"Record dates, holder and source of the document {label[0]}", held)
    here.file.reference = second
    ostby.opens().goes_on("Begin sourcing")
    here.it_is_planned("C-1")
    here.it_is_ordered("C-1")
    box = Case.objects.get(reference=second).consignments.get()
    assert box.authorization == Authorization.objects.get(case__reference=home)
    looks_at_the_authority(here, home)
    (row,) = ostby.rows("Cases under A-1")
    assert (row[0], row[3], row[4]) == (second, "Sourcing", "no quantity is set 0 consignments gone")


def both_are_held_by_its_suspension(here: Place, home: str, second: str) -> None:
    ostby = here.ostby
    here.file.reference = home
    ostby.opens().takes("Record a suspension of A-1", {"Reason": "Letter of the TGA of 5 March."})
    for case, name in ((home, "A-1"), (second, "Standing authority AP-7")):
        here.file.reference = case
        assert f"“{name} {HELD}”" in ostby.opens().reads()
        ostby.finds_it_good(f"au-ap-held-{'home' if case == home else 'second'}")
    assert ostby.timeline()[0] == "Standing authority AP-7 suspended"
    (line,) = ostby.checklist()
    assert ostby.next_step() == "Next step: allocate units C-1"
    assert line[0] == "No regulatory hold stands"
    assert line[1].startswith(f"H-1 was placed by M. Ostby: Standing authority AP-7 {HELD}")
    looks_at_the_authority(here, home, "au-ap-suspended")
    assert ostby.rows("Cases under A-1")[0][3] == "Sourcing Held"
    ostby.fast_forwards("1 day")
    mail = here.lindqvist.reads_mail(f"Case {second}: the standing authority suspended, stop the supply")
    assert f"The standing authority of case {second} is suspended." in mail


def both_go_on_with_its_reinstatement(here: Place, home: str, second: str) -> None:
    ostby = here.ostby
    here.file.reference = home
    ostby.opens().takes("Record the reinstatement of A-1", {"Reason": "Second letter of the TGA."})
    for case in (home, second):
        here.file.reference = case
        assert "is suspended" not in ostby.opens().reads()
    assert ostby.timeline()[:2] == ["Standing authority AP-7 in force", "Standing authority AP-7 suspended"]
    here.its_units_are_allocated("C-1")
    ostby.opens().takes("Cancel C-1 before it leaves", {"Reason": "The patient went to another hospital for a while."})


def the_half_year_is_reported(here: Place, home: str) -> None:
    """By the prescriber, not before its end; shown by the confirmation that came."""
    ostby = here.ostby
    here.file.reference = home
    done = {"Which duty": FIRST, "When it happened": here.moment()}
    here.papers_are_there("supply_report")
    early = ostby.opens().is_refused("Record that a duty was done", done | {"Evidence": "Supply report"})
    assert early == [
        (
            "What is recorded has happened, and after what it follows",
            f"{here.moment()} UTC is before the end of the period on 2027-06-30 14:00 UTC.",
        )
    ]
    for _ in range(5):
        ostby.fast_forwards("28 days")
    done["When it happened"] = here.moment()
    assert ostby.opens().is_refused("Record that a duty was done", done) == [
        (
            "A duty of an outside party is shown by evidence",
            f"{FIRST} is with Dr L. Ferrante; no document shows that it was done.",
        )
    ]
    ostby.opens().takes("Record that a duty was done", done | {"Evidence": "Supply report"})
    looks_at_the_authority(here, home, "au-ap-reported")
    ostby.page.set_viewport_size({"width": 360, "height": 780})
    ostby.finds_it_good("au-ap-reported-360").page.set_viewport_size({"width": 1280, "height": 900})
    told = [[row[0], row[4]] for row in ostby.rows("Reports of A-1")]
    assert told[0] == ["Sat 1 Jan 2028 to Fri 30 Jun 2028", "running the period has not begun"]
    assert told[1] == ["Thu 1 Jul 2027 to Fri 31 Dec 2027", "running the period runs"]
    assert told[2][0] == "Fri 1 Jan 2027 to Wed 30 Jun 2027"
    assert re.fullmatch(r"met D-[0-9]+ received Thu 22 Jul 2027", told[2][1]), told[2]


def it_is_renewed(here: Place, home: str, second: str) -> None:
    """In time before its end, under a new number; both cases see both, and live to the new end."""
    ostby = here.ostby
    for _ in range(6):
        ostby.fast_forwards("28 days")
    here.papers_are_there("patient_consent", "ethics_opinion", "filing_proof")
    ostby.opens().takes("Renew from the last filing")
    ostby.takes("Mark F-2 as ready to submit")
    here.the_reviews_are_passed("R-3", "R-4")
    filed = {"When it happened": here.moment(), "Submitted by": "Dr L. Ferrante"}
    ostby.opens().takes("Record the submission of F-2", filed)
    ostby.fast_forwards("7 days")
    the_authority_grants(here, "F-2", "AP-8", "2029-03-02")
    dates = [
        label for label, state, _ in ostby.opens("deadlines").deadlines() if "Late" not in state and "Met" not in state
    ]
    for one in (
        "Authorization A-1 ends",
        "Authorization A-2 ends",
        "Renewal of A-2 to be filed",
        REPORT.format("A-1", "30 Jun 2028"),  # its last one: it ends within that half-year
        REPORT.format("A-2", "30 Jun 2028"),
        REPORT.format("A-2", "31 Dec 2028"),
    ):
        assert dates.count(one) == 1, dates
    assert REPORT.format("A-1", "31 Dec 2028") not in dates
    here.file.reference = second
    assert ostby.opens().deadlines() == [
        ("Standing authority AP-7 ends", ["Expiry"], "49 days M. Ostby"),
        ("Standing authority AP-8 ends", ["Expiry"], "414 days M. Ostby"),
    ]
    ostby.opens("filings").finds_it_good("au-ap-renewed")
    page = " ".join(ostby.reads().split())
    assert f"in force Thu 13 Jan 2028 to Fri 2 Mar 2029 not limited in the letter A-2 of {home}" in page


def the_authority_grants(here: Place, filing: str, number: str, until: str) -> None:
    here.papers_are_there("authorisation_letter")
    here.ostby.opens().takes(
        f"Record that {filing} was granted",
        {
            "When it happened": here.moment(),
            "Decision letter": "Authorization letter",
            "Number of the authorization": number,
            "Valid until, that day included": until,
        },
    )


def looks_at_the_authority(here: Place, home: str, picture: str = "") -> None:
    here.ostby.page.goto(f"/cases/{home}/authorizations/A-1/")
    here.ostby.finds_it_good(picture)
