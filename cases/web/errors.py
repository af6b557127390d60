"""What a person sees when something did not happen: what, that nothing changed, what to do, and a number to quote.

``config.urls`` names the handlers (``handler400`` to ``handler500``), the settings ``csrf_failure`` and ``locked_out``.
Pages that may stand on a broken request or a lost database are drawn without request, session or context processors.
"""

import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines

from cases.api.problems import KINDS, kind_of, problem
from cases.documents.receiving import limit_bytes
from cases.web import words


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be read; 413: it is too large. Nothing of it is trusted, so the page stands alone."""
    if isinstance(exception, RequestDataTooBig):
        paper, form = limit_bytes() // 1024**2, words.size(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        reason = f"It was not read: a paper may have at most {paper} MB, what is typed into a form at most {form}."
        return _bare(request, "errors/413.html", 413, reason=reason)
    return _bare(request, "errors/400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: a colleague without the right. The first argument of ``PermissionDenied`` says why, the second who may."""
    said = exception.args if isinstance(exception, PermissionDenied) else ()
    reason, who = (str(part) for part in (*said, "", "")[:2])
    return _page(request, "errors/403.html", 403, reason=reason, who=who)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is no such thing, or the reader is a stranger to it; the page does not tell which."""
    return _page(request, "errors/404.html", 404)


def not_this_way(request: HttpRequest, allowed: str) -> HttpResponse:
    """405: a page that only takes a form was opened, or a page that takes none was sent one."""
    response = _page(request, "errors/405.html", 405)
    response["Allow"] = allowed
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """500: a page failed; 503: it failed because the database is not there. Drawn without request and database."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return not_ready(request)
    return _bare(request, "errors/500.html", 500)


def not_ready(request: HttpRequest) -> HttpResponse:
    """503: the database or a part of the house is not there; a browser may ask again in half a minute."""
    response = _bare(request, "errors/503.html", 503)
    response["Retry-After"] = "30"
    return response


def too_many(request: HttpRequest) -> HttpResponse:
    """429: too many tries in a short time."""
    return _bare(request, "errors/429.html", 429)


def too_large(request: HttpRequest, reason: str = "") -> HttpResponse:
    """413: more than the page takes; ``reason`` names what and the limit."""
    return _page(request, "errors/413.html", 413, reason=reason)


def conflict(request: HttpRequest, *, reason: str = "", again: str = "") -> HttpResponse:
    """409: somebody acted meanwhile. ``again`` is the page that shows how things stand now.

    A form that keeps the person's typing is better than this page: use ``ui.conflict`` there and answer 409 yourself.
    """
    return _page(request, "errors/409.html", 409, reason=reason, again=again)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the form protection (the setting ``CSRF_FAILURE_VIEW``)."""
    return _bare(request, "errors/csrf.html", 403)


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """429 of the lock-out (the setting ``AXES_LOCKOUT_CALLABLE``); the same whether the account exists or not."""
    cooloff = getattr(settings, "AXES_COOLOFF_TIME", None)
    return _bare(
        request,
        "errors/locked.html",
        429,
        failure_limit=getattr(settings, "AXES_FAILURE_LIMIT", 5),
        cooloff_words=_in_words(cooloff),
    )


def _in_words(span: object) -> str:
    if not isinstance(span, timedelta):
        return ""
    minutes = int(span.total_seconds() // 60)
    return words.counted(minutes, "minute") if minutes < 120 else words.distance(span)


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or "")


def _page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    if _wants_json(request):
        return _problem(request, status, str(context.get("reason") or ""))
    return render(request, template, {"request_id": _request_id(request), **context}, status=status)


def _bare(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    if _wants_json(request):
        return _problem(request, status, "")
    page = engines.all()[0].env.get_template(template)  # type: ignore[attr-defined]  # Jinja2 is the only engine (ADR 4)
    return HttpResponse(page.render(request_id=_request_id(request), **context), status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    kind = kind_of(status)
    return problem(request, kind, detail or KINDS[kind].when, status=status)
