"""The coordinating pharmacist's pages, walked in a browser over the loaded demonstration."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from tests.browser.harness import axe_check, fits, says

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]


@pytest.fixture
def ostby(live_server: object) -> User:
    return User.objects.get(display_name="M. Ostby")


def test_today_is_accessible_and_fits(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], ostby: User
) -> None:
    page = open_page()
    sign_in(page, ostby)
    page.goto("/today/")
    says(page, "Today")
    expect(page.get_by_role("heading", name="Breaks next")).to_be_visible()
    axe_check(page)
    assert fits(page)
