"""A product made for one patient, in a browser: its lines, read by two people, at a desk and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.audit.context import acting
from cases.custody.identity import STEPS
from cases.custody.models import Consignment
from cases.models import Medicine
from cases.people.models import User
from tests.browser.harness import Witness, axe_check, fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]
OURS, OTHER = "COI-7Q2X-0001", "COI-7Q2X-0002"


@pytest.fixture
def cells(live_server: object) -> Consignment:
    """A consignment that is here or on its way, of a product that is now made for one patient."""
    one = Consignment.objects.filter(state__in=["accepted", "arrived", "in_transit"]).order_by("-pk")[0]
    setup = User.objects.service("setup")
    with acting(by=setup, verb="tests.medicine.listed", business_at=clock.now()):
        Medicine.objects.filter(pk=one.case.medicine_id).update(is_patient_specific=True)
    yield Consignment.objects.select_related("case__coordinator", "case__pharmacy").get(pk=one.pk)
    with acting(by=setup, verb="tests.medicine.listed", business_at=clock.now()):
        Medicine.objects.filter(pk=one.case.medicine_id).update(is_patient_specific=False)


def reads(page: Page, one: Consignment, step: str, text: str) -> None:
    page.goto(f"/cases/{one.case.reference}/do/custody.consignment.read_identity/?on={one.label}")
    page.get_by_label(STEPS[step]).check()
    page.get_by_label("Chain of identity, as read").fill(text)
    page.get_by_role("button", name="Record the chain of identity").click()
    expect(page.get_by_text("It was refused")).to_have_count(0)


def stands(page: Page, name: str) -> None:
    """Accessible, light and dark, and readable from 320 px on."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        axe_check(page)
        shoot(page, f"identity-{name}-{width}")
    page.emulate_media(color_scheme="dark")
    axe_check(page)
    shoot(page, f"identity-{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 700})
    assert fits(page), f"{name} scrolls sideways at 320 px"
    page.set_viewport_size({"width": 1280, "height": 900})


def test_two_people_read_its_string_at_each_step_and_the_lines_say_who_read_what(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, cells: Consignment
) -> None:
    first, second = (
        cells.case.coordinator,
        User.objects.filter(pharmacy=cells.case.pharmacy, role="pharmacist_in_charge").exclude(
            pk=cells.case.coordinator_id
        )[0],
    )
    page, other = open_page(), open_page(width=360)
    sign_in(page, first)
    sign_in(other, second)
    supply = f"/cases/{cells.case.reference}/supply/"
    page.goto(supply)
    chain = page.get_by_role("group", name=f"Chain of identity of {cells.label}")
    expect(chain).to_contain_text("No two people have read the same string at collection yet.")
    stands(page, "none")

    reads(page, cells, "collection", OURS)
    page.goto(f"/cases/{cells.case.reference}/do/custody.consignment.read_identity/?on={cells.label}")
    stands(page, "form")
    page.goto(supply)
    expect(chain).to_contain_text("No two people have read the same string at collection yet.")
    reads(other, cells, "collection", OURS)
    page.goto(supply)
    expect(chain).to_contain_text(OURS)
    reads(other, cells, "dose", OTHER)
    page.goto(supply)
    row = chain.get_by_role("row").filter(has_text=f"{OTHER}, differs")
    expect(row).to_contain_text(f"the patient's is {OURS}. It is not this patient's.")
    expect(row).to_contain_text(second.display_name)
    stands(page, "read")
    other.goto(supply)
    phone = other.get_by_role("group", name=f"Chain of identity of {cells.label}")
    expect(phone).to_contain_text(f"2 people read {OURS} at collection, when it is assigned.")
