"""The scan page reads on the server, compares with the unit, records each pack once, and typed ones by two people."""

import pytest
from django.test import Client

from cases.custody.models import PackReading
from cases.custody.scanning.packs import standing_of
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import CaseEvent
from cases.people.models import User
from tests.cases.custody.builders import ARRIVED, GTIN, HOUR, Supply

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FRAGMENT = {"HTTP_X_FRAGMENT": "yes"}


def code(serial: str, *, lot: str = "7K04B8", gap: str = "\x1d") -> str:
    return f"]d201{GTIN}1727083110{lot}{gap}21{serial}"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address(supply: Supply) -> str:
    return f"/cases/{supply.case.reference}/scan/C-1/"


def scan(client: Client, supply: Supply, text: str, method: str = "scanner") -> str:
    answer = client.post(address(supply), {"text": text, "entry_method": method}, **FRAGMENT)
    assert (answer.status_code, answer["X-Fragment"]) == (200, "yes")
    return str(answer.content.decode())


def written() -> tuple[int, int]:
    return PackReading.objects.count(), CaseEvent.objects.count()


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("gap", ["\x1d", "<GS>", "{GS}", "^", ""])
def test_a_pack_as_sent_is_recorded_with_its_four_ticks(supply: Supply, gap: str) -> None:
    said = scan(as_(supply.house.receiving), supply, code("SN-1-2", gap=gap))

    assert 'data-verdict="good"' in said
    assert "This pack is as it was sent." in said
    assert said.count("<small>matches</small>") == 4
    reading = PackReading.objects.get(read_by=supply.house.receiving)
    assert (reading.unit.serial, reading.differs, reading.symbology, reading.entry_method) == (  # type: ignore[union-attr]
        "SN-1-2", "", "d2", "scanner")  # fmt: skip
    assert reading.text == code("SN-1-2", gap=gap).replace("\x1d", "\u241d")
    assert "1 of 2 packs read" in said


@pytest.mark.usefixtures("allocated")
def test_the_same_scan_twice_records_nothing_and_says_so(supply: Supply) -> None:
    client = as_(supply.house.coordinator)
    scan(client, supply, code("SN-1-1"))
    before = written()

    said = scan(client, supply, code("SN-1-1", gap="|"))

    assert f"SN-1-1 was scanned already, by {supply.house.coordinator.display_name}. Nothing was added." in said
    assert written() == before


@pytest.mark.usefixtures("arrived")
def test_another_pack_is_recorded_and_crossed_where_it_differs(supply: Supply) -> None:
    said = scan(as_(supply.house.receiving), supply, code("SN-1-3"))

    assert 'data-verdict="harm"' in said
    assert "This pack is not as sent: Serial differs. Set it apart." in said
    assert said.count("<small>matches</small>") == 3
    assert PackReading.objects.get(read_by=supply.house.receiving).differs == "Serial"
    assert [one.state for one in standing_of(supply.consignment())] == ["harm", "wait"]


@pytest.mark.usefixtures("arrived")
def test_what_cannot_be_read_names_its_fault_and_records_nothing(supply: Supply) -> None:
    before = written()

    said = scan(as_(supply.house.receiving), supply, code("SN-1-2").replace(GTIN, GTIN[:-1] + "9"))

    assert 'data-verdict="harm"' in said
    assert '<span class="mono">bad_check_digit</span>, character 19' in said
    assert written() == before


@pytest.mark.usefixtures("arrived")
def test_a_typed_pack_counts_when_a_second_person_typed_it(supply: Supply) -> None:
    typed = {"gtin": GTIN, "expiry": "270831", "lot": "7K04B8", "serial": "SN-1-1", "entry_method": "typed"}

    first = as_(supply.house.receiving).post(address(supply), typed, **FRAGMENT).content.decode()
    again = as_(supply.house.receiving).post(address(supply), typed, **FRAGMENT).content.decode()
    second = as_(supply.house.second_pharmacist).post(address(supply), typed, **FRAGMENT).content.decode()

    assert 'data-verdict="hold"' in first
    assert "As sent. A second person types it too." in first
    assert f"{supply.house.receiving.display_name} typed SN-1-1 before: another person does it." in again
    assert 'data-verdict="good"' in second
    assert standing_of(supply.consignment())[0].words == (
        f"Typed by {supply.house.receiving.display_name} and by {supply.house.second_pharmacist.display_name}."
    )
    assert PackReading.objects.filter(entry_method="typed").count() == 2


@pytest.mark.usefixtures("in_transit")
def test_what_was_read_before_it_left_says_nothing_of_what_arrived(supply: Supply) -> None:
    sender = supply.house.coordinator.display_name
    assert [one.words for one in standing_of(supply.consignment())] == [f"Scanned by {sender}."] * 2

    supply.arrive()
    assert [one.words for one in standing_of(supply.consignment())] == ["Not read yet."] * 2
    client = as_(supply.house.receiving)
    first, again = scan(client, supply, code("SN-1-1")), scan(client, supply, code("SN-1-1"))

    receiver = supply.house.receiving.display_name
    assert "This pack is as it was sent." in first
    assert f"SN-1-1 was scanned already, by {receiver}. Nothing was added." in again
    assert [one.words for one in standing_of(supply.consignment())] == [f"Scanned by {receiver}.", "Not read yet."]


@pytest.mark.usefixtures("arrived")
def test_the_door_refuses_the_same_as_the_page(supply: Supply) -> None:
    before = written()

    with pytest.raises(RequirementsUnmet) as refused:
        supply.do("read_pack", by=supply.house.receiving, now=ARRIVED + HOUR, text="]d1" + code("SN-1-1")[3:],
                  entry_method="scanner")  # fmt: skip

    assert [line.code for line in refused.value.unmet] == ["PackIsReadable:other_symbology"]
    assert written() == before


@pytest.mark.usefixtures("arrived")
def test_only_this_page_may_run_the_decoder_and_ask_for_the_camera(supply: Supply) -> None:
    client = as_(supply.house.receiving)

    scanning, other = client.get(address(supply)), client.get("/scanner/")

    assert "script-src 'self' 'wasm-unsafe-eval'" in scanning["Content-Security-Policy"]
    assert scanning["Permissions-Policy"].startswith("camera=(self)")
    assert "wasm-unsafe-eval" not in other["Content-Security-Policy"]
    assert "camera=()" in other["Permissions-Policy"]


def test_the_scanner_page_draws_the_symbol_and_says_what_is_lost(supply: Supply) -> None:
    client = as_(supply.house.coordinator)

    page = client.get("/scanner/").content.decode()
    tried = client.post("/scanner/", {"text": "]d201095212345432131730123110aZ-y/721Q_z+Y;8"}).content.decode()

    assert 'aria-label="GS1 DataMatrix"' in page
    assert "The separator between the fields is lost" in tried
    assert 'data-verdict="harm"' in tried
