"""A page that tells on itself: every console error, policy violation and request to another host fails the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

# The shell renders as the browser does without the browser's window: half the processor's time for the same pages.
_BROWSERS = ("chromium-headless-shell", "chromium")
_FOUND = next((found for found in map(shutil.which, _BROWSERS) if found), "/usr/bin/chromium")
CHROMIUM = Path(os.environ.get("NPP_CHROMIUM", _FOUND))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves the machine whatever a page asks for; what it asked for is told by the witness.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# What a browser says by itself when an answer is an error; the tests of error pages ask for exactly those answers.
_ANSWERED = re.compile(r"(?:server responded with a status of|Response Status Error Code) (\d{3})")


@dataclass
class Witness:
    """What a page did that it should not have done."""

    host: str
    allowed_status: set[int] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._request)  # listened to, not routed: a routed page keeps no cache

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        answered = _ANSWERED.search(message.text)
        if answered and int(answered[1]) in self.allowed_status:
            return
        where = message.location.get("url", "")
        self.complaints.append(f"console {message.type}: {message.text} {where}".rstrip())

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != self.host:
            self.complaints.append(f"request to another host: {request.url}")


def follow(control: Locator) -> None:
    """Press what leads to another page, and be there with the whole of it: half a page would be read as all of it."""
    with control.page.expect_navigation():
        control.click()


def axe_check(page: Page, *, rules: Iterable[str] = WCAG) -> None:
    """Fail with every violation of WCAG 2.0 to 2.2, levels A and AA, that axe finds on the page, once it is whole."""
    page.wait_for_load_state()
    # What passed is not described node by node: that would be most of the work and of what is sent over.
    options = {"runOnly": {"type": "tag", "values": list(rules)}, "resultTypes": ["violations"], "selectors": False}
    found = Axe().run(page, options=options).response["violations"]
    told = [
        f"{fault['id']}: {fault['help']}\n    {node['html'][:200]}" for fault in found for node in fault["nodes"][:5]
    ]
    assert not told, f"{len(told)} accessibility faults on {page.url}:\n" + "\n".join(told)


def says(page: Page, title: str) -> None:
    """Wait until the page's one heading of the first level is exactly this, and all below it has come."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state()


def fits(page: Page) -> bool:
    """Whether the page can be read without scrolling sideways (WCAG 1.4.10)."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width <= 0


def stands(page: Page, name: str, *, group: str, back_to: int = 360) -> None:
    """Accessible on a phone and at a desk; readable at 320 px and at 200 % zoom.

    :param group: begins the name of the pictures.
    :param back_to: how wide the page is left.
    """
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        axe_check(page)
        assert fits(page), f"{name} scrolls sideways at {width} px"
        shoot(page, f"{group}-{name}-{width}")
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert fits(page), f"{name} scrolls sideways at {width} px"
    page.set_viewport_size({"width": back_to, "height": 900})


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page under ``NPP_SCREENSHOTS``, when that is set."""
    folder = os.environ.get("NPP_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
