"""What leaves and what comes back, in a browser: papers, listing and pack, an acknowledgement, a rule by two people."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from pharmacovigilance.models import ReportingRuleVersion, Transmission
from pharmacovigilance.releases import load_release
from tests.browser.harness import Witness, axe_check, follow, says
from tests.browser.test_ledger import judge
from tests.cases.custody.builders import build_supply
from tests.pharmacovigilance.builders import Safety
from tests.pharmacovigilance.e2b.transmissions import sent, told_of

pytestmark = pytest.mark.browser
SignIn = Callable[[Page, User], None]
RULE = "GB.holder.serious"


@pytest.fixture
def told(live_server: object) -> Safety:
    """A case with two locked versions; a message of the second is on record as sent."""
    supply = build_supply()
    supply.bring_to("dispensed")
    made = Safety(supply)
    made.attach(made.receive(dose=made.dose()))
    made.assess()
    made.lock()
    sent(made)
    return made


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as waited:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(waited.value.path()).read_bytes()


def file_of(content: bytes) -> Any:
    return {"name": "answer.ack", "mimeType": "application/xml", "buffer": content}


def test_a_locked_version_is_read_on_paper_listed_and_packed(
    open_page: Callable[..., Page], sign_in: SignIn, told: Safety
) -> None:
    reference = told.supply.case.reference
    page = open_page()
    sign_in(page, told.coordinator)
    judge(page, "/safety/line-listing/", dark=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert downloaded(page, "Download all as CSV").startswith(b"\xef\xbb\xbfcase,safety case")
    page.get_by_role("link", name="Papers of V-1").click()
    says(page, "Papers and messages of V-1")
    judge(page, page.url, dark=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert downloaded(page, "Download CIOMS I content, PDF").startswith(b"%PDF-")
    assert downloaded(page, "Download 24-hour notice to the manufacturer, JSON").startswith(b"{")
    pack = downloaded(page, "Inspection pack of SC-1")
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(pack)).namelist()
    page.goto(f"/cases/{reference}/safety/V-2/papers/")
    expect(page.get_by_text("T-1", exact=True)).to_be_visible()
    judge(page, page.url)


def test_an_acknowledgement_is_refused_by_name_and_then_taken(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, told: Safety
) -> None:
    witness.allowed_status = {422}
    page = open_page()
    sign_in(page, told.coordinator)
    judge(page, "/safety/answers/", dark=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    transmission = Transmission.objects.select_related("obligation__version__safety_case", "case__pharmacy").get()
    page.get_by_label("File of the recipient").set_input_files(file_of(b"<!DOCTYPE a><a/>"))
    page.get_by_role("button", name="Take the acknowledgement").click()
    expect(page.get_by_role("heading", name="Nothing was taken, nothing changed")).to_be_visible()
    expect(page.get_by_text("FILE-DOCTYPE")).to_be_visible()
    axe_check(page)
    page.get_by_label("File of the recipient").set_input_files(file_of(told_of(transmission)))
    page.get_by_role("button", name="Take the acknowledgement").press("Enter")
    expect(page.get_by_role("heading", name="What the file changed")).to_be_visible()
    expect(page.get_by_role("link", name=f"T-1 of {told.supply.case.reference}")).to_be_visible()
    axe_check(page)
    assert Transmission.objects.get().state == "accepted"


def test_a_rule_is_proposed_by_one_person_and_approved_by_another(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, told: Safety
) -> None:
    witness.allowed_status = {422}
    load_release(by=User.objects.service("setup"), now=datetime.now(UTC))
    page = open_page()
    sign_in(page, told.coordinator)
    judge(page, "/safety/rules/?place=GB", dark=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name=RULE).click()
    follow(page.get_by_role("link", name="Propose a version"))
    judge(page, page.url, dark=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Limit").fill("0")
    page.get_by_role("button", name="Propose the version").click()
    expect(page.get_by_role("link", name="Limit: '0' is no number from 1 to 3,650.")).to_be_visible()
    axe_check(page)
    page.get_by_label("Limit").fill("14")
    page.get_by_label("Reason").fill("Read in the regulation.")
    page.get_by_role("button", name="Propose the version").press("Enter")
    expect(page.get_by_text(f"Version 2 of {RULE} awaits a second person.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve version 2")).to_have_count(0)
    judge(page, page.url)

    other = open_page()
    sign_in(other, told.pic)
    other.goto("/safety/rules/?standing=proposed")
    other.get_by_role("link", name=RULE).click()
    other.get_by_role("link", name="Compare and decide").click()
    says(other, f"Version 2 of {RULE}")
    judge(other, other.url, dark=True)
    other.get_by_role("button", name="Approve version 2").press("Enter")
    expect(other.get_by_text(f"Version 2 of {RULE} was approved.")).to_be_visible()
    assert ReportingRuleVersion.objects.get(rule=RULE, version=2).is_approved
