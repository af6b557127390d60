"""The pages of the auditor and the administrator and the shared ones, walked in a browser over the demonstration."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import Case
from cases.notices.models import MailboxMessage
from cases.people.models import Reading, User
from config.demonstration.cast import PASSWORD
from regulatory.models import Enquiry
from tests.browser.harness import Witness, axe_check, fits, says, shoot

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]


@pytest.fixture
def auditor(live_server: object) -> User:
    return User.objects.get(role="auditor")


@pytest.fixture
def administrator(live_server: object) -> User:
    return User.objects.get(role="administrator")


@pytest.fixture
def ostby(live_server: object) -> User:
    return User.objects.get(display_name="M. Ostby")


def judge(page: Page, path: str, *, dark: bool = False) -> None:
    """One page as it must be: accessible on a desk and on a phone, readable at 320 and at twice its size."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path)
    axe_check(page)
    assert fits(page), f"{path} scrolls sideways at 1280"
    if dark:
        page.emulate_media(color_scheme="dark")
        axe_check(page)
        page.emulate_media(color_scheme="light")
    # 200 % zoom of a window 1280 wide leaves 640 of the page's own pixels.
    for width, checked in ((640, False), (360, True), (320, False)):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), f"{path} scrolls sideways at {width}"
        if checked:
            axe_check(page)
            shoot(page, f"ledger-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')}-360")


def case_with_history() -> Case:
    found = Case.objects.filter(stage="follow_up").order_by("pk").first()
    assert found is not None
    return found


def test_the_auditors_pages_are_accessible_and_fit(
    open_page: Callable[..., Page], sign_in: SignIn, auditor: User
) -> None:
    page = open_page()
    sign_in(page, auditor)
    case = case_with_history()
    past = f"{case.opened_at:%Y-%m-%d}+23:59"
    judge(page, "/audit/?table=cases_hold")
    judge(page, f"/audit/cases/{case.reference}/?at={past}&table=cases_hold", dark=True)
    judge(page, f"/audit/cases/{case.reference}/verify/")
    judge(page, f"/audit/cases/{case.reference}/?table=cases_determination")
    judge(page, "/audit/readings/")


def test_the_administrators_pages_are_accessible_and_fit(
    open_page: Callable[..., Page], sign_in: SignIn, administrator: User, auditor: User
) -> None:
    page = open_page()
    sign_in(page, administrator)
    judge(page, "/people/?role=auditor")
    judge(page, "/people/new/")
    judge(page, f"/people/{auditor.code}/")


def test_the_pharmacists_reference_pages_are_accessible_and_fit(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User
) -> None:
    page = open_page()
    sign_in(page, ostby)
    enquiry = Enquiry.objects.filter(state="open").first()
    assert enquiry is not None
    mail = MailboxMessage.objects.create(
        message_id="<invented@example.org>",
        to_address=ostby.email,
        subject="Case NP-0000: a paper is asked for",
        body="Two things are needed.\n\nThey are named on the page.",
        received_at=clock.now(),
    )
    judge(page, "/pathways/?country=AU")
    judge(page, "/pathways/UK-SPECIALS/", dark=True)
    judge(page, "/enquiries/")
    judge(page, "/enquiries/new/")
    judge(page, f"/enquiries/{enquiry.reference}/", dark=True)
    judge(page, "/notices/")
    judge(page, f"/mailbox/{mail.pk}/")


def test_an_auditor_goes_by_keys_alone_from_a_search_to_a_verification(
    open_page: Callable[..., Page], sign_in: SignIn, auditor: User
) -> None:
    page = open_page()
    sign_in(page, auditor)
    case = case_with_history()
    before = Reading.objects.count()
    page.goto("/audit/")
    page.get_by_label("Case", exact=True).focus()
    page.keyboard.type(case.reference.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Entries")).to_be_visible()
    first = page.get_by_role("link", name=case.reference).first
    reach(page, first)
    page.keyboard.press("Enter")
    says(page, f"{case.reference}: audit")
    at = page.get_by_label(re.compile("Exact moment in UTC"))
    reach(page, at)
    page.keyboard.type(f"{case.opened_at:%Y-%m-%d} 23:59Z")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Then and now")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Case {case.reference}")).to_be_visible()
    page.keyboard.press("v")
    says(page, f"Verification of {case.reference}")
    expect(page.get_by_text("Nothing was altered, as far as is checked here.")).to_be_visible()
    expect(page.get_by_text("What this does not prove.")).to_be_visible()
    read = list(Reading.objects.filter(reader=auditor).order_by("id").values_list("page", flat=True)[before:])
    assert read == ["audit_search", "audit_search", "audit_case", "audit_case", "audit_verify"]


def test_a_person_signs_in_by_keys_alone_with_a_second_factor(open_page: Callable[..., Page], ostby: User) -> None:
    page = open_page(width=360, path="/account/login/?next=/account/second-factor/")
    page.keyboard.type(ostby.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    says(page, "How you sign in")
    press_on(page, "Switch on an authenticator app")
    says(page, "Show that it is you")
    reach(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    says(page, "Switch on your second factor")
    secret = (page.locator("details .mono").text_content() or "").replace(" ", "")
    reach(page, page.get_by_label("Code from the app"))
    page.keyboard.type(code_for(secret))
    page.keyboard.press("Enter")
    says(page, "Recovery codes")
    codes = page.locator(".codes li").all_inner_texts()

    other = open_page(width=360, path="/account/login/?next=/enquiries/")
    other.keyboard.type(ostby.email)
    other.keyboard.press("Tab")
    other.keyboard.type(PASSWORD)
    other.keyboard.press("Enter")
    says(other, "Your code")
    other.keyboard.type(codes[0])
    other.keyboard.press("Enter")
    says(other, "Enquiries")
    assert list(ostby.access_changes.order_by("id").values_list("kind", flat=True)) == ["factor_on", "codes_made"]


def test_pathways_are_narrowed_and_read_down_to_a_source(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User
) -> None:
    page = open_page()
    sign_in(page, ostby)
    page.goto("/pathways/")
    page.get_by_label("Country").select_option("GB")
    page.get_by_role("button", name="Show these pathways").click()
    expect(page.locator("[data-row]")).to_have_text(["UK-SPECIALS"])
    page.locator("[data-row]").click()
    says(page, "United Kingdom: notify, wait in silence, then act")
    expect(page.get_by_role("img", name="UK-SPECIALS as a flow")).to_be_visible()
    page.get_by_role("link", name="UK1", exact=True).first.click()
    expect(page.locator("#source-UK1 + dd")).to_be_in_viewport()


def test_a_refused_form_keeps_its_typing_and_has_the_focus(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, administrator: User
) -> None:
    witness.allowed_status = {422}
    page = open_page(width=360)
    sign_in(page, administrator)
    page.goto("/people/new/")
    page.get_by_label("Name as printed on signatures").fill("Dr V. Vale")
    page.get_by_label("Role").select_option("prescriber")
    page.get_by_role("button", name="Enter the person").click()
    expect(page.get_by_role("heading", name="Nobody was entered. Nothing changed.")).to_be_visible()
    expect(page.locator("#faults")).to_be_focused()
    expect(page.get_by_label("Name as printed on signatures")).to_have_value("Dr V. Vale")
    axe_check(page)


def reach(page: Page, target: object, *, presses: int = 60) -> None:
    """Press Tab until something has the focus."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):  # type: ignore[attr-defined]
            return
    raise AssertionError(f"Tab does not reach {target}.")


def press_on(page: Page, name: str) -> None:
    reach(page, page.get_by_role("link", name=name))
    page.keyboard.press("Enter")


def code_for(secret: str) -> str:
    """The six digits an authenticator app would show now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))
