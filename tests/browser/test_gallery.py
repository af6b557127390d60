"""The look, in a real browser: every component, every width, both schemes, both directions."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.harness import Witness, axe_check, fits, says, shoot

pytestmark = pytest.mark.browser

VIEWS = [
    ("/gallery/", "desk", 1280, "light"),
    ("/gallery/", "desk", 1280, "dark"),
    ("/gallery/", "desk", 360, "light"),
    ("/gallery/?sweep=late", "late", 320, "light"),
    ("/gallery/?layout=phone", "phone", 1280, "light"),
    ("/gallery/?layout=phone", "phone", 360, "dark"),
    ("/gallery/?layout=phone", "phone", 320, "light"),
    ("/gallery/?dir=rtl", "rtl", 1280, "light"),
    ("/gallery/?dir=rtl", "rtl", 360, "dark"),
]


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.urls"


def test_every_component_is_accessible_at_every_width_and_in_both_schemes(open_page: Callable[..., Page]) -> None:
    for path, name, width, scheme in VIEWS:
        page = open_page(width=width, color_scheme=scheme, path=path)
        axe_check(page)
        assert fits(page), f"{path} scrolls sideways at {width}"
        shoot(page, f"gallery-{name}-{width}-{scheme}")
        page.context.close()


@pytest.mark.parametrize("path", ["/gallery/", "/gallery/?layout=phone"])
def test_text_alone_at_twice_its_size_still_fits(open_page: Callable[..., Page], path: str) -> None:
    page = open_page(width=1280, path=path)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert fits(page)


def test_every_control_of_a_phone_page_is_48_pixels_high(open_page: Callable[..., Page]) -> None:
    page = open_page(width=360, path="/gallery/?layout=phone")
    low = page.evaluate(
        """[...document.querySelectorAll('main button, main .btn, main input[type=text], main .shot a')]
            .filter(n => n.getBoundingClientRect().height < 48).map(n => n.textContent.trim() || n.id)"""
    )
    assert low == []


def test_paper_shows_the_ledger_and_no_buttons(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    page.emulate_media(media="print")
    assert page.locator(".btn:visible").count() == 0
    assert page.locator(".ledger").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_what_just_happened_has_the_focus(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    expect(page.locator("#refusal")).to_be_focused()


def test_an_error_leads_to_its_field(open_page: Callable[..., Page]) -> None:
    page = open_page(width=360, path="/gallery/?layout=phone")
    page.get_by_role("link", name="Reason: “x” is not a reason").click()
    expect(page.locator("#id_reason")).to_be_focused()
    described = page.locator("#id_reason").get_attribute("aria-describedby")
    assert described == "id_reason-hint id_reason-error"
    assert page.locator("#id_reason").get_attribute("aria-invalid") == "true"


def test_a_date_that_cannot_be_read_is_not_lost(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    assert page.locator("input[name=collected_on]").nth(1).input_value() == "31/02/2026"


def test_a_day_can_be_chosen_in_a_calendar_instead_of_typed(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    field = page.locator("input[name=collected_on]").first
    expect(page.get_by_role("button", name="Calendar").first).to_be_visible()
    picker = page.locator("input[name=collected_on] ~ .picker").first
    picker.evaluate("node => { node.value = '2026-12-04'; node.dispatchEvent(new Event('change')); }")
    assert field.input_value() == "4 Dec 2026"


def test_a_shut_button_tells_why_instead_of_acting(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    page.get_by_role("button", name="Dispatch C-4").click(force=True)
    assert page.evaluate("document.activeElement.textContent").startswith("Not yet: 1 requirement is unmet")


def test_rows_are_reached_by_keys_and_the_keys_can_be_switched_off(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    reached = "document.activeElement.closest('.work')?.querySelector('bdi').textContent"
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(reached) == "AU-0031"
    page.keyboard.press("k")
    assert page.evaluate(reached) == "BR-0088"
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("j")
    assert page.locator("#find").input_value() == "j"
    page.evaluate("document.activeElement.blur()")
    page.get_by_role("button", name="Switch shortcuts off").click()
    page.locator("main").focus()
    page.keyboard.press("j")
    assert page.evaluate(reached) is None
    page.reload()
    assert page.get_by_role("button", name="Switch shortcuts on").is_visible()


def test_all_keys_are_listed_on_asking_and_the_list_closes(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/gallery/")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="All keys")
    assert sheet.is_visible()
    assert "New enquiry" in sheet.inner_text()
    axe_check(page)
    page.keyboard.press("Escape")
    assert not sheet.is_visible()


def test_fonts_come_from_here_and_weigh_little(open_page: Callable[..., Page]) -> None:
    page = open_page()
    weights: dict[str, int] = {}
    page.on(
        "response", lambda answer: weights.update({answer.url: len(answer.body())}) if "/fonts/" in answer.url else None
    )
    page.goto("/gallery/?layout=phone")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    assert sum(weights.values()) <= 150_000
    assert page.evaluate("document.fonts.check('600 16px \"IBM Plex Sans\"')")


def test_a_partial_update_that_failed_is_said(open_page: Callable[..., Page], witness: Witness) -> None:
    witness.allowed_status = {500}
    page = open_page(path="/gallery/")
    page.evaluate("htmx.ajax('GET', '/error/500/', '#main')")
    expect(page.locator("#messages")).to_contain_text("This was not done. Nothing changed.")
    assert page.get_by_role("heading", name="Gallery").is_visible()


def test_a_refused_update_shows_its_reasons_in_place(open_page: Callable[..., Page], witness: Witness) -> None:
    witness.allowed_status = {409}
    page = open_page(path="/gallery/")
    page.evaluate("htmx.ajax('GET', '/error/409/', '#main')")
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody was faster")


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/error/400/", 400, "This could not be read"),
        ("/error/403/", 403, "Not yours to do"),
        ("/error/404/", 404, "Nothing here for you"),
        ("/error/409/", 409, "Somebody was faster"),
        ("/error/413/", 413, "Too large"),
        ("/error/429/", 429, "Too many tries"),
        ("/error/500/", 500, "This page failed"),
        ("/error/503/", 503, "Not ready"),
        ("/error/csrf/", 403, "This form is too old"),
        ("/error/locked/", 429, "Shut for a while"),
    ],
)
def test_an_error_says_what_to_do(
    open_page: Callable[..., Page], witness: Witness, path: str, status: int, title: str
) -> None:
    witness.allowed_status = {status}
    page = open_page(width=360)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    says(page, title)
    assert page.locator("main .btn").count() == 1
    axe_check(page)
    shoot(page, f"error-{path.split('/')[2]}")
