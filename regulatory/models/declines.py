"""Declines: why the pharmacy does not go on with a case or with an enquiry, in one of three kinds, and what told it."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from regulatory.declining import kinds
from regulatory.triage.models import Language, Triage, TriageLetter, forgets_only


@pgtrigger.register(
    pgtrigger.Trigger(
        name="sent_letter_is_fixed",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func="""
            IF OLD.state <> 'draft'
                AND to_jsonb(OLD) - '{state,reconsidered_by_id,reconsidered_at,reconsidered_because}'::text[]
                IS DISTINCT FROM
                to_jsonb(NEW) - '{state,reconsidered_by_id,reconsidered_at,reconsidered_because}'::text[] THEN
                RAISE EXCEPTION 'the decline was told: what was told is fixed' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )
)
@guarded("state")
@regulated(chain="case:case_id")
class Decline(models.Model):
    """Why the pharmacy does not go on with a case, and the letter that said so, kept byte for byte once it is sent."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SENT = "sent", "sent"
        DISCARDED = "discarded", "discarded"
        RECONSIDERED = "reconsidered", "reconsidered"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="declines")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=[(one.code, one.label) for one in kinds.KINDS.values()])
    ground = models.CharField(max_length=24, choices=list(kinds.LABELS.items()))
    review = models.ForeignKey(
        "regulatory.Review", null=True, blank=True, on_delete=models.PROTECT, related_name="declines"
    )
    explanation = models.TextField("explanation, in the letter's language")
    fact = models.TextField("what its kind must say: what would change it, how the route stands, what was tried")
    steps = models.JSONField("next steps that the letter names", default=list)
    referral = models.TextField("where to turn", blank=True, default="")
    addressee = models.CharField(max_length=12, choices=list(kinds.ADDRESSEES))
    language = models.CharField(max_length=2, choices=list(kinds.LANGUAGES))
    contact = models.CharField("telephone and hours, or an address of the pharmacy", max_length=200)
    prepared_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    letter = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="tells_declines"
    )
    channel = models.CharField(max_length=12, choices=list(kinds.CHANNELS), blank=True, default="")
    sent_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    reconsidered_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    reconsidered_at = models.DateTimeField(null=True, blank=True)
    reconsidered_because = models.CharField(max_length=16, choices=list(kinds.RECONSIDERED), blank=True, default="")
    state = FSMField(choices=State.choices, default=State.DRAFT, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="decline_is_numbered_once"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="draft"), name="one_decline_is_being_drafted"
            ),
            models.UniqueConstraint(fields=["case"], condition=models.Q(state="sent"), name="one_decline_stands"),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "discarded"])
                | models.Q(letter__isnull=False, sent_by__isnull=False, sent_at__isnull=False) & ~models.Q(channel=""),
                name="sent_decline_has_its_letter",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_by__isnull=True) | ~models.Q(sent_by=models.F("prepared_by")),
                name="decline_is_signed_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="reconsidered")
                | models.Q(reconsidered_by__isnull=False, reconsidered_at__isnull=False)
                & ~models.Q(reconsidered_because=""),
                name="reconsidered_decline_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} decline {self.label}"

    @property
    def label(self) -> str:
        return f"L-{self.number}"

    @transition(state, source=State.DRAFT, target=State.SENT)
    def send(self, *, letter: Any, channel: str, sent_by: Any, sent_at: Any) -> None:
        """The letter was read, signed and told."""
        self.letter, self.channel, self.sent_by, self.sent_at = letter, channel, sent_by, sent_at

    @transition(state, source=State.DRAFT, target=State.DISCARDED)
    def discard(self) -> None:
        """The draft is not sent."""

    @transition(state, source=State.SENT, target=State.RECONSIDERED)
    def reconsider(self, *, reconsidered_by: Any, reconsidered_at: Any, reconsidered_because: str) -> None:
        """The answer is no longer no; what was told stays as it was."""
        self.reconsidered_by, self.reconsidered_at = reconsidered_by, reconsidered_at
        self.reconsidered_because = reconsidered_because


@pgtrigger.register(
    forgets_only("NEW.explanation <> '' OR NEW.fact <> '' OR NEW.referral <> '' OR NEW.text <> ''"),
    pgtrigger.ReadOnly(
        name="told_letter_is_fixed",
        exclude=["explanation", "fact", "referral", "text", "forgotten_at"],
    ),
    pgtrigger.Protect(name="undeletable", operation=pgtrigger.Delete),
)
@regulated(chain="enquiry:enquiry_id", digested=("explanation", "fact", "referral", "text"))
class EnquiryDecline(models.Model):
    """Why an enquiry becomes no case, and the exact text that whoever asked was told; forgotten like a triage letter.

    A named pharmacist writes, reads and tells it in one act: nothing of it is prepared by somebody else.
    """

    enquiry = models.OneToOneField("regulatory.Enquiry", on_delete=models.PROTECT, related_name="told_decline")
    # Whose code reads it.
    triage = models.ForeignKey(Triage, null=True, blank=True, on_delete=models.PROTECT, related_name="declines")
    kind = models.CharField(max_length=12, choices=[(one.code, one.label) for one in kinds.KINDS.values()])
    ground = models.CharField(max_length=24, choices=list(kinds.LABELS.items()))
    explanation = models.TextField("explanation, in the letter's language")
    fact = models.TextField("what its kind must say: what would change it, how the route stands, what was tried")
    steps = models.JSONField("next steps that the letter names", default=list)
    referral = models.TextField("where to turn", blank=True, default="")
    language = models.CharField(max_length=2, choices=Language.choices)
    contact = models.CharField("telephone and hours, or an address of the pharmacy", max_length=200)
    template_version = models.CharField(max_length=20)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    channel = models.CharField(max_length=12, choices=TriageLetter.Channel.choices)
    notice = models.ForeignKey("notices.Notice", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    told_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(channel__in=["code", "mail"]) | models.Q(triage__isnull=False),
                name="letter_read_with_a_code_has_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} decline of {self.enquiry}"
