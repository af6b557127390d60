"""What an administrator grants and takes back: roles, delegations, an auditor's scope. Each with a reason, on record.

Nobody is deleted and no right is rewritten: a right ends on a day, and its row stays (21 CFR 11.10(d), Annex 11
section 12).
"""

from datetime import datetime

from cases.audit.context import acting
from cases.people.models import AuditScope, Delegation, Pharmacy, Prescriber, User
from cases.people.roles import STAFF, Role
from cases.people.services import PersonRefused, administrators_only, with_reason

# Between these a person may move and stay the same person; abroad a role is who somebody is.
EXCHANGEABLE = frozenset(role.value for role in STAFF)


def change_role(person: User, *, role: str, reason: str, by: User, now: datetime) -> User:
    """Give a person of the pharmacy another role there; it counts from the next page they open.

    :raises PersonRefused: for people abroad, auditors, oneself, or without a reason.
    """
    administrators_only(by)
    if person.pk == by.pk:
        raise PersonRefused("Nobody changes their own role. Ask another administrator. Nothing was changed.")
    if person.role not in EXCHANGEABLE or role not in EXCHANGEABLE or person.pharmacy_id != by.pharmacy_id:
        raise PersonRefused(
            f"{person.display_name} is {person.get_role_display()}: only roles inside the pharmacy are changed. "
            "End the access and enter the person anew for another role. Nothing was changed."
        )
    with acting(by=by, verb="people.person.role_changed", reason=with_reason(reason), business_at=now):
        held = User.objects.select_for_update().get(pk=person.pk)
        held.role = role
        held.save(update_fields=["role"])
        return held


def delegate(
    prescriber: Prescriber, *, to: User, until: datetime | None, reason: str, by: User, now: datetime
) -> Delegation:
    """Let a delegate prepare and upload for a prescriber, from now until a day or until it is ended; never sign.

    :raises PersonRefused: when the person is no delegate, the day is past, or it runs already.
    """
    administrators_only(by)
    if to.role != Role.DELEGATE or not to.is_active:
        raise PersonRefused(f"{to.display_name} is no delegate. Nothing was changed.")
    if until is not None and until <= now:
        raise PersonRefused(f"{until:%Y-%m-%d} is past. Give a day that lies ahead. Nothing was changed.")
    if any(one.valid_until is None or one.valid_until > now for one in to.delegations.filter(prescriber=prescriber)):
        raise PersonRefused(f"{to.display_name} prepares for {prescriber} already. Nothing was changed.")
    with acting(by=by, verb="people.delegation.granted", reason=with_reason(reason), business_at=now):
        return Delegation.objects.create(prescriber=prescriber, delegate=to, valid_from=now, valid_until=until)


def end_delegation(delegation: Delegation, *, reason: str, by: User, now: datetime) -> Delegation:
    """End a delegation at once; what was prepared under it stays on record.

    :raises PersonRefused: when it has ended, or without a reason.
    """
    administrators_only(by)
    with acting(by=by, verb="people.delegation.ended", reason=with_reason(reason), business_at=now):
        held = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
        if held.valid_until is not None and held.valid_until <= now:
            raise PersonRefused("This delegation has ended already. Nothing was changed.")
        held.valid_until = now
        held.save(update_fields=["valid_until"])
        return held


def grant_scope(
    auditor: User, *, pharmacy: Pharmacy, until: datetime, purpose: str, by: User, now: datetime
) -> AuditScope:
    """Open the records of a pharmacy to an auditor, from now until an instant.

    :raises PersonRefused: when the person is no auditor, the end is not ahead, or no purpose is given.
    """
    administrators_only(by)
    if auditor.role != Role.AUDITOR or not auditor.is_active:
        raise PersonRefused(f"{auditor.display_name} is no auditor. Nothing was changed.")
    if until <= now:
        raise PersonRefused(f"{until:%Y-%m-%d} is past. Give a day that lies ahead. Nothing was changed.")
    if not purpose.strip():
        raise PersonRefused("The purpose is missing: say what is audited. Nothing was changed.")
    with acting(by=by, verb="people.scope.granted", reason=purpose.strip(), business_at=now):
        return AuditScope.objects.create(
            auditor=auditor, pharmacy=pharmacy, valid_from=now, valid_until=until, purpose=purpose.strip()
        )


def end_scope(scope: AuditScope, *, reason: str, by: User, now: datetime) -> AuditScope:
    """Close the records to an auditor at once; what was read stays logged.

    :raises PersonRefused: when it has ended, or without a reason.
    """
    administrators_only(by)
    with acting(by=by, verb="people.scope.ended", reason=with_reason(reason), business_at=now):
        held = AuditScope.objects.select_for_update(of=("self",)).get(pk=scope.pk)
        if held.valid_until <= now:
            raise PersonRefused("This scope has ended already. Nothing was changed.")
        held.valid_until = now
        held.save(update_fields=["valid_until"])
        return held
