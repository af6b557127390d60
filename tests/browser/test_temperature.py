"""A logger's file and its picture in a browser: looked at, kept, looked into by keys, fit for a phone and the dark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cases.custody.models import Consignment, ExposureAssessment
from cases.people.models import User
from config.demonstration.loggers import libero_export
from tests.browser.harness import Witness, axe_check, fits, shoot
from tests.browser.test_receiving import SignIn, receiver

OpenPage = Callable[..., Page]
pytestmark = [pytest.mark.browser, pytest.mark.demonstration]


@pytest.fixture
def too_warm(live_server: object) -> Consignment:
    """The demonstration's consignment that was too warm on its way."""
    one = ExposureAssessment.objects.filter(basis="file").earliest("pk").consignment
    return Consignment.objects.select_related("case__institution").get(pk=one.pk)


def test_the_picture_is_looked_into_by_keys_and_the_decision_stands_beside_it(
    open_page: OpenPage, sign_in: SignIn, too_warm: Consignment, witness: Witness
) -> None:
    witness.allowed_status = {422}
    page = open_page()
    sign_in(page, User.objects.get(email="lindqvist@harrow.example"))
    page.goto(f"/cases/{too_warm.case.reference}/temperature/{too_warm.label}/")
    expect(page.get_by_role("img", name="Temperature of consignment")).to_be_visible()
    axe_check(page)
    shoot(page, "temperature")

    look = page.get_by_role("link", name="Excursion A")
    look.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Whole journey")).to_be_visible()
    page.get_by_role("link", name="Nearer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Further")).to_be_visible()

    page.get_by_role("button", name="Sign the decision on C-1").click()
    expect(page.get_by_role("heading", name="It is not signed.")).to_be_visible()
    axe_check(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_is_looked_at_on_a_phone_and_then_kept(
    open_page: OpenPage, sign_in: SignIn, too_warm: Consignment, tmp_path: Path, scheme: str
) -> None:
    file = tmp_path / "second.csv"
    assert too_warm.dispatched_at is not None
    number, opened = f"SECOND-{scheme}", too_warm.inspections.earliest("inspected_at").inspected_at
    file.write_bytes(libero_export(number=number, begins=too_warm.dispatched_at, ends=opened))
    page = open_page(width=320, color_scheme=scheme)
    sign_in(page, receiver(too_warm))

    page.goto(f"/cases/{too_warm.case.reference}/logger/{too_warm.label}/")
    axe_check(page)
    page.get_by_label("Logger’s file, or its printed report as PDF").set_input_files(file)
    page.get_by_label("Layout of the file").select_option("libero-eu:1")
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("In range throughout.")).to_be_visible()
    axe_check(page)
    assert fits(page)
    shoot(page, f"logger-{scheme}")
    page.get_by_text("Logger, time that counts, method, budget").click()
    page.get_by_label("Number on the logger (optional)").fill(number)
    page.get_by_role("button", name="Keep the file and record the temperature").click()

    expect(page.get_by_role("heading", name="Assessments")).to_be_visible()
    kept = ExposureAssessment.objects.get(logger_number=number)
    assert (kept.finding, kept.basis) == ("in_range", "file")
    axe_check(page)
    assert fits(page)
