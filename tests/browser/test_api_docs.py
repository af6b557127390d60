"""The page of the API in a real browser: read by everybody, wide, narrow, dark, printed and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cases.people.models import User
from tests.browser.harness import axe_check, fits, says, shoot

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]


def test_reads_well_wide_narrow_dark_and_printed(
    live_server: LiveServer, open_page: Callable[..., Page], sign_in: Callable[[Page, User], None]
) -> None:
    person = User.objects.get(email="ostby@harrow.example")
    for width, scheme in ((1280, "light"), (360, "light"), (320, "dark")):
        page = open_page(width=width, color_scheme=scheme)
        sign_in(page, person)
        page.goto("/api/v1/docs")
        says(page, "API")
        assert fits(page), width
        if width != 360:
            axe_check(page)
        shoot(page, f"api-docs-{width}-{scheme}")
    page = open_page()
    sign_in(page, person)
    page.goto("/today/")
    page.get_by_text(person.display_name, exact=True).first.click()
    page.get_by_role("link", name="API", exact=True).click()
    says(page, "API")
    page.get_by_label("Find a call by word, path or field").fill("hold")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Place a hold")).to_be_visible()
    expect(page.get_by_role("heading", name="First steps")).to_have_count(0)
    page.get_by_role("link", name="Lift a hold").click()
    expect(page.get_by_role("heading", name="Lift a hold")).to_be_in_viewport()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_text("curl").first).to_be_visible()
