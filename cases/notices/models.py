"""What leaves the house, and what became of it: the outbox, the delivery ledger and the demonstration mailbox."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded


class Channel(models.TextChoices):
    """How a notice reaches its reader."""

    MAIL = "mail", "mail"
    IN_PRODUCT = "in_product", "in the product"


# Kept in the chain of the case where there is one, else of the reader; lease and back-off are machinery, not evidence.
_CHAIN = "case:case_id|person:recipient_id|system"


@guarded("state")
@regulated(chain=_CHAIN, excluded=("lease_until", "next_attempt_at", "attempts"))
class Notice(models.Model):
    """One message to one reader. It names a case by its reference only, never the patient nor the medicine.

    ``key`` is what makes it one message however often it is planned. ``message_id`` is derived from the key, so that a
    message handed over twice is the same message to the mail server. ``lease_until`` and ``next_attempt_at`` are true
    time by the database's clock; ``planned_at``, ``sent_at`` and ``settled_at`` are business time.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        CLAIMED = "claimed", "being sent"
        SENT = "sent", "sent"
        DELIVERED = "delivered", "delivered"
        BOUNCED = "bounced", "bounced"
        FAILED = "failed", "failed"
        WITHDRAWN = "withdrawn", "withdrawn, no longer stands"
        CLOSED = "closed", "closed by a person"

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=80)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.MAIL)
    case = models.ForeignKey("cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(
        "people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    address = models.EmailField("outside address", blank=True, default="")
    facts = models.JSONField(default=dict)
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    is_urgent = models.BooleanField(default=False)
    message_id = models.CharField(max_length=200, unique=True)
    state = FSMField(choices=State.choices, default=State.PLANNED, protected=True)
    planned_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_fault = models.CharField(max_length=300, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_reason = models.TextField(blank=True, default="")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(recipient__isnull=False) & Q(address="")) | (Q(recipient__isnull=True) & ~Q(address="")),
                name="notice_has_one_reader",
            ),
            models.CheckConstraint(
                condition=Q(channel="mail") | Q(recipient__isnull=False), name="notice_in_product_is_for_a_person"
            ),
            models.CheckConstraint(
                condition=(Q(state="claimed") & Q(lease_until__isnull=False))
                | (~Q(state="claimed") & Q(lease_until__isnull=True)),
                name="notice_is_leased_while_claimed",
            ),
            models.CheckConstraint(
                condition=Q(state="planned", next_attempt_at__isnull=False)
                | (~Q(state="planned") & Q(next_attempt_at__isnull=True)),
                name="notice_waits_only_while_planned",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(settled_by__isnull=False) & ~Q(settled_reason="")),
                name="notice_is_closed_by_somebody_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "delivered")) | (~Q(subject="") & Q(sent_at__isnull=False)),
                name="notice_sent_has_its_text",
            ),
        ]
        indexes: ClassVar = [
            # In the order in which a sender takes them, so that it reads one row and not the whole queue for each.
            models.Index(
                fields=["-is_urgent", "id"], condition=Q(state__in=("planned", "claimed")), name="notice_to_send"
            ),
            models.Index(fields=["recipient", "-id"], name="notice_of_a_person"),
            models.Index(fields=["-id"], condition=Q(state__in=("failed", "bounced")), name="notice_dead_letters"),
        ]

    def __str__(self) -> str:
        return f"notice {self.key}"

    @transition(state, source=State.PLANNED, target=State.CLAIMED)
    def claim(self, *, lease_until: datetime) -> None:
        """A sender takes it, for as long as the lease runs."""
        self.lease_until = lease_until
        self.next_attempt_at = None
        self.attempts += 1

    @transition(state, source=State.CLAIMED, target=State.PLANNED)
    def postpone(self, *, until: datetime, fault: str) -> None:
        """It could not be handed over now and is tried again."""
        self.lease_until = None
        self.next_attempt_at = until
        self.last_fault = fault

    @transition(state, source=State.CLAIMED, target=State.SENT)
    def hand_over(self, *, at: datetime) -> None:
        """The mail server took it."""
        self.lease_until = None
        self.last_fault = ""
        self.sent_at = at

    @transition(state, source=[State.CLAIMED, State.SENT], target=State.DELIVERED)
    def deliver(self, *, at: datetime) -> None:
        """It lies before its reader."""
        self.lease_until = None
        self.last_fault = ""
        self.sent_at = self.sent_at or at
        self.settled_at = at

    @transition(state, source=[State.CLAIMED, State.SENT], target=State.BOUNCED)
    def bounce(self, *, at: datetime, fault: str) -> None:
        """The address refused it for good: a dead letter."""
        self.lease_until = None
        self.settled_at = at
        self.last_fault = fault

    @transition(state, source=State.CLAIMED, target=State.FAILED)
    def fail(self, *, at: datetime, fault: str) -> None:
        """Every attempt failed: a dead letter."""
        self.lease_until = None
        self.settled_at = at
        self.last_fault = fault

    @transition(state, source=[State.PLANNED, State.CLAIMED], target=State.WITHDRAWN)
    def withdraw(self, *, at: datetime, reason: str) -> None:
        """What it would have said no longer stands."""
        self.lease_until = None
        self.next_attempt_at = None
        self.settled_at = at
        self.settled_reason = reason

    @transition(state, source=[State.FAILED, State.BOUNCED], target=State.PLANNED)
    def retry(self, *, next_attempt_at: datetime) -> None:
        """A person had the cause removed and asks for it again, with all its attempts."""
        self.next_attempt_at = next_attempt_at
        self.attempts = 0
        self.settled_at = None

    @transition(state, source=[State.FAILED, State.BOUNCED], target=State.CLOSED)
    def close(self, *, by: models.Model, at: datetime, reason: str) -> None:
        """A person dealt with it in another way, and says how."""
        self.settled_by = by  # type: ignore[assignment]
        self.settled_at = at
        self.settled_reason = reason


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain=_CHAIN)
class DeliveryAttempt(models.Model):
    """One line of the delivery ledger: what was tried with one notice, and what came of it. Only ever added to."""

    class Outcome(models.TextChoices):
        HANDED_OVER = "handed_over", "taken by the mail server"
        DELIVERED = "delivered", "delivered"
        POSTPONED = "postponed", "not taken, tried again later"
        BOUNCED = "bounced", "refused for good"
        FAILED = "failed", "given up"
        WITHDRAWN = "withdrawn", "not sent, no longer stands"

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    case = models.ForeignKey("cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    attempt = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    detail = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, attempt {self.attempt}"


class MailboxMessage(models.Model):
    """A mail in the demonstration mailbox, which stands where an outside mail server stands in production.

    The same Message-ID is stored once, however often it is handed over.
    """

    message_id = models.CharField(max_length=200, unique=True)
    to_address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    received_at = models.DateTimeField()
    handed_over = models.PositiveSmallIntegerField("times handed over", default=1)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["to_address", "-id"], name="mailbox_of_an_address")]

    def __str__(self) -> str:
        return self.subject


class Heartbeat(models.Model):
    """When each of the two loops last ran, in true time by the database's clock; ``business_at`` is how far it got."""

    class Loop(models.TextChoices):
        SWEEP = "sweep", "deadline sweep"
        SENDER = "sender", "notice sender"

    loop = models.CharField(primary_key=True, max_length=12, choices=Loop.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    business_at = models.DateTimeField()
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.get_loop_display()
