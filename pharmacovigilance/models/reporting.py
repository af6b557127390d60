"""Who must tell whom by when, what was sent, and what came back (facts: pharmacovigilance 9.1, 9.2)."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns
from pharmacovigilance.models.versions import CaseVersion


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class Obligation(models.Model):
    """One party must tell one recipient by one day, by one rule, from one version; never silence: a default applies.

    Rules that match for the same party and recipient each keep their own date, as does a second stage ("7 + 8 days").
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        DONE_LATE = "done_late", "done late"
        WAIVED = "waived", "waived"
        SUPERSEDED = "superseded", "superseded"
        NOT_REQUIRED = "not_required", "not required"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="obligations")
    version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="obligations")
    number = models.PositiveSmallIntegerField()
    responsible_party = models.CharField(max_length=60)
    recipient = models.CharField(max_length=120)
    rule = models.CharField(max_length=80)
    rule_version = models.CharField(max_length=40)
    rule_status = models.CharField("review of the rule", max_length=20, default="draft_unreviewed")
    rule_confidence = models.CharField(max_length=12)
    is_certain = models.BooleanField("the rule's conditions are known to hold", default=True)
    is_downgrade = models.BooleanField("the rule holds no longer: told a last time", default=False)
    day0 = models.DateField("day 0")
    deadline = models.OneToOneField(
        "deadlines.Deadline", null=True, blank=True, on_delete=models.PROTECT, related_name="obligation"
    )
    discharged_at = models.DateTimeField(null=True, blank=True)
    waiver_reason = models.TextField(blank=True, default="")
    waived_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    second_person = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="obligation_is_numbered_once"),
            models.UniqueConstraint(
                fields=["version", "responsible_party", "recipient", "rule"],
                name="obligation_once_a_party_recipient_and_rule",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waived")
                | (models.Q(second_person__isnull=False) & ~models.Q(second_person=models.F("waived_by"))),
                name="obligation_is_waived_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.version.label}: {self.responsible_party} to {self.recipient}"

    @property
    def label(self) -> str:
        return f"O-{self.number}"

    @transition(state, source=State.OPEN, target=State.DONE)
    def discharge(self, *, discharged_at: object) -> None:
        self.discharged_at = discharged_at  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=State.DONE_LATE)
    def discharge_late(self, *, discharged_at: object) -> None:
        self.discharged_at = discharged_at  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=None)
    def propose_waiver(self, *, waived_by: object, reason: str) -> None:
        """The first of two people says why nobody need be told; the duty stands until the second agrees."""
        self.waived_by = waived_by  # type: ignore[assignment]
        self.waiver_reason = reason

    @transition(state, source=State.OPEN, target=State.WAIVED)
    def waive(self, *, second_person: object) -> None:
        self.second_person = second_person  # type: ignore[assignment]

    @transition(state, source=State.OPEN, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later version carries the duty."""

    @transition(state, source=State.OPEN, target=State.NOT_REQUIRED)
    def judge_not_required(self) -> None:
        """New information took the ground away."""


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id", digested=("artefact",))
class Transmission(models.Model):
    """One report sent to one recipient, and what came back.

    What is sent is kept among the papers of the case (``message``). Where these were erased, no paper can be added any
    more and the report still has to go out: then it stands here (``artefact``); it names nobody.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", "prepared"
        SENT = "sent", "sent"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        NO_ANSWER = "no_answer", "no answer"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="transmissions")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="transmissions")
    number = models.PositiveSmallIntegerField()
    format = models.CharField(max_length=20)
    artefact_sha256 = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    proof = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Stays where papers are erased, and says that the recipient had it; it names nobody.
    receipt = models.CharField("receipt of the recipient, in words", max_length=300, blank=True, default="")
    acknowledgement = models.TextField(blank=True, default="")
    message_number = models.CharField("batch number of the message (N.1.2)", max_length=100, blank=True, default="")
    message = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    artefact = models.BinaryField("what is sent, where the papers were erased", null=True, editable=False)
    state = FSMField(choices=State.choices, default=State.PREPARED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="transmission_is_numbered_once"),
            models.UniqueConstraint(
                fields=["message_number"],
                condition=~models.Q(message_number=""),
                name="message_number_names_one_transmission",
            ),
        ]

    def __str__(self) -> str:
        return f"transmission {self.label}"

    @property
    def label(self) -> str:
        return f"T-{self.number}"

    @transition(state, source=State.PREPARED, target=State.SENT)
    def send(self, *, sent_at: object, proof: object = None, receipt: str = "") -> None:
        self.sent_at = sent_at  # type: ignore[assignment]
        self.proof = proof  # type: ignore[assignment]
        self.receipt = receipt

    @transition(state, source=[State.SENT, State.NO_ANSWER], target=State.ACCEPTED)
    def accept(self, *, acknowledgement: str = "") -> None:
        self.acknowledgement = acknowledgement

    @transition(state, source=[State.SENT, State.NO_ANSWER], target=State.REJECTED)
    def reject(self, *, acknowledgement: str) -> None:
        self.acknowledgement = acknowledgement

    @transition(state, source=State.SENT, target=State.NO_ANSWER)
    def note_no_answer(self) -> None:
        """No acknowledgement came in the time expected."""


@pgtrigger.register(UNDELETABLE, frozen_columns("id"))
@regulated(chain="pharmacy:pharmacy_id")
class UnmatchedAcknowledgement(models.Model):
    """What a recipient answered to a message that no transmission awaits an answer to; kept for a person to read."""

    class Why(models.TextChoices):
        UNKNOWN = "unknown", "no transmission of ours has this number"
        OTHER_SENDER = "other_sender", "it is for another sender"
        NOT_SENT = "not_sent", "the transmission is not recorded as sent"
        ANSWERED = "answered", "the transmission was answered before"
        OTHER_REPORT = "other_report", "the transmission sent another report than the one it names"
        NOT_SAID = "not_said", "of this report it says neither accepted nor rejected"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="unmatched_acknowledgements")
    why = models.CharField(max_length=16, choices=Why.choices)
    sha256 = models.CharField("fingerprint of the file", max_length=64)
    number = models.CharField("number of the acknowledgement (ACK.M.1)", max_length=100)
    sender = models.CharField("who answers (ACK.M.2)", max_length=100)
    receiver = models.CharField("for whom (ACK.M.3)", max_length=100)
    message_number = models.CharField("batch number (ACK.A.1)", max_length=100)
    report = models.CharField("report (ACK.B.r.1)", max_length=200, blank=True, default="")
    code = models.CharField("what became of it (ACK.A.4 or ACK.B.r.6)", max_length=2)
    text = models.TextField("what is said (ACK.A.5 or ACK.B.r.7)", blank=True, default="")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pharmacy", "sha256", "report", "why"], name="unmatched_acknowledgement_is_kept_once"
            )
        ]

    def __str__(self) -> str:
        return f"acknowledgement {self.number} of {self.message_number}"
