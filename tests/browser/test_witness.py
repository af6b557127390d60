"""The witness of every browser test: what a page asks of another host is told, and goes nowhere."""

import pytest
from playwright.sync_api import Error, Page

from tests.browser.harness import Witness

pytestmark = pytest.mark.browser


def test_a_request_to_another_host_is_told_and_goes_nowhere(browser_page: Page, witness: Witness) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        browser_page.goto("http://elsewhere.example/")
    assert "request to another host: http://elsewhere.example/" in witness.complaints
    witness.complaints.clear()


def test_an_error_in_the_console_is_told(browser_page: Page, witness: Witness) -> None:
    browser_page.goto("/account/login/")
    browser_page.evaluate("console.error('something went wrong')")
    assert [complaint.strip() for complaint in witness.complaints] == ["console error: something went wrong"]
    witness.complaints.clear()
