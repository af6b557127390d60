"""What is filed, in a browser: the pack of a filing, forms over many cases, conditions and the drawn ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from cases.documents.services import read_bytes
from cases.people.models import User
from tests.browser.harness import Witness, axe_check, fits, says
from tests.factories import PASSWORD
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
    expect(page).to_have_url(re.compile(f"{address}/filings/$"))
    expect(page.get_by_text("Filing F-1 bound into its pack.")).to_be_visible()
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


def test_a_review_is_answered_returned_and_told_to_who_must_act(
    open_page: Callable[..., Page], sign_in: SignIn, ground: Ground, witness: Witness
) -> None:
    witness.allowed_status = {409}
    ground.take("regulatory.review.request", kind="clinical")
    page = open_page()
    sign_in(page, ground.house.pic)
    address = f"/cases/{ground.case.reference}/reviews/R-3/"
    judge(page, address)
    page.goto(address)
    expect(page.locator("#kept")).to_contain_text("12 of 12 items answered")
    item = page.get_by_role("group", name="Dose, route and schedule agree")
    item.get_by_role("radio", name="No", exact=True).check()
    with page.expect_response(lambda answer: "Twice" in (answer.request.post_data or "")):
        item.get_by_label("Note on CL-04").fill("Twice the label's dose.")
    expect(page.locator("#kept")).to_contain_text("1 with no. Kept at")
    page.reload()
    expect(item.get_by_label("Note on CL-04")).to_have_value("Twice the label's dose.")
    page.get_by_role("radio", name="Pass it").check()
    page.get_by_label("Type your name").fill("H. Lindqvist")
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#refusal")).to_contain_text("CL-04 was answered no. Twice the label's dose.")
    page.get_by_role("radio", name="Return it with reasons").check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the decision on R-3").click()
    expect(page.locator("#messages")).to_contain_text("Review R-3 returned")
    judge(page, address)

    sign_in(page, ground.house.doctor)
    page.goto(f"/my/{ground.case.reference}/")
    expect(page.get_by_role("heading", name="To put right: clinical review R-3")).to_be_visible()
    axe_check(page)


def test_what_is_kept_while_typing_does_not_speak_after_the_signature(
    open_page: Callable[..., Page], sign_in: SignIn, ground: Ground, witness: Witness
) -> None:
    """On a slow line answers are still under way when the decision is signed: they go with it, and nothing follows."""
    witness.allowed_status = {409}  # what was under way may come to the server after the signature, and is refused
    ground.take("regulatory.review.request", kind="clinical")
    page = open_page()
    sign_in(page, ground.house.pic)
    page.goto(f"/cases/{ground.case.reference}/reviews/R-3/")
    on_the_line: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        on_the_line.append(route)
        if "password=" in (route.request.post_data or ""):
            for held in on_the_line:
                held.continue_()

    page.route("**/reviews/**", hold)
    note = page.get_by_role("group", name="Dose, route and schedule agree").get_by_label("Note on CL-04")
    with page.expect_request("**/reviews/R-3/"):
        note.fill("By the label.")
        note.press("Tab")
    note.fill("By the label, twice.")
    note.press("Tab")
    page.get_by_role("radio", name="Pass it").check()
    page.get_by_label("Type your name").fill("H. Lindqvist")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the decision on R-3").click()
    expect(page.locator("#messages")).to_contain_text("Review R-3 passed")
    assert [route.request.headers.get("hx-request") for route in on_the_line] == ["true", None]


def test_a_decline_is_drafted_read_signed_and_found_by_the_prescriber(
    open_page: Callable[..., Page], sign_in: SignIn, ground: Ground, witness: Witness
) -> None:
    witness.allowed_status = {422}
    page = open_page()
    sign_in(page, ground.house.coordinator)
    address = f"/cases/{ground.case.reference}/declines"
    judge(page, f"{address}/new/?kind=supply")
    page.goto(f"{address}/new/?kind=supply")
    page.get_by_role("radio", name="Cannot travel at its temperature").check()
    page.get_by_label("Explanation").fill("Aucun transporteur ne tient la température.")
    page.get_by_role("button", name="Draft the letter").click()
    expect(page.locator("#faults")).to_contain_text("What was tried")
    expect(page.get_by_label("Explanation")).to_have_value("Aucun transporteur ne tient la température.")
    page.get_by_label("What was tried").fill("Deux transporteurs, en mars.")
    page.get_by_role("radio", name="French").check()
    page.get_by_label("Where an answer goes").fill("+1 212 555 0100")
    page.get_by_role("button", name="Draft the letter").click()
    expect(page.get_by_role("article", name="Notre réponse à votre demande")).to_contain_text(
        "Ce que nous avons essayé : Deux transporteurs, en mars."
    )
    sign_in(page, ground.house.pic)
    judge(page, f"{address}/L-1/")
    page.goto(f"{address}/L-1/")
    page.get_by_label("Type your name").fill("H. Lindqvist")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign and send L-1").click()
    expect(page.locator("#messages")).to_contain_text("Decline L-1 sent")
    sign_in(page, ground.house.doctor)
    page.goto(f"/my/{ground.case.reference}/")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Read D-").click()
    letter = ground.case.declines.get().letter
    assert letter is not None
    assert Path(downloading.value.path()).read_bytes() == read_bytes(letter.file)


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
