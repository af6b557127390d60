"""What may be asked about cases; names read after the word "cases"."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from cases.people.models import AuditScope, Delegation, User
from cases.people.roles import PHARMACISTS, Role
from cases.references import InvalidReference, normalise


class CaseQuerySet(models.QuerySet):
    """Scopes of cases. No view starts from anything but :meth:`visible_to`."""

    def visible_to(self, user: User, *, at: datetime) -> Self:
        """The cases this person may know of at that instant; an unknown role sees none (domain.md 1)."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        scope = _SCOPES.get(Role(user.role)) if user.role in Role.values else None
        return self.filter(scope(user, at)) if scope else self.none()

    def open(self) -> Self:
        """Cases that have not ended."""
        return self.exclude(stage="closed")

    def matching(self, text: str) -> Self:
        """By reference, initials (with birth year), medicine, prescriber, institution, lot, serial, permit.

        All of them for an empty text, none for one that no name can hold.
        """
        words = text.strip()
        if not words:
            return self
        if "\x00" in words:
            return self.none()
        found = (
            Q(reference__icontains=words)
            | Q(patient__initials__iexact=words)
            | _pseudonym(words)
            | Q(medicine__name__icontains=words)
            | Q(prescriber__user__display_name__icontains=words)
            | Q(institution__name__icontains=words)
            | Q(filings__external_reference__iexact=words)
            | Q(authorizations__external_number__iexact=words)
            | Q(units__serial__iexact=words)
            | Q(units__lot__number__iexact=words)
        )
        with suppress(InvalidReference):
            found |= Q(reference=normalise(words))
        return self.filter(pk__in=self.filter(found).values("pk"))

    def with_people(self) -> Self:
        """Joined with what every list and page shows, in one query."""
        return self.select_related(
            "patient", "prescriber__user", "institution", "coordinator", "medicine", "profile_version", "pharmacy"
        )


def _pseudonym(words: str) -> Q:
    """Initials with a birth year, as a head says them: ``AM 1987``, ``A.M., born 1987``."""
    found = re.fullmatch(r"([^\W\d_][^\d]{0,11}?)[\s,]+(?:born\s+)?([0-9]{4})", words)
    if not found:
        return Q(pk__in=[])
    return Q(patient__initials__iexact=re.sub(r"[.\s-]", "", found[1]), patient__birth_year=int(found[2]))


def sees(user: User, case: Any, *, at: datetime) -> bool:
    """Whether the case is among those of :meth:`CaseQuerySet.visible_to`; no query where the rows at hand tell it."""
    if (shared := _BELONG_TO.get(user.role)) and user.is_active:
        return bool(getattr(user, shared) and getattr(case, shared) == getattr(user, shared))
    return bool(type(case)._default_manager.visible_to(user, at=at).filter(pk=case.pk).exists())


def _sharing(column: str) -> "Callable[[User, datetime], Q]":
    """The cases that have the same value in that column as the person has; none for a person without one."""
    return lambda user, at: Q(**{column: getattr(user, column)}) if getattr(user, column) else Q(pk__in=[])


def _own_as_prescriber(user: User, at: datetime) -> Q:
    return Q(prescriber__user_id=user.pk)


def _delegated(user: User, at: datetime) -> Q:
    running = Delegation.objects.filter(delegate_id=user.pk, valid_from__lte=at).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    )
    return Q(prescriber__in=running.values("prescriber_id"))


def _in_audit_scope(user: User, at: datetime) -> Q:
    running = AuditScope.objects.filter(auditor_id=user.pk, valid_from__lte=at, valid_until__gt=at)
    return Q(pharmacy__in=running.values("pharmacy_id"))


# Roles that see the cases which belong where they belong, by the column that says it of both.
_BELONG_TO: dict[str, str] = {
    **dict.fromkeys(PHARMACISTS, "pharmacy_id"),
    Role.ADMINISTRATOR: "pharmacy_id",
    Role.RECEIVING_PHARMACIST: "institution_id",
}
_SCOPES = {
    **{role: _sharing(column) for role, column in _BELONG_TO.items()},
    Role.PRESCRIBER: _own_as_prescriber,
    Role.DELEGATE: _delegated,
    Role.AUDITOR: _in_audit_scope,
}
