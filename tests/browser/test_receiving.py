"""Receiving on a phone in a browser, over the demonstration: every step, by link, and without a connection."""

import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cases import clock
from cases.custody.models import Consignment, Inspection, InspectionDraft, PackReading, SecondCheck
from cases.custody.receiving.protocol import protocols
from cases.documents.models import Document
from cases.lifecycle.engine import advance
from cases.models import CaseEvent
from cases.people.links import grant_link, token_from
from cases.people.models import AccessLink, User
from cases.web.links import BY_LINK
from config.demonstration.cast import PASSWORD
from tests.browser.harness import Witness, axe_check, follow, says
from tests.browser.harness import stands as stands_alone

pytestmark = [pytest.mark.browser, pytest.mark.demonstration]
SignIn = Callable[[Page, User], None]
BEFORE = ("Advance briefing", "Outer carton", "Seals", "Labels", "Shock and tilt marks")
OPENED = ("Place of opening", "Inner packing")
AT_THE_END = ("Shelf life", "Case label", "Language label and leaflet", "Qualified storage")
ON_THE_PHONE = "answers are kept on this phone, not sent yet."
SENT_WITHIN = 30_000  # ms; a day's answers go up one after the other
stands = partial(stands_alone, group="receiving")


@pytest.fixture
def at_the_door(live_server: object) -> Consignment:
    """A consignment that has just arrived and that nobody has inspected."""
    return arrived(waiting().order_by("pk")[0])


@pytest.fixture
def on_its_way(live_server: object) -> Consignment:
    """A consignment that was sent and that nobody has received."""
    return Consignment.objects.select_related("case__coordinator", "case__institution").filter(state="in_transit")[0]


@pytest.fixture
def another(live_server: object) -> Consignment:
    """A consignment as above, and not the same: no test has read a pack of it."""
    return arrived(waiting().order_by("-pk")[0])


def waiting() -> Any:
    return Consignment.objects.filter(state__in=["in_transit", "arrived"], inspections=None).exclude(logger_number="")


def arrived(one: Consignment) -> Consignment:
    if one.state == "in_transit":
        now = clock.now()
        facts = {"arrived_at": now.isoformat()}
        advance(one.case, "custody.consignment.arrive", by=receiver(one), now=now, subject=one, facts=facts)
    InspectionDraft.objects.filter(consignment=one).delete()
    return Consignment.objects.select_related("case__institution", "case__prescriber__user").get(pk=one.pk)


def receiver(consignment: Consignment) -> User:
    return User.objects.get(institution=consignment.institution, role="receiving_pharmacist")


def answer(page: Page, title: str, word: str = "Yes") -> None:
    says(page, title)
    page.get_by_label(word, exact=True).check()
    page.get_by_role("button", name="Keep and go on").click()


def reads_the_logger(page: Page, one: Consignment) -> None:
    says(page, "Read the logger")
    page.get_by_label("Number on the logger").fill(one.logger_number)
    page.get_by_label("Lowest, °C").fill("3.1")
    page.get_by_label("Highest, °C").fill("6.2")
    page.get_by_role("button", name="Keep and go on").click()


def code_of(unit: Any, lot: str = "") -> str:
    return f"(01){unit.gtin}(17){unit.lot.expires_on:%y%m%d}(10){lot or unit.lot.number}(21){unit.serial}"


def scans(page: Page, number: int, of: int, text: str, verdict: str = "as it was sent") -> None:
    says(page, f"Pack {number} of {of}")
    page.get_by_label("Scan the square code on the pack").fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile(verdict))


PHOTOS_KEPT = """() => new Promise((done) => {
  const asked = indexedDB.open("npp", 1);
  asked.onsuccess = () => {
    const keys = asked.result.transaction("photos").objectStore("photos").getAllKeys();
    keys.onsuccess = () => { asked.result.close(); done(keys.result); };
  };
})"""


def forget_the_lost_connection(witness: Witness) -> None:
    """A browser without its connection says so; nothing else may have been said."""
    lost = [line for line in witness.complaints if "ERR_INTERNET_DISCONNECTED" in line]
    assert lost
    witness.complaints[:] = [line for line in witness.complaints if line not in lost]


def picture(colour: str = "navy") -> Any:
    written = io.BytesIO()
    Image.new("RGB", (300, 400), colour).save(written, "JPEG")
    return {"name": "carton.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def test_a_lost_connection_loses_nothing_and_doubles_nothing(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, at_the_door: Consignment
) -> None:
    page, one = open_page(width=360), at_the_door
    by = receiver(one)
    sign_in(page, by)
    page.goto(f"/my/{one.case.reference}/inspect/{one.label}/")
    answer(page, BEFORE[0])
    says(page, BEFORE[1])
    page.context.set_offline(True)
    for title in BEFORE[1:]:
        answer(page, title, "No" if title == "Seals" else "Yes")
    expect(page.get_by_text(f"4 {ON_THE_PHONE}")).to_be_visible()
    stands(page, "offline")
    reads_the_logger(page, one)
    for title in OPENED:
        answer(page, title)
    units = list(one.units.select_related("lot").order_by("serial"))
    says(page, f"Pack 1 of {len(units)}")
    page.get_by_label("Scan the square code on the pack").fill(code_of(units[0]))
    page.get_by_role("button", name="Compare this pack").click()
    expect(page.get_by_text(f"8 {ON_THE_PHONE}")).to_be_visible()
    kept = page.evaluate("Object.entries(localStorage).map((pair) => pair.join(' ')).join(' ')")
    for secret in (one.case.reference, by.display_name, by.email, one.case.patient.pseudonym, "csrf"):
        assert secret not in kept
    assert list(InspectionDraft.objects.get(consignment=one, by=by).answers) == ["briefing"]
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    says(page, f"Pack 2 of {len(units)}" if len(units) > 1 else "Count the units")
    expect(page.get_by_text("kept on this phone")).to_have_count(0, timeout=SENT_WITHIN)
    answers = InspectionDraft.objects.get(consignment=one, by=by).answers
    assert sorted(answers) == sorted(
        ["briefing", "carton", "seals", "labels", "marks", "logger", "area", "inner", "pack-1"]
    )
    assert (answers["seals"]["answer"], answers["pack-1"]["serial"]) == ("no", units[0].serial)
    assert PackReading.objects.filter(unit=units[0], read_by=by).count() == 1
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('npp.inspection'))") == []
    forget_the_lost_connection(witness)


def test_by_link_the_arrival_and_its_photos_wait_on_the_phone_and_are_sent_once(
    open_page: Callable[..., Page], witness: Witness, on_its_way: Consignment
) -> None:
    witness.allowed_status = {422}
    page, one, by = open_page(width=360), on_its_way, receiver(on_its_way)
    letter = {"recipient": by, "case": one.case, "purpose": AccessLink.Purpose.RECEIVE, "subject": one.label}
    _, seed = grant_link(**letter, by=one.case.coordinator, now=clock.now())
    page.goto(f"/link/{token_from(seed)}/")
    page.get_by_role("button", name="Continue").click()
    says(page, "The box is here")
    stands(page, "arrival")

    page.context.set_offline(True)
    page.get_by_label("Wet or stained").check()
    page.get_by_label("Handed over at").fill("2020-01-02T03:04")
    page.get_by_role("button", name="Record the arrival").click()
    answer(page, BEFORE[0])
    says(page, BEFORE[1])
    page.get_by_label("Photo").set_input_files(picture("teal"))
    answer(page, BEFORE[1])
    says(page, BEFORE[2])
    waits = page.get_by_label("What waits on this phone")
    expect(waits.get_by_text(f"3 {ON_THE_PHONE}")).to_be_visible()
    with_a_photo = re.compile(rf"^{BEFORE[1]}, with a photo \(\d+ kB\)$")
    expect(waits.get_by_role("listitem")).to_have_text(["The box is here", BEFORE[0], with_a_photo])
    stands(page, "arrival-offline")
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    # It cannot have come before it left: refused, and what was answered after it waits.
    expect(waits).to_contain_text("The arrival was not taken: 03:04 on 2020-01-02 is before it was sent")
    expect(waits).to_contain_text("The others wait for it.")
    stands(page, "arrival-refused")
    waits.get_by_role("link", name="Record the arrival again").click()
    says(page, "The box is here")

    page.context.set_offline(True)
    page.get_by_label("Wet or stained").check()
    page.get_by_label("Number on the seal").fill("S-77")
    page.get_by_label("Photo").set_input_files(picture("maroon"))
    page.get_by_role("button", name="Record the arrival").click()
    expect(waits.get_by_role("listitem")).to_have_text(
        [re.compile(r"^The box is here, with a photo \(\d+ kB\)$"), BEFORE[0], with_a_photo]
    )
    assert len(page.evaluate(PHOTOS_KEPT)) == 2
    assert Consignment.objects.get(pk=one.pk).state == "in_transit"

    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("kept on this phone")).to_have_count(0, timeout=SENT_WITHIN)
    says(page, BEFORE[2])
    there = Consignment.objects.get(pk=one.pk)
    arrival = CaseEvent.objects.get(case=one.case, verb="custody.consignment.arrived", subject=one.label)
    assert (there.state, arrival.by, arrival.reason) == ("arrived", by, BY_LINK)
    assert (there.hand_overs.latest("number").condition, there.hand_overs.latest("number").seal_number) == (
        "wet",
        "S-77",
    )
    photos = Document.objects.filter(case=one.case, doc_type="inspection_photo").order_by("number")
    assert [photo.title for photo in photos] == [
        f"{one.label}, receiving: arrival", f"{one.label}, receiving: Outer carton",
    ]  # fmt: skip
    kept = InspectionDraft.objects.get(consignment=one, by=by).answers
    assert kept == {"briefing": {"answer": "yes"}, "carton": {"answer": "yes", "photo": photos[1].label}}
    assert page.evaluate(PHOTOS_KEPT) == []
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('npp.inspection'))") == []
    forget_the_lost_connection(witness)


def test_an_answer_whose_receipt_was_lost_is_one_answer(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, at_the_door: Consignment
) -> None:
    page, one = open_page(width=360), at_the_door
    by, units = receiver(one), list(one.units.select_related("lot").order_by("serial"))
    sign_in(page, by)
    now = clock.now()
    InspectionDraft.objects.create(
        consignment=one, by=by, saved_at=now, answers={"logger": {"number": "none", "unread": True, "note": "none"}}
    )
    page.goto(f"/my/{one.case.reference}/inspect/{one.label}/?step=pack-{len(units)}")
    cut: list[int] = []

    def lose(route: Any) -> None:
        """The first answer arrives at the server, and its receipt does not come back."""
        if route.request.method == "POST" and not cut:
            cut.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/inspect/**", lose)
    page.get_by_label("Scan the square code on the pack").fill(code_of(units[-1]))
    page.get_by_role("button", name="Compare this pack").click()
    expect(page.get_by_text("1 answer is kept on this phone, not sent yet.")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    says(page, BEFORE[0])
    assert cut == [302]
    assert PackReading.objects.filter(unit=units[-1], read_by=by).count() == 1
    kept = InspectionDraft.objects.get(consignment=one, by=by).answers
    assert kept[f"pack-{len(units)}"]["serial"] == units[-1].serial
    witness.complaints[:] = [line for line in witness.complaints if "ERR_CONNECTION_RESET" not in line]


def test_a_link_opens_the_steps_of_one_consignment_until_the_signature(
    open_page: Callable[..., Page], witness: Witness, at_the_door: Consignment
) -> None:
    witness.allowed_status = {410}
    one, by = at_the_door, receiver(at_the_door)
    letter = {"recipient": by, "case": one.case, "purpose": AccessLink.Purpose.RECEIVE, "subject": one.label}
    _, seed = grant_link(**letter, by=one.case.coordinator, now=clock.now())
    page = open_page(width=360)
    page.goto(f"/link/{token_from(seed)}/")
    says(page, "Receive a box")
    stands(page, "link")
    page.get_by_role("button", name="Continue").click()
    for title in BEFORE:
        answer(page, title)
    says(page, "Read the logger")
    stands(page, "by-link")
    text = page.locator("body").inner_text()
    for secret in (one.case.patient.pseudonym, str(one.case.medicine.name)):
        assert secret not in text
    reads_the_logger(page, one)
    says(page, OPENED[0])
    draft = InspectionDraft.objects.get(consignment=one, by=by)
    assert sorted(draft.answers) == ["briefing", "carton", "labels", "logger", "marks", "seals"]
    page.goto(f"/my/{one.case.reference}/")
    says(page, "Sign in")
    page.goto("/receive/?step=decide")
    says(page, OPENED[0])
    draft.answers = {step: {"answer": "yes"} for step in ("area", "inner", "shelf_life", "case_label", "leaflet")} | {
        **{f"pack-{number}": {"missing": True, "how": "not there"} for number in range(1, one.units.count() + 1)},
        **draft.answers,
        "count": {"units": "0"},
        "storage": {"answer": "no"},
    }
    draft.save()
    page.goto("/receive/")
    says(page, "Decide and sign")
    expect(page.get_by_label("Your password")).to_have_count(0)
    stands(page, "link-decide")
    page.get_by_role("link", name="Sign in to decide and sign").click()
    says(page, "Sign in")
    page.get_by_label("E-mail address").fill(by.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    says(page, "Decide and sign")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Reject").click()
    says(page, "Rejected. The pharmacy decides.")
    other = open_page(width=360)
    other.goto(f"/link/{token_from(seed)}/")
    says(other, "This link does not work any more")
    page.goto("/receive/")
    says(page, "This link does not work any more")


def test_a_consignment_is_inspected_and_checked_on_a_phone(
    open_page: Callable[..., Page], sign_in: SignIn, witness: Witness, another: Consignment
) -> None:
    witness.allowed_status = {409, 422}
    page, one = open_page(width=360), another
    sign_in(page, receiver(one))
    page.goto(f"/my/{one.case.reference}/")
    stands(page, "case")
    page.goto(f"/my/{one.case.reference}/inspect/{one.label}/?step=inner")
    expect(page.locator("#faults")).to_contain_text(f"Nothing is opened before logger {one.logger_number} is stopped")
    stands(page, "too-early")
    page.goto(f"/my/{one.case.reference}/inspect/{one.label}/")
    stands(page, "look")
    answer(page, BEFORE[0])
    says(page, BEFORE[1])
    page.get_by_label("Note").fill("dented at one corner")
    page.get_by_label("Photo").set_input_files(picture())
    answer(page, BEFORE[1])
    for title in BEFORE[2:4]:
        answer(page, title)
    answer(page, BEFORE[4], "Not applicable")
    says(page, "Read the logger")
    stands(page, "logger")
    reads_the_logger(page, one)
    for title in OPENED:
        answer(page, title)
    units = list(one.units.select_related("lot").order_by("serial"))
    for number, unit in enumerate(units, start=1):
        if number > 1:
            scans(page, number, len(units), code_of(unit))
        else:
            scans(page, number, len(units), code_of(unit, f"{unit.lot.number[:-1]}?"), "Lot does not")
            stands(page, "pack")
        page.get_by_role("link", name=re.compile("^Next: ")).click()
    says(page, "Count the units")
    page.get_by_label("How many units are there?").fill(f"{one.quantity:f}")
    page.get_by_role("button", name="Keep and go on").click()
    for title in AT_THE_END:
        answer(page, title)
    says(page, "Decide and sign")
    # Shut, and it says why; pressing it does nothing.
    page.get_by_role("button", name="Accept", exact=False).first.dispatch_event("click")
    says(page, "Decide and sign")
    expect(page.get_by_role("button", name="Accept").first).to_contain_text("Not possible. Pack 1: Lot not as sent.")
    assert not Inspection.objects.filter(consignment=one).exists()
    stands(page, "decide")
    page.emulate_media(color_scheme="dark")
    axe_check(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Quarantine").click()
    says(page, "In quarantine. The pharmacy decides.")
    inspection = Inspection.objects.get(consignment=one)
    photo = Document.objects.filter(case=one.case, doc_type="inspection_photo").latest("number")
    assert (inspection.result, inspection.results.get(item="carton").photo) == ("quarantine", photo)
    assert inspection.results.count() == len(protocols()[0].items)
    stands(page, "inspected")
    page.emulate_media(color_scheme="light")
    second = open_page(width=360)
    sign_in(second, one.case.prescriber.user)
    second.goto(f"/my/{one.case.reference}/")
    follow(second.get_by_role("link", name=re.compile(f"^Sign the second check of {one.label}")))
    stands(second, "second-check")
    second.get_by_label("Units you counted yourself").fill(f"{one.quantity:f}")
    second.get_by_label("Yes", exact=True).check()
    second.get_by_label("Your password").fill(PASSWORD)
    second.get_by_role("button", name=re.compile("^Sign the second check")).click()
    expect(second.locator("#messages .banner--good")).to_be_visible()
    assert SecondCheck.objects.get(inspection=inspection).agrees
    office = open_page()
    sign_in(office, one.case.coordinator)
    office.goto(f"/cases/{one.case.reference}/supply/")
    office.get_by_text("What was looked at: 15 items, protocol version 1").first.click()
    expect(office.get_by_role("link", name=f"Photo {photo.label}")).to_be_visible()
    expect(office.get_by_text("lot, expiry or GTIN differ.").first).to_be_visible()
    stands(office, "supply")
