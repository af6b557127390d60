"""Showing who signs: password, second factor, and the lock after too many wrong tries (21 CFR 11.200, 11.300(d))."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from cases import clock
from cases.audit.context import acting
from cases.documents.errors import DocumentRefused, ProofFailed
from cases.documents.models import Signature, SignatureAttempt
from cases.notices.services import plan_notice
from cases.people.models import User
from cases.people.roles import Role

if TYPE_CHECKING:
    from cases.models import Case

SESSION_LASTS: Final = timedelta(hours=12)
MOST_WRONG: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
# Codes that an authenticator kind accepts, and what the signature then says.
_CODES: Final = (
    (Authenticator.Type.TOTP, Signature.Factor.TOTP),
    (Authenticator.Type.RECOVERY_CODES, Signature.Factor.RECOVERY_CODE),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person gave to show who signs: password each time, one-time code unless the session proved it."""

    password: str = field(repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proved:
    """The second factor behind a signature, and when it was proved."""

    kind: str
    at: datetime


_session: ContextVar[tuple[str, Proved] | None] = ContextVar("npp_session_factor", default=None)


@contextmanager
def proved_in_session(*, person: User, factor: Signature.Factor, at: datetime) -> Iterator[None]:
    """Within this block the person's session counts as having proved a second factor then (11.200(a)(1)(i)).

    Opened by the pages for the signed-in person; it serves nobody else.
    """
    token = _session.set((person.code, Proved(factor, at)))
    try:
        yield
    finally:
        _session.reset(token)


def prove(by: User, proof: Proof, now: datetime) -> Proved:
    """The second factor that stands behind the signature; the password has been checked.

    :raises ProofFailed: wrong password or code.
    :raises DocumentRefused: locked after too many wrong tries, or a second factor is missing.
    """
    _refuse_locked(by)
    if not by.check_password(proof.password):
        raise ProofFailed("password", "The password is not right. Nothing was signed; type it again.")
    if proof.code:
        return Proved(_kind_of_code(by, proof.code), now)
    earlier = _session.get()
    if earlier is not None and earlier[0] == by.code and now - earlier[1].at < SESSION_LASTS:
        return earlier[1]
    if needs_code(by):
        enrolled = Authenticator.objects.filter(user=by).exists()
        remedy = "Give the one-time code too." if enrolled else "Set up a one-time code under your account first."
        sentence = f"A signature needs a second factor. {remedy} Nothing was signed."
        raise DocumentRefused("second-factor-missing", sentence)
    return Proved(Signature.Factor.NONE, now)


def needs_code(person: User) -> bool:
    """Whether this person's signature needs a one-time code, the session's own proof aside."""
    return settings.ENVIRONMENT == "production" or Authenticator.objects.filter(user=person).exists()


def record_failed_proof(*, case: "Case | None", by: User, what: str, fault: str, now: datetime) -> SignatureAttempt:
    """Count one wrong try, after the signature itself was rolled back; the try that locks is told at once.

    The person, whose hand it may not have been, and the pharmacy's administrators get an urgent mail, planned in the
    same transaction as the try (21 CFR 11.300(d)).
    """
    with acting(by=by, verb="documents.signature.attempt_failed", reason=fault, business_at=now):
        # One try after the other, so that exactly one of them is the one that locks.
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)
        attempt = SignatureAttempt.objects.create(
            case=case, signer=by, what=what[:120], fault=fault, tried_at=now, recorded_at=Now()
        )
        if _wrong_tries(by).count() == MOST_WRONG:
            pharmacy = case.pharmacy if case else by.pharmacy
            told = User.objects.filter(role=Role.ADMINISTRATOR, pharmacy=pharmacy, is_active=True) if pharmacy else ()
            for person in {by, *told}:
                plan_notice(
                    key=f"documents.signing_locked:{attempt.pk}:{person.code}",
                    kind="documents.signing_locked",
                    by=by,
                    now=now,
                    recipient=person,
                    case=case,
                    facts={"signer": by.code, "own": person == by, "tries": MOST_WRONG},
                    is_urgent=True,
                )
    return attempt


def locked_minutes(person: User) -> int:
    """How many minutes until this person may try to sign again, rounded up; 0 when not locked. True time."""
    tries = list(_wrong_tries(person).order_by("-recorded_at").values_list("recorded_at", flat=True)[:MOST_WRONG])
    if len(tries) < MOST_WRONG:
        return 0
    left = tries[-1] + LOCKED_FOR - clock.true_now()
    return max(1, -(-int(left.total_seconds()) // 60))


def _wrong_tries(person: User) -> models.QuerySet[SignatureAttempt]:
    return SignatureAttempt.objects.filter(signer=person, recorded_at__gt=Now() - LOCKED_FOR)


def _refuse_locked(by: User) -> None:
    if minutes := locked_minutes(by):
        wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
        raise DocumentRefused(
            "locked",
            f"Signing is locked after {MOST_WRONG} wrong tries. Nothing was signed, whatever was typed. "
            f"Try again in {wait}; if the wrong tries were not yours, change your password and tell the pharmacy.",
        )


def _kind_of_code(by: User, code: str) -> Signature.Factor:
    for kind, factor in _CODES:
        enrolled = Authenticator.objects.filter(user=by, type=kind).first()
        if enrolled is not None and enrolled.wrap().validate_code(code):
            return factor
    raise ProofFailed("code", "The one-time code is not right or was used. Nothing was signed; give a new one.")
