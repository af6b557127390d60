"""The page of a logger's file: looked at without a trace, kept whole, and nothing chosen or typed is lost."""

import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cases.custody.layouts import layouts_of
from cases.custody.models import ExposureAssessment, LoggerDraft, LoggerLayout
from cases.documents.models import Document, StoredFile
from cases.people.models import User
from tests.cases.custody.builders import DISPATCHED, Supply
from tests.cases.custody.loggers import EVERY, exported, journey, keep
from tests.written import rows

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HEAD = b"timestamp,temperature\n"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address(supply: Supply) -> str:
    return f"/cases/{supply.case.reference}/logger/C-1/"


def words(page: bytes) -> str:
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", page.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def read(
    client: Client, supply: Supply, content: bytes, name: str = "logger.csv", kind: str = "text/csv", **typed: str
) -> tuple[int, str]:
    """Choose the file and look at what the page says then."""
    given = {"act": "read", "mapping": "iso-comma:1", "file": SimpleUploadedFile(name, content, kind)} | typed
    answer = client.post(address(supply), given)
    if answer.status_code == 302:
        answer = client.get(answer["Location"].partition("#")[0])
    return answer.status_code, words(answer.content)


def photo() -> bytes:
    taken = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 10, 10)).save(taken, "PNG")
    return taken.getvalue()


@pytest.mark.usefixtures("arrived")
def test_shows_what_would_be_recorded_and_records_nothing(supply: Supply) -> None:
    before = rows() | {"custody.LoggerDraft": 1}

    status, said = read(as_(supply.house.receiving), supply, journey(9.4, steps=7))

    assert status == 200
    assert "Excursion. 5.0 to 9.4 °C; the label allows 2 to 8 °C. Outside the range for 66 min too warm." in said
    assert "261 readings in °C one every 10.0 min" in said
    assert "2026-03-04 14:00:00Z" in said
    assert rows() == before


@pytest.mark.usefixtures("arrived")
def test_what_is_looked_at_is_sealed(supply: Supply) -> None:
    content = journey()
    read(as_(supply.house.receiving), supply, content, name="A. Patient.csv")

    draft = LoggerDraft.objects.get()
    assert b"timestamp" not in bytes(draft.sealed)
    assert b"Patient" not in bytes(draft.sealed_name)


@pytest.mark.usefixtures("arrived")
def test_is_kept_with_one_press_and_the_look_is_gone(supply: Supply) -> None:
    client = as_(supply.house.receiving)
    read(client, supply, journey(9.4, steps=7))

    answer = client.post(address(supply), {"act": "keep", "mapping": "iso-comma:1", "form_key": "k1", "method": "step"})

    assert answer["Location"] == f"/cases/{supply.case.reference}/temperature/C-1/"
    one = ExposureAssessment.objects.get()
    assert (one.method, one.finding, one.assessed_by) == ("step", "excursion", supply.house.receiving)
    assert not LoggerDraft.objects.exists()
    assert StoredFile.objects.filter(media_type="text/csv").count() == 1


@pytest.mark.usefixtures("arrived")
def test_the_same_file_is_told_by_its_hash(supply: Supply) -> None:
    keep(supply, journey())

    _, said = read(as_(supply.house.coordinator), supply, journey(), name="another name.txt")

    document = Document.objects.get(doc_type="temperature_record")
    assert f"This very file is on record already: {document.label}" in said
    assert "It is assessed already: M-1 is this file by this layout" in said
    answer = as_(supply.house.coordinator).post(address(supply), {"act": "keep", "mapping": "iso-comma:1"})
    assert answer.status_code == 409
    assert ExposureAssessment.objects.count() == 1
    assert Document.objects.filter(doc_type="temperature_record").count() == 1


DAY = "2026-03-05T"
BAD = {
    "zero rows": (HEAD, "The file has headings and no reading. Stop the logger, then export its readings."),
    "two values for one instant": (
        HEAD + f"{DAY}08:00:00,5.0\n{DAY}08:00:00,6.0\n".encode(),
        "2026-03-05 08:00:00 UTC has two readings, 5 and 6 °C. Ask who exported it which one is true.",
    ),
    "Fahrenheit in a Celsius column": (
        exported([41.0, 41.5, 40.8], begins=DISPATCHED),
        "The readings lie about 41.1, which is 2 to 8 °C only if it is not °C.",
    ),
    "a word among the readings": (
        HEAD + f"{DAY}08:00:00,5.0\n{DAY}08:10:00,warm\n".encode(),
        "Line 3: 'warm' is no number. Choose the mapping with its decimal mark.",
    ),
    "a file cut in a row": (
        HEAD + f"{DAY}08:00:00,5.0\n{DAY}08:10".encode(),
        "Line 3: It has 1 cell where 2 are needed",
    ),
    "500,000 rows": (
        HEAD + f"{DAY}08:00:00,5.0\n".encode() * 500_000,
        "The file has 500,000 readings; 250,000 are taken. Export this journey alone.",
    ),
    "another logger's layout": (b"Date;Wert\n1.3.2026;5,0\n", "No row has the headings 'timestamp', 'temperature'"),
}


@pytest.mark.parametrize("fault", BAD)
def test_says_what_is_wrong_with_the_file_and_keeps_the_choice(supply: Supply, fault: str) -> None:
    content, sentence = BAD[fault]
    supply.bring_to("arrived")
    client = as_(supply.house.receiving)
    before = rows() | {"custody.LoggerDraft": 1}

    status, said = read(client, supply, content, budget_minutes="720")

    assert (status, sentence in said) == (200, True), said
    kept = client.post(address(supply), {"act": "keep", "mapping": "iso-comma:1", "budget_minutes": "720"})
    assert kept.status_code == 422
    assert sentence in words(kept.content)
    assert "the file and what you typed are kept" in words(kept.content)
    assert 'value="720"' in kept.content.decode()
    assert rows() == before


@pytest.mark.usefixtures("arrived")
def test_a_date_that_can_be_read_both_ways_is_refused(supply: Supply) -> None:
    house = supply.house
    client = as_(house.coordinator)
    content = b"when;c\n04.03.2026 14:00;5,0\n05.03.2026 14:00;5,1\n"
    own = {"mapping": "own", "delimiter": ";", "decimal": ",", "date_order": "detect", "unit": "C",
           "zone": "Europe/London", "stamp": "when", "temperature": "c"}  # fmt: skip

    _, said = read(client, supply, content, **own)

    assert "'04.03.2026' and every other date of the file can be read day first and month first." in said


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("name", "kind", "content", "sentence"),
    [
        ("empty.csv", "text/csv", b"", "The file is empty (0 bytes)."),
        (
            "logger.ltd",
            "application/octet-stream",
            b"LTD\x00\x01\x02" * 40,
            "of a kind that is not known. Export it as CSV",
        ),
        ("book.xlsx", "application/octet-stream", b"PK\x03\x04" + b"x" * 40, "an Office document or a ZIP archive"),
        ("page.csv", "text/csv", b"<html><script>alert(1)</script>", "a web page or a drawing with code"),
        ("logger.pdf", "application/pdf", journey(), "The name ends in .pdf, but the content is a table of text."),
    ],
)
def test_takes_no_file_of_another_kind(supply: Supply, name: str, kind: str, content: bytes, sentence: str) -> None:
    before = rows()

    status, said = read(as_(supply.house.receiving), supply, content, name=name, kind=kind)

    assert (status, sentence in said) == (422, True), said
    assert rows() == before


@pytest.mark.usefixtures("arrived")
def test_a_photo_is_evidence_and_its_summary_is_typed(supply: Supply) -> None:
    client = as_(supply.house.receiving)

    _, said = read(client, supply, photo(), name="report.png", kind="image/png")
    assert "A printed report: it is kept as evidence, and its summary is typed." in said

    client.post(address(supply), {"act": "keep", "mapping": "iso-comma:1", "lowest_c": "2.4", "highest_c": "7.9"})
    one = ExposureAssessment.objects.get()
    assert (one.basis, one.finding, one.document.media_type) == ("printed", "in_range", "image/png")  # type: ignore[union-attr]


@pytest.mark.usefixtures("arrived")
def test_without_a_file_what_the_logger_shows_is_typed(supply: Supply) -> None:
    as_(supply.house.receiving).post(address(supply), {"act": "typed", "lowest_c": "\u22121,5", "highest_c": "7,9"})

    one = ExposureAssessment.objects.get()
    assert (one.basis, one.finding, str(one.lowest_c)) == ("display", "excursion", "-1.5000")


@pytest.mark.usefixtures("arrived")
def test_a_layout_is_saved_from_a_preview_by_version_and_never_changed(supply: Supply) -> None:
    client = as_(supply.house.coordinator)
    content = "\n".join(f"{DISPATCHED + EVERY * index:%d/%m/%Y};{DISPATCHED + EVERY * index:%H:%M};{41.0 + index % 3}"
                        for index in range(270)).encode()  # fmt: skip
    own = {"mapping": "own", "delimiter": ";", "decimal": ".", "encoding": "utf-8", "date_order": "dmy", "unit": "F",
           "zone": "UTC", "date": "#1", "time": "#2", "temperature": "#3", "layout_name": "Depot logger"}  # fmt: skip
    _, said = read(client, supply, content, **own)
    assert "In range throughout. 5.0 to 6.1 °C" in said
    refused = client.post(address(supply), {"act": "keep"} | own)
    assert "Save the layout under a name first" in words(refused.content)

    client.post(address(supply), {"act": "save"} | own)
    client.post(address(supply), {"act": "save"} | own)
    client.post(address(supply), {"act": "save"} | own | {"zone": "Europe/London"})

    saved = LoggerLayout.objects.order_by("version")
    assert [(row.name, row.version, row.layout["zone"]) for row in saved] == [
        ("depot-logger", 1, "UTC"), ("depot-logger", 2, "Europe/London")]  # fmt: skip
    assert list(layouts_of(supply.house.pharmacy))[:2] == ["depot-logger:2", "depot-logger:1"]
    client.post(address(supply), {"act": "keep", "mapping": "depot-logger:1"})
    one = ExposureAssessment.objects.get()
    assert (one.figures["mapping"]["name"], one.figures["mapping"]["version"], one.finding) == (
        "depot-logger", 1, "in_range")  # fmt: skip


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"layout_name": "iso comma"}, "'iso comma' is one of the product's own. Give it another name."),
        ({"layout_name": "!"}, "a layout needs a name with letters or digits"),
        ({"zone": "Nowhere/Town"}, "zone: 'Nowhere/Town' is no time zone. Name one such as Europe/London."),
        ({"temperature": ""}, "columns:"),
    ],
)
def test_a_layout_that_cannot_be_used_is_not_saved(supply: Supply, typed: dict[str, str], sentence: str) -> None:
    client = as_(supply.house.coordinator)
    own = {"mapping": "own", "delimiter": ",", "zone": "UTC", "stamp": "timestamp", "temperature": "temperature",
           "layout_name": "Depot logger"}  # fmt: skip
    read(client, supply, journey(), **own)

    answer = client.post(address(supply), {"act": "save"} | own | typed)

    assert answer.status_code == 422
    assert sentence in words(answer.content)
    assert not LoggerLayout.objects.exists()


@pytest.mark.usefixtures("arrived")
def test_a_receiving_pharmacist_saves_no_layout(supply: Supply) -> None:
    client = as_(supply.house.receiving)
    read(client, supply, journey())

    answer = client.post(address(supply), {"act": "save", "layout_name": "Mine", "stamp": "timestamp",
                                           "temperature": "temperature", "zone": "UTC"})  # fmt: skip

    assert "Layouts are saved by the case's pharmacists. Nothing was saved." in words(answer.content)


@pytest.mark.usefixtures("arrived")
def test_two_people_look_at_files_of_their_own(supply: Supply) -> None:
    read(as_(supply.house.receiving), supply, journey(9.4, steps=7))
    _, said = read(as_(supply.house.coordinator), supply, journey())
    assert "In range throughout." in said

    as_(supply.house.coordinator).post(address(supply), {"act": "drop"})

    assert LoggerDraft.objects.get().by == supply.house.receiving
