"""The sender: lease one notice, ask whether it still stands, hand it over, write down what came of it.

One notice at a time, in two short transactions with the handing-over between them. Killed at any instant, a sender
leaves at most one notice leased; another takes it up when the lease has run out, with the same Message-ID (ADR 5).
"""

import hashlib
import smtplib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from jinja2 import TemplateError

from cases.audit.context import acting
from cases.notices.letters import Letter, NoLonger, body_to_send, compose
from cases.notices.models import Channel, DeliveryAttempt, Notice
from cases.notices.services import database_now, record_attempt
from cases.people.models import User

MOST_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(seconds=60)
MOST_IN_ONE_PASS = 2_000
_PERMANENT = 500

Outcome = DeliveryAttempt.Outcome
# What the sender's moves of a notice may change.
_MOVED = (
    "state", "lease_until", "next_attempt_at", "attempts", "last_fault", "sent_at", "settled_at", "settled_reason",
)  # fmt: skip
# What a composer may stumble over: its template, or facts that do not fit it. The notice waits, the others go on.
_LETTER_FAULTS = (TemplateError, LookupError, AttributeError, TypeError, ValueError)


class RefusedForGood(Exception):
    """The mail server will never take this message for this address."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What a sender holds: the notice and the number of the attempt, which fences off an overtaken sender."""

    notice: Notice
    attempt: int


def send_due(*, now: datetime, most: int = MOST_IN_ONE_PASS) -> Counter[str]:
    """Send what is planned and due; returns how many ended in each outcome.

    :param now: business time, written beside the true time; leases and back-off run on the database's clock alone.
    """
    counts: Counter[str] = Counter(dict.fromkeys(Outcome.values, 0))
    sender = User.objects.service("notice-sender")
    post = Post()
    try:
        while sum(counts.values()) < most:
            lease, settled = _claim_one(by=sender, now=now)
            if lease is not None:
                settled = _hand_over(lease, post, by=sender, now=now)
            if settled is None:
                break
            counts[settled] += 1
    finally:
        post.close()
    return counts


def waiting_time(key: str, attempt: int) -> timedelta:
    """How long to wait after that attempt failed: doubling, at most an hour, spread by a quarter by the key."""
    digest = hashlib.sha256(f"{key}#{attempt}".encode()).digest()
    spread = int.from_bytes(digest[:4], "big") / 2**32
    doubled: timedelta = min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)
    return doubled * (0.75 + spread / 2)


class Post:
    """One mail connection for a whole pass, opened when the first mail needs it."""

    def __init__(self) -> None:
        self._connection: Any = None

    def hand_over(self, notice: Notice) -> str:
        """Give the notice to the mail server; returns the outcome.

        :raises RefusedForGood: when the address is refused for good.
        :raises OSError: when the server cannot be reached or does not take it now.
        """
        if notice.channel == Channel.IN_PRODUCT:
            return Outcome.DELIVERED
        if self._connection is None:
            self._connection = get_connection()
        message = EmailMessage(
            subject=notice.subject,
            body=body_to_send(notice),
            to=[notice.recipient.email if notice.recipient else notice.address],
            headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
            connection=self._connection,
        )
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _ in refusal.recipients.values()]
            if all(code >= _PERMANENT for code in codes):
                raise RefusedForGood(f"SMTP {codes[0]}") from refusal
            raise
        except OSError:
            self.close()
            raise
        return Outcome.DELIVERED if getattr(self._connection, "delivers", False) else Outcome.HANDED_OVER

    def close(self) -> None:
        """Hang up; a server that is gone already is no fault."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None


def _claim_one(*, by: User, now: datetime) -> tuple[Lease | None, str | None]:
    """Lease the next notice with its text, or settle it at once; (None, None) when nothing is due."""
    with acting(by=by, verb="notices.notice.claimed", business_at=now):
        notice = (
            Notice.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(Q(state="planned", next_attempt_at__lte=Now()) | Q(state="claimed", lease_until__lte=Now()))
            .select_related("case", "recipient")  # the letter names them
            .annotate(moment=Now())
            .order_by("-is_urgent", "id")
            .first()
        )
        if notice is None:
            return None, None
        until = notice.moment + getattr(settings, "NOTICE_LEASE", LEASE)
        if notice.state == Notice.State.CLAIMED:
            notice.lease_until = until
            notice.attempts += 1
        else:
            notice.claim(lease_until=until)
        try:
            with transaction.atomic():
                letter = compose(notice, now=now)
        except _LETTER_FAULTS as fault:
            notice.save()
            return None, _postpone(notice, fault=f"The letter could not be written: {type(fault).__name__}", now=now)
        if isinstance(letter, NoLonger):
            notice.withdraw(at=now, reason=letter.reason)
            return None, _settle(notice, Outcome.WITHDRAWN, now=now, detail=letter.reason)
        _write(notice, letter)
        return Lease(notice, notice.attempts), None


def _write(notice: Notice, letter: Letter) -> None:
    notice.subject, notice.body = letter.subject, letter.body
    notice.save(update_fields=["subject", "body", *_MOVED])


def _hand_over(lease: Lease, post: Post, *, by: User, now: datetime) -> str:
    """Outside of any transaction: give it away, then write down what came of it."""
    try:
        outcome, fault = post.hand_over(lease.notice), ""
    except RefusedForGood as refusal:
        outcome, fault = Outcome.BOUNCED, str(refusal)
    except (OSError, ValueError) as trouble:
        # Only the kind of trouble and the server's code: its words may hold the address.
        code = getattr(trouble, "smtp_code", None)
        outcome, fault = Outcome.POSTPONED, f"SMTP {code}" if code else type(trouble).__name__
    with acting(by=by, verb=f"notices.notice.{outcome}", business_at=now):
        held = (
            Notice.objects.select_for_update(of=("self",))
            .filter(pk=lease.notice.pk, state=Notice.State.CLAIMED, attempts=lease.attempt)
            .first()
        )
        if held is None:
            # The lease ran out and another sender has it: that one writes the end.
            return outcome
        if outcome == Outcome.POSTPONED:
            return _postpone(held, fault=fault, now=now)
        if outcome == Outcome.BOUNCED:
            held.bounce(at=now, fault=fault)
        elif outcome == Outcome.DELIVERED:
            held.deliver(at=now)
        else:
            held.hand_over(at=now)
        return _settle(held, outcome, now=now, detail=fault)


def _postpone(notice: Notice, *, fault: str, now: datetime) -> str:
    if notice.attempts >= MOST_ATTEMPTS:
        notice.fail(at=now, fault=fault)
        return _settle(notice, Outcome.FAILED, now=now, detail=fault)
    notice.postpone(until=database_now() + waiting_time(notice.key, notice.attempts), fault=fault)
    return _settle(notice, Outcome.POSTPONED, now=now, detail=fault)


def _settle(notice: Notice, outcome: str, *, now: datetime, detail: str) -> str:
    notice.save(update_fields=_MOVED)
    record_attempt(notice, outcome=outcome, at=now, detail=detail)
    return outcome


def waiting() -> int:
    """How many notices are still to be sent or being sent."""
    return Notice.objects.filter(state__in=("planned", "claimed")).count()
