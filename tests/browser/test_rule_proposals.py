"""Reporting rules in a browser: a new rule stated by one person, compared and approved by another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from tests.browser.harness import Witness, axe_check, fits, says
from tests.browser.test_ledger import judge

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]


def test_a_new_rule_is_stated_by_one_person_and_approved_by_another(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], witness: Witness, live_server: object
) -> None:
    witness.allowed_status = {422}
    page, other = open_page(), open_page()
    sign_in(page, User.objects.get(display_name="M. Ostby"))
    judge(page, "/safety/rules/new/")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Short name", exact=True).fill("lack-of-effect")
    page.get_by_label("Place", exact=True).select_option("GB")
    page.get_by_label("Limit", exact=True).fill("3")
    page.get_by_label("Reason", exact=True).fill("Told by the authority.")
    page.get_by_label("Serious", exact=True).select_option("yes")
    page.get_by_role("button", name="Propose the rule").click()
    expect(page.get_by_role("link", name="Who is told: Is missing.")).to_be_visible()
    axe_check(page)
    page.get_by_label("Who is told", exact=True).fill("MHRA")
    page.get_by_role("button", name="Add another way").click()
    second = page.get_by_role("region", name="Way 2")
    second.get_by_role("group", name="Special situation: any of").get_by_label("Lack of effect").check()
    page.get_by_role("button", name="Propose the rule").click()
    says(page, "GB.house.lack-of-effect")
    expect(page.get_by_text("Serious is yes, or special holds any of: lack of effect")).to_be_visible()
    judge(page, page.url)
    sign_in(other, User.objects.get(display_name="H. Lindqvist"))
    other.goto("/safety/rules/GB.house.lack-of-effect/")
    other.get_by_role("link", name="Compare and decide").click()
    says(other, "Version 1 of GB.house.lack-of-effect")
    judge(other, other.url, dark=True)
    assert fits(other)
    other.get_by_role("button", name="Approve version 1").click()
    expect(other.get_by_text("Version 1 of GB.house.lack-of-effect was approved.")).to_be_visible()
