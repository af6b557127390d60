"""An upload is taken whole, or refused with a sentence that names file, value and remedy, and nothing of it stays."""

import hashlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cases.audit.models import AuditEntry
from cases.documents.errors import UploadRefused
from cases.documents.media import MEDIA, recognise
from cases.documents.models import Document, StoredFile
from cases.documents.names import clean_name, download_name
from cases.documents.receiving import original_name_of, receive_upload, store_text
from cases.documents.reviews import reject_document
from cases.documents.storage import path_of, read_bytes
from cases.people.models import User
from tests.cases.documents import corpus
from tests.cases.people.ground import NOW, Ground, lay_ground
from tests.databases import FreshDatabase

MB = 1024 * 1024


def send(ground: Ground, content: bytes, name: str = "letter.pdf", claimed: str = "", **more: Any) -> Document:
    settings: dict[str, Any] = {"case": ground.case, "doc_type": "prescription", "by": ground.prescriber, "now": NOW}
    return receive_upload(file=SimpleUploadedFile(name, content, claimed), name=name, **(settings | more))


def again(document: Document) -> Document:
    """The document as the database has it."""
    return Document.objects.get(pk=document.pk)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


@pytest.mark.parametrize(
    ("content", "name", "claimed", "media_type", "pages"),
    [
        (corpus.pdf(), "a.pdf", "application/pdf", "application/pdf", 1),
        (corpus.pdf(pages=3), "A.PDF", "application/octet-stream", "application/pdf", 3),
        (corpus.pdf(script="app.alert(1)"), "form.pdf", "application/x-pdf", "application/pdf", 1),
        (corpus.picture("JPEG"), "photo.jpg", "image/jpeg", "image/jpeg", 1),
        (corpus.picture("JPEG"), "photo.JPEG", "", "image/jpeg", 1),
        (corpus.picture("PNG"), "scan", "image/png", "image/png", 1),
        (corpus.picture("TIFF", frames=2), "fax.tif", "image/tiff", "image/tiff", 2),
    ],
)
def test_a_paper_is_taken(
    ground: Ground, papers_folder: Path, content: bytes, name: str, claimed: str, media_type: str, pages: int
) -> None:
    document = send(ground, content, name, claimed)
    document = again(document)
    assert (document.label, document.version, document.state, document.scan) == ("D-1", 1, "received", "pending")
    assert (document.media_type, document.pages, document.size) == (media_type, pages, len(content))
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert (document.title, document.owner_role) == ("Prescription", "treating_prescriber")
    assert original_name_of(document) == name
    assert read_bytes(document.file) == content
    assert files_in(papers_folder) == [path_of(document.file.storage_name)]


def test_scripts_in_a_pdf_are_noted(ground: Ground) -> None:
    assert send(ground, corpus.pdf(script="app.alert(1)")).active_parts == "/JS, /JavaScript, /OpenAction"


def test_neither_the_bytes_nor_the_name_lie_open_on_the_disk_or_in_the_database(
    ground: Ground, papers_folder: Path
) -> None:
    document = send(ground, corpus.pdf(mark="Canary in the bytes"), "Müstermann-Canarý.pdf")
    [path] = files_in(papers_folder)
    assert b"%PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "anar" not in path.name
    assert original_name_of(document) == "Müstermann-Canarý.pdf"
    for entry in AuditEntry.objects.filter(table_name__startswith="documents_"):
        assert "Canar" not in f"{entry.new}{entry.body}"
        assert "Canarý".encode().hex() not in f"{entry.new}{entry.body}"


REFUSED: list[tuple[str, Callable[[], bytes], str, str, str, str]] = [
    ("empty", lambda: b"", "a.pdf", "", "The file is empty (0 bytes).", "send it once more"),
    (
        "too-large",
        lambda: b"%PDF-" + b"0" * (40 * MB - 5),
        "a.pdf",
        "",
        "The file has 40.0 MB; 25 MB are taken.",
        "parts",
    ),
    ("type-not-allowed", corpus.archive, "a.zip", "", "an Office document or a ZIP archive", "export it as PDF"),
    ("type-not-allowed", corpus.archive, "a.docx", "", "an Office document or a ZIP archive", "export it as PDF"),
    ("type-not-allowed", lambda: b"MZ\x90\x00" * 9, "a.exe", "", "The content is a program.", "never taken"),
    ("type-not-allowed", lambda: b"\x7fELF\x02\x01" * 9, "a.pdf", "", "The content is a program.", "never taken"),
    ("type-not-allowed", lambda: b"<html><body>hi</body></html>", "a.html", "", "a web page", "Print it to PDF"),
    ("type-not-allowed", lambda: b"<svg onload='x()'/>", "a.svg", "", "a web page or a drawing", "Print it to PDF"),
    ("type-not-allowed", lambda: b"just words", "a.txt", "", "plain text", "Print it to PDF"),
    ("type-not-allowed", lambda: b"just words", "a.pdf", "application/pdf", "plain text", "Print it to PDF"),
    ("type-not-allowed", lambda: b"\x00\x01\x02\x03" * 50, "a.dcm", "", "not known", "Send a PDF"),
    ("type-not-allowed", lambda: b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "a.heic", "", "HEIC", "Share it as JPEG"),
    ("type-not-allowed", lambda: b"GIF89a" + b"\x00" * 40, "a.gif", "", "a GIF picture", "Save it as PNG"),
    ("malicious", lambda: corpus.EICAR, "a.txt", "", "EICAR", "tell the pharmacy"),
    ("malicious", lambda: corpus.pdf() + corpus.EICAR, "a.pdf", "", "EICAR", "tell the pharmacy"),
    (
        "two-kinds",
        lambda: b"<script>x()</script>" + corpus.pdf(),
        "a.pdf",
        "",
        "in front of it",
        "print it to a new PDF",
    ),
    ("two-kinds", lambda: b"junk" * 900 + corpus.pdf(), "a.pdf", "", "in front of it", "print it to a new PDF"),
    (
        "two-kinds",
        lambda: corpus.pdf() + corpus.archive(),
        "a.pdf",
        "",
        "something else hidden",
        "print it to a new PDF",
    ),
    ("two-kinds", lambda: corpus.pdf() + b"<script>x()</script>", "a.pdf", "", "something else hidden", "new PDF"),
    ("two-kinds", lambda: corpus.picture("JPEG") + corpus.archive(), "a.jpg", "", "something else hidden", "new PDF"),
    ("two-kinds", lambda: corpus.picture("PNG") + b"PHP", "a.png", "", "something else hidden", "new PDF"),
    ("two-kinds", lambda: corpus.picture("JPEG") + corpus.pdf(), "a.jpg", "", "something else hidden", "new PDF"),
    (
        "name-and-content-differ",
        lambda: corpus.picture("PNG"),
        "a.pdf",
        "",
        "ends in .pdf, but the content is a PNG",
        ".png",
    ),
    ("name-and-content-differ", corpus.pdf, "a.pdf.exe", "", "ends in .exe, but the content is a PDF", "ending .pdf"),
    ("name-and-content-differ", corpus.pdf, "a.html", "", "ends in .html, but the content is a PDF", "ending .pdf"),
    (
        "claim-and-content-differ",
        corpus.pdf,
        "a.pdf",
        "image/png",
        "sent as image/png, but the content is a PDF",
        "again",
    ),
    ("claim-and-content-differ", corpus.pdf, "a.pdf", "text/html; charset=x", "sent as text/html", "application/pdf"),
    ("password", lambda: corpus.pdf(password="x"), "a.pdf", "", "locked with a password", "Remove the password"),
    ("damaged", lambda: corpus.pdf()[:-200], "a.pdf", "", "damaged or cut off", "Scan or save it again"),
    ("damaged", lambda: b"%PDF-1.7\nnothing", "a.pdf", "", "damaged or cut off", "Scan or save it again"),
    ("damaged", lambda: corpus.picture("JPEG", size=(300, 300))[:900], "a.jpg", "", "damaged or cut off", "again"),
    ("damaged", lambda: b"II*\x00" + b"\xff" * 60, "a.tif", "", "damaged or cut off", "Scan or save it again"),
    ("no-pages", lambda: corpus.pdf(pages=0), "a.pdf", "", "no pages", "print it to a new PDF"),
    ("too-many-pixels", corpus.bomb_png, "a.png", "", "more than 60 million pixels", "300 dpi"),
    ("damaged", corpus.bomb_pdf, "a.pdf", "", "damaged or cut off", "Scan or save it again"),
    ("too-heavy", corpus.endless_tiff, "a.tif", "", "within the limits of memory and time", "print it to a new PDF"),
    ("name-is-path", corpus.pdf, "../../etc/a.pdf", "", "is a path to a folder", "Rename the file"),
    ("name-is-path", corpus.pdf, "C:\\papers\\a.pdf", "", "is a path to a folder", "Rename the file"),
    ("name-deceives", corpus.pdf, "a\u202efdp.exe", "", "the character U+202E", "Rename the file"),
    ("name-deceives", corpus.pdf, "a\u200b.pdf", "", "the character U+200B", "Rename the file"),
    ("name-deceives", corpus.pdf, "a\n.pdf", "", "the character U+000A", "Rename the file"),
    ("name-has-nul", corpus.pdf, "a.exe\x00.pdf", "", "a NUL character", "Rename the file"),
]


@pytest.mark.parametrize(
    ("code", "content", "name", "claimed", "problem", "remedy"),
    REFUSED,
    ids=[f"{row[0]}-{number}" for number, row in enumerate(REFUSED)],
)
def test_a_file_is_refused_in_a_sentence_and_nothing_stays(
    ground: Ground,
    papers_folder: Path,
    code: str,
    content: Callable[[], bytes],
    name: str,
    claimed: str,
    problem: str,
    remedy: str,
) -> None:
    entries = AuditEntry.objects.count()
    with pytest.raises(UploadRefused) as refused:
        send(ground, content(), name, claimed)
    assert refused.value.code == code
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy
    assert refused.value.sentence.startswith("“")
    assert refused.value.sentence.endswith("Nothing was stored.")
    assert refused.value.sentence.isprintable()
    assert Document.objects.count() == StoredFile.objects.count() == 0
    assert AuditEntry.objects.count() == entries
    assert files_in(papers_folder) == []


def test_what_goes_to_a_log_leaves_the_file_name_out(ground: Ground) -> None:
    with pytest.raises(UploadRefused) as refused:
        send(ground, b"", "Müstermann-Canarý.pdf")
    assert "Canarý" in refused.value.sentence
    assert "Canarý" not in str(refused.value)


class TestTheConnectionIsCut:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise ConnectionResetError("peer went away")
            return super().read(10)

    @pytest.mark.parametrize(
        ("file", "expected", "value"),
        [(Broken(corpus.pdf()), None, "10"), (io.BytesIO(corpus.pdf()[:300]), 900, "300")],
        ids=["error while reading", "fewer bytes than announced"],
    )
    def test_nothing_is_kept(
        self, ground: Ground, papers_folder: Path, file: Any, expected: int | None, value: str
    ) -> None:
        with pytest.raises(UploadRefused) as refused:
            receive_upload(
                case=ground.case, file=file, name="a.pdf", doc_type="prescription", by=ground.prescriber, now=NOW,
                expected_size=expected,
            )  # fmt: skip
        assert (refused.value.code, refused.value.value) == ("cut-off", value)
        assert "The connection was cut after" in refused.value.sentence
        assert Document.objects.count() == 0
        assert files_in(papers_folder) == []


class TestTheLimit:
    @pytest.mark.parametrize(("size", "taken"), [(MB, True), (MB + 1, False)])
    def test_is_exact(self, ground: Ground, settings: Any, size: int, taken: bool) -> None:
        settings.NPP_UPLOAD_LIMIT_MB = 1
        padded = corpus.picture("TIFF")
        padded += b"\x00" * (size - len(padded))
        if taken:
            assert send(ground, padded, "a.tif").size == MB
        else:
            with pytest.raises(UploadRefused) as refused:
                send(ground, padded, "a.tif")
            assert (refused.value.code, refused.value.limit) == ("too-large", "1 MB")

    def test_stops_reading_a_file_that_does_not_end(self, ground: Ground, settings: Any) -> None:
        settings.NPP_UPLOAD_LIMIT_MB = 1

        class Endless:
            given = 0

            def read(self, size: int) -> bytes:
                self.given += size
                return b"\x00" * size

        file = Endless()
        with pytest.raises(UploadRefused, match="too-large"):
            receive_upload(case=ground.case, file=file, name="a.pdf", doc_type="cpp", by=ground.prescriber, now=NOW)
        assert file.given < 2 * MB


class TestTheSameFileTwice:
    def test_is_refused_with_the_label_of_the_first(self, ground: Ground, papers_folder: Path) -> None:
        first = send(ground, corpus.pdf(mark="same"))
        with pytest.raises(UploadRefused) as refused:
            send(ground, corpus.pdf(mark="same") if corpus.pdf(mark="same") == read_bytes(first.file) else
                 read_bytes(first.file), "other.pdf", doc_type="cpp")  # fmt: skip
        assert (refused.value.code, refused.value.value) == ("same-file", "D-1")
        assert f"{ground.case.reference} already holds exactly this file: D-1, Prescription" in refused.value.sentence
        assert Document.objects.count() == 1
        assert len(files_in(papers_folder)) == 1

    def test_says_why_it_was_rejected_then(self, ground: Ground) -> None:
        content = corpus.pdf()
        reject_document(send(ground, content), by=ground.pharmacist, now=NOW, reason="The stamp is missing.")
        with pytest.raises(UploadRefused, match=r"It was rejected: The stamp is missing\."):
            send(ground, content)

    def test_is_taken_when_it_was_meant_and_shares_the_bytes(self, ground: Ground, papers_folder: Path) -> None:
        content = corpus.pdf()
        first, second = send(ground, content), send(ground, content, again=True, doc_type="cpp")
        assert (first.label, second.label) == ("D-1", "D-2")
        assert first.file_id == second.file_id
        assert len(files_in(papers_folder)) == 1

    def test_another_case_is_not_told_and_has_bytes_of_its_own(self, ground: Ground, papers_folder: Path) -> None:
        content = corpus.pdf()
        first, second = send(ground, content), send(ground, content, case=ground.sibling)
        assert first.file_id != second.file_id
        assert len(files_in(papers_folder)) == 2


def test_two_uploads_of_the_same_file_at_once_are_one_document(fresh_database: FreshDatabase) -> None:
    ground = lay_ground()
    content, outcomes, together = corpus.pdf(), [], threading.Barrier(2)

    def upload(person: User) -> None:
        try:
            together.wait(20)
            outcomes.append(send(ground, content, by=person).label)
        except UploadRefused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload, args=[person]) for person in (ground.prescriber, ground.delegate)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["D-1", "same-file"]
    assert Document.objects.count() == StoredFile.objects.count() == 1


class TestTheRequest:
    @pytest.mark.parametrize("person", ["auditor", "administrator"])
    def test_is_refused_to_those_who_only_read(self, ground: Ground, person: str) -> None:
        with pytest.raises(UploadRefused, match="not-permitted"):
            send(ground, corpus.pdf(), by=getattr(ground, person))
        assert Document.objects.count() == 0

    @pytest.mark.parametrize("person", ["pharmacist", "pic", "prescriber", "delegate", "receiver"])
    def test_is_open_to_those_who_work_on_the_case(self, ground: Ground, person: str) -> None:
        assert send(ground, corpus.pdf(), by=getattr(ground, person)).uploaded_by == getattr(ground, person)

    def test_needs_a_known_kind_of_paper(self, ground: Ground) -> None:
        with pytest.raises(UploadRefused, match="type-unknown"):
            send(ground, corpus.pdf(), doc_type="love_letter")

    def test_needs_dates_in_order(self, ground: Ground) -> None:
        with pytest.raises(UploadRefused, match="dates-crossed"):
            send(ground, corpus.pdf(), issued_on=date(2026, 2, 2), valid_until=date(2026, 2, 1))

    def test_needs_an_accepted_earlier_version(self, ground: Ground) -> None:
        earlier = send(ground, corpus.pdf())
        with pytest.raises(UploadRefused, match="no-earlier-version"):
            send(ground, corpus.pdf(pages=2), supersedes=earlier)


class TestTextOfTheSystem:
    def test_is_kept_to_the_byte_and_accepted(self, ground: Ground) -> None:
        text = "Determination\r\nDose: 5 µg\n"
        document = store_text(case=ground.case, doc_type="determination", text=text, by=ground.prescriber, now=NOW)
        document = again(document)
        assert (document.state, document.scan, document.source) == ("accepted", "not_needed", "system")
        assert read_bytes(document.file) == text.encode()
        assert document.sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert document.holds_identity is False

    def test_twice_is_one_document(self, ground: Ground) -> None:
        first, second = (
            store_text(case=ground.case, doc_type="determination", text="same", by=ground.prescriber, now=NOW)
            for _ in range(2)
        )
        assert first.pk == second.pk

    def test_a_later_version_supersedes_the_earlier(self, ground: Ground) -> None:
        first = store_text(case=ground.case, doc_type="determination", text="one", by=ground.prescriber, now=NOW)
        second = store_text(
            case=ground.case, doc_type="determination", text="two", by=ground.prescriber, now=NOW, supersedes=first
        )
        first = again(first)
        assert (first.state, second.version, second.supersedes_id) == ("superseded", 2, first.pk)


@contextmanager
def scanner(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A clamd that reads the stream as the protocol says and gives this answer; None closes without one."""
    received: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            body = b""
            while length := int.from_bytes(stream.read(4), "big"):
                body += stream.read(length)
            received.append(body)
            if answer is not None:
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", received
    finally:
        thread.join(10)
        listening.close()


class TestTheScanner:
    def test_clean_makes_the_paper_reviewable(self, ground: Ground, settings: Any) -> None:
        content = corpus.pdf(pages=40)
        with scanner(b"stream: OK\0") as (settings.NPP_CLAMD, received):
            document = send(ground, content)
        document = again(document)
        assert (document.state, document.scan, document.scanned_at) == ("scanned", "clean", NOW)
        assert received == [content]

    def test_a_finding_refuses_it(self, ground: Ground, settings: Any, papers_folder: Path) -> None:
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
        with scanner(found) as (settings.NPP_CLAMD, _), pytest.raises(UploadRefused) as refused:
            send(ground, corpus.pdf())
        assert (refused.value.code, refused.value.value) == ("malicious", "Win.Test.EICAR_HDB-1")
        assert Document.objects.count() == 0
        assert files_in(papers_folder) == []

    @pytest.mark.parametrize("answer", [None, b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: nonsense\0"])
    def test_no_verdict_is_never_clean(self, ground: Ground, settings: Any, answer: bytes | None) -> None:
        with scanner(answer) as (settings.NPP_CLAMD, _):
            document = send(ground, corpus.pdf())
        assert (document.state, document.scan) == ("received", "pending")
        assert "verdict" in document.scan_detail or "answer" in document.scan_detail

    @pytest.mark.parametrize(
        "address", ["127.0.0.1:1", "unix:/nonexistent/clamd.sock", "/nonexistent/clamd.sock", "rubbish"]
    )
    def test_a_scanner_that_is_down_is_never_clean(self, ground: Ground, settings: Any, address: str) -> None:
        settings.NPP_CLAMD = address
        document = send(ground, corpus.pdf())
        assert (document.state, document.scan) == ("received", "pending")
        assert document.scan_detail.startswith("the scanner did not answer")


class TestNames:
    @pytest.mark.parametrize(
        ("name", "clean"),
        [
            ("letter.pdf", "letter.pdf"),
            ("  Brief  vom\u00a01. März .pdf ", "Brief vom 1. März .pdf"),
            ("مذكرة.pdf", "مذكرة.pdf"),
            ("CON.pdf", "_CON.pdf"),
            ("", ""),
            ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
            ("<img src=x>.png", "<img src=x>.png"),
        ],
    )
    def test_are_tidied(self, name: str, clean: str) -> None:
        assert clean_name(name) == clean

    @given(st.text(max_size=300))
    def test_are_refused_or_harmless(self, name: str) -> None:
        clean, sentence = "", ""
        try:
            clean = clean_name(name)
        except UploadRefused as refused:
            sentence = refused.sentence
        assert sentence.isprintable()
        assert len(clean) <= 151
        assert not set("/\\\x00\n\r\u202e") & set(clean)

    @given(st.text(max_size=60), st.integers(1, 99))
    def test_that_leave_the_house_are_plain_ascii(self, doc_type: str, version: int) -> None:
        name = download_name(
            case_reference="NP-0000-0000-1", label="D-4", version=version, doc_type=doc_type, media_type="image/jpeg"
        )
        assert name.isascii()
        assert not set('"\\/;\r\n ') & set(name)
        assert name.startswith(f"NP-0000-0000-1_D-4_v{version}_")
        assert name.endswith(".jpg")


@given(st.binary(max_size=200))
def test_random_bytes_are_recognised_or_refused_and_never_crash(content: bytes) -> None:
    try:
        outcome: object = recognise(content)
    except UploadRefused as refused:
        outcome = refused.code
    assert outcome in (*MEDIA, "empty", "type-not-allowed", "two-kinds", "malicious")
