"""The pages of the people abroad in a browser, over the demonstration: phone and desk, keys, dark, a lost line."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from cases import clock
from cases.documents.models import Document, Signature
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.people.links import grant_link, token_from
from cases.people.models import AccessLink, User
from config.demonstration.cast import PASSWORD
from tests.browser.harness import Witness, axe_check, says
from tests.browser.harness import stands as stands_alone

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]
stands = partial(stands_alone, group="abroad")


@pytest.fixture
def doctor(live_server: object) -> User:
    return User.objects.get(email="doctor.gb@example.org")


@pytest.fixture
def nurse(live_server: object) -> User:
    return User.objects.get(email="nurse.gb@example.org")


@pytest.fixture
def unsigned(doctor: User) -> Case:
    """The case in its first stage, with a determination that the delegate has prepared and a paper that is asked."""
    case = Case.objects.get(prescriber__user=doctor, stage="determination")
    now = clock.now()
    if not case.determinations.filter(state="draft").exists():
        facts = {"dose": "150 mg every 14 days", "justification": "Two registered medicines failed within a year."}
        prepared_by = User.objects.get(email="nurse.gb@example.org")
        advance(case, "cases.determination.prepare", by=prepared_by, now=now, facts=facts)
        asked = {"doc_type": "clinical_report", "asked_of": doctor.pk, "note": "", "due_on": now.date().isoformat()}
        advance(case, "documents.slot.ask", by=case.coordinator, now=now, facts=asked)
    return case


def photo(name: str, colour: str) -> Any:
    written = io.BytesIO()
    Image.new("RGB", (300, 400), colour).save(written, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": written.getvalue()}


def arrives(page: Page) -> None:
    """Wait until a paper has been looked at and is there; its parsers are processes of their own."""
    page.wait_for_url("**/done/**", timeout=60_000)
    says(page, "Arrived. A pharmacist reads it.")


def test_the_prescribers_and_the_delegates_pages_stand(
    open_page: Callable[..., Page], sign_in: SignIn, doctor: User, nurse: User, unsigned: Case
) -> None:
    page = open_page(width=360)
    sign_in(page, doctor)
    for path, title in (
        ("/my/", "My cases"),
        (f"/my/{unsigned.reference}/", unsigned.reference),
        (f"/my/{unsigned.reference}/sign/N-1/", "Read and sign the determination"),
        (f"/cases/{unsigned.reference}/upload/?slot=Q-1", "Clinical report"),
    ):
        page.goto(path)
        says(page, title)
        stands(page, title.split(" ")[0].lower())
    other = open_page(width=360)
    sign_in(other, nurse)
    other.goto(f"/my/{unsigned.reference}/sign/N-1/")
    says(other, "Read the determination")
    expect(other.get_by_text("A delegate prepares and sends papers and never signs.")).to_be_visible()
    expect(other.get_by_role("button", name="Sign the determination")).to_have_count(0)
    stands(other, "delegate")


def test_photographs_are_shown_sent_and_survive_a_lost_connection(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, doctor: User, unsigned: Case
) -> None:
    page = open_page(width=360)
    sign_in(page, doctor)
    page.goto(f"/cases/{unsigned.reference}/upload/?slot=Q-1")
    page.get_by_label("File or photo").set_input_files([photo("one.jpg", "navy"), photo("two.jpg", "teal")])
    expect(page.get_by_text("Page 2")).to_be_visible()
    lines_cut = []

    def cut(route: Route) -> None:
        """Lose the answer of the first try after it has arrived, and nothing of the next."""
        if route.request.method == "POST" and not lines_cut:
            lines_cut.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/upload/**", cut)
    page.get_by_role("button", name="Send the document").click()
    expect(page.get_by_text("Connection lost. Nothing is lost.")).to_be_visible(timeout=60_000)
    axe_check(page)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    arrives(page)
    assert lines_cut == [201]
    assert Document.objects.get(case=unsigned, doc_type="clinical_report").pages == 2
    lost = [line for line in witness.complaints if "ERR_CONNECTION_RESET" in line]
    assert len(lost) == 1
    witness.complaints.remove(lost[0])
    stands(page, "arrived")


def test_a_refusal_keeps_the_page_the_typing_and_the_file(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, doctor: User, unsigned: Case
) -> None:
    witness.allowed_status = {422}
    before = Document.objects.filter(case=unsigned).count()
    page = open_page(width=360)
    sign_in(page, doctor)
    page.goto(f"/cases/{unsigned.reference}/upload/")
    page.get_by_label("What kind of paper").select_option("prescription")
    page.get_by_label("Issued on").fill("2026-02-20")
    page.get_by_label("File or photo").set_input_files(
        {"name": "report.pdf", "mimeType": "application/pdf", "buffer": b"PK\x03\x04 no PDF at all"}
    )
    page.get_by_role("button", name="Send the document").click()
    expect(page.locator("#faults")).to_contain_text("“report.pdf”: The content is an Office document", timeout=60_000)
    expect(page.locator("#faults")).to_be_focused()
    assert page.get_by_label("Issued on").input_value() == "2026-02-20"
    assert page.get_by_label("What kind of paper").input_value() == "prescription"
    assert page.evaluate("document.querySelector('[type=file]').files[0].name") == "report.pdf"
    assert Document.objects.filter(case=unsigned).count() == before
    axe_check(page)


def test_an_upload_needs_neither_mouse_nor_script(
    open_page: Callable[..., Page], sign_in: SignIn, doctor: User, unsigned: Case
) -> None:
    page = open_page(width=360)
    sign_in(page, doctor)
    page.goto(f"/cases/{unsigned.reference}/upload/")
    reach(page, "doc_type")
    page.keyboard.type("Prescription")
    reach(page, "file")
    page.get_by_label("File or photo").set_input_files(photo("keys.jpg", "purple"))
    reach(page, "Send the document")
    page.keyboard.press("Enter")
    arrives(page)
    plain = open_page(width=360, java_script_enabled=False)
    sign_in(plain, doctor)
    plain.goto(f"/cases/{unsigned.reference}/upload/")
    plain.get_by_label("What kind of paper").select_option("prescriber_cv")
    plain.get_by_label("File or photo").set_input_files(photo("plain.jpg", "olive"))
    plain.get_by_role("button", name="Send the document").click()
    arrives(plain)


def reach(page: Page, wanted: str) -> None:
    """Press Tab until the control with that id, or the button with that text, has the focus."""
    for _ in range(60):
        at = page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()]")
        if wanted in at:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {wanted}")


def test_a_determination_is_signed_by_keys_alone_and_early_pressing_leads_to_what_is_missing(
    open_page: Callable[..., Page], sign_in: SignIn, doctor: User, unsigned: Case
) -> None:
    page = open_page(width=360, color_scheme="dark")
    sign_in(page, doctor)
    page.goto(f"/my/{unsigned.reference}/sign/N-1/")
    axe_check(page)
    reach(page, "Sign the determination")
    page.keyboard.press("Enter")
    expect(page.locator("#statements-1")).to_be_focused()
    expect(page.get_by_text("not ticked yet")).to_have_count(5)
    axe_check(page)
    for number in range(1, 5):
        reach(page, f"statements-{number}")
        page.keyboard.press("Space")
    expect(page.get_by_text("4 of 5 ticked. Statement 5 is open.")).to_be_visible()
    reach(page, "statements-5")
    page.keyboard.press("Space")
    reach(page, "printed_name")
    page.keyboard.type(doctor.display_name)
    reach(page, "Sign the determination")
    page.keyboard.press("Enter")
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    says(page, "Signed. The reviews come next.")
    assert Signature.objects.get(document__case=unsigned, signer=doctor).printed_name == doctor.display_name
    stands(page, "signed")


def test_the_pages_of_a_link_stand(open_page: Callable[..., Page], witness: Witness, unsigned: Case) -> None:
    witness.allowed_status = {410}
    now = clock.now()
    _, seed = grant_link(
        recipient=unsigned.prescriber.user,
        case=unsigned,
        purpose=AccessLink.Purpose.SIGN,
        by=unsigned.coordinator,
        now=now,
    )
    page = open_page(width=360)
    page.goto(f"/link/{token_from(seed)}/")
    says(page, "Read and sign")
    stands(page, "link")
    page.get_by_role("button", name="Continue").click()
    says(page, "Sign in")
    page.goto(f"/link/{token_from(seed)}/")
    says(page, "This link does not work any more")
    stands(page, "link-ended")
    page.get_by_role("button", name="Send me a new link").click()
    says(page, "Look into your mail")
    stands(page, "link-sent")
