"""What is filed and asked: filings and the authority's questions."""

from datetime import date
from typing import ClassVar

from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from regulatory.models.pathways import ProfileVersion


@guarded("state")
@regulated(chain="case:case_id")
class Filing(models.Model):
    """One filing to one authority: an application, a notification or a statement."""

    class Kind(models.TextChoices):
        APPLICATION = "application", "application"
        NOTIFICATION = "notification", "notification"
        STATEMENT = "statement", "statement"
        REPORT = "report", "report"

    class State(models.TextChoices):
        PREPARING = "preparing", "preparing"
        READY = "ready", "ready"
        SUBMITTED = "submitted", "submitted"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        QUESTION = "question", "question from the authority"
        ANSWERED = "answered", "answered"
        GRANTED = "granted", "granted"
        REFUSED = "refused", "refused"
        NO_OBJECTION = "no_objection", "no objection by lapse"
        APPEALED = "appealed", "appealed"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="filings")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    step = models.CharField("which filing of the route", max_length=40, default="main")
    authority = models.CharField(max_length=120)
    profile_version = models.ForeignKey(ProfileVersion, on_delete=models.PROTECT, related_name="filings")
    renews = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="renewals")
    varies = models.ForeignKey(
        "regulatory.Authorization", null=True, blank=True, on_delete=models.PROTECT, related_name="variations"
    )
    changes = models.JSONField("what a variation changes, by code", default=list)
    change_note = models.TextField("from what to what", blank=True, default="")
    quantity = models.DecimalField("quantity asked for", max_digits=12, decimal_places=3, null=True, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    external_reference = models.CharField(max_length=60, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by_party = models.CharField(max_length=120, blank=True, default="")
    proof = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="proves_filings"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    pack = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="packs_filings"
    )
    pack_holds = models.JSONField("labels of the papers in the pack, and of its determination", default=list)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_letter = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="decides_filings"
    )
    refusal_reason = models.TextField(blank=True, default="")
    letter_received_at = models.DateTimeField("when the letter of refusal was received", null=True, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    clock_word = models.CharField(
        "what the authority says that its question does to the window",
        max_length=10,
        choices=[("stops", "it stops"), ("restarts", "it begins anew"), ("runs_on", "it runs on")],
        blank=True,
        default="",
    )
    clock_said_by = models.CharField("who at the authority said so", max_length=120, blank=True, default="")
    clock_source = models.CharField("where it stands", max_length=200, blank=True, default="")
    clock_said_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.PREPARING, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(clock_word="")
                | (~models.Q(clock_said_by="") & ~models.Q(clock_source="") & models.Q(clock_said_at__isnull=False)),
                name="word_on_the_clock_has_its_source",
            ),
            models.UniqueConstraint(fields=["case", "number"], name="filing_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["preparing", "ready", "withdrawn"])
                | models.Q(submitted_at__isnull=False, proof__isnull=False),
                name="submitted_filing_has_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @property
    def label(self) -> str:
        return f"F-{self.number}"

    @transition(state, source=State.PREPARING, target=State.READY)
    def make_ready(self, *, planned_on: date | None = None) -> None:
        self.planned_on = planned_on or self.planned_on

    @transition(state, source=State.READY, target=State.PREPARING)
    def take_back(self) -> None:
        """Something is still missing."""

    @transition(state, source=State.READY, target=State.SUBMITTED)
    def submit(self, *, submitted_at: object, submitted_by_party: str, proof: object) -> None:
        self.submitted_at = submitted_at  # type: ignore[assignment]
        self.submitted_by_party = submitted_by_party
        self.proof = proof  # type: ignore[assignment]

    @transition(state, source=State.SUBMITTED, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, acknowledged_at: object, external_reference: str = "") -> None:
        self.acknowledged_at = acknowledged_at  # type: ignore[assignment]
        self.external_reference = external_reference or self.external_reference

    @transition(
        state,
        source=[State.SUBMITTED, State.ACKNOWLEDGED, State.QUESTION, State.ANSWERED, State.APPEALED],
        target=State.QUESTION,
    )
    def receive_question(self) -> None:
        """The authority asks, perhaps beside a question still open; its clock may stop (the profile says)."""

    @transition(state, source=State.QUESTION, target=State.ANSWERED)
    def answer_question(self) -> None:
        """All that was asked has been answered."""

    @transition(
        state,
        source=[State.SUBMITTED, State.ACKNOWLEDGED, State.QUESTION, State.ANSWERED, State.APPEALED],
        target=State.GRANTED,
    )
    def grant(self, *, decided_at: object, decision_letter: object, external_reference: str = "") -> None:
        self.decided_at = decided_at  # type: ignore[assignment]
        self.decision_letter = decision_letter  # type: ignore[assignment]
        self.external_reference = external_reference or self.external_reference

    @transition(
        state,
        source=[
            State.SUBMITTED,
            State.ACKNOWLEDGED,
            State.QUESTION,
            State.ANSWERED,
            State.APPEALED,
            State.NO_OBJECTION,
        ],
        target=State.REFUSED,
    )
    def refuse(
        self,
        *,
        decided_at: object,
        refusal_reason: str,
        decision_letter: object = None,
        letter_received_at: object = None,
    ) -> None:
        self.decided_at = decided_at  # type: ignore[assignment]
        self.letter_received_at = letter_received_at  # type: ignore[assignment]
        self.refusal_reason = refusal_reason
        self.decision_letter = decision_letter  # type: ignore[assignment]

    @transition(state, source=[State.ACKNOWLEDGED, State.ANSWERED], target=State.NO_OBJECTION)
    def lapse(self, *, decided_at: object) -> None:
        """The objection window ended in silence; recorded as such, never as approved."""
        self.decided_at = decided_at  # type: ignore[assignment]

    @transition(state, source=State.REFUSED, target=State.APPEALED)
    def appeal(self, *, appealed_at: object) -> None:
        self.appealed_at = appealed_at  # type: ignore[assignment]

    @transition(
        state,
        source=[
            State.PREPARING,
            State.READY,
            State.SUBMITTED,
            State.ACKNOWLEDGED,
            State.QUESTION,
            State.ANSWERED,
            State.APPEALED,
        ],
        target=State.WITHDRAWN,
    )
    def withdraw(self) -> None:
        """The applicant takes the filing back."""


@regulated(chain="case:case_id")
class FilingQuestion(models.Model):
    """One question of the authority on a filing, and its answer."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="filing_questions")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    asked_at = models.DateTimeField()
    answer_due_on = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["filing", "number"], name="question_is_numbered_once")]

    def __str__(self) -> str:
        return f"question {self.number} on {self.filing}"

    @property
    def is_late(self) -> bool:
        """Whether it was answered after the day that the authority set; the answer stands, and says so."""
        return bool(self.answered_at and self.answer_due_on and self.answered_at.date() > self.answer_due_on)
