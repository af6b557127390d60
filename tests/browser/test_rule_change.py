"""A rule change in a browser: drafted and edited by one, reviewed by another, published by the pharmacist in charge."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.deadlines.models import Deadline
from cases.models import Case
from cases.people.models import User
from config.demonstration.cast import PASSWORD
from regulatory.models import ProfileVersion
from tests.browser.harness import Witness, axe_check, fits, follow, says, shoot

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]
VERSIONS = "/pathways/UK-SPECIALS/versions/"


def fine(page: Page, name: str) -> None:
    """Accessible, and readable without scrolling sideways at 1280, 640 (a zoom of 200 %) and 320 pixels."""
    axe_check(page)
    shoot(page, f"rule-change-{name}")
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), f"{page.url} scrolls sideways at {width}"
    axe_check(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_is_drafted_understood_and_published_by_three_people(
    open_page: Callable[..., Page], sign_in: SignIn, live_server: object, witness: Witness
) -> None:
    witness.allowed_status |= {422}
    person = {one.display_name: one for one in User.objects.filter(is_service=False)}
    touched = Case.objects.open().filter(profile_version__profile_key="UK-SPECIALS")
    page = open_page()
    sign_in(page, person["M. Ostby"])
    page.goto(VERSIONS)
    fine(page, "versions")
    page.get_by_label("Number of the new version").fill("1.1.0")
    page.get_by_label("What has changed, and where you read it").fill("An invented notice.")
    page.get_by_role("button", name="Draft").click()
    says(page, "UK-SPECIALS 1.1.0")
    fine(page, "draft")

    page.get_by_role("link", name="Change UK-SPECIALS.gates.1").click()
    condition = page.get_by_label("Condition that is computed")
    text = condition.input_value()
    condition.fill(text.replace('"amount": 28', '"amount": "forty"'))
    page.get_by_label("Why it changes, and where you read it").fill("An invented notice, point 3.")
    page.get_by_role("button", name="Save this fact").click()
    expect(page.locator("#faults")).to_be_focused()
    expect(page.get_by_label("Why it changes, and where you read it")).to_have_value("An invented notice, point 3.")
    fine(page, "fact")
    page.get_by_label("Condition that is computed").fill(text.replace('"amount": 28', '"amount": 40'))
    page.get_by_role("button", name="Save this fact").click()
    expect(page.get_by_role("heading", name="1 change made here")).to_be_visible()
    fine(page, "edited")

    colleague = open_page()
    sign_in(colleague, person["T. Adeyemi"])
    colleague.goto("/pathways/UK-SPECIALS/?version=1.1.0")
    colleague.get_by_label("Next review due").fill((clock.now() + timedelta(days=180)).date().isoformat())
    follow(colleague.get_by_role("button", name="Record that I checked every fact"))
    colleague.goto("/pathways/UK-SPECIALS/differences/")
    expect(colleague.locator(".diffs ins")).to_have_text("40")
    fine(colleague, "difference")

    chief = open_page()
    sign_in(chief, person["H. Lindqvist"])
    chief.goto(f"{VERSIONS}1.1.0/impact/")
    expect(chief.get_by_role("heading", level=2, name="worst harm first")).to_contain_text(f"{touched.count()} open")
    fine(chief, "impact")
    chief.get_by_label("When you publish: None today").select_option("task")
    chief.get_by_label("Your name").fill("H. Lindqvist")
    chief.get_by_label("Your password").fill("not it")
    chief.get_by_role("button", name="Sign and publish 1.1.0").click()
    expect(chief.locator("#faults")).to_be_focused()
    expect(chief.get_by_label("When you publish: None today")).to_have_value("task")
    chief.get_by_label("Your password").fill(PASSWORD)
    chief.get_by_role("button", name="Sign and publish 1.1.0").click()
    says(chief, "Publication of UK-SPECIALS 1.1.0")
    fine(chief, "publication")
    assert ProfileVersion.objects.get(profile_key="UK-SPECIALS", status="active").version == "1.1.0"
    assert Deadline.objects.filter(kind="pathways.rule_change").count() == touched.count()


def test_a_file_that_cannot_be_used_is_said_on_an_accessible_page(
    open_page: Callable[..., Page], sign_in: SignIn, live_server: object, witness: Witness
) -> None:
    witness.allowed_status |= {422}
    page = open_page()
    sign_in(page, User.objects.get(display_name="M. Ostby"))
    page.goto("/pathways/import/")
    fine(page, "import")
    page.locator("#file").set_input_files({"name": "a.json", "mimeType": "application/json", "buffer": b"{"})
    page.get_by_role("button", name="Import as a draft").click()
    expect(page.locator("#faults")).to_be_focused()
    fine(page, "import-refused")
