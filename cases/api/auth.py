"""Who calls the API: a token in the Authorization header, or the session of the page that calls it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from cases import clock
from cases.people.models import User
from cases.people.roles import Role
from cases.people.tokens import user_of

SAFE = {"GET", "HEAD", "OPTIONS"}


class Token(HttpBearer):
    """``Authorization: Bearer <token>``; same permissions as the person's pages."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return _who(user_of(token, now=clock.now()), request)


class SignedIn(SessionAuth):
    """The signed-in person of a page (with its CSRF token)."""

    def _get_key(self, request: HttpRequest) -> str | None:
        # A stranger is told to sign in, not that a form protection failed.
        return super()._get_key(request) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: Any) -> User | None:
        return _who(request.user, request) if request.user.is_authenticated else None


def caller(request: HttpRequest) -> User:
    """The person whose token or session came with the call."""
    found: User = request.auth  # type: ignore[attr-defined]
    return found


def only(request: HttpRequest, roles: frozenset[Role], what: str) -> User:
    """The caller, when of these roles.

    :raises PermissionDenied: naming who may.
    """
    person = caller(request)
    if person.role not in roles:
        raise PermissionDenied(what, ", ".join(sorted(role.label for role in roles)))
    return person


def _who(person: User | None, request: HttpRequest) -> User | None:
    if person is not None and person.only_reads and request.method not in SAFE:
        request.auth = person  # type: ignore[attr-defined]  # so that the refusal is on the auditor's own record
        raise PermissionDenied("An auditor reads and changes nothing.", "everybody but auditors")
    return person
