"""Every bad upload through the page gets a sentence, leaves nothing half-stored and keeps what was typed."""

import io
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image
from pytest_django import Settings

from cases.documents.models import Document, StoredFile
from cases.documents.receiving import original_name_of
from cases.documents.services import read_bytes
from cases.documents.storage import files_on_disk
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.people.models import User
from tests.cases.documents import corpus
from tests.factories import House, build_case, build_house
from tests.laid import laid

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MEGABYTE = 1024 * 1024
PAPER = corpus.pdf()
TYPED = {"doc_type": "clinical_report", "issued_on": "2026-02-20", "form_key": "k1"}


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.NPP_DATA_DIR = tmp_path / "data"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()


@laid
def house(db: None) -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


@pytest.fixture
def client(house: House) -> Client:
    return signed_in(house.doctor)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def send(client: Client, case: Case, *files: SimpleUploadedFile, **typed: Any) -> HttpResponse:
    return client.post(f"/cases/{case.reference}/upload/", TYPED | typed | {"file": list(files)})


def send_raw(client: Client, case: Case, name: str, content: bytes, claimed: str = "application/pdf") -> HttpResponse:
    """Send a file under exactly this name: Django's own test client would tidy it first."""
    return client.generic(
        "POST",
        f"/cases/{case.reference}/upload/",
        body(name, content, claimed),
        content_type="multipart/form-data; boundary=edge",
    )


def body(name: str, content: bytes, claimed: str = "application/pdf") -> bytes:
    fields = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n' for field, value in TYPED.items()
    )
    head = (
        f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {claimed}\r\n\r\n'
    )
    return fields.encode() + head.encode() + content + b"\r\n--edge--\r\n"


def nothing_stored(case: Case) -> bool:
    """No row, no file in the store, and nothing left in the folder for what is coming in."""
    return (
        not Document.objects.filter(case=case).exists()
        and not StoredFile.objects.filter(case=case).exists()
        and list(files_on_disk()) == []
        and list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []
    )


def sentence_of(answer: HttpResponse) -> str:
    found = re.search(r'id="faults-title">It was not taken</h2><p>(.*?)</p>', answer.content.decode(), re.S)
    assert found, answer.status_code
    return found[1].replace("&#39;", "'").replace("&#34;", '"')


def keeps_typing(answer: HttpResponse) -> bool:
    page = answer.content.decode()
    return (
        'value="clinical_report" selected' in page
        and 'name="issued_on" value="2026-02-20"' in page
        and 'name="form_key" value="k1"' in page
    )


REFUSED = {
    "wrong type": (
        "report.zip",
        corpus.archive(),
        "application/zip",
        "“report.zip”: The content is an Office document or a ZIP archive. Print or export it as PDF and send that. "
        "Nothing was stored.",
    ),
    "empty": (
        "report.pdf",
        b"",
        "application/pdf",
        "“report.pdf”: The file is empty (0 bytes). Save it again and send it once more. Nothing was stored.",
    ),
    "a path as its name": (
        "../../secret/report.pdf",
        corpus.pdf(),
        "application/pdf",
        "“../../secret/report.pdf”: The file name is a path to a folder. Rename the file with letters and digits, and "
        "send it again. Nothing was stored.",
    ),
    "a name whose writing turns": (
        "report\u202efdp.pdf",
        corpus.pdf(),
        "application/pdf",
        "“report\ufffdfdp.pdf”: The file name holds the character U+202E, which cannot be seen or turns the writing. "
        "Rename the file with letters and digits, and send it again. Nothing was stored.",
    ),
    "a lying content type": (
        "report.pdf",
        corpus.pdf(),
        "image/png",
        "“report.pdf”: The file was sent as image/png, but the content is a PDF. Send it as application/pdf, or choose "
        "the file again. Nothing was stored.",
    ),
    "a lying name": (
        "report.pdf",
        corpus.picture("PNG"),
        "application/pdf",
        "“report.pdf”: The name ends in .pdf, but the content is a PNG picture. Give it the ending .png if it is the "
        "right paper, and send it again. Nothing was stored.",
    ),
    "a locked PDF": (
        "report.pdf",
        corpus.pdf(password="four invented words"),
        "application/pdf",
        "“report.pdf”: The PDF is locked with a password. Remove the password (open it, print it to a new PDF) and "
        "send that; never send a password by mail. Nothing was stored.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_with_a_sentence(client: Client, case: Case, what: str) -> None:
    name, content, claimed, sentence = REFUSED[what]
    answer = send_raw(client, case, name, content, claimed)
    assert answer.status_code == 422
    assert sentence_of(answer) == sentence
    assert keeps_typing(answer)
    assert nothing_stored(case)


def test_forty_megabytes_are_refused_without_being_kept(client: Client, case: Case) -> None:
    answer = send_raw(client, case, "scan.pdf", b"%PDF-1.7\n" + bytes(40 * MEGABYTE))
    assert answer.status_code == 422
    assert sentence_of(answer) == (
        "“scan.pdf”: The file has 40.0 MB; 25 MB are taken. Scan it at 300 dpi in grey, or send it in parts. "
        "Nothing was stored."
    )
    assert keeps_typing(answer)
    assert nothing_stored(case)


def test_what_is_just_too_large_is_refused_as_well(client: Client, case: Case, settings: Settings) -> None:
    settings.NPP_UPLOAD_LIMIT_MB = 2
    answer = send_raw(client, case, "scan.pdf", b"%PDF-1.7\n" + bytes(2 * MEGABYTE))
    assert sentence_of(answer).startswith("“scan.pdf”: The file has 2.0 MB; 2 MB are taken.")
    assert nothing_stored(case)


def test_beyond_all_measure_is_not_read(client: Client, case: Case, settings: Settings) -> None:
    settings.NPP_UPLOAD_LIMIT_MB = 1
    assert send_raw(client, case, "scan.pdf", bytes(9 * MEGABYTE)).status_code == 413
    assert nothing_stored(case)


def test_no_file_and_no_kind_are_said(client: Client, case: Case) -> None:
    assert sentence_of(send(client, case)) == (
        "No file arrived. Choose a file, or take a photo, and send it again. Nothing was stored."
    )
    paper = SimpleUploadedFile("report.pdf", corpus.pdf(), "application/pdf")
    assert sentence_of(send(client, case, paper, doc_type="")) == (
        "It was not said what kind of paper it is. Choose the kind. Nothing was stored."
    )
    paper = SimpleUploadedFile("report.pdf", corpus.pdf(), "application/pdf")
    answer = send(client, case, paper, issued_on="the 31st")
    assert sentence_of(answer) == (
        "“the 31st” is no day of issue. Write it as year-month-day, for example 2026-10-18. Nothing was stored."
    )
    assert 'name="issued_on" value="the 31st"' in answer.content.decode()
    assert nothing_stored(case)


def test_the_same_file_twice_is_recognised(client: Client, case: Case) -> None:
    def paper() -> SimpleUploadedFile:
        return SimpleUploadedFile("report.pdf", PAPER, "application/pdf")

    assert send(client, case, paper()).headers["Location"] == f"/my/{case.reference}/done/D-1/"
    refused = send(client, case, paper(), form_key="k2")
    assert refused.status_code == 422
    assert f"{case.reference} already holds exactly this file: D-1, Clinical report, received on" in sentence_of(
        refused
    )
    assert (Document.objects.count(), len(list(files_on_disk()))) == (1, 1)
    assert send(client, case, paper(), form_key="k2", again="yes").headers["Location"].endswith("/done/D-2/")
    assert (Document.objects.count(), StoredFile.objects.count()) == (2, 1)


def test_a_form_sent_again_after_a_lost_answer_is_the_same_document(client: Client, case: Case) -> None:
    answers = [send(client, case, SimpleUploadedFile("report.pdf", PAPER, "application/pdf")) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [f"/my/{case.reference}/done/D-1/"] * 2
    assert Document.objects.get().form_key == "k1"
    other = send(client, case, SimpleUploadedFile("other.pdf", corpus.pdf(mark="other"), "application/pdf"))
    assert other.headers["Location"].endswith("/done/D-2/")


def test_a_form_sent_again_for_what_was_asked_is_the_same_document(house: House, client: Client, case: Case) -> None:
    asked = {"doc_type": "clinical_report", "asked_of": house.doctor.pk, "note": "", "due_on": "2026-03-09"}
    advance(case, "documents.slot.ask", by=house.coordinator, now=house.now, facts=asked)

    def sent(content: bytes, key: str) -> HttpResponse:
        paper = SimpleUploadedFile("report.pdf", content, "application/pdf")
        return send(client, case, paper, slot="Q-1", doc_type="", form_key=key)

    assert [sent(PAPER, "k1").headers["Location"] for _ in range(2)] == [f"/my/{case.reference}/done/D-1/"] * 2
    assert sentence_of(sent(corpus.pdf(mark="other"), "k2")).startswith("This paper is no longer asked for.")
    assert Document.objects.count() == 1


def test_several_photographs_become_one_paper_with_their_bytes_inside(client: Client, case: Case) -> None:
    photos = [photo("red", turned=6), photo("green"), corpus.picture("PNG")]
    files = [
        SimpleUploadedFile("one.jpg", photos[0], "image/jpeg"),
        SimpleUploadedFile("two.jpg", photos[1], "image/jpeg"),
        SimpleUploadedFile("three.png", photos[2], "image/png"),
    ]
    assert send(client, case, *files).status_code == 302
    document = Document.objects.get()
    assert (document.pages, document.media_type, original_name_of(document)) == (3, "application/pdf", "3 photos.pdf")
    with pikepdf.open(io.BytesIO(read_bytes(document.file))) as bound:
        pages = list(bound.pages)
        assert [int(page.obj.get("/Rotate", 0)) for page in pages] == [90, 0, 0]
        assert [page.obj.Resources.XObject.Photo.read_raw_bytes() for page in pages[:2]] == photos[:2]
        assert [float(side) for side in pages[1].mediabox] == [0, 0, 842, 561.33]
    again = [SimpleUploadedFile(f"{n}.jpg", photos[n], "image/jpeg") for n in (0, 1)]
    again.append(SimpleUploadedFile("3.png", photos[2], "image/png"))
    assert "already holds exactly this file: D-1" in sentence_of(send(client, case, *again, form_key="k2"))


def test_several_files_that_are_no_photographs_are_refused_by_name(client: Client, case: Case) -> None:
    files = [
        SimpleUploadedFile("one.jpg", photo("red"), "image/jpeg"),
        SimpleUploadedFile("two.pdf", corpus.pdf(), "application/pdf"),
    ]
    assert sentence_of(send(client, case, *files)) == (
        "“two.pdf”: It is a PDF, and only photographs are taken several at once. Send it on its own. "
        "Nothing was stored."
    )
    assert nothing_stored(case)


def photo(colour: str, *, turned: int = 1) -> bytes:
    picture = Image.new("RGB", (60, 40), colour)
    exif = picture.getexif()
    exif[0x0112] = turned
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif)
    return written.getvalue()


@pytest.fixture
def connection(live_server: Any) -> Iterator[socket.socket]:
    host = urlsplit(live_server.url)
    with socket.create_connection((host.hostname, host.port), timeout=20) as opened:
        yield opened


@pytest.mark.parametrize("kept", ["half of the file", "all but the end of the form"])
def test_a_connection_that_is_cut_leaves_nothing(live_server: Any, connection: socket.socket, kept: str) -> None:
    house = build_house()
    case = build_case(house)
    client = signed_in(house.doctor)
    paper = corpus.picture("TIFF", size=(900, 900), frames=2) + bytes(2 * MEGABYTE)
    whole = body("scan.tif", paper, "image/tiff")
    sent = whole[: len(whole) // 2] if kept == "half of the file" else whole[:-8]
    token = client.get(f"/cases/{case.reference}/upload/").cookies[settings.CSRF_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
    head = (
        f"POST /cases/{case.reference}/upload/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n"
        f"X-CSRFToken: {token}\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
        f"Content-Length: {len(whole)}\r\nConnection: close\r\n\r\n"
    )
    connection.sendall(head.encode() + sent)
    connection.shutdown(socket.SHUT_WR)
    answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 422")
    assert "The connection was cut before all had come. Send it again. Nothing was stored." in answer
    assert nothing_stored(case)
    assert client.get(f"/my/{case.reference}/").status_code == 200


def test_a_translation_names_its_source_on_the_page_and_what_is_none_is_refused(house: House, case: Case) -> None:
    pharmacist = signed_in(house.coordinator)
    assert (
        send(
            pharmacist, case, SimpleUploadedFile("a.pdf", corpus.pdf(pages=2), "application/pdf"), form_key="t1"
        ).status_code
        == 302
    )
    page = pharmacist.get(f"/cases/{case.reference}/upload/").content.decode()
    assert '<option value="D-1">D-1 Clinical report, version 1</option>' in page
    translation = SimpleUploadedFile("b.pdf", corpus.pdf(pages=3), "application/pdf")
    typed = {"doc_type": "translation", "form_key": "t2"}
    answer = send(pharmacist, case, translation, **typed, translates="D-9")
    assert answer.status_code == 422
    assert "“D-9” is no paper of this case that could be translated." in answer.content.decode()
    translation.seek(0)
    assert send(pharmacist, case, translation, **typed, translates="D-1").status_code == 302
    assert Document.objects.get(doc_type="translation").translates == Document.objects.get(number=1)
    tab = pharmacist.get(f"/cases/{case.reference}/documents/").content.decode()
    assert "Translates D-1 Clinical report, version 1." in tab


def test_a_closed_paper_asks_why_and_is_opened_for_a_reason_that_is_in_no_address(
    house: House, case: Case, client: Client
) -> None:
    send(client, case, SimpleUploadedFile("a.pdf", PAPER, "application/pdf"))
    document, address = Document.objects.get(), f"/cases/{case.reference}/papers/D-1/"
    assert document.scan == Document.Scan.PENDING
    pharmacist = signed_in(house.coordinator)

    asked, blank = pharmacist.get(address), pharmacist.post(address, {"reason": " "})
    opened = pharmacist.post(address, {"reason": "The letter is awaited."})

    assert (asked.status_code, blank.status_code, opened.status_code) == (200, 422, 200)
    assert "was not scanned for malicious content" in asked.content.decode()
    assert "No reason is typed. Say in a sentence why you open it." in blank.content.decode()
    assert pharmacist.get(f"{address}?reason=x").headers["Content-Type"].startswith("text/html")
    assert opened.content == PAPER
    given = [(access.by, access.reason) for access in document.accesses.filter(granted=True)]
    assert given == [(house.coordinator, "The letter is awaited.")]
    assert client.post(address, {"reason": "Mine."}).status_code == 403
