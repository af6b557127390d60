"""Entering people and ending their access. A person is never deleted and never becomes somebody else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.sessions.models import Session

from cases.audit.context import acting
from cases.people.models import ApiToken, Institution, Prescriber, User
from cases.people.roles import Role


@dataclass(frozen=True, slots=True)
class Licence:
    """What entitles a prescriber, as it was checked on the day of entry."""

    number: str
    authority: str
    valid_until: date | None = None
    specialty: str = ""


class PersonRefused(ValueError):
    """A person was not entered or changed; the message says why. Nothing was changed."""


def enter_person(*, email: str, display_name: str, role: str, by: User, now: datetime, **more: Any) -> User:
    """Enter a person, without a password: they set one by a link that works once, and nobody else ever knows it.

    :raises PersonRefused: when the address is known already or the person who acts is no administrator.
    """
    administrators_only(by)
    if User.objects.filter(email__iexact=email).exists():
        raise PersonRefused(f"{email} is entered already. Ids are never given twice; nothing was changed.")
    with acting(by=by, verb="people.person.entered", business_at=now):
        return User.objects.create_user(email, None, display_name=display_name, role=role, **more)


def enter_prescriber(
    *, email: str, display_name: str, institution: Institution, licence: Licence, by: User, now: datetime
) -> Prescriber:
    """Enter a prescriber with the licence that every determination rests on.

    :raises PersonRefused: as :func:`enter_person`.
    """
    with acting(by=by, verb="people.person.entered", business_at=now):
        person = enter_person(
            email=email, display_name=display_name, role=Role.PRESCRIBER, institution=institution, by=by, now=now
        )
        return Prescriber.objects.create(
            user=person,
            institution=institution,
            country=institution.country,
            specialty=licence.specialty,
            licence_number=licence.number,
            licence_authority=licence.authority,
            licence_valid_until=licence.valid_until,
            licence_checked_on=now.date(),
        )


def end_access(person: User, *, reason: str, by: User, now: datetime) -> User:
    """End a person's access at once: sign-in, every session, every token. The name stays on the record.

    :raises PersonRefused: without a reason, for oneself, or by anybody but an administrator.
    """
    administrators_only(by)
    if person.pk == by.pk:
        raise PersonRefused("Nobody ends their own access. Ask another administrator. Nothing was changed.")
    with acting(by=by, verb="people.person.access_ended", reason=with_reason(reason), business_at=now):
        held = User.objects.select_for_update().get(pk=person.pk)
        held.is_active, held.ended_at = False, now
        held.save(update_fields=["is_active", "ended_at"])
        for token in ApiToken.objects.filter(user=held, revoked_at=None):
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
    end_sessions(person)
    return held


def end_sessions(person: User) -> None:
    """Sign a person out everywhere."""
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()


def administrators_only(by: User) -> None:
    """:raises PersonRefused: for anybody but an active administrator."""
    if by.role != Role.ADMINISTRATOR or not by.is_active:
        raise PersonRefused("People are kept by administrators. Nothing was changed.")


def with_reason(reason: str) -> str:
    """The reason without blanks around it.

    :raises PersonRefused: when there is none.
    """
    if not reason.strip():
        raise PersonRefused("Reason: nothing was given. Say why, in a sentence. Nothing was changed.")
    return reason.strip()
