"""What surrounds every page: one reading of the clock, one request id, who acts, how long a person stays signed in."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.messages import info
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.dateparse import parse_datetime

from cases import clock
from cases.audit.context import acting, request_defaults
from cases.people.models import Reading, User
from cases.people.readings import record_reading
from cases.people.roles import PHARMACISTS, READERS_ONLY, Role
from cases.web.errors import forbidden, not_this_way
from cases.web.kept import keep, typed_in

Answer = Callable[[HttpRequest], HttpResponse]

IDLE = timedelta(minutes=15)
SEEN = "seen_at"
SAFE = {"GET", "HEAD", "OPTIONS"}
ACCOUNTS, API = "/account/", "/api/"
MUST_HAVE_SECOND_FACTOR = PHARMACISTS | {Role.ADMINISTRATOR, Role.AUDITOR}


def one_unit_of_work(get_response: Answer) -> Answer:
    """Read the clock once, give the request an id and the audit trail its defaults."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex[:16]  # type: ignore[attr-defined]
        with clock.one_reading(), request_defaults(request_id=request.request_id):  # type: ignore[attr-defined]
            response = get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def refusals_are_pages(get_response: Answer) -> Answer:
    """An answer that a library gives as an empty body (a wrong method) says on a page what to do instead."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and not request.path.startswith(API):
            return not_this_way(request, response.get("Allow", ""))
        return response

    return middleware


def idle_sign_out(get_response: Answer) -> Answer:
    """Sign a person out after 15 minutes without a request (45 CFR 164.312(a)(2)(iii)), in true time."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = clock.true_now()
            seen = parse_datetime(request.session.get(SEEN, "")) if request.session.get(SEEN) else None
            if seen is not None and now - seen > IDLE:
                return _signed_out(request, get_response)
            # Written at most once a minute: a page is not worth a row.
            if seen is None or now - seen > timedelta(minutes=1):
                request.session[SEEN] = now.isoformat()
        return get_response(request)

    return middleware


def _signed_out(request: HttpRequest, get_response: Answer) -> HttpResponse:
    """Lead to the sign-in page and from there back to the same place; what was typed is kept for the same person."""
    owner = int(request.user.pk or 0)
    sent = request.method not in SAFE
    typed = typed_in(request) if sent and not request.path.startswith((ACCOUNTS, API)) else None
    logout(request)
    if request.path.startswith(API):
        return get_response(request)  # a caller is told by the API itself, never led to a page
    back = reverse("kept_form") if typed else reverse("home") if sent else request.get_full_path()
    kept = " What you typed is kept." if typed else ""
    info(request, f"You were signed out after 15 minutes without activity. Sign in to go on where you were.{kept}")
    address = f"{reverse('account_login')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204, headers={"HX-Redirect": address})
    else:
        response = redirect(address)
    if typed:
        keep(request, response, typed, owner=owner)
    return response


def readers_do_not_write(get_response: Answer) -> Answer:
    """An auditor's session may read and sign out, nothing else, whatever a view would allow."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (
            request.user.is_authenticated
            and request.user.role in READERS_ONLY
            and request.method not in SAFE
            and not request.path.startswith(ACCOUNTS)
        ):
            return forbidden(
                request, PermissionDenied("An auditor reads and changes nothing.", "everybody but auditors")
            )
        return get_response(request)

    return middleware


def auditors_are_logged(get_response: Answer) -> Answer:
    """Write down what an auditor opens or is refused, on pages and through the API, before the answer leaves."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # A token of the API names its person on the request; a session does so as everywhere.
        named = getattr(request, "auth", None)
        person = named if isinstance(named, User) else request.user
        if person.is_authenticated and person.role in READERS_ONLY and not request.path.startswith(ACCOUNTS):
            match = request.resolver_match or _resolved(request.path)
            record_reading(
                reader=person,
                now=clock.now(),
                page=(match.view_name if match else "") or "nothing there",
                address=request.path,
                asked=[name for name, value in request.GET.items() if value],
                case_reference=str(match.kwargs.get("reference", "")) if match else "",
                through=Reading.Through.API if request.path.startswith(API) else Reading.Through.PAGE,
                status=response.status_code,
            )
        return response

    return middleware


def _resolved(path: str) -> ResolverMatch | None:
    """What an address stands for where a middleware answered before it was looked up."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def second_factor_first(get_response: Answer) -> Answer:
    """Staff without a second factor are led to set one up before anything else, where the settings require it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (
            getattr(settings, "REQUIRE_SECOND_FACTOR", False)
            and request.user.is_authenticated
            and request.user.role in MUST_HAVE_SECOND_FACTOR
            and not request.path.startswith((ACCOUNTS, settings.STATIC_URL))
            and not Authenticator.objects.filter(user=request.user).exists()
        ):
            info(request, "Set up a second factor first: your role needs one.")
            return redirect("mfa_activate_totp")
        return get_response(request)

    return middleware


def accounts_act(get_response: Answer) -> Answer:
    """Sign-in pages write to people (a new password, a second factor): give those writes their actor.

    Of a signed-in person also while reading: showing recovery codes notes that they were shown.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        is_reading_stranger = request.method in SAFE and not request.user.is_authenticated
        if is_reading_stranger or not request.path.startswith(ACCOUNTS):
            return get_response(request)
        who = request.user if request.user.is_authenticated else User.objects.service("sign-in")
        with acting(by=who, verb="people.account.changed", business_at=clock.now()):
            return get_response(request)

    return middleware
