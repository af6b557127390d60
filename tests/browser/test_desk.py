"""The coordinating pharmacist's pages, walked in a browser over the loaded demonstration."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from cases.custody.models import Consignment, Recall, Unit
from cases.deadlines.models import Deadline
from cases.lifecycle.verbs import VERBS
from cases.models import Case, Note
from cases.people.models import User
from pharmacovigilance.models import CaseVersion
from regulatory.models import Filing
from tests.browser.harness import Witness, axe_check, fits, follow, says, shoot

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]
TABS = ("", "timeline/", "deadlines/", "documents/", "filings/", "supply/", "safety/", "people/", "messages/")
# Steps whose forms, with those of three records, together ask in every way that anybody is asked.
STEPS = (
    "documents.slot.ask",
    "cases.hold.place",
    "custody.consignment.plan",
    "regulatory.filing.open",
    "pharmacovigilance.event.add",
    "cases.case.note_run_out",
)
INSPECT, GRANT = "custody.consignment.inspect", "regulatory.filing.grant"
FOLLOW_UP = "pharmacovigilance.version.follow_up"
# Bytes over the wire of one page's document, uncompressed: a slow line of 50 kB/s shows it within three seconds.
HEAVIEST = 150_000


@pytest.fixture
def ostby(live_server: object) -> User:
    return User.objects.get(display_name="M. Ostby")


@pytest.fixture
def quarantined(live_server: object) -> Case:
    """The case with a consignment in quarantine and a hold."""
    return Case.objects.get(consignments__state=Consignment.State.ARRIVED, holds__lifted_at=None)


@pytest.fixture
def supplied(live_server: object) -> Case:
    """A case with a counted run-out day, a dose and several dates."""
    return Case.objects.filter(doses__isnull=False, runs_out_on__isnull=False).exclude(stage="closed").order_by("pk")[0]


def walk(page: Page, pages: list[str], *, name: str) -> dict[str, int]:
    """Look at each page at the page's own width; returns how heavy its document is."""
    weights = {}
    for address in pages:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        weights[address] = len(answer.body())
        assert page.title().strip()
        axe_check(page)
        assert fits(page), f"{address} scrolls sideways"
        shoot(page, f"desk-{name}-{re.sub('[^a-z_]+', '-', address.lower()).strip('-')}")
    return weights


def test_every_page_is_accessible_light_and_fits_every_width(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, quarantined: Case, supplied: Case
) -> None:
    page = open_page()
    sign_in(page, ostby)
    pages = ["/today/", "/today/?show=statutory&within=all&page=all", "/cases/", "/cases/?q=no+such+case", "/notices/"]
    pages += [f"/cases/{quarantined.reference}/{tab}" for tab in TABS]
    pages += [f"/cases/{supplied.reference}/{tab}" for tab in ("", "deadlines/", "supply/", "safety/")]
    pages += ["/safety/", "/safety/on-time/", "/safety/who-must-be-told/?pathway=AU-SAS-B&serious=yes&criteria=death"]
    locked = CaseVersion.objects.filter(locked_at__isnull=False).select_related("case").order_by("pk")[0]
    pages += ["/safety/answers/", f"/cases/{locked.case.reference}/safety/{locked.label}/message/?profile=fda"]
    pages += [f"/cases/{quarantined.reference}/do/{code}/" for code in STEPS]
    pack = Unit.objects.filter(recalls__part__is_drill=False).select_related("case", "lot").order_by("pk")[0]
    pages += [f"/recalls/{recall.slug}/" for recall in Recall.objects.all()]
    pages += ["/recalls/", "/recalls/new/", f"/trace/?gtin={pack.gtin}&lot={pack.lot.number}"]
    pages += [f"/cases/{pack.case.reference}/units/{pack.gtin}/{pack.serial}/", f"/cases/{pack.case.reference}/supply/"]
    pages += [f"/cases/{pack.case.reference}/recall-letters/RL-1/", f"/medicines/{pack.lot.medicine_id}/", "/partners/"]
    awaited = Filing.objects.filter(state=Filing.State.ACKNOWLEDGED).select_related("case").order_by("pk")[0]
    of_records = (
        (INSPECT, quarantined, "C-1"),
        (GRANT, awaited.case, awaited.label),
        (FOLLOW_UP, locked.case, locked.label),
    )
    pages += [f"/cases/{case.reference}/do/{code}/?on={label}" for code, case, label in of_records]
    kinds = {ask.kind for code in (*STEPS, *(code for code, _, _ in of_records)) for ask in VERBS[code].asks}
    assert kinds == {ask.kind for verb in VERBS.values() for ask in verb.asks}
    for address in pages:
        assert walk(page, [address], name="1280")[address] < HEAVIEST, address
        for width in (640, 320):  # 640 is a window of 1280 at a zoom of 200 %
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), f"{address} scrolls sideways at {width}"
        page.set_viewport_size({"width": 1280, "height": 900})


def test_the_main_pages_are_accessible_on_320_pixels(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, supplied: Case
) -> None:
    page = open_page(width=320)
    sign_in(page, ostby)
    main = [f"/cases/{supplied.reference}/{tab}" for tab in ("", "supply/")]
    walk(page, ["/today/", *main, f"/cases/{supplied.reference}/do/custody.consignment.plan/"], name="320")


def test_the_main_pages_are_accessible_in_the_dark(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, supplied: Case
) -> None:
    page = open_page(color_scheme="dark")
    sign_in(page, ostby)
    main = [f"/cases/{supplied.reference}/{tab}" for tab in ("", "deadlines/", "supply/")]
    walk(page, ["/today/", *main, f"/cases/{supplied.reference}/do/cases.hold.place/"], name="dark")


def test_from_today_to_a_case_through_a_step_and_back_by_keys_alone(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User
) -> None:
    page = open_page()
    sign_in(page, ostby)
    page.goto("/today/")
    pane = page.locator("#pane")
    chosen = page.locator("li.is-selected bdi").first
    first = chosen.inner_text()
    expect(pane.get_by_role("heading", level=2)).to_have_text(first)
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = chosen.inner_text()
    assert second != first
    expect(pane.get_by_role("heading", level=2)).to_have_text(second)
    expect(pane.locator(".ledger tr.is-total")).to_contain_text("Slack")
    axe_check(page)
    page.keyboard.press("k")
    expect(pane.get_by_role("heading", level=2)).to_have_text(first)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{first}/")
    page.keyboard.press("n")
    page.wait_for_url("**/do/cases.note.write/")
    page.locator("textarea[name=text]").focus()
    page.keyboard.type("Called the institution; they answer tomorrow.")
    page.keyboard.press("Tab")
    for _ in range(6):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{first}/")
    expect(page.locator("#messages")).to_contain_text("ote")
    assert Note.objects.filter(case__reference=first, text__startswith="Called the institution").count() == 1
    page.keyboard.press("g")
    page.keyboard.press("t")
    says(page, "Today")


def test_today_is_narrowed_by_its_address_and_says_when_nothing_is_left(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User
) -> None:
    page = open_page()
    sign_in(page, ostby)
    page.goto("/today/")
    everyone = page.locator("li.work").count()
    page.get_by_label("Who has the ball").select_option("me")
    page.get_by_role("button", name="Narrow").click()
    page.wait_for_url("**/today/?*ball=me*")
    assert 0 < page.locator("li.work").count() < everyone
    assert set(page.locator(".work__ball b").all_inner_texts()) == {"You"}
    page.get_by_label("Harm").select_option("4")
    page.get_by_role("button", name="Narrow").click()
    expect(page.get_by_role("heading", name="No case matches this choice")).to_be_visible()
    follow(page.get_by_role("link", name="Show everybody’s cases"))
    expect(page.locator("li.work")).to_have_count(everyone)
    references = page.locator(".work__id > b").all_inner_texts()
    assert len(references) == len(set(references))


def test_search_leads_to_the_one_case_and_says_what_was_searched_when_there_is_none(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, quarantined: Case
) -> None:
    page = open_page()
    sign_in(page, ostby)
    serial = quarantined.units.order_by("pk")[0].serial
    patient = quarantined.patient
    for typed in (quarantined.reference.lower(), serial, f"{patient.initials}, born {patient.birth_year}"):
        page.goto("/today/")
        page.keyboard.press("/")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cases/{quarantined.reference}/")
    page.goto("/cases/?q=nothing+like+it")
    expect(page.get_by_role("heading", name="No case matches “nothing like it”")).to_be_visible()
    expect(page.locator(".empty")).to_contain_text("serial, permit and authority’s number")


def test_a_day_is_typed_or_pasted_and_a_doubtful_one_is_named_and_kept(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, supplied: Case, witness: Witness
) -> None:
    witness.allowed_status = {422}
    page = open_page(width=360)
    sign_in(page, ostby)
    page.goto(f"/cases/{supplied.reference}/do/cases.case.note_run_out/")
    field = page.get_by_label("Last day with medicine in hand")
    field.fill("4/12/2027")
    page.get_by_role("button", name="Record when the medicine runs out").click()
    faults = page.locator("#faults")
    expect(faults).to_contain_text("“4/12/2027” can be read as two days. Write the month as a word")
    expect(faults).to_be_focused()
    assert field.input_value() == "4/12/2027"
    axe_check(page)
    faults.get_by_role("link").first.click()
    expect(field).to_be_focused()
    field.fill("Sat 4 Dec 2027")
    page.get_by_role("button", name="Record when the medicine runs out").click()
    page.wait_for_url(f"**/cases/{supplied.reference}/")
    assert Case.objects.get(pk=supplied.pk).runs_out_on == datetime(2027, 12, 4, tzinfo=UTC).date()


def test_a_deadline_opens_the_sum_behind_it_and_the_runway_says_the_same_in_a_table(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, supplied: Case
) -> None:
    page = open_page()
    sign_in(page, ostby)
    page.goto(f"/cases/{supplied.reference}/deadlines/")
    shown = Deadline.objects.filter(case=supplied).count()
    assert page.locator("details.why").count() == shown
    page.locator("details.why summary").first.click()
    expect(page.locator("details.why").first.locator("tr.is-total")).to_be_visible()
    page.goto(f"/cases/{supplied.reference}/supply/")
    expect(page.get_by_role("img", name=f"Supply runway of {supplied.reference}").first).to_be_visible()
    page.get_by_text("Read the same as a table").click()
    expect(page.get_by_role("row", name="Runs out")).to_be_visible()


def test_steps_are_found_by_a_word(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, supplied: Case
) -> None:
    page = open_page()
    sign_in(page, ostby)
    page.goto(f"/cases/{supplied.reference}/")
    steps = page.locator("#steps li:visible")
    assert steps.count() > 20
    page.get_by_label("Find a step").fill("place hold")
    expect(steps).to_have_text(["Place a hold"])
    page.get_by_label("Find a step").fill("teleport")
    expect(page.get_by_text("No step has these words.")).to_be_visible()


def test_paper_shows_the_case_without_buttons_on_a_light_ground(
    open_page: Callable[..., Page], sign_in: SignIn, ostby: User, supplied: Case
) -> None:
    page = open_page(color_scheme="dark")
    sign_in(page, ostby)
    for address in (f"/cases/{supplied.reference}/", "/cases/", "/today/"):
        page.goto(address)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator(".btn:visible, nav:visible, .filters:visible, #pane:visible").count() == 0, address
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        page.emulate_media(media="screen")
