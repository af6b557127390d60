"""A body that cannot be read, in every writing call: refused in words, and nothing is written."""

import json
from typing import Any

import pytest

from cases.models import Case
from tests.api.callers import ROOT, Caller, faults, nothing_written, refused

pytestmark = pytest.mark.django_db
CALLS = ["/cases", "/cases/{case}/advance", "/cases/{case}/holds", "/cases/{case}/holds/H-1/lift", "/enquiries"]


def post(caller: Caller, case: Case, path: str, body: bytes | str, content_type: str = "application/json") -> Any:
    return caller.client.generic("POST", ROOT + path.format(case=case.reference), body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            b'{"kind": "quality",',
            "The body is no JSON: line 1, column 20: Expecting property name enclosed in double quotes.",
        ),
        (b"kind=quality", "The body is no JSON: line 1, column 1: Expecting value."),
        (b'{"kind": NaN}', "The body is no JSON: NaN is no number of JSON."),
        (b'{"kind": -Infinity}', "The body is no JSON: -Infinity is no number of JSON."),
        (b'{"kind": "a", "kind": "b"}', "The body is no JSON: 'kind' is given twice in one object."),
        (b"\xff\xfe\xfa", "The body is no UTF-8 text."),
        (b'{"kind": "\xe9"}', "The body is no UTF-8 text."),
        (b"[" * 200_000, "The body is nested too deeply."),
        (b'{"a":' * 200_000, "The body is nested too deeply."),
    ],
)
def test_that_is_no_json_is_told_where_and_why(case: Case, pharmacist: Caller, body: bytes, told: str) -> None:
    for path in CALLS:
        with nothing_written():
            answer = post(pharmacist, case, path, body)
        refusal = refused(answer, 400, "not-readable")
        assert refusal["detail"] == f"{told} Nothing was changed."
        assert refusal["errors"] == [
            {"field": "body", "value": None, "problem": told, "remedy": "Send one JSON object."}
        ]


def test_with_a_number_that_no_computer_needs_is_refused(case: Case, pharmacist: Caller) -> None:
    huge = b'{"verb": "cases.note.write", "seen": ' + b"9" * 5_000 + b"}"
    with nothing_written():
        refused(post(pharmacist, case, CALLS[1], huge), 400, "not-readable")
        for number in (b"1e999", b"-1e999", b"9" * 4_000, b"2000000001", b"0.5", b"true"):
            answer = post(pharmacist, case, CALLS[1], b'{"verb": "cases.note.write", "seen": ' + number + b"}")
            assert faults(answer)[0][0] == "seen"
            json.loads(answer.content, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_of_another_media_type_is_told_what_is_taken(case: Case, pharmacist: Caller, kind: str) -> None:
    for path in CALLS:
        with nothing_written():
            answer = post(pharmacist, case, path, b'{"reason": "x"}', kind)
        [fault] = faults(answer, kind="other-media-type", status=415)
        sent = kind.partition(";")[0] or "nothing"
        assert fault == ("Content-Type", sent, "This call takes application/json.", "Send it as application/json.")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"5", b"{}"])
def test_that_is_no_object_or_an_empty_one_names_what_is_missing(case: Case, pharmacist: Caller, body: bytes) -> None:
    for path in CALLS:
        with nothing_written():
            named = faults(post(pharmacist, case, path, body))
        assert all(value is None for _, value, _, _ in named)


def test_that_is_too_large_is_refused_before_it_is_read(case: Case, pharmacist: Caller) -> None:
    with nothing_written():
        answer = post(pharmacist, case, CALLS[1], b'{"verb": "' + b"x" * 6_000_000 + b'"}')
    assert refused(answer, 413, "too-large")["detail"] == "The body has more than 5 MB. Nothing was changed."


def test_is_read_in_every_encoding_that_json_may_have(case: Case, pharmacist: Caller) -> None:
    text = json.dumps({"kind": "quality", "until": "Zürich 薬", "reason": "\U0001f48a"}, ensure_ascii=False)
    for encoding in ("utf-8", "utf-16", "utf-32"):
        answer = post(pharmacist, case, CALLS[2], text.encode(encoding), "application/json; charset=" + encoding)
        assert answer.status_code == 201, answer.content
        assert answer.json()["facts"]["until"] == "Zürich 薬"


def test_a_method_that_is_not_taken_is_told_which_are(case: Case, pharmacist: Caller) -> None:
    for method in ("put", "patch", "delete", "options"):
        answer = getattr(pharmacist.client, method)(f"{ROOT}/cases/{case.reference}/holds")
        refused(answer, 405, "method-not-allowed")
        assert sorted(answer["Allow"].split(", ")) == ["GET", "POST"]


def test_an_address_that_is_none_is_a_problem_too(case: Case, pharmacist: Caller, auditor: Caller) -> None:
    for path in ("/nothing", "/cases/a/b/c/d", "/%00", "/cases/%00", "/cases/%F0%9F%92%8A", f"/cases/{'x' * 4000}"):
        for caller in (pharmacist, auditor):
            refused(caller.get(path), 404, "not-found")
    assert faults(auditor.client.get(f"{ROOT}/cases?a%00=1"))[0][0] == "a\0"
