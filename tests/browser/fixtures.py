"""A real browser for the tests under tests/browser and tests/journeys: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from cases.people.models import User
from tests.browser.harness import CHROMIUM, FLAGS, Witness


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once; tests are skipped loudly without one (NPP_REQUIRE_BROWSER=1 makes that a failure)."""
    if not CHROMIUM.exists():
        pytest.skip(f"No browser at {CHROMIUM}: install Debian's chromium-headless-shell, or set NPP_CHROMIUM.")
    # Playwright's loop runs in this thread; Django would otherwise refuse every query of the test itself.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def witness(live_server: LiveServer) -> Iterator[Witness]:
    """What the pages of this test did wrong; ``witness.allowed_status`` names the error answers a test asks for."""
    seen = Witness(host=urlsplit(live_server.url).netloc)
    yield seen
    assert seen.complaints == []


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer, witness: Witness) -> Iterator[Callable[..., Page]]:
    """Open watched pages, each with its own cookies: ``open_page(width=360, color_scheme="dark", path="/today/")``."""
    opened: list[BrowserContext] = []

    def opener(*, width: int = 1280, height: int = 900, path: str = "", **options: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, base_url=live_server.url, locale="en-GB", **options
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        witness.watch(page)
        if path:
            page.goto(path)
        return page

    yield opener
    for context in opened:
        context.close()


@pytest.fixture
def browser_page(open_page: Callable[..., Page]) -> Page:
    """One watched page, 1280 wide, light."""
    return open_page()


@pytest.fixture
def sign_in(live_server: LiveServer) -> Callable[[Page, User], None]:
    """Give a page the session of a person, as signing in would; for tests that are not about signing in."""

    def signer(page: Page, user: User) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        key = session.session_key
        assert key is not None
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])

    return signer
