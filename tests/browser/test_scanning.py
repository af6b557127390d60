"""The scan page in a browser: a wedge's keys, the verdict in words, colour and sound, the camera under the policy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from cases.custody.models import Consignment, PackReading, Unit
from cases.custody.scanning.symbol import element_string
from tests.browser.harness import CHROMIUM, FLAGS, Witness, axe_check, fits, shoot
from tests.browser.test_receiving import SignIn, at_the_door, receiver  # noqa: F401 - a fixture
from tests.cases.custody.scanning.test_symbol import printed

OpenPage = Callable[..., Page]
pytestmark = [pytest.mark.browser, pytest.mark.demonstration]


def text_of(unit: Unit) -> str:
    lot = unit.lot
    return element_string(gtin=unit.gtin, expiry=f"{lot.expires_on:%y%m%d}", lot=lot.number, serial=unit.serial)


def address(consignment: Consignment) -> str:
    return f"/cases/{consignment.case.reference}/scan/{consignment.label}/"


def test_a_wedge_scanner_is_understood_and_answered(
    open_page: OpenPage,
    sign_in: SignIn,
    at_the_door: Consignment,  # noqa: F811
) -> None:
    page = open_page(width=360)
    sign_in(page, receiver(at_the_door))
    page.goto(address(at_the_door))
    unit = at_the_door.units.select_related("lot").order_by("serial")[0]
    box = page.get_by_label("Scan box")
    expect(box).to_be_focused()

    head, _, tail = text_of(unit).partition("\x1d")
    page.keyboard.type(f"]d2{head}")
    page.keyboard.press("F8")
    page.keyboard.type(tail)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="This pack is as it was sent.")).to_be_visible()
    assert page.locator("#scan-answer dd small").all_inner_texts() == ["matches"] * 4
    assert page.evaluate("document.documentElement.dataset.told") == "good"
    expect(box).to_be_focused()
    assert PackReading.objects.get(unit=unit, read_by=receiver(at_the_door)).text == f"]d2{head}\u241d{tail}"

    page.keyboard.type(f"]d2{head}")
    page.keyboard.press("Control+BracketRight")
    page.keyboard.type(f"{tail}X")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This pack is not as sent: Serial differs. Set it apart.")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.told") == "harm"
    axe_check(page)
    assert fits(page)
    shoot(page, "scan-packs")


def test_the_scanner_page_says_what_is_lost(open_page: OpenPage, sign_in: SignIn, at_the_door: Consignment) -> None:  # noqa: F811
    page = open_page(width=360)
    sign_in(page, receiver(at_the_door))
    page.goto("/scanner/")
    page.keyboard.type("]d201095212345432131730123110aZ-y/721Q_z+Y;8")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="The separator between the fields is lost")).to_be_visible()
    axe_check(page)
    shoot(page, "scanner")


def film_of(text: str, folder: Path) -> Path:
    """What a camera sees that is held over the symbol of that text: one picture, again and again (YUV4MPEG2)."""
    seen = Image.new("L", (640, 480), 255)
    seen.paste(printed(text).resize((360, 360)), (140, 60))
    film = folder / "pack.y4m"
    colourless = bytes([128]) * (320 * 240 * 2)
    film.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n" + (b"FRAME\n" + seen.tobytes() + colourless) * 3)
    return film


def test_the_camera_reads_a_pack_and_nothing_leaves_the_machine(
    chromium: Browser, live_server: LiveServer, witness: Witness, sign_in: SignIn, at_the_door: Consignment,  # noqa: F811
    tmp_path: Path,
) -> None:  # fmt: skip
    unit = at_the_door.units.select_related("lot").order_by("serial")[1]
    film = film_of(text_of(unit), tmp_path)
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
              f"--use-file-for-fake-video-capture={film}")  # fmt: skip
    browser = chromium.browser_type.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *camera])
    page = browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 900}).new_page()
    witness.watch(page)
    sign_in(page, receiver(at_the_door))
    page.goto(address(at_the_door))

    page.get_by_role("button", name="Use the camera").click()

    expect(page.get_by_role("heading", name="This pack is as it was sent.")).to_be_visible(timeout=20_000)
    reading = PackReading.objects.filter(unit=unit).latest("pk")
    assert (reading.entry_method, reading.symbology, reading.differs) == ("camera", "d2", "")
    expect(page.get_by_text("Read by the camera.")).to_be_visible()
    browser.close()


def test_without_a_camera_the_page_says_so_and_typing_remains(
    open_page: OpenPage,
    sign_in: SignIn,
    at_the_door: Consignment,  # noqa: F811
) -> None:
    page = open_page(width=360)
    sign_in(page, receiver(at_the_door))
    page.goto(address(at_the_door))

    page.get_by_role("button", name="Use the camera").click()

    expect(page.get_by_text("or type what is printed", exact=False).first).to_be_visible()
    page.get_by_text("Type what is printed on the pack").click()
    expect(page.get_by_label("GTIN (01)")).to_be_visible()
