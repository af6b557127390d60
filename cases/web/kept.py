"""What was typed when a sign-in had run out: kept for an hour, sent by nobody, shown to the same person alone.

A form may hold a patient's name. So the values are sealed (AES-GCM) under a key that only the browser has, in a cookie;
the session row in the database holds ciphertext. Passwords, codes and files are never kept.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime

from cases import clock

SLOT, COOKIE = "kept_form", "npp_kept"
KEPT_FOR = timedelta(hours=1)
LARGEST = 64_000
NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code"})


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was not taken: where it goes, its fields, and the files that have to be chosen again."""

    address: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


def typed_in(request: HttpRequest) -> Typed | None:
    """What a form holds that may be kept; None when there is nothing, or more than a form has."""
    fields = tuple((name, value) for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values)
    files = tuple(request.FILES)
    if sum(len(value) for _, value in fields) > LARGEST or not (fields or files):
        return None
    return Typed(request.get_full_path(), fields, files)


def keep(request: HttpRequest, response: HttpResponse, typed: Typed, *, owner: int) -> None:
    """Put what was typed into the present session, sealed, and its key into the browser."""
    key, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    plain = json.dumps([typed.address, typed.fields, typed.files]).encode()
    sealed = AESGCM(key).encrypt(nonce, plain, _place(owner))
    request.session[SLOT] = {
        "owner": owner,
        "at": clock.true_now().isoformat(),
        "sealed": base64.b64encode(nonce + sealed).decode(),
    }
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(key).decode(),
        max_age=KEPT_FOR,
        path="/kept/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


@login_required
def kept_form(request: HttpRequest) -> HttpResponse:
    """The form that was not taken, ready to be sent by the person who typed it."""
    typed = _kept(request)
    if typed is None:
        raise Http404("Nothing of yours is kept.")
    return render(request, "account/kept.html", {"typed": typed})


def _kept(request: HttpRequest) -> Typed | None:
    held: dict[str, Any] = request.session.get(SLOT) or {}
    at = parse_datetime(held.get("at", "")) if held else None
    if at is None or held["owner"] != request.user.pk or clock.true_now() - at > KEPT_FOR:
        return None
    try:
        key = base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, ""))
        raw = base64.b64decode(held["sealed"])
        address, fields, files = json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], _place(held["owner"])))
    except (ValueError, InvalidTag):
        return None
    return Typed(address, tuple((name, value) for name, value in fields), tuple(files))


def _place(owner: int) -> bytes:
    return f"kept form of {owner}".encode()
