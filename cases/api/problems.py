"""Errors as problem+json (RFC 9457): what happened, that nothing changed, the field, the value and the remedy."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Schema
from pydantic import Field

from cases.lifecycle.forms import SECRETS

MEDIA_TYPE = "application/problem+json"
URN = "urn:npp:problem:"
API = "/api/v1/"
# Secrets, and what names a patient: never repeated, since answers end in logs of other systems.
IDENTITY = frozenset({"family_name", "given_names", "birth_date", "record_number", "contacts", "sex"})
NOT_REPEATED = SECRETS | IDENTITY


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
    "key-reused": Kind(
        409,
        "The key was used for something else",
        "The same `form_key` came before with other content, which was recorded.",
        "Send a new key for a new act.",
    ),
    "too-large": Kind(413, "Too large", "The file or the request is larger than what is taken.", "Send it in parts."),
    "other-media-type": Kind(
        415,
        "Another media type",
        "The body is not of the kind that this call takes.",
        "Send application/json; to send a file, multipart/form-data.",
    ),
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
    409: "not-possible", 413: "too-large", 415: "other-media-type", 422: "facts-invalid",
    429: "too-many", 503: "not-ready",
}  # fmt: skip


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
    is_known: bool = True
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
    parts = field.split(".")
    hidden = NOT_REPEATED & set(parts) or parts[-1] in ("body", "patient")
    shown = None if hidden else _shown(value)
    return {"field": field, "value": shown, "problem": problem, "remedy": remedy}


def kind_of(status: int) -> str:
    """The kind of a refusal of which only the status is known."""
    return _BY_STATUS.get(status, "failed" if status >= 500 else "not-readable")


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


def _shown(value: Any) -> Any:
    """What was sent, short enough to be repeated; of an object only that it was one."""
    if isinstance(value, bool | int | None) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        return "an object" if isinstance(value, dict) else "a list of objects"
    return str(value)[:200].replace("\x00", "\\0").encode("utf-8", "backslashreplace").decode()
