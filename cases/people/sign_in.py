"""How people sign in, as far as others may look after it: lock-outs counted in PostgreSQL, second factors taken off.

An administrator can open a sign-in and take a second factor off, and can never sign in as somebody else: no password
is ever set or seen here (21 CFR 11.200(a)(3)).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db.models import Max, Sum
from django.utils import timezone

from cases import clock
from cases.audit.capture import regulated
from cases.audit.context import acting
from cases.people.models import AccessChange, User
from cases.people.services import PersonRefused, administrators_only, end_sessions, with_reason

Kind = AccessChange.Kind

# Tables of a library that prove who could sign in, and so sign: captured like our own, on the chain of the person. Of a
# second factor's secret and of recovery codes only a digest is kept: it shows that they changed, not what they are.
regulated(chain="person:user_id", excluded=("last_used_at",), digested=("data",))(Authenticator)
regulated(chain="person:user_id")(EmailAddress)


def shut_until(people: Iterable[User]) -> dict[int, datetime]:
    """Whose sign-in is shut by wrong passwords, and until when (true time); one query.

    From another address the same account may still be open: the lock-out counts an account and an address together.
    """
    by_address = {person.email.lower(): person.pk for person in people}
    span: timedelta = settings.AXES_COOLOFF_TIME
    rows = (
        AccessAttempt.objects.filter(username__in=by_address, attempt_time__gt=timezone.now() - span)
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    )
    found: dict[int, datetime] = {}
    for row in rows:
        if row["failures"] >= settings.AXES_FAILURE_LIMIT:
            key = by_address[row["username"]]
            found[key] = max(found.get(key, row["last"]), row["last"] + span)
    return found


def open_sign_in(person: User, *, reason: str, by: User, now: datetime) -> None:
    """Forget the wrong passwords of an account, after checking who asks.

    :raises PersonRefused: by anybody but an administrator, or without a reason.
    """
    administrators_only(by)
    with acting(by=by, verb="people.sign_in.opened", reason=with_reason(reason), business_at=now):
        reset(username=person.email.lower())
        note(person, Kind.OPENED, by=by, now=now)


def take_off_second_factor(person: User, *, reason: str, by: User, now: datetime) -> None:
    """Take a lost second factor off and end every session; at the next sign-in a new one has to be set up.

    :raises PersonRefused: by anybody but an administrator, for oneself, without a reason, or when there is none.
    """
    administrators_only(by)
    if person.pk == by.pk:
        raise PersonRefused("Nobody takes off their own second factor here. Ask another administrator.")
    with acting(by=by, verb="people.second_factor.removed", reason=with_reason(reason), business_at=now):
        gone, _ = Authenticator.objects.filter(user=person).delete()
        if not gone:
            raise PersonRefused(f"{person.display_name} has no second factor. Nothing was changed.")
        note(person, Kind.FACTOR_REMOVED, by=by, now=now)
        end_sessions(person)


def note(person: User, kind: str, *, by: User, now: datetime) -> AccessChange:
    """Keep on record what changed in how a person signs in; inside the deed that changed it."""
    return AccessChange.objects.create(person=person, kind=kind, at=now, by=by)


def factor_added(*, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Receiver of allauth's ``authenticator_added``: its table keeps digests, so the change is said in a word."""
    is_app = authenticator.type == Authenticator.Type.TOTP
    note_own(user, Kind.FACTOR_ON if is_app else Kind.CODES_MADE, by=user)


def factor_removed(*, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Receiver of allauth's ``authenticator_removed``; recovery codes go with the app they stand in for."""
    if authenticator.type == Authenticator.Type.TOTP:
        note_own(user, Kind.FACTOR_OFF, by=user)


def codes_made(*, user: User, **kwargs: Any) -> None:
    """Receiver of allauth's ``authenticator_reset``."""
    note_own(user, Kind.CODES_MADE, by=user)


def sign_in_shut(*, username: str, **kwargs: Any) -> None:
    """Receiver of axes' ``user_locked_out``; only accounts that exist have a record, and once for each lock-out."""
    person = User.objects.filter(email__iexact=username or "").first()
    if person is None:
        return
    last = person.access_changes.filter(kind__in=(Kind.SHUT, Kind.OPENED)).first()
    if last is not None and last.kind == Kind.SHUT and last.at > clock.now() - settings.AXES_COOLOFF_TIME:
        return
    note_own(person, Kind.SHUT, by=User.objects.service("sign-in"))


def note_own(person: User, kind: str, *, by: User) -> None:
    """As :func:`note`, for a change that a library made and tells of afterwards."""
    now = clock.now()
    with acting(by=by, verb="people.account.changed", business_at=now):
        note(person, kind, by=by, now=now)
