"""Who calls the API: a token in the Authorization header, or the session of the page that calls it."""

from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer, SessionAuth

from cases import clock
from cases.people.models import User
from cases.people.tokens import user_of

SAFE = {"GET", "HEAD", "OPTIONS"}


class Token(HttpBearer):
    """``Authorization: Bearer <token>``; same permissions as the person's pages."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        person = user_of(token, now=clock.now())
        if person is not None:
            _readers_only_read(person, request)
        return person


class SignedIn(SessionAuth):
    """The signed-in person of a page (with its CSRF token)."""

    def authenticate(self, request: HttpRequest, key: Any) -> User | None:
        return request.user if request.user.is_authenticated else None


def _readers_only_read(person: User, request: HttpRequest) -> None:
    if person.only_reads and request.method not in SAFE:
        raise HttpError(403, "An auditor reads and changes nothing.")
