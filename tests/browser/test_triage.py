"""Triage in a browser: a family answers on a phone from right to left, a pharmacist decides, the letter comes back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cases import clock
from cases.people.models import User
from regulatory.enquiries import receive_enquiry
from regulatory.models import Enquiry
from regulatory.triage.models import TriageLetter
from regulatory.triage.services import start_triage
from regulatory.web.triage_forms import STEPS
from tests.browser.harness import Witness, axe_check, fits, follow, says
from tests.factories import House, build_house, signed_profile
from tests.regulatory.triage.ground import ANTIBODY

pytestmark = pytest.mark.browser
TYPED = {"indication": "invented disease", "product": "orvelumab 150 mg/mL", "cycles": "6", "supply_months": "2"}


@pytest.fixture
def house(live_server: LiveServer) -> House:
    built = build_house()
    signed_profile(built, "UK-SPECIALS")
    return built


def answer(page: Page, step: int) -> None:
    for name in STEPS[step - 1]:
        if name == "country":
            page.select_option("select[name=country]", "GB")
        elif name in TYPED:
            page.fill(f"input[name={name}]", TYPED[name])
        else:
            page.check(f'input[name="{name}"][value="{ANTIBODY[name]}"]')


def looked_at(page: Page) -> None:
    axe_check(page)
    assert fits(page)


def test_a_question_is_answered_decided_and_told_and_nothing_leaks(
    house: House, open_page: Callable[..., Page], sign_in: Callable[[Page, User], None]
) -> None:
    phone = open_page(width=360, path="/triage/?language=ar")
    says(phone, "أي طريق للدواء؟")
    looked_at(phone)
    phone.get_by_role("button", name="ابدأ").click()
    for step in range(1, len(STEPS) + 1):
        phone.wait_for_url(f"**/triage/step/{step}/")
        assert phone.locator("html").get_attribute("dir") == "rtl"
        answer(phone, step)
        looked_at(phone)
        phone.locator("button[value=next]").click()
    phone.wait_for_url("**/triage/answer/")
    looked_at(phone)
    code = phone.locator(".mono bdi").first.inner_text()
    assert re.fullmatch(r"TR-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", code)

    desk = open_page()
    sign_in(desk, house.coordinator)
    desk.goto("/triage/desk/")
    says(desk, "Triage")
    axe_check(desk)
    enquiry = Enquiry.objects.get()
    desk.get_by_role("link", name=enquiry.reference).click()
    says(desk, f"Triage of {enquiry.reference}")
    axe_check(desk)
    desk.get_by_text("Decide otherwise, or with a next step").click()
    desk.select_option("select[name=outcome]", "NPP_RECOMMENDED")
    desk.get_by_role("button", name="Record the decision").click()
    follow(desk.get_by_role("link", name="العربية"))
    desk.fill("input[name=contact]", "+1 555 0100, Monday to Friday 9:00 to 17:00 New York")
    axe_check(desk)
    desk.get_by_role("button", name="Keep and tell this letter").click()
    follow(desk.get_by_role("link", name="Letter 1.1"))
    axe_check(desk)
    desk.goto("/triage/statistics/")
    axe_check(desk)
    desk.set_viewport_size({"width": 360, "height": 800})
    for address in ("/triage/desk/", f"/enquiries/{enquiry.reference}/triage/?step=3", "/triage/statistics/"):
        desk.goto(address)
        looked_at(desk)

    other = open_page(width=360, path="/triage/")
    other.fill("input[name=code]", code.lower().replace("-", ""))
    other.keyboard.press("Enter")
    other.wait_for_url("**/triage/answer/")
    expect(other.locator("article.deed")).to_contain_text("برنامج المريض المسمّى هو الأنسب.")
    assert other.locator("article.deed").get_attribute("dir") == "rtl"
    looked_at(other)
    for heading in TriageLetter.objects.get().text.split("\n\n")[1:]:
        expect(other.locator("article.deed")).to_contain_text(heading.split("\n")[0])
    for page in (phone, other):
        assert code.lower() not in page.url.lower()


def test_an_enquiry_is_declined_by_the_letter_that_was_read_and_whoever_asked_reads_it(
    house: House, open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], witness: Witness
) -> None:
    witness.allowed_status = {422}
    asked = {"asked_by": "family", "country": "GB", "product": "orvelumab", "indication": "invented disease"}
    enquiry = receive_enquiry(pharmacy=house.pharmacy, by=house.coordinator, now=clock.now(), **asked)
    _, code = start_triage(
        pharmacy=house.pharmacy, by=house.coordinator, now=clock.now(), enquiry=enquiry, language="ar"
    )
    desk = open_page()
    sign_in(desk, house.coordinator)
    desk.goto(f"/enquiries/{enquiry.reference}/")
    desk.get_by_role("link", name=f"Decline {enquiry.reference}").click()
    desk.get_by_role("link", name="Supply").click()
    looked_at(desk)
    desk.get_by_role("button", name="Read the letter").press("Enter")
    expect(desk.locator("#faults")).to_be_focused()
    looked_at(desk)
    desk.get_by_label("Ground").select_option("journey")
    desk.get_by_label("Explanation").fill("لا يتحمل الدواء الرحلة.")
    desk.get_by_label("What was tried, with whom and when").fill("Two carriers, in March.")
    desk.get_by_label("Telephone and hours").fill("+1 555 0100")
    desk.get_by_role("button", name="Read the letter").press("Enter")
    expect(desk.locator("article.deed")).to_be_focused()
    looked_at(desk)
    desk.set_viewport_size({"width": 360, "height": 800})
    looked_at(desk)
    desk.get_by_role("button", name=f"Decline {enquiry.reference} and tell this letter").press("Enter")
    expect(desk.locator("article.deed")).to_contain_text("Exactly as it was told")
    looked_at(desk)

    phone = open_page(width=360, path="/triage/")
    phone.fill("input[name=code]", code)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/triage/answer/")
    expect(phone.locator("article.deed")).to_contain_text("لا يتحمل الدواء الرحلة.")
    looked_at(phone)


def test_a_step_is_answered_with_the_keyboard_alone_and_an_error_takes_the_focus(
    house: House, open_page: Callable[..., Page], witness: Witness
) -> None:
    witness.allowed_status = {422}
    page = open_page(path="/triage/")
    page.get_by_role("button", name="Begin").press("Enter")
    page.wait_for_url("**/triage/step/1/")
    page.locator("input[name=asked_by]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.locator('input[name=asked_by][value="prescriber"]').is_checked()
    page.locator("button[value=next]").press("Enter")
    expect(page.locator("#faults")).to_be_focused()
    expect(page.locator("#faults")).to_contain_text("Nothing was chosen. Choose one.")
    assert page.locator('input[name=asked_by][value="prescriber"]').is_checked()
    axe_check(page)
    page.locator("select[name=country]").focus()
    page.keyboard.type("United K")
    page.locator("button[value=next]").press("Enter")
    page.wait_for_url("**/triage/step/2/")
    page.locator("button[value=back]").press("Enter")
    page.wait_for_url("**/triage/step/1/")
    assert page.locator("select[name=country]").input_value() == "GB"
