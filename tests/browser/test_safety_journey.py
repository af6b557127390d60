"""One event from the phone to the end: judged, coded, locked, told by three clocks, answered, followed up, closed."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from cases import clock
from cases.audit.verify import verify
from cases.people.models import User
from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.coding.services import Kind
from pharmacovigilance.messages import export_of
from pharmacovigilance.models import Obligation, Transmission
from pharmacovigilance.questions import GENERAL
from pharmacovigilance.senders import sender_of
from tests.browser.harness import follow, says
from tests.browser.harness import stands as stands_alone
from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import Safety
from tests.pharmacovigilance.coding.builders import FEVER, LLT_FILE, PT_FILE
from tests.pharmacovigilance.e2b.messages import acknowledgement

pytestmark = [pytest.mark.browser, pytest.mark.slow]
stands = partial(stands_alone, group="safety-journey", back_to=1280)


@pytest.fixture
def given(live_server: object) -> Safety:
    """A case whose medicine was dispensed, a dose on record, and a pharmacy that holds a dictionary of its own."""
    supply = build_supply()
    supply.bring_to("dispensed")
    made = Safety(supply)
    made.dose()
    import_dictionary(
        Kind.MEDDRA, [LLT_FILE, PT_FILE], version="29.0", licensee_confirms=True, by=made.pic, now=clock.now()
    )
    return made


def sends(page: Page) -> None:
    """The one button of a step's form."""
    follow(page.locator("main form button[type=submit]").last)


def test_one_event_goes_from_the_phone_to_the_end(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], given: Safety
) -> None:
    case = given.supply.case
    phone = open_page(width=360)
    the_prescriber_tells(phone, sign_in, given)
    desk = open_page()
    sign_in(desk, given.coordinator)
    home = f"/cases/{case.reference}/safety/SC-1/"
    the_report_is_attached(desk, case.reference)
    the_pair_is_judged(desk, home)
    the_version_is_coded_assessed_and_locked(desk, home)
    the_message_leaves_and_is_answered(desk, given)
    everybody_is_told(desk, given)
    the_question_is_answered_and_the_case_closed(phone, desk, given)
    assert verify().findings == []


def the_prescriber_tells(phone: Page, sign_in: Callable[[Page, User], None], given: Safety) -> None:
    sign_in(phone, given.supply.house.doctor)
    phone.goto(f"/my/{given.supply.case.reference}/report/")
    phone.get_by_label("1. What happened?").fill("Fever since the first vial, admitted for a night.")
    phone.get_by_label("I don’t know when").check()
    phone.get_by_label("Went into hospital, or stayed there longer").check()
    phone.get_by_label("Recovered", exact=True).check()
    phone.get_by_role("button", name="Report the side effect").click()
    says(phone, "Received. A pharmacist reads it.")


def the_report_is_attached(desk: Page, reference: str) -> None:
    desk.goto(f"/cases/{reference}/safety-reports/S-1/")
    desk.get_by_role("button", name="Record that S-1 was read").click()
    desk.get_by_role("link", name="Attach it to a safety case").click()
    desk.get_by_label("By which criterion").select_option("hospitalisation")
    sends(desk)


def the_pair_is_judged(desk: Page, home: str) -> None:
    desk.goto(home)
    says(desk, "Safety case SC-1")
    expect(desk.get_by_text("As it stands they would be")).to_be_visible()
    expect(desk.get_by_text("Lot 7K04B8.").first).to_be_visible()
    stands(desk, "draft")
    desk.get_by_role("link", name="Naranjo of this pair").click()
    for words in ("Did the event begin after", "Did it get better when"):
        desk.get_by_role("group", name=words).get_by_label("yes", exact=True).check()
    stands(desk, "naranjo")
    sends(desk)
    says(desk, "Safety case SC-1")
    expect(desk.get_by_text("Naranjo: possible, 3")).to_be_visible()


def the_version_is_coded_assessed_and_locked(desk: Page, home: str) -> None:
    desk.get_by_role("link", name="Code AE-1").click()
    desk.get_by_label("Code of the lowest level term").fill(FEVER)
    sends(desk)
    desk.goto(home)
    desk.get_by_role("link", name="Assess V-1").click()
    desk.get_by_role("group", name="Causality").get_by_label("related", exact=True).check()
    desk.get_by_role("group", name="Is it expected?").get_by_label("no", exact=True).check()
    desk.get_by_label("Narrative").fill("Fever after the first vial; one night in hospital; recovered.")
    desk.get_by_role("group", name="Is it a biological medicine?").get_by_label("yes", exact=True).check()
    desk.get_by_label("Class of product").select_option("chemical")
    sends(desk)
    desk.get_by_role("link", name="Lock V-1").click()
    sends(desk)
    says(desk, "Safety case SC-1")
    owed = desk.get_by_role("region", name="Who must be told by when")
    for party in ("Coordinating pharmacy tells", "Health professional tells", "Person who sells or supplies tells"):
        expect(owed.get_by_text(party).first).to_be_visible()
    stands(desk, "locked")


def the_message_leaves_and_is_answered(desk: Page, given: Safety) -> None:
    case, version = given.supply.case, given.version()
    desk.get_by_role("link", name="Safety message of V-1").click()
    with desk.expect_download() as saved:
        desk.get_by_role("link", name="Download the XML file").click()
    assert saved.value.path().read_bytes() == export_of(version, profile="ich")

    owed = Obligation.objects.get(rule="GB.supplier.serious")
    desk.goto(f"/cases/{case.reference}/do/pharmacovigilance.transmission.prepare/")
    desk.get_by_label("For which obligation").select_option(str(owed.pk))
    desk.get_by_label("In which form").select_option("e2b_ich")
    sends(desk)
    desk.goto(f"/cases/{case.reference}/do/pharmacovigilance.transmission.send/?on=T-1")
    sends(desk)

    sent = Transmission.objects.get()
    identifier, _ = sender_of(case.pharmacy, settings.NPP_SAFETY_SENDER)
    answer = acknowledgement(sent.message_number, version.safety_case.worldwide_id, receiver=identifier)
    desk.goto("/safety/answers/")
    desk.get_by_label("File of the recipient").set_input_files(
        {"name": "answer.ack", "mimeType": "application/xml", "buffer": answer}
    )
    desk.get_by_role("button", name="Take the acknowledgement").click()
    expect(desk.get_by_text("T-1 of " + case.reference)).to_be_visible()
    stands(desk, "answered")
    assert Transmission.objects.get().state == "accepted"


def everybody_is_told(desk: Page, given: Safety) -> None:
    """The two other parties tell by telephone; each within its own clock."""
    step = f"/cases/{given.supply.case.reference}/do/pharmacovigilance."
    for owed in Obligation.objects.filter(state="open").order_by("number"):
        if not owed.transmissions.exists():
            desk.goto(f"{step}transmission.prepare/")
            desk.get_by_label("For which obligation").select_option(str(owed.pk))
            desk.get_by_label("In which form").select_option("telephone")
            sends(desk)
            says(desk, "Papers and messages of V-1")
            desk.get_by_role("link", name=re.compile("as sent")).click()
            desk.get_by_label("Receipt, in words").fill("The office confirmed it by telephone at once.")
            sends(desk)
            says(desk, "Papers and messages of V-1")
        desk.goto(f"{step}obligation.discharge/?on={owed.label}")
        sends(desk)
        expect(desk.get_by_role("heading", level=1)).to_contain_text(given.supply.case.reference)
    assert set(Obligation.objects.values_list("state", flat=True)) == {"done"}


def the_question_is_answered_and_the_case_closed(phone: Page, desk: Page, given: Safety) -> None:
    case = given.supply.case
    for question in case.follow_ups.filter(answered_at=None).order_by("due_on"):
        phone.goto(f"/my/{case.reference}/answer/{question.label}/")
        if question.question_set == GENERAL:
            phone.get_by_role("group", name="Was there any side effect?").get_by_label("No", exact=True).check()
        phone.get_by_role("textbox").last.fill("Well, no further event.")
        phone.get_by_role("button", name="Send the answer").click()
        expect(phone.get_by_role("button", name="Send the answer")).to_have_count(0)
    assert not case.follow_ups.filter(answered_at=None).exists()
    for verb in ("cases.case.begin_shipment", "cases.case.begin_dispensing", "cases.case.begin_follow_up"):
        given.supply.take(verb, by=given.coordinator, now=clock.now())
    desk.goto(f"/cases/{case.reference}/do/cases.case.close/")
    desk.get_by_label("Outcome").select_option("completed")
    desk.get_by_label("Reason").fill("The course is over; nothing is owed.")
    sends(desk)
    desk.goto(f"/cases/{case.reference}/safety/")
    expect(desk.get_by_text("This case is closed")).to_be_visible()
    stands(desk, "closed")
