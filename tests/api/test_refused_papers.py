"""A file that is not taken is refused in words, whatever is wrong with it, and nothing of it is kept."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from cases.models import Case
from tests.api.callers import ROOT, Caller, faults, nothing_written
from tests.api.test_documents import PNG, papers, send
from tests.cases.documents import corpus

pytestmark = pytest.mark.django_db

REFUSED: dict[str, tuple[bytes, str, str, int, str, str, Any, str]] = {
    "a program": (
        b"MZ" + b"\x00" * 600,
        "a.pdf",
        "",
        422,
        "upload-refused",
        "file",
        "a program",
        "The content is a program.",
    ),
    "empty": (b"", "a.pdf", "", 422, "upload-refused", "file", None, "The file is empty (0 bytes)."),
    "plain text": (b"hello", "a.pdf", "", 422, "upload-refused", "file", "plain text", "The content is plain text."),
    "a lying name": (
        PNG,
        "a.pdf",
        "",
        422,
        "upload-refused",
        "file",
        "pdf",
        "The name ends in .pdf, but the content is a PNG picture.",
    ),
    "a lying content type": (
        PNG,
        "a.png",
        "application/pdf",
        422,
        "upload-refused",
        "file",
        "application/pdf",
        "The file was sent as application/pdf, but the content is a PNG picture.",
    ),
    "damaged": (
        PNG[: len(PNG) // 2],
        "a.png",
        "",
        422,
        "upload-refused",
        "file",
        None,
        "The file begins like a PNG picture, but it is damaged or cut off and cannot be opened.",
    ),
    "locked": (
        corpus.pdf(password="secret"),
        "a.pdf",
        "",
        422,
        "upload-refused",
        "file",
        None,
        "The PDF is locked with a password.",
    ),
    "malicious": (
        corpus.EICAR,
        "a.pdf",
        "",
        422,
        "upload-refused",
        "file",
        "EICAR",
        "The file holds the EICAR test signature, which stands for malicious content.",
    ),
    "40 MB": (
        b"%PDF-1.7" + b"0" * (40 * 1024 * 1024),
        "a.pdf",
        "",
        413,
        "too-large",
        "file",
        "40.0 MB",
        "The file has 40.0 MB; 25 MB are taken.",
    ),
}


@pytest.mark.parametrize("case_of", REFUSED)
def test_a_file_that_is_not_taken_is_refused_in_words_and_nothing_of_it_is_kept(
    case: Case, prescriber: Caller, case_of: str
) -> None:
    content, name, claim, status, kind, field, value, problem = REFUSED[case_of]
    kept = sorted(settings.FILE_UPLOAD_TEMP_DIR.iterdir())
    with nothing_written():
        answer = send(prescriber, case, content, name=name, kind=claim)
    [fault] = faults(answer, kind=kind, status=status)
    assert fault[:3] == (field, value, problem)
    assert answer.json()["detail"] == f"{problem} Nothing was stored."
    assert sorted(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == kept


def raw_upload(caller: Caller, case: Case, content: bytes, *, name: str, cut: int = 0, more: int = 0) -> Any:
    """A multipart body written by hand; ``cut`` bytes fewer, or ``more`` fewer than its length says."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    body = (
        b'--sea\r\nContent-Disposition: form-data; name="doc_type"\r\n\r\nprescription\r\n--sea\r\n'
        + f'Content-Disposition: form-data; name="file"; filename="{escaped}"\r\n'.encode()
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + content
        + b"\r\n--sea--\r\n"
    )
    body = body[: len(body) - cut]
    client: Client = caller.client
    return client.generic(
        "POST",
        f"{ROOT}{papers(case)}",
        body,
        content_type="multipart/form-data; boundary=sea",
        CONTENT_LENGTH=str(len(body) + more),
        **{"wsgi.input": io.BytesIO(body)},
    )


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("../../etc/paper.png", "/ or \\", "The file name is a path to a folder."),
        ("C:\\scans\\paper.png", "/ or \\", "The file name is a path to a folder."),
        (
            "pa\u202eper.png",
            "U+202E",
            "The file name holds the character U+202E, which cannot be seen or turns the writing.",
        ),
    ],
)
def test_a_name_that_is_a_path_or_turns_the_writing_is_refused(
    case: Case, prescriber: Caller, name: str, value: str, problem: str
) -> None:
    with nothing_written():
        [fault] = faults(raw_upload(prescriber, case, PNG, name=name), kind="upload-refused")
    assert fault == ("file", value, problem, "Rename the file with letters and digits, and send it again.")


@pytest.mark.parametrize(("cut", "more"), [(30, 30), (200, 200), (200, 5000), (0, 5000)])
def test_a_body_that_ends_before_its_length_is_told_as_cut(case: Case, prescriber: Caller, cut: int, more: int) -> None:
    with nothing_written():
        [fault] = faults(raw_upload(prescriber, case, PNG, name="a.png", cut=cut, more=more), kind="upload-refused")
    assert fault == ("file", None, "The connection was cut before all had come.", "Send it again.")


@pytest.mark.parametrize("cut", [30, 200])
def test_a_form_without_its_end_stores_nothing(case: Case, prescriber: Caller, cut: int) -> None:
    with nothing_written():
        answer = raw_upload(prescriber, case, PNG, name="a.png", cut=cut)
    assert answer.status_code in (400, 422), answer.content
    assert (answer["Content-Type"], bool(answer.json()["detail"])) == ("application/problem+json", True)
