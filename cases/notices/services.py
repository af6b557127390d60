"""Planning notices, and what a person does about those that did not arrive."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django_fsm import can_proceed

from cases.notices.deeds import deed
from cases.notices.models import Channel, DeliveryAttempt, Notice
from cases.people.models import User

DEAD = (Notice.State.FAILED, Notice.State.BOUNCED)


class NoticeRefused(ValueError):
    """Raised when something cannot be done with a notice; the sentence says why, nothing was changed."""


def database_now() -> datetime:
    """True time by the database's clock, the only one that all senders share."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def message_id_of(key: str) -> str:
    """The Message-ID that this key always has (RFC 5322), in the domain of the sender's address."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def plan_notice(
    *,
    key: str,
    kind: str,
    by: User,
    now: datetime,
    recipient: User | None = None,
    address: str = "",
    case: models.Model | None = None,
    facts: Mapping[str, Any] | None = None,
    channel: str = Channel.MAIL,
    is_urgent: bool = False,
) -> None:
    """Put one notice into the outbox, in the transaction of what caused it. The same key again changes nothing.

    Who needs the notice itself asks for it by its key (:func:`notice_of`).

    :param facts: what the template may say, as JSON; never a patient's name, birth date or contact, nor a medicine.
    :raises ValueError: unless there is exactly one of recipient and address.
    """
    if (recipient is None) == (not address):
        raise ValueError("A notice has one reader: give either a recipient or an outside address.")
    with deed(by=by, verb="notices.notice.planned", now=now):
        Notice.objects.bulk_create(
            [
                Notice(
                    key=key,
                    kind=kind,
                    channel=channel,
                    case_id=case.pk if case else None,
                    recipient=recipient,
                    address=address,
                    facts=dict(facts or {}),
                    is_urgent=is_urgent,
                    message_id=message_id_of(key),
                    planned_at=now,
                    next_attempt_at=Now(),
                )
            ],
            ignore_conflicts=True,
        )


def notice_of(key: str) -> Notice:
    """The notice that was planned under that key.

    :raises Notice.DoesNotExist: when none was.
    """
    return Notice.objects.get(key=key)


def withdraw_notices(notices: models.QuerySet[Notice], *, by: User, now: datetime, reason: str) -> int:
    """Take back what is not sent yet (a death, a case withdrawn); returns how many. A notice being sent goes out."""
    with deed(by=by, verb="notices.notice.withdrawn", now=now, reason=reason):
        waiting = list(notices.filter(state=Notice.State.PLANNED).order_by("id").select_for_update(of=("self",)))
        for notice in waiting:
            notice.withdraw(at=now, reason=reason)
            notice.save(update_fields=["state", "lease_until", "next_attempt_at", "settled_at", "settled_reason"])
            record_attempt(notice, outcome=DeliveryAttempt.Outcome.WITHDRAWN, at=now, detail=reason)
    return len(waiting)


def retry_notice(notice: Notice, *, by: User, now: datetime, reason: str) -> Notice:
    """Send a dead letter again, with all its attempts.

    :raises NoticeRefused: without a reason, or when the notice is no dead letter (any more).
    """
    with deed(by=by, verb="notices.notice.retried", now=now, reason=_reason(reason)):
        dead = _locked_dead(notice, "sent again", "retry")
        dead.retry(next_attempt_at=database_now())
        dead.save(update_fields=["state", "next_attempt_at", "attempts", "settled_at"])
        return dead


def close_notice(notice: Notice, *, by: User, now: datetime, reason: str) -> Notice:
    """Close a dead letter because it was dealt with in another way ("called the ward"); needs the reason.

    :raises NoticeRefused: without a reason, or when the notice is no dead letter (any more).
    """
    with deed(by=by, verb="notices.notice.closed", now=now, reason=_reason(reason)):
        dead = _locked_dead(notice, "closed", "close")
        dead.close(by=by, at=now, reason=reason.strip())
        dead.save(update_fields=["state", "settled_by", "settled_at", "settled_reason"])
        return dead


def record_bounce(*, message_id: str, fault: str, by: User, now: datetime) -> Notice | None:
    """A mail that was taken came back. Returns the notice, or None when no sent notice has that Message-ID."""
    with deed(by=by, verb="notices.notice.bounced", now=now, reason=fault):
        notice = (
            Notice.objects.select_for_update(of=("self",))
            .filter(message_id=message_id, state=Notice.State.SENT)
            .first()
        )
        if notice is not None:
            notice.bounce(at=now, fault=fault[:300])
            notice.save(update_fields=["state", "lease_until", "settled_at", "last_fault"])
            record_attempt(notice, outcome=DeliveryAttempt.Outcome.BOUNCED, at=now, detail=fault)
        return notice


def record_delivery(*, message_id: str, by: User, now: datetime) -> Notice | None:
    """A mail that was taken is known to have arrived (a delivery status notification, RFC 3464).

    Returns the notice, or None when no sent notice has that Message-ID.
    """
    with deed(by=by, verb="notices.notice.delivered", now=now):
        notice = (
            Notice.objects.select_for_update(of=("self",))
            .filter(message_id=message_id, state=Notice.State.SENT)
            .first()
        )
        if notice is not None:
            notice.deliver(at=now)
            notice.save(update_fields=["state", "lease_until", "last_fault", "sent_at", "settled_at"])
            record_attempt(notice, outcome=DeliveryAttempt.Outcome.DELIVERED, at=now)
        return notice


def mark_read(notice: Notice, *, by: User, now: datetime) -> None:
    """The reader opened a notice in the product; only the first time counts.

    :raises NoticeRefused: when it is another person's.
    """
    if notice.recipient_id != by.pk:
        raise NoticeRefused("This notice is for another person. Nothing was changed.")
    with deed(by=by, verb="notices.notice.read", now=now):
        Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)


def record_attempt(notice: Notice, *, outcome: str, at: datetime, detail: str = "") -> None:
    """Write one line of the delivery ledger."""
    DeliveryAttempt.objects.create(
        notice=notice,
        case_id=notice.case_id,
        recipient_id=notice.recipient_id,
        attempt=notice.attempts,
        outcome=outcome,
        detail=detail[:300],
        at=at,
        recorded_at=Now(),
    )


def dead_letters(user: User) -> models.QuerySet[Notice]:
    """Notices of this person's pharmacy that did not arrive and wait for a person, newest first."""
    own = Q(case__pharmacy=user.pharmacy_id) | Q(case=None, recipient__pharmacy=user.pharmacy_id)
    return (
        Notice.objects.filter(own | Q(case=None, recipient=None), state__in=DEAD)
        .select_related("case", "recipient")
        .order_by("-id")
    )


def notices_of(user: User) -> models.QuerySet[Notice]:
    """What was delivered to this person in the product, newest first."""
    return Notice.objects.filter(recipient=user, channel=Channel.IN_PRODUCT, state=Notice.State.DELIVERED).order_by(
        "-id"
    )


def notices_about(cases: Iterable[Any]) -> models.QuerySet[Notice]:
    """Every notice on these cases, newest first, with its delivery ledger in one more query."""
    return (
        Notice.objects.filter(case__in=cases).select_related("recipient").prefetch_related("deliveries").order_by("-id")
    )


def _reason(reason: str) -> str:
    if not reason.strip():
        raise NoticeRefused("A reason is missing: say what was done about this notice. Nothing was changed.")
    return reason.strip()


def _locked_dead(notice: Notice, done: str, move: str) -> Notice:
    dead = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if not can_proceed(getattr(dead, move)):
        raise NoticeRefused(
            f"The notice is {dead.get_state_display()}; only one that failed or bounced can be {done}. "
            "Nothing was changed."
        )
    return dead
