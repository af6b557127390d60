"""Telling of a side effect in a browser: a phone, a link, no script, no mouse; and what the pharmacist makes of it."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cases import clock
from cases.people.links import grant_link, token_from
from cases.people.models import AccessLink, User
from pharmacovigilance.models import SafetyReport
from tests.browser.harness import Witness, says
from tests.browser.harness import stands as stands_alone
from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import Safety

pytestmark = pytest.mark.browser
SignIn = Callable[[Page, User], None]
stands = partial(stands_alone, group="reporting")


@pytest.fixture
def given(live_server: object) -> Safety:
    """A case whose medicine was dispensed, with a dose on record."""
    supply = build_supply()
    supply.bring_to("dispensed")
    made = Safety(supply)
    made.dose()
    return made


def link_to(safety: Safety, subject: str = "") -> str:
    house = safety.supply.house
    _, seed = grant_link(
        recipient=house.doctor, case=safety.supply.case, purpose=AccessLink.Purpose.REPORT, subject=subject,
        by=house.coordinator, now=clock.now(),
    )  # fmt: skip
    return f"/link/{token_from(seed)}/"


def photo(name: str) -> Any:
    written = io.BytesIO()
    Image.new("RGB", (300, 400), "navy").save(written, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": written.getvalue()}


def test_a_prescriber_reports_by_link_from_a_phone_and_a_pharmacist_judges_it(
    open_page: Callable[..., Page], sign_in: SignIn, given: Safety
) -> None:
    case = given.supply.case
    phone = open_page(width=360, path=link_to(given))
    phone.get_by_role("button", name="Continue").click()
    says(phone, "Report a side effect")
    expect(phone.get_by_label("lot 7K04B8").first).to_be_checked()
    stands(phone, "questions")
    phone.get_by_label("1. What happened?").fill("Fieber seit gestern, heute aufgenommen.")
    phone.get_by_label("Language of these words").select_option("de")
    phone.get_by_label("Day", exact=True).fill("31")
    phone.get_by_label("Month").select_option("Feb")
    phone.get_by_label("Year").fill("2026")
    phone.get_by_label("Went into hospital, or stayed there longer").check()
    phone.get_by_label("Not recovered yet").check()
    phone.get_by_label("Photo or letter").set_input_files(photo("rash.jpg"))
    phone.get_by_role("button", name="Report the side effect").click()
    says(phone, "Received. A pharmacist reads it.")
    expect(phone.get_by_text("When it began: “31 Feb 2026” was not read.")).to_be_visible()
    expect(phone.get_by_role("button", name="Print this page")).to_be_visible()
    stands(phone, "received")
    phone.get_by_role("link", name="Add something more").click()
    says(phone, "Add to S-1")

    desk = open_page()
    sign_in(desk, given.coordinator)
    desk.goto(f"/cases/{case.reference}/safety/")
    desk.get_by_role("link", name="Triage S-1").click()
    says(desk, "Safety report S-1")
    stands(desk, "report")
    desk.get_by_role("button", name="Record that S-1 was read").click()
    expect(desk.get_by_role("link", name="Attach it to a safety case")).to_be_visible()
    stands(desk, "triaged")
    report = SafetyReport.objects.get()
    assert (report.verbatim, report.language, report.state) == (
        "Fieber seit gestern, heute aufgenommen.", "de", "triaged",
    )  # fmt: skip
    assert report.papers.count() == 1
    assert report.pack is not None
    desk.goto(f"/cases/{case.reference}/safety/")
    stands(desk, "tab")


def test_a_question_is_answered_without_script_and_with_keys_alone(
    open_page: Callable[..., Page], given: Safety
) -> None:
    page = open_page(width=360, java_script_enabled=False, path=link_to(given, "U-1"))
    page.get_by_role("button", name="Continue").press("Enter")
    says(page, "How is the patient?")
    page.get_by_label("Yes").press("Space")
    page.get_by_label("What was noticed").press_sequentially("A rash.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, "Received. A pharmacist reads it.")
    page.get_by_role("link", name="Add something more").press("Enter")
    says(page, "Add to S-1")
    page.get_by_label("Recovering").press("Space")
    page.get_by_role("button", name="Send what you told").press("Enter")
    says(page, "Received. A pharmacist reads it.")

    first, second = SafetyReport.objects.order_by("number")
    assert (first.verbatim, second.adds_to, second.outcome) == (
        "Was there any side effect? Yes\nWhat was noticed A rash.", first, "2",
    )  # fmt: skip


def test_a_pharmacist_takes_in_a_call_and_the_pages_of_a_question_stand(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, given: Safety
) -> None:
    witness.allowed_status = {410}
    case = given.supply.case
    desk = open_page()
    sign_in(desk, given.coordinator)
    desk.goto(f"/cases/{case.reference}/safety-reports/new/")
    stands(desk, "desk-form")
    desk.get_by_label("When we first heard of it").fill("tomorrow")
    desk.get_by_label("By telephone").check()
    desk.get_by_label("Overdose").check()
    desk.get_by_label("No reaction was seen").check()
    desk.get_by_label("1. What happened?").fill("Two doses by mistake.")
    desk.get_by_role("button", name="Take in the report").click()
    says(desk, "Safety report S-1")
    expect(desk.get_by_text("When we first heard of it: “tomorrow” was not read.")).to_be_visible()
    desk.get_by_role("button", name="Record that S-1 was read").click()
    expect(desk.get_by_text("No reaction was seen.", exact=True)).to_be_visible()
    stands(desk, "overdose")

    phone = open_page(width=360)
    sign_in(phone, given.supply.house.doctor)
    phone.goto(f"/my/{case.reference}/answer/U-1/")
    says(phone, "How is the patient?")
    stands(phone, "answer")
    phone.goto("/report/")
    says(phone, "This link is not open here any more")
