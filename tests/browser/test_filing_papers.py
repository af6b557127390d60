"""What is filed, in a browser: the pack of a filing, forms over many cases, conditions and the drawn ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cases.people.models import User
from tests.browser.harness import axe_check, fits, says
from tests.regulatory.ground import Ground, build_ground

pytestmark = pytest.mark.browser
SignIn = Callable[[Page, User], None]


@pytest.fixture
def ground(live_server: LiveServer) -> Ground:
    """A British case whose filing is ready, and whose letter names a condition."""
    now = datetime.now(UTC)
    built = build_ground("UK-SPECIALS", now=now, country="GB", zone="Europe/London")
    built.ready(quantity="6")
    return built


def judge(page: Page, path: str) -> None:
    """Accessible on a desk and on a phone, and never wider than the window."""
    for width, height in ((1280, 900), (360, 800), (320, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(path)
        assert fits(page), f"{path} scrolls sideways at {width}"
        if width != 320:
            axe_check(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_pack_is_made_and_downloaded_by_keys_alone(
    open_page: Callable[..., Page], sign_in: SignIn, ground: Ground
) -> None:
    page = open_page()
    sign_in(page, ground.house.coordinator)
    address = f"/cases/{ground.case.reference}"
    judge(page, f"{address}/do/regulatory.filing.make_pack/?on=F-1")
    page.goto(f"{address}/do/regulatory.filing.make_pack/?on=F-1")
    says(page, "Make the application pack for F-1")
    page.get_by_label("Quantity asked for").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    judge(page, f"{address}/filings/")
    page.goto(f"{address}/filings/")
    link = page.get_by_role("link", name="pages")
    expect(link).to_have_count(1)
    link.focus()
    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
    pack = ground.filing.pack
    assert pack is not None
    name = f"{ground.case.reference}_{pack.label}_v1_application-pack.pdf"
    assert downloading.value.suggested_filename == name


def test_a_form_over_many_cases_is_made_and_sent_by_keys_alone(
    open_page: Callable[..., Page], sign_in: SignIn, ground: Ground
) -> None:
    page = open_page()
    sign_in(page, ground.house.coordinator)
    for path in ("/forms/", "/forms/make/uk_notification_form/", "/forms/make/nz_supply_report/"):
        judge(page, path)
    page.goto("/forms/make/uk_notification_form/")
    page.get_by_role("button", name="Make the form").focus()
    page.keyboard.press("Enter")
    says(page, "B-1")
    judge(page, "/forms/B-1/")
    page.get_by_label("What shows that it was sent").fill("Mail of 10:00")
    page.get_by_label("Sent by").fill("Northway Specials")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("B-1 is sent")
    expect(page.get_by_role("cell", name="F-1 Submitted")).to_be_visible()


def test_conditions_and_the_ledger_are_read_on_a_desk_and_on_a_phone(
    open_page: Callable[..., Page], sign_in: SignIn, ground: Ground
) -> None:
    now = datetime.now(UTC)
    ground.submit(now)
    ground.grant(now, quantity="6", conditions="Send the batch certificate.")
    page = open_page()
    sign_in(page, ground.house.coordinator)
    address = f"/cases/{ground.case.reference}/filings/"
    judge(page, address)
    page.goto(address)
    expect(page.get_by_role("img", name="Quantity ledger of A-1").first).to_be_visible()
    page.get_by_role("link", name="Say what K-1 asks").click()
    says(page, "Say what K-1 asks")
