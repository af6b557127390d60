"""Errors as problem+json (RFC 9457): what happened, that nothing changed, the field, the value and the remedy."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, NotPossible, Refused, RequirementsUnmet
from cases.lifecycle.telling import tell

MEDIA_TYPE = "application/problem+json"
_STATUS = {NotPermitted: 403, NotPossible: 409, RequirementsUnmet: 409, Conflict: 409, FactsInvalid: 422}


class FieldError(Schema):
    field: str
    value: Any = None
    problem: str


class RequirementLine(Schema):
    code: str
    sentence: str
    state: str
    fact: str
    satisfied_by: str
    rule: str
    sources: list[str] = []
    overridable: bool = False


class Problem(Schema):
    """A refusal. ``requirements`` is the whole checklist when requirements were not met."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str = ""
    errors: list[FieldError] = []
    requirements: list[RequirementLine] = []
    changed_meanwhile: list[str] = []


def problem(request: HttpRequest, *, status: int, kind: str, title: str, detail: str, **more: Any) -> HttpResponse:
    """One problem+json answer."""
    body: dict[str, Any] = {
        "type": f"urn:npp:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
        "errors": [],
        "requirements": [],
        "changed_meanwhile": [],
    } | more
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def install(api: NinjaAPI) -> None:
    """Have every error of the API answered as a problem."""

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
        more: dict[str, Any] = {}
        if isinstance(refusal, RequirementsUnmet):
            more["requirements"] = [line.as_json() for line in refusal.checklist]
        if isinstance(refusal, Conflict):
            more["changed_meanwhile"] = [tell(event) for event in refusal.events]
        if isinstance(refusal, FactsInvalid):
            more["errors"] = [
                {"field": name, "problem": " ".join(lines)} for name, lines in sorted(refusal.errors.items())
            ]
        return problem(
            request,
            status=_STATUS.get(type(refusal), 409),
            kind=refusal.kind,
            title=refusal.kind.replace("-", " ").capitalize(),
            detail=refusal.sentence,
            **more,
        )

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {
                "field": ".".join(str(part) for part in line.get("loc", ())[1:]) or "body",
                "value": _shown(line.get("input")),
                "problem": str(line.get("msg", "")),
            }
            for line in error.errors
        ]
        return problem(
            request,
            status=422,
            kind="facts-invalid",
            title="Facts invalid",
            detail="The request could not be read. Nothing was changed.",
            errors=errors,
        )

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(
            request, status=404, kind="not-found", title="Not found", detail=str(error) or "There is no such thing."
        )

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(
            request,
            status=403,
            kind="not-permitted",
            title="Not permitted",
            detail=str(error.args[0] if error.args else ""),
        )

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        answer = problem(
            request,
            status=401,
            kind="not-signed-in",
            title="Not signed in",
            detail="Send a token: Authorization: Bearer <token>. `manage.py create_token` makes one.",
        )
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(request, status=error.status_code, kind="not-readable", title="Not readable", detail=str(error))


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)[:200]
