"""Where a journey plays, who is there, and the ways that every case goes alike: opened, signed, supplied, proven."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from io import StringIO

from django.core.management import call_command
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import Case
from cases.people.models import User
from cases.statements import STATEMENTS
from regulatory.exports import statements_of
from tests.browser.harness import says
from tests.factories import PASSWORD, House, build_paper, check_partners, scan_and_receive_papers
from tests.journeys.people import File, Person

GTIN = "00399999000123"


@dataclass
class Place:
    """One pharmacy and one institution abroad; everybody comes in through the sign-in page, each at an own browser."""

    house: House
    open_page: Callable[..., Page]
    file: File = field(default_factory=File)
    codes: list[str] = field(default_factory=list)  # the prescriber's recovery codes, one for each signature

    # -- people: the desk is 1280 wide, a phone 360

    @cached_property
    def ostby(self) -> Person:
        """The coordinating pharmacist."""
        return self._comes_in(self.house.coordinator)

    @cached_property
    def lindqvist(self) -> Person:
        """The pharmacist in charge."""
        return self._comes_in(self.house.pic)

    @cached_property
    def arkwright(self) -> Person:
        """The nurse who prepares for the prescriber and never signs."""
        return self._comes_in(self.house.delegate, width=360)

    @cached_property
    def ferrante(self) -> Person:
        """The prescriber."""
        return self._comes_in(self.house.doctor, width=360)

    @cached_property
    def whitlock(self) -> Person:
        """The receiving pharmacist."""
        return self._comes_in(self.house.receiving, width=360)

    @cached_property
    def ledger(self) -> Person:
        """The auditor."""
        return self._comes_in(self.house.auditor)

    def _comes_in(self, user: User, *, width: int = 1280) -> Person:
        return Person(user, self.open_page(width=width, reduced_motion="reduce"), self.file).signs_in()

    # -- time

    def day(self, ahead: int = 0) -> date:
        """The day it is in the journey, or so many days later."""
        return (clock.now() + timedelta(days=ahead)).date()

    def moment(self) -> str:
        """Now, as a person types it."""
        return f"{clock.now():%Y-%m-%d %H:%M}"

    # -- ways

    def a_case_is_opened(
        self,
        *,
        country: str,
        pathway: str,
        urgency: str = "standard",
        family: str = "Example",
        born: str = "1987-02-03",
    ) -> None:
        """An enquiry comes, is answered, and becomes a case."""
        page = self.ostby.page
        page.goto("/")
        page.get_by_role("link", name="New enquiry").click()
        self.ostby.fills(
            "New enquiry",
            {
                "Who asks": "a prescriber",
                "Destination": country,
                "Medicine as it was named": "orvelumab",
                "On our list": "orvelumab 150 mg/mL",
                "Indication": "invented refractory cytopenia",
                "Urgency": urgency,
            },
            "Record the enquiry",
        )
        self.ostby.fills(
            "Answer",
            {
                "What it points to": "A named-patient programme is recommended",
                "Pathway it rests on": f"{pathway} 1.0.0-demo",
                "Answer, word for word": f"{pathway} is the route. Dr Ferrante signs the determination first.",
            },
            "Record the answer",
        )
        page.get_by_role("link", name="Open a case").click()
        self.ostby.fills(
            "Open a case",
            {
                "Prescriber": "Dr L. Ferrante",
                "Receiving institution": "Fairhaven General Hospital",
                "Patient's family name": family,
                "Given names": "Ada",
                "Birth date": born,
            },
            "Open the case",
        )
        expect(page.locator("#messages")).to_contain_text("was opened from EN-")
        self.file.reference = page.url.rstrip("/").rsplit("/", 1)[1]

    def the_determination_is_prepared(self, by: Person) -> None:
        by.opens().takes(
            "Prepare the determination",
            {
                "Dose and schedule": "150 mg every 14 days",
                "Why this medicine is necessary for this patient": "Registered options were tried without effect.",
            },
        )

    def the_determination_is_signed(self, code: str = "") -> None:
        """By the prescriber, at 360 pixels, with the keyboard alone."""
        ferrante = self.ferrante.opens().finds_it_good()
        ferrante.tabs_to("Sign the determination N-1").presses_enter()
        ferrante.finds_it_good()
        for number, statement in enumerate(STATEMENTS.values(), start=1):
            ferrante.tabs_to(f"{number}. {statement}").presses_space()
        ferrante.tabs_to("Type your name").types("Dr L. Ferrante").tabs_to("Your password").types(PASSWORD)
        if code:
            ferrante.tabs_to("One-time code").types(code)
        ferrante.tabs_to("Sign the determination").presses_enter()

    def papers_are_there(self, *kinds: str, uploaded: bool = False) -> None:
        """Papers that came on another way, accepted already; ``uploaded`` ones bear a signature by hand."""
        case = Case.objects.get(reference=self.file.reference)
        for kind in kinds:
            build_paper(self.house, case, kind, now=clock.now(), uploaded=uploaded)

    def the_reviews_are_passed(self, *labels: str) -> None:
        """Both asked for by the coordinator; each item answered, and signed by the pharmacist in charge."""
        for _ in range(2):
            self.ostby.opens().takes("Ask for a review")
        for label in labels or ("R-1", "R-2"):
            page = self.lindqvist.opens().looks_at(f"Pass the review {label}").page
            items = page.get_by_role("radio", name="Yes", exact=True).all()
            assert items, f"{page.url} asks nothing"
            for answer in items:
                answer.check()
            page.get_by_role("radio", name="Pass it").check()
            page.get_by_label("Type your name").fill("H. Lindqvist")
            page.get_by_label("Your password").fill(PASSWORD)
            page.get_by_role("button", name=f"Sign the decision on {label}").click()
            expect(page.locator("#messages")).to_contain_text(f"Review {label} passed")

    def a_consignment_leaves(self, label: str) -> None:
        """Planned, ordered, allocated, released and handed to the carrier on the next day."""
        self.it_is_planned(label)
        self.it_is_ordered(label)
        self.its_units_are_allocated(label)
        self.it_is_released_and_leaves(label)

    def it_is_planned(self, label: str, quantity: str = "2") -> None:
        self.ostby.opens().takes("Plan a consignment", {"Quantity": quantity, **self._days()})
        assert self.ostby.rows("Consignments")[0][:3] == [label, "planned", f"{quantity} vials"]

    def it_is_ordered(self, label: str) -> None:
        """From a supplier that was looked up again not long ago."""
        check_partners(self.house.pharmacy, now=clock.now())
        self.ostby.goes_on(f"Order {label}", {"Supplier": "Calder Wholesale", "Order number": f"PO-{label}"})

    def its_units_are_allocated(self, label: str) -> None:
        packs = {"Lot number": f"7K04B{label[-1]}", "GTIN": GTIN, "Expiry": "2029-12-31"}
        serials = {"Serial numbers": f"SN-{label}-1\nSN-{label}-2"}
        self.ostby.goes_on(f"Allocate units {label}", packs | serials)
        self.its_export_is_attested(label)

    def its_export_is_attested(self, label: str) -> None:
        """Every statement that the country of origin asks for this consignment, under the coordinator's name."""
        case = Case.objects.get(reference=self.file.reference)
        ticks = {"What you have checked": [statement.text for statement in statements_of(case)]}
        self.ostby.takes(f"Attest the export of {label}", ticks)

    def it_is_released_and_leaves(self, label: str) -> None:
        ostby = self.ostby
        ostby.goes_on(f"Release {label} to ship", self._days())
        ostby.fast_forwards("1 day")
        # On the shipping day it is attested again; the invoice and the waybill are there by then.
        self.its_export_is_attested(label)
        self.papers_are_there("commercial_invoice", "airway_bill", "packing_list", "dscsa_transaction_data")
        self.it_is_packed(label)
        ostby.opens().goes_on(
            f"Record the dispatch {label}",
            {
                "Carrier": "Meridian Cold Freight",
                "Shipper (box) number": f"SH-{label}",
                "Temperature logger number": f"LG-{label}",
                "Has the receiving pharmacist confirmed the briefing?": "Yes",
            },
        )
        ostby.goes_on("Move the case to shipment")

    def it_is_packed(self, label: str) -> None:
        """Into a shipper whose hours are known; the packs were scanned and the seller's papers entered before."""
        case = Case.objects.get(reference=self.file.reference)
        shown = {"Kind of shipper (box)": "Invented Box 120", "Hours it is qualified for": "120"}
        numbers = {"Shipper (box) number": f"SH-{label}", "Temperature logger number": f"LG-{label}"}
        self.ostby.takes(f"Record the packing of {label}", shown | numbers)
        scan_and_receive_papers(self.house, case.consignments.get(number=label[-1]), now=clock.now())

    def _days(self) -> dict[str, str]:
        return {
            "Planned day of dispatch": self.day(1).isoformat(),
            "Planned day of arrival": self.day(4).isoformat(),
        }

    def a_consignment_is_received(self, label: str) -> None:
        """Inspected and measured at the institution, released by the pharmacist in charge, accepted."""
        self.whitlock.opens().looks_at(f"Record the arrival {label}").finds_it_good()
        page = self.whitlock.page
        says(page, "The box is here")
        page.get_by_label("Sound", exact=True).check()
        page.get_by_role("button", name="Record the arrival").click()
        self.it_is_inspected(label)
        self.its_units_are_decided_on(label)
        self.ostby.opens().goes_on(f"Accept the consignment {label}")
        self.ostby.goes_on("Move the case to dispensing")

    def its_units_are_decided_on(self, label: str) -> None:
        """Released by the pharmacist in charge, over the temperature and the protocol, with name and password."""
        step = f"Sign a decision on the units {label}"
        assert self.lindqvist.opens().next_step() == f"Next step: {step[:1].lower()}{step[1:]}"
        page = self.lindqvist.looks_at(step).finds_it_good(f"decide-{label}").page
        page.get_by_role("radio", name=re.compile("^Release")).check()
        page.get_by_label("Reason").fill("In range, everything as sent.")
        page.get_by_label("Type your name").fill("H. Lindqvist")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name=f"Sign the decision on {label}").click()
        expect(page.locator("#messages .banner--good")).to_be_visible()
        assert [row[1] for row in self.lindqvist.rows("Decisions")] == ["Release on receipt"]

    def it_is_inspected(self, label: str) -> None:
        """One check after the other on the phone: looked at, logger read, each pack compared, counted, signed."""
        whitlock, page = self.whitlock, self.whitlock.page
        for check in ("Advance briefing", "Outer carton", "Seals", "Labels", "Shock and tilt marks"):
            whitlock.keeps(check, {"Yes": ""})
        whitlock.keeps(
            "Read the logger",
            {"Number on the logger": f"LG-{label}", "Lowest, °C": "2.9", "Highest, °C": "6.8", "Minutes outside": "0"},
        )
        whitlock.keeps("Place of opening", {"Yes": ""})
        whitlock.keeps("Inner packing", {"Yes": ""})
        says(page, "Pack 1 of 2")
        whitlock.finds_it_good(f"inspect-{label}")
        for number, following in ((1, "Next: pack 2"), (2, "Next: count the units")):
            code = f"(01){GTIN}(21)SN-{label}-{number}(10)7K04B{label[-1]}(17)291231"
            whitlock.keeps(f"Pack {number} of 2", {"Scan the square code on the pack": code}, "Compare this pack")
            expect(page.locator("#h-scan")).to_have_text("This pack is as it was sent.")
            whitlock.follows(following)
        whitlock.keeps("Count the units", {"How many units are there?": "2"})
        for check in ("Shelf life", "Case label", "Language label and leaflet", "Qualified storage"):
            whitlock.keeps(check, {"Yes": ""})
        says(page, "Decide and sign")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Accept").click()
        says(page, "Inspected. A second check comes next.")
        self.it_is_checked(label)

    def it_is_checked(self, label: str) -> None:
        """Another person at the institution counts it and signs that it is so: here, the prescriber."""
        code = {"One-time code": self.codes.pop(0)} if self.codes else {}
        self.ferrante.opens().takes(
            f"Sign the second check of {label}",
            {
                "Units you counted yourself": "2",
                "Do you find what the inspection found?": "Yes",
                "Type your name": "Dr L. Ferrante",
                "Your password": PASSWORD,
            }
            | code,
        )

    def it_is_dispensed(self, label: str) -> None:
        """And the first dose given, with its serial number."""
        self.whitlock.opens().takes(f"Record the dispensing {label}")
        self.whitlock.takes(f"Record a dose {label}", {"From which unit": f"SN-{label}-1", "Dose as given": "150 mg"})
        self.ostby.opens().goes_on("Begin adverse-event follow-up")

    # -- evidence

    def the_auditor_verifies(self) -> None:
        """On the page, and by the command: nothing was altered."""
        page = self.ledger.page
        page.goto(f"/audit/cases/{self.file.reference}/")
        page.get_by_role("link", name="Verify this case").click()
        expect(page.locator("#result")).to_contain_text("Nothing was altered, as far as is checked here.")
        told = StringIO()
        call_command("verify_audit", case=self.file.reference, json=True, stdout=told)
        report = json.loads(told.getvalue())
        assert (report["ok"], report["findings"]) == (True, [])
        assert report["checked"]["entries"] > 100
