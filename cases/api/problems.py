"""Errors as problem+json (RFC 9457): what happened, that nothing changed, the field, the value and the remedy."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from cases.documents.errors import BytesNotIntact, DocumentRefused, UploadRefused
from cases.lifecycle.errors import Conflict, FactsInvalid, Refused, RequirementsUnmet
from cases.lifecycle.telling import tell
from cases.people.identity import IdentityInvalid, IdentityRefused

MEDIA_TYPE = "application/problem+json"
URN = "urn:npp:problem:"
API = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal, as the documentation lists it."""

    status: int
    title: str
    when: str
    remedy: str


KINDS = {
    "not-readable": Kind(
        400, "Not readable", "The body is not the JSON or the form that its Content-Type says.", "Send it again whole."
    ),
    "not-signed-in": Kind(
        401,
        "Not signed in",
        "No token, an ended one, or one that nobody knows.",
        "Send `Authorization: Bearer TOKEN`; `manage.py create_token ADDRESS` makes one.",
    ),
    "not-permitted": Kind(
        403, "Not permitted", "You may see this but not do it.", "Ask somebody whom the detail names."
    ),
    "form-protection": Kind(
        403,
        "Not from our page",
        "A session was sent without the page's CSRF token.",
        "Send the X-CSRFToken header of the page, or a token instead of the session.",
    ),
    "not-found": Kind(
        404, "Not found", "There is no such thing, or none for you; the answer does not tell which.", "Read the list."
    ),
    "method-not-allowed": Kind(
        405, "Not this way", "The address does not take this method.", "Use a method of the Allow header."
    ),
    "not-possible": Kind(
        409,
        "Not possible",
        "The record's state does not lead there.",
        "Read the record again; somebody may have acted.",
    ),
    "requirements-unmet": Kind(
        409,
        "Requirements unmet",
        "One or more requirements of the step are not met; `requirements` is the whole checklist.",
        "Satisfy the lines whose state is `unmet`; each says who can and how.",
    ),
    "conflict": Kind(
        409,
        "Conflict",
        "Somebody else acted after the state you named in `seen`; `changed_meanwhile` says what.",
        "Read the case again, and send its `events` as `seen`.",
    ),
    "patient-known": Kind(
        409,
        "The patient may be known",
        "A patient of this name and birth date is registered; `errors` names the references.",
        "Send the reference as the patient, or `register_another: true`.",
    ),
    "same-file": Kind(
        409, "The same file", "The case holds exactly these bytes already.", "Send `again: true` when that is meant."
    ),
    "over-the-ceiling": Kind(
        409, "Over the ceiling", "More than the authorization allows.", "Ask for an amended or a new authorization."
    ),
    "units-differ": Kind(
        409, "Units differ", "Authorization and consignment count in different units.", "Send the factor."
    ),
    "document-refused": Kind(
        409, "Document refused", "The paper cannot be given out or changed now.", "Do what the detail says."
    ),
    "too-large": Kind(413, "Too large", "The file or the request is larger than what is taken.", "Send it in parts."),
    "facts-invalid": Kind(
        422,
        "Facts invalid",
        "One or more values cannot be used; `errors` names each field with its value and remedy.",
        "Correct the fields and send everything again.",
    ),
    "upload-refused": Kind(
        422, "File refused", "The file was not taken; nothing of it was stored.", "Do what the remedy says."
    ),
    "too-many": Kind(429, "Too many tries", "Too many requests in a short time.", "Wait a minute."),
    "failed": Kind(
        500, "This failed", "A fault of ours.", "Send the same `form_key` again; tell us the request id if it stays."
    ),
    "not-ready": Kind(503, "Not ready", "A part of the house is not there.", "Try again in a minute."),
}
_BY_STATUS = {
    400: "not-readable", 401: "not-signed-in", 403: "not-permitted", 404: "not-found", 405: "method-not-allowed",
    409: "not-possible", 413: "too-large", 422: "facts-invalid", 429: "too-many", 503: "not-ready",
}  # fmt: skip
_UPLOADS = {
    "not-permitted": "not-permitted",
    "too-large": "too-large",
    "same-file": "same-file",
    "slot-closed": "not-possible",
    "no-earlier-version": "not-possible",
}
# What to do about a value that the shape of a call refuses, by pydantic's name of the fault.
_REMEDIES = {
    "missing": "Send this field.",
    "extra_forbidden": "Leave this field out.",
    "json_invalid": "Send one JSON object.",
    "int": "Send a whole number.",
    "bool": "Send true or false.",
    "date": "Send a day as year-month-day, for example 2026-12-04.",
    "datetime": "Send an instant with its zone, for example 2026-12-04T14:30:00Z.",
    "timezone": "Send an instant with its zone, for example 2026-12-04T14:30:00Z.",
    "literal": "Send one of the values named.",
    "string_too_long": "Send a shorter text.",
    "string_too_short": "Send a longer text.",
    "string_pattern": "Write it as the shape of the call shows.",
    "string": "Send a text.",
    "dict": "Send an object.",
    "list": "Send a list.",
    "greater": "Send a larger number.",
    "less": "Send a smaller number.",
}


class FieldError(Schema):
    """One value that cannot be used."""

    field: str
    value: Any = Field(None, description="What was sent; secrets and what names a patient are never repeated.")
    problem: str
    remedy: str = ""


class RequirementLine(Schema):
    """One line of a checklist, as the page shows it and the event keeps it."""

    code: str
    sentence: str
    state: str = Field(examples=["unmet"], description="met, overridden or unmet")
    fact: str = Field("", description="The fact it looked at.")
    satisfied_by: str = Field("", description="Who can satisfy it.")
    rule: str = Field("", description="Where it comes from, with its version.")
    sources: list[str] = []
    overridable: bool = False
    remedy: list[str] | None = Field(None, description="What would help, and the verb or the tab for it.")
    override: dict[str, str] = {}


class Meanwhile(Schema):
    """An event that happened after the state that the caller had read."""

    seq: int
    told: str
    by: str
    happened_at: datetime


class Problem(Schema):
    """A refusal. Nothing was changed."""

    type: str = Field(examples=[f"{URN}requirements-unmet"])
    title: str
    status: int
    detail: str
    remedy: str = ""
    request_id: str = Field("", description="Quote it when you ask us.")
    errors: list[FieldError] = []
    requirements: list[RequirementLine] = Field([], description="The whole checklist, met lines too.")
    changed_meanwhile: list[Meanwhile] = []


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


def problem(
    request: HttpRequest, kind: str, detail: str, *, status: int = 0, remedy: str = "", **more: Any
) -> HttpResponse:
    """One problem+json answer of a known kind."""
    known = KINDS[kind]
    body: dict[str, Any] = {
        "type": f"{URN}{kind}",
        "title": known.title,
        "status": status or known.status,
        "detail": detail,
        "remedy": remedy or known.remedy,
        "request_id": getattr(request, "request_id", ""),
        "errors": [],
        "requirements": [],
        "changed_meanwhile": [],
    } | more
    answer = JsonResponse(body, status=body["status"], content_type=MEDIA_TYPE)
    if body["status"] == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def fault(field: str, value: Any, problem: str, remedy: str = "") -> dict[str, Any]:
    """One entry of ``errors``."""
    return {"field": field, "value": _shown(value), "problem": problem, "remedy": remedy}


def kind_of(status: int) -> str:
    """The kind of a refusal of which only the status is known."""
    return _BY_STATUS.get(status, "failed" if status >= 500 else "not-readable")


def install(api: NinjaAPI) -> None:
    """Have every error of the API answered as a problem."""
    for error, handler in _HANDLERS.items():
        api.add_exception_handler(error, handler)


def errors_are_problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: whatever else refuses a call of the API (a wrong method, a lost session) answers as a problem too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith(API) or request.path == f"{API}docs":
            return response
        status = response.status_code
        if status == 302:  # a page's way of asking for something first
            if response["Location"].startswith(reverse("account_login")):
                return problem(request, "not-signed-in", "You are not signed in, or no longer.")
            return problem(
                request, "not-permitted", "Your role needs a second factor. Set one up on your own page first."
            )
        if status < 400 or response.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        kind = kind_of(status)
        answer = problem(request, kind, KINDS[kind].when, status=status)
        if response.has_header("Allow"):
            answer["Allow"] = response["Allow"]
        return answer

    return middleware


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    more: dict[str, Any] = {}
    if isinstance(refusal, RequirementsUnmet):
        more["requirements"] = [line.as_json() for line in refusal.checklist]
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
            fault(f"facts.{name}", values.get(name), " ".join(lines), remedies.get(name, ""))
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
        given = None if kind in ("missing", "json_invalid") or "patient" in place else line.get("input")
        remedy = next((words for name, words in _REMEDIES.items() if kind.startswith(name)), "")
        yield fault(".".join(place) or "body", given, str(line.get("msg", "")), remedy or "See the shape in the docs.")


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(request, "not-found", str(error) or "There is no such thing, or none for you.")


def _forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    said = [str(part) for part in (*error.args, "", "")[:2]]
    return problem(
        request, "not-permitted", said[0] or "Not yours to do.", remedy=f"It is for: {said[1]}." * bool(said[1])
    )


def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(request, "not-signed-in", "The call names nobody: no token, or one that does not stand.")


def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    kind = "form-protection" if "CSRF" in str(error) else kind_of(error.status_code)
    return problem(request, kind, f"{error}.", status=error.status_code)


def _upload(request: HttpRequest, refusal: UploadRefused) -> HttpResponse:
    kind = _UPLOADS.get(refusal.code, "upload-refused")
    field = {"type-unknown": "doc_type", "dates-crossed": "valid_until", "slot-closed": "slot"}.get(
        refusal.code, "file"
    )
    return problem(
        request,
        kind,
        f"{refusal.problem} Nothing was stored.",
        remedy=refusal.remedy,
        errors=[fault(field, refusal.value or None, refusal.problem, refusal.remedy)],
    )


def _paper(request: HttpRequest, refusal: DocumentRefused) -> HttpResponse:
    kept = {"not-permitted", "identity-masked", "malicious", "not-scanned"}
    return problem(request, "not-permitted" if refusal.code in kept else "document-refused", refusal.sentence)


def _bytes(request: HttpRequest, broken: BytesNotIntact) -> HttpResponse:
    return problem(request, "document-refused", str(broken))


def _identity(request: HttpRequest, wrong: IdentityInvalid) -> HttpResponse:
    # What was typed of an identity is not repeated: answers end in logs of other systems.
    errors = [fault(f"patient.{name}", None, sentence) for name, sentence in sorted(wrong.errors.items())]
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
    UploadRefused: _upload,
    DocumentRefused: _paper,
    BytesNotIntact: _bytes,
    IdentityInvalid: _identity,
    IdentityRefused: _masked,
}


def _shown(value: Any) -> Any:
    """What was sent, short enough to be repeated."""
    if isinstance(value, bool | int | float | None):
        return value
    return str(value)[:200].replace("\x00", "\\0").encode("utf-8", "backslashreplace").decode()
