"""A standing authority in a browser: read from the case it came to and from one that it covers."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from tests.browser.harness import axe_check, says
from tests.browser.harness import stands as stands_alone
from tests.regulatory.ground import Ground
from tests.regulatory.test_standing_authority import another, at, filed_for_standing, granted, sourcing, stop

pytestmark = pytest.mark.browser
SignIn = Callable[[Page, User], None]
stands = partial(stands_alone, group="standing", back_to=1280)


@pytest.fixture
def home(live_server: object) -> Ground:
    return filed_for_standing()


def test_is_read_from_both_sides_and_its_suspension_is_seen(
    open_page: Callable[..., Page], sign_in: SignIn, home: Ground
) -> None:
    second = another(home)
    another(home, 3, indication="another disease")
    another(home, 4, prescriber=home.house.stranger)
    page = open_page()
    sign_in(page, home.house.coordinator)
    page.goto(f"/cases/{home.case.reference}/do/regulatory.filing.grant/?on=F-1")
    stands(page, "grant")
    authority = granted(home, quantity="2", unit="pack", unit_holds="10", unit_way="letter_holds")
    sourcing(second).plan("2026-03-10", "2026-03-14", quantity="3")
    second.order(authorization=authority)
    page.goto(f"/cases/{home.case.reference}/authorizations/A-1/")
    says(page, "Standing authority A-1")
    expect(page.get_by_role("link", name=second.case.reference)).to_be_visible()
    expect(page.get_by_text("another indication")).to_be_visible()
    stands(page, "authority")
    page.goto(f"/cases/{second.case.reference}/filings/")
    expect(page.get_by_role("heading", name="Standing authorities that cover this case")).to_be_visible()
    stands(page, "covered")
    stop(home)
    page.reload()
    stands(page, "held")
    dark = open_page(color_scheme="dark")
    sign_in(dark, home.house.coordinator)
    dark.goto(f"/cases/{home.case.reference}/authorizations/A-1/")
    axe_check(dark)
    stands(dark, "dark")
    assert at("2026-03-05 02:00") == home.filing.decided_at
