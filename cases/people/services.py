"""Entering people and ending their access. A person is never deleted and never becomes somebody else."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string

from cases.audit.context import acting
from cases.people.models import ApiToken, User
from cases.people.roles import Role


class PersonRefused(ValueError):
    """A person was not entered or changed; the message says why. Nothing was changed."""


def enter_person(*, email: str, display_name: str, role: str, by: User, now: datetime, **more: Any) -> tuple[User, str]:
    """Enter a person; returns the person and an initial password that is shown once.

    :raises PersonRefused: when the address is known already or the person who acts is no administrator.
    """
    _administrators_only(by)
    if User.objects.filter(email__iexact=email).exists():
        raise PersonRefused(f"{email} is entered already. Ids are never given twice; nothing was changed.")
    password = get_random_string(16)
    with acting(by=by, verb="people.person.entered", business_at=now):
        person = User.objects.create_user(email, password, display_name=display_name, role=role, **more)
    return person, password


def end_access(person: User, *, reason: str, by: User, now: datetime) -> User:
    """End a person's access at once: sign-in, every session, every token. The name stays on the record.

    :raises PersonRefused: without a reason, for oneself, or by anybody but an administrator.
    """
    _administrators_only(by)
    if not reason.strip():
        raise PersonRefused("A reason is missing: say why the access ends. Nothing was changed.")
    if person.pk == by.pk:
        raise PersonRefused("Nobody ends their own access. Ask another administrator. Nothing was changed.")
    with acting(by=by, verb="people.person.access_ended", reason=reason.strip(), business_at=now):
        held = User.objects.select_for_update().get(pk=person.pk)
        held.is_active, held.ended_at = False, now
        held.save(update_fields=["is_active", "ended_at"])
        for token in ApiToken.objects.filter(user=held, revoked_at=None):
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
    return held


def _administrators_only(by: User) -> None:
    if by.role != Role.ADMINISTRATOR or not by.is_active:
        raise PersonRefused("People are kept by administrators. Nothing was changed.")
