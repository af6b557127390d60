"""Pathways, what-if and dated lists in a browser over the demonstration: read, asked, entered and confirmed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from tests.browser.harness import Witness, axe_check, says
from tests.browser.test_ledger import judge, reach

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]
ASKED = "at=2026-03-20&event=submitted=2026-02-27&event=acknowledged=2026-03-02T10:00&event=import_day=2026-04-10"
RULES = "/pathways/lists/au_authorised_supply_rules/"


@pytest.fixture
def ostby(live_server: object) -> User:
    return User.objects.get(display_name="M. Ostby")


@pytest.fixture
def lindqvist(live_server: object) -> User:
    return User.objects.get(display_name="H. Lindqvist")


def test_a_list_is_entered_by_one_person_and_confirmed_by_another(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, ostby: User, lindqvist: User
) -> None:
    witness.allowed_status = {422}
    page = open_page()
    sign_in(page, ostby)
    judge(page, f"{RULES}enter/")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Edition", exact=True).fill("2026 No. 1")
    page.get_by_label("First day it stood").fill("1 Jan 2026")
    page.get_by_label("Where it comes from").fill("Invented gazette, read today")
    page.get_by_label("Entries").fill("A12; orvelumab injection\nA12; again")
    page.get_by_role("button", name="Enter this edition").click()
    expect(page.get_by_role("heading", name="The edition was not entered. Nothing changed.")).to_be_visible()
    axe_check(page)
    page.get_by_label("Entries").fill("A12; orvelumab injection\nA13; pirelastat tablet")
    page.get_by_role("button", name="Enter this edition").click()
    says(page, "Edition 2026 No. 1")
    expect(page.get_by_role("button", name="Confirm this edition")).to_have_attribute("aria-disabled", "true")
    judge(page, page.url)
    other = open_page()
    sign_in(other, lindqvist)
    other.goto("/pathways/lists/")
    other.get_by_role("link", name="Authorised supply rules, Category C (Australia)").click()
    other.get_by_role("link", name="2026 No. 1").click()
    other.get_by_label("I compared every entry with the source that is named here").check()
    other.get_by_role("button", name="Confirm this edition").click()
    expect(other.get_by_text("Edition 2026 No. 1 was confirmed.")).to_be_visible()
    judge(other, RULES, dark=True)
    judge(other, "/pathways/lists/")


def test_a_pathway_is_asked_what_if_by_keys_alone(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, ostby: User
) -> None:
    witness.allowed_status = {422}
    page = open_page()
    sign_in(page, ostby)
    page.goto("/pathways/UK-SPECIALS/")
    reach(page, page.get_by_role("link", name="Ask what if"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/what-if/**")
    page.get_by_label("The instant").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20 Mar 2026")
    reach(page, page.get_by_label("Submission", exact=True))
    page.keyboard.type("27 Feb 2026")
    reach(page, page.get_by_label("Authority's acknowledgement"))
    page.keyboard.type("2 Mar")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This question cannot be answered.")).to_be_visible()
    expect(page.locator("#faults")).to_be_focused()
    axe_check(page)
    page.get_by_label("Authority's acknowledgement").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2 Mar 2026")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Opens on Tue 31 Mar 2026 if nothing else happens.")).to_be_visible()
    judge(page, f"/pathways/UK-SPECIALS/what-if/?{ASKED}", dark=True)
    judge(page, "/pathways/CA-SAP-PATIENT/what-if/")
