"""Whose tries the lock-out counts (the setting ``AXES_USERNAME_CALLABLE``)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest


def name_tried(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str:
    """The address that was tried, folded to lower case.

    django-allauth hands the address on as ``email``; django-axes looks for one fixed key and would count every address
    of a hospital's network as one nameless account. The form's field ``login`` is the fallback.
    """
    given = credentials or {}
    name = given.get("email") or given.get("login") or given.get("username")
    if not name and request is not None:
        name = request.POST.get("login")
    return str(name or "").strip().lower()
