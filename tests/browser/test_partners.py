"""Partners and the checks before a dispatch in a browser: read, entered and checked with the keyboard, on any width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.audit.models import AuditEntry
from cases.custody.models import Consignment, CredentialCheck, Partner
from cases.people.models import User
from tests.browser.harness import axe_check, fits, shoot
from tests.browser.test_abroad import SignIn
from tests.cases.documents import corpus

OpenPage = Callable[..., Page]
pytestmark = [pytest.mark.browser, pytest.mark.demonstration]


def coordinator() -> User:
    return User.objects.get(email="ostby@harrow.example")


def test_a_licence_is_entered_checked_and_then_counts(open_page: OpenPage, sign_in: SignIn) -> None:
    page = open_page()
    sign_in(page, coordinator())
    page.goto("/partners/")
    expect(page.get_by_text("comes from a table that nobody has reviewed")).to_be_visible()
    page.get_by_role("link", name="Enter a partner").click()
    page.get_by_label("Name").fill("Thistle Freight")
    page.get_by_label("Kind").select_option("carrier")
    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Enter the partner").press("Enter")
    expect(page.get_by_role("heading", name="Thistle Freight", level=1)).to_be_visible()

    page.get_by_text("A licence, a registration or a qualification").press("Enter")
    page.get_by_label("Credential", exact=True).select_option("carrier_qualification")
    page.get_by_label("Number").fill("Q-1")
    page.get_by_label("Authority").fill("Quality unit")
    page.get_by_label("Valid until").fill(f"{clock.now().year + 2}-01-31")
    page.get_by_role("button", name="Enter a credential").press("Enter")
    expect(page.locator("#messages")).to_contain_text("It counts once it was checked.")

    page.get_by_text("Record a check of Q-1").press("Enter")
    page.get_by_label("Where it was looked up").fill("Audit report of March")
    evidence = {"name": "report.png", "mimeType": "image/png", "buffer": corpus.picture("PNG")}
    page.get_by_label("Evidence").set_input_files(evidence)
    page.get_by_role("button", name="Record a check").press("Enter")
    expect(page.locator("#messages")).to_contain_text("The check of Q-1 is on record: confirmed.")
    row = page.get_by_role("row", name="Qualification of the carrier, with its quality agreement")
    expect(row.get_by_text("Counts", exact=True)).to_be_visible()

    check = CredentialCheck.objects.select_related("evidence").get(credential__number="Q-1")
    assert check.evidence is not None
    assert page.request.get(f"/partners/{check.partner_id}/papers/{check.evidence.sha256}/").body() == (
        corpus.picture("PNG")
    )
    told = AuditEntry.objects.filter(chain=f"partner:{check.partner_id}").order_by("seq").values_list("verb", flat=True)
    assert list(dict.fromkeys(told)) == [
        "custody.partner.entered", "custody.credential.entered", "custody.credential.checked",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [1280, 360])
def test_each_page_is_good_at_a_desk_and_on_a_phone(open_page: OpenPage, sign_in: SignIn, width: int) -> None:
    page = open_page(width=width)
    sign_in(page, coordinator())
    waiting = Consignment.objects.filter(state="allocated").select_related("case").first()
    moving = Consignment.objects.filter(state="in_transit").select_related("case").first()
    assert waiting is not None
    assert moving is not None
    soon = Partner.objects.get(name="Northfield Specialty Wholesale")
    for number, address in enumerate(
        (
            "/partners/",
            "/partners/new/",
            f"/partners/{soon.pk}/",
            f"/cases/{waiting.case.reference}/consignments/{waiting.label}/",
            f"/cases/{moving.case.reference}/consignments/{moving.label}/",
            f"/cases/{moving.case.reference}/consignments/{moving.label}/sheet/",
        )
    ):
        page.goto(address)
        axe_check(page)
        assert fits(page), address
        shoot(page, f"partners-{number}-{width}")


def test_the_gate_shows_every_check_with_its_mark(open_page: OpenPage, sign_in: SignIn) -> None:
    page = open_page()
    sign_in(page, coordinator())
    box = Consignment.objects.filter(state="allocated").select_related("case").first()
    assert box is not None
    address = f"/cases/{box.case.reference}/consignments/{box.label}/"
    page.goto(address)
    shown = page.locator(".checks .req").count()
    told = page.request.get(f"/api/v1{address.rstrip('/')}/dispatch-checks").json()

    holds = any(line["group"] == "Holds" for line in told["checks"])
    assert shown == len(told["checks"]) + (0 if holds else 1)
    assert told["may_leave"] is False
    assert {line["mark"] for line in told["checks"]} >= {"met", "unmet", "not_known"}
    expect(
        page.get_by_text("Not known: The planned journey is no longer than shipper and product allow")
    ).to_be_visible()
