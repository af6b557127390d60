"""An emergency in a browser: what is asked, one person's word, the second person's, and the same person again."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from tests.browser.harness import Witness, axe_check, follow
from tests.browser.harness import stands as stands_alone
from tests.journeys.walk import Stuck, start
from tests.regulatory.ground import Ground

pytestmark = pytest.mark.browser
SignIn = Callable[[Page, User], None]
stands = partial(stands_alone, group="emergency", back_to=1280)
CONFIRM = "/cases/{}/do/regulatory.emergency.confirm/?on=C-1"


@pytest.fixture
def permitted(live_server: object) -> Ground:
    """US-EIND, permitted by telephone; the release waits for two people."""
    made = start("US-EIND")
    made.confirmers = ()
    with pytest.raises(Stuck, match="Two people are needed"):
        made.to_closed()
    return made.ground


def test_two_people_confirm_it_and_one_does_not_twice(
    open_page: Callable[..., Page], sign_in: SignIn, permitted: Ground, witness: Witness
) -> None:
    witness.allowed_status = {422}
    case, house = permitted.case.reference, permitted.house
    page = open_page()
    sign_in(page, house.pic)
    page.goto(f"/cases/{case}/do/custody.consignment.release/?on=C-1")
    expect(page.get_by_text("Nobody confirmed it yet. Two people are needed.").first).to_be_visible()
    stands(page, "asked")
    page.goto(CONFIRM.format(case))
    stands(page, "confirm")
    follow(page.get_by_role("button", name="Confirm that C-1 is an emergency"))
    stands(page, "no-reason")
    page.get_by_label("Reason").fill("She will not live until Monday.")
    follow(page.get_by_role("button", name="Confirm that C-1 is an emergency"))
    stands(page, "one")
    page.goto(CONFIRM.format(case))
    stands(page, "again")
    other = open_page(color_scheme="dark")
    sign_in(other, house.doctor)
    other.goto(f"/cases/{case}/")
    expect(other.get_by_role("heading", name="An emergency waits for a second person: C-1")).to_be_visible()
    expect(other.get_by_text("Not needed before the supply")).to_have_count(0)
    stands(other, "doctor")
    other.goto(CONFIRM.format(case))
    axe_check(other)
    stands(other, "doctor-confirm")
    other.get_by_label("Reason").fill("She will not live until Monday.")
    other.get_by_role("button", name="Confirm that C-1 is an emergency").click()
    expect(other.get_by_role("heading", name="An emergency waits")).to_have_count(0)
    stands(other, "both")
    page.goto(f"/cases/{case}/supply/")
    stands(page, "supply")
