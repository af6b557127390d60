"""Signing in, in a real browser: password, code, recovery code, lock-out, and every page accessible on a phone."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect
from pytest_django import Settings

from cases.audit.context import acting
from cases.people.models import User
from cases.people.roles import Role
from tests.browser.harness import Witness, axe_check, fits, follow, says, shoot

pytestmark = pytest.mark.browser
PASSWORD = "four invented words here"
EMAIL = "ostby@harrow.invalid"


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.urls"
    settings.LOGIN_REDIRECT_URL = "/account/second-factor/"
    engine = deepcopy(settings.TEMPLATES[0])
    engine["OPTIONS"]["context_processors"] = ["tests.browser.pages.around"]
    settings.TEMPLATES = [engine]


@pytest.fixture
def ostby(live_server: object) -> User:
    with acting(by=User.objects.service("setup"), verb="people.user.created"):
        return User.objects.create_user(
            EMAIL, PASSWORD, display_name="M. Ostby", role=Role.COORDINATING_PHARMACIST, time_zone="America/New_York"
        )


def fill_in(page: Page, *, email: str = EMAIL, password: str = PASSWORD) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def code_for(secret: str) -> str:
    """The six digits an authenticator app would show now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_a_person_signs_in_and_out(open_page: Callable[..., Page], ostby: User) -> None:
    page = open_page(width=360)
    fill_in(page)
    says(page, "How you sign in")
    page.locator("summary", has_text="M. Ostby").click()
    follow(page.get_by_role("button", name="Sign out"))
    page.goto("/account/second-factor/")
    says(page, "Sign in")


def test_a_wrong_password_says_so_and_keeps_the_address(open_page: Callable[..., Page], ostby: User) -> None:
    page = open_page(width=360)
    fill_in(page, password="something else entirely")
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text("You are not signed in.")
    expect(page.locator("#faults")).to_be_focused()
    assert page.get_by_label("E-mail address").input_value() == EMAIL
    assert page.get_by_label("Password").input_value() == ""
    axe_check(page)


def test_an_unknown_address_gets_the_same_answer(open_page: Callable[..., Page], ostby: User) -> None:
    page = open_page()
    answers = []
    for email in (EMAIL, "nobody@harrow.invalid"):
        fill_in(page, email=email, password="something else entirely")
        answers.append(page.get_by_role("alert").inner_text())
    assert answers[0] == answers[1]


def test_a_second_factor_is_switched_on_used_and_replaced_by_a_recovery_code(
    open_page: Callable[..., Page], ostby: User
) -> None:
    page = open_page(width=360)
    fill_in(page)
    page.get_by_role("link", name="Switch on an authenticator app").click()
    says(page, "Show that it is you")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    says(page, "Switch on your second factor")
    assert page.locator("svg.qr").is_visible()
    axe_check(page)
    shoot(page, "totp-360")
    page.get_by_text("No camera?").click()
    secret = page.locator("details .mono").inner_text().replace(" ", "")
    page.get_by_label("Code from the app").fill(code_for(secret))
    page.get_by_role("button", name="Switch it on").click()
    says(page, "Recovery codes")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    axe_check(page)

    other = open_page(width=360)
    fill_in(other)
    says(other, "Your code")
    axe_check(other)
    other.get_by_role("textbox", name="Code").fill("000000")
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("alert").get_by_role("heading")).to_have_text("You are not signed in.")
    other.get_by_role("textbox", name="Code").fill(codes[0])
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_text("9 left")).to_be_visible()
    axe_check(other)


def test_too_many_wrong_passwords_shut_the_account_for_a_while(
    open_page: Callable[..., Page], witness: Witness, settings: Settings, ostby: User
) -> None:
    witness.allowed_status = {429}
    page = open_page(width=360)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        fill_in(page, password="something else entirely")
    says(page, "Shut for a while")
    axe_check(page)
    fill_in(page)
    expect(page.get_by_text("Too many wrong tries. Wait five minutes, then try once more").first).to_be_visible()
    page.goto("/account/second-factor/")
    says(page, "Sign in")


def test_a_demonstration_account_fills_in_the_form_without_script(open_page: Callable[..., Page], ostby: User) -> None:
    page = open_page(width=360, java_script_enabled=False, path="/account/login/")
    follow(page.get_by_role("link", name="Coordinating pharmacist"))
    assert EMAIL not in page.url
    page.get_by_role("button", name="Sign in as the coordinating pharmacist").click()
    says(page, "How you sign in")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/account/login/", "Sign in"),
        ("/account/signup/", "Nobody signs up here"),
        ("/account/inactive/", "This account has ended"),
        ("/account/password/reset/", "Set a new password"),
        ("/account/password/reset/done/", "Look into your mail"),
        ("/account/password/reset/key/1-nothing/", "This link does not work any more"),
        ("/account/password/reset/key/done/", "Your new password is set"),
    ],
)
def test_a_page_before_signing_in_is_accessible_on_a_phone(
    open_page: Callable[..., Page], path: str, title: str
) -> None:
    page = open_page(width=320, path=path)
    says(page, title)
    axe_check(page)
    assert fits(page)
    shoot(page, f"account-{path.strip('/').replace('/', '-')}")


def test_a_page_after_signing_in_is_accessible_on_a_phone(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], ostby: User
) -> None:
    page = open_page(width=320)
    sign_in(page, ostby)
    for path, title in (
        ("/account/second-factor/", "How you sign in"),
        ("/account/password/change/", "Change your password"),
        ("/account/reauthenticate/", "Show that it is you"),
        ("/account/email/", "Your e-mail address"),
        ("/account/logout/", "Sign out"),
    ):
        page.goto(path)
        says(page, title)
        axe_check(page)
        assert fits(page)
