"""Every way in which a call may be refused, answered as a problem that names field, value and remedy."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from cases.api.problems import KINDS, fault, kind_of, problem
from cases.documents.errors import BytesNotIntact, DocumentRefused, UploadRefused
from cases.lifecycle.errors import Conflict, FactsInvalid, Refused, RequirementsUnmet
from cases.lifecycle.telling import tell
from cases.people.identity import IdentityInvalid, IdentityRefused
from cases.people.keys import KeyErased

_UPLOADS = {
    "not-permitted": "not-permitted",
    "too-large": "too-large",
    "same-file": "same-file",
    "slot-closed": "not-possible",
    "no-earlier-version": "not-possible",
}
_UPLOAD_FIELDS = {
    "type-unknown": "doc_type",
    "dates-crossed": "valid_until",
    "source-wrong": "translates",
    "slot-closed": "slot",
    "no-earlier-version": "supersedes",
}
# What to do about a value that the shape of a call refuses, by the beginning of pydantic's name of the fault.
_REMEDIES = {
    "missing": "Send this field.",
    "extra_forbidden": "Leave this field out.",
    "sent_twice": "Send it once.",
    "not_keepable": "Type it again without that character.",
    "int": "Send a whole number.",
    "bool": "Send true or false.",
    "datetime": "Send an instant with its zone, for example 2026-12-04T14:30:00Z.",
    "timezone": "Send an instant with its zone, for example 2026-12-04T14:30:00Z.",
    "date": "Send a day as year-month-day, for example 2026-12-04.",
    "enum": "Send one of the values named.",
    "literal": "Send one of the values named.",
    "string_too_long": "Send a shorter text.",
    "string_too_short": "Send a longer text.",
    "string_pattern": "Write it as the shape of the call shows.",
    "string_unicode": "Send whole characters.",
    "string": "Send a text.",
    "dict": "Send an object.",
    "model": "Send an object.",
    "union_tag": "Send an object.",
    "list": "Send a list.",
    "too_long": "Send fewer.",
    "greater": "Send a larger number.",
    "less": "Send a smaller number.",
}
# Where pydantic names a branch of a choice, which no caller has written.
_BRANCHES = frozenset({"new", "known"})


class FactsAsSent(FactsInvalid):
    """Facts that a verb refused, with what was sent and how each should be written."""

    def __init__(self, refusal: FactsInvalid, *, values: Mapping[str, Any], remedies: Mapping[str, str]) -> None:
        super().__init__(refusal.sentence, refusal.errors)
        self.values = values
        self.remedies = remedies


class FieldsRefused(Exception):
    """Values that a service outside the verbs cannot use: (field, value, problem, remedy) each."""

    def __init__(self, *faults: tuple[str, Any, str, str], kind: str = "facts-invalid") -> None:
        super().__init__(kind)
        self.faults = faults
        self.kind = kind


def install(api: NinjaAPI) -> None:
    """Have every error of the API answered as a problem."""
    for error, handler in _HANDLERS.items():
        api.add_exception_handler(error, handler)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    more: dict[str, Any] = {}
    if isinstance(refusal, RequirementsUnmet):
        person = getattr(request, "auth", None)
        more["requirements"] = [line.as_told_to(person).as_json() for line in refusal.checklist]
    if isinstance(refusal, Conflict):
        more["changed_meanwhile"] = [
            {
                "seq": event.seq,
                "told": tell(event),
                "by": event.by.display_name,
                "happened_at": event.happened_at.isoformat(),
            }
            for event in refusal.events
        ]
    if isinstance(refusal, FactsInvalid):
        values = refusal.values if isinstance(refusal, FactsAsSent) else {}
        remedies = refusal.remedies if isinstance(refusal, FactsAsSent) else {}
        more["errors"] = [
            fault(f"facts.{name}", values.get(name), " ".join(lines), remedies.get(name, "Leave it out."))
            for name, lines in sorted(refusal.errors.items())
        ]
    kind = refusal.kind if refusal.kind in KINDS else "not-possible"
    return problem(request, kind, refusal.sentence, **more)


def _fields(request: HttpRequest, refusal: FieldsRefused) -> HttpResponse:
    errors = [fault(*entry) for entry in refusal.faults]
    detail = " ".join(f"{entry['field']}: {entry['problem']}" for entry in errors)
    return problem(request, refusal.kind, f"{detail} Nothing was changed.", errors=errors)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(
        request,
        "facts-invalid",
        "The request could not be used. Nothing was changed.",
        errors=list(_faults(error.errors)),
    )


def _faults(lines: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for line in lines:
        place = [str(part) for part in line.get("loc", ())][1:]
        if place[:1] == ["body"] and len(place) > 1:
            place = place[1:]
        kind = str(line.get("type", ""))
        remedy = next((words for name, words in _REMEDIES.items() if kind.startswith(name)), "")
        yield fault(
            ".".join(part for part in place if part not in _BRANCHES) or "body",
            None if kind == "missing" else line.get("input"),
            str(line.get("msg", "")),
            remedy or "See the shape in the docs.",
        )


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(request, "not-found", str(error) or "There is no such thing, or none for you.")


def _forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    said = [str(part) for part in (*error.args, "", "")[:2]]
    return problem(
        request, "not-permitted", said[0] or "Not yours to do.", remedy=f"It is for: {said[1]}." if said[1] else ""
    )


def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(request, "not-signed-in", "The call names nobody: no token, or one that does not stand.")


def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the library itself refuses: a body that cannot be read, a session without its CSRF token."""
    if error.status_code == 403:
        return problem(request, "form-protection", KINDS["form-protection"].when)
    if error.status_code != 400:
        kind = kind_of(error.status_code)
        return problem(request, kind, str(error), status=error.status_code)
    told = _not_json(error.__cause__)
    errors = [fault("body", None, told, "Send one JSON object.")]
    return problem(request, "not-readable", f"{told} Nothing was changed.", errors=errors)


def _not_json(cause: BaseException | None) -> str:
    if isinstance(cause, json.JSONDecodeError):
        return f"The body is no JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}."
    if isinstance(cause, RecursionError):
        return "The body is nested too deeply."
    if isinstance(cause, UnicodeDecodeError):
        return "The body is no UTF-8 text."
    return f"The body is no JSON: {cause or 'it cannot be read'}."


def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(request, "too-large", "The body has more than 5 MB. Nothing was changed.")


def _cut(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem(request, "not-readable", "The connection was cut before the body was whole. Nothing was changed.")


def _upload(request: HttpRequest, refusal: UploadRefused) -> HttpResponse:
    kind = _UPLOADS.get(refusal.code, "upload-refused")
    field = _UPLOAD_FIELDS.get(refusal.code, "file")
    return problem(
        request,
        kind,
        f"{refusal.problem} Nothing was stored.",
        remedy=refusal.remedy,
        errors=[fault(field, refusal.value or None, refusal.problem, refusal.remedy)],
    )


def _paper(request: HttpRequest, refusal: DocumentRefused) -> HttpResponse:
    kept = {"not-permitted", "identity-masked", "malicious", "not-scanned", "another-patient"}
    return problem(request, "not-permitted" if refusal.code in kept else "document-refused", refusal.sentence)


def _bytes(request: HttpRequest, broken: BytesNotIntact | KeyErased) -> HttpResponse:
    return problem(request, "document-refused", str(broken))


def _identity(request: HttpRequest, wrong: IdentityInvalid) -> HttpResponse:
    # What was typed of an identity is not repeated: answers end in logs of other systems.
    errors = [
        fault(f"patient.{name}", None, sentence, "Correct it and send everything again.")
        for name, sentence in sorted(wrong.errors.items())
    ]
    return problem(request, "facts-invalid", "The patient was not registered. Nothing was changed.", errors=errors)


def _masked(request: HttpRequest, refusal: IdentityRefused) -> HttpResponse:
    return problem(request, "not-permitted", str(refusal))


_HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refused: _refused,
    FieldsRefused: _fields,
    ValidationError: _invalid,
    Http404: _missing,
    PermissionDenied: _forbidden,
    AuthenticationError: _unknown,
    HttpError: _other,
    RequestDataTooBig: _too_big,
    UnreadablePostError: _cut,
    UploadRefused: _upload,
    DocumentRefused: _paper,
    BytesNotIntact: _bytes,
    KeyErased: _bytes,
    IdentityInvalid: _identity,
    IdentityRefused: _masked,
}
