"""Stock in a browser: its account, a patient's case that draws from it, and the draw itself."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from regulatory.enquiries import answer_enquiry, receive_enquiry
from tests.browser.harness import axe_check, follow
from tests.browser.harness import stands as stands_alone
from tests.journeys.walk import Walk, start

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SignIn = Callable[[Page, User], None]
stands = partial(stands_alone, group="stock", back_to=1280)


@pytest.fixture
def stock(live_server: object) -> Walk:
    walk = start("CA-SAP-FUTURE")
    walk.bring_in()
    return walk


def test_is_read_from_the_stock_and_from_a_patient_who_draws(
    open_page: Callable[..., Page], sign_in: SignIn, stock: Walk
) -> None:
    house, home = stock.ground.house, stock.ground.case
    patient = stock.patient(1)
    patient.take("cases.case.begin_sourcing")
    page = open_page()
    sign_in(page, house.coordinator)
    page.goto(f"/cases/{patient.ground.case.reference}/")
    expect(page.get_by_role("heading", name="Next step: draw it from stock")).to_be_visible()
    stands(page, "patient")
    page.goto(f"/cases/{patient.ground.case.reference}/do/custody.consignment.draw/")
    stands(page, "draw")
    page.get_by_label("How many packs").fill("1")
    page.get_by_label("Reason").fill("The first to need it.")
    follow(page.get_by_role("button", name="Draw it from stock"))
    page.goto(f"/cases/{patient.ground.case.reference}/supply/")
    stands(page, "drawn")
    page.goto(f"/cases/{home.reference}/")
    expect(page.get_by_role("link", name=patient.ground.case.reference)).to_be_visible()
    stands(page, "account")
    page.goto(f"/cases/{home.reference}/people/")
    stands(page, "people")
    made = receive_enquiry(
        pharmacy=house.pharmacy, asked_by="prescriber", country="CA", product="orvelumab", indication="invented",
        by=house.coordinator, now=stock.tick(),
    )  # fmt: skip
    answer_enquiry(
        made, outcome="NPP_POSSIBLE", answer="Stock is possible.", profile_version=home.profile_version,
        by=house.coordinator, now=stock.tick(),
    )  # fmt: skip
    page.goto(f"/enquiries/{made.reference}/open-case/")
    stands(page, "open")
    page.goto("/pathways/CA-SAP-FUTURE/")
    stands(page, "pathway")
    dark = open_page(color_scheme="dark")
    sign_in(dark, house.coordinator)
    dark.goto(f"/cases/{home.reference}/")
    axe_check(dark)
    stands(dark, "dark")
