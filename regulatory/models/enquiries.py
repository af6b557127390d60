"""Enquiries: what was asked before there is a case."""

from typing import ClassVar

from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from regulatory.models.pathways import ProfileVersion


@guarded("state")
@regulated(chain="enquiry:id")
class Enquiry(models.Model):
    """A question that reached the pharmacy before a case exists; pseudonymous (triage.md E3)."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        ANSWERED = "answered", "answered"
        BECAME_CASE = "became_case", "became a case"
        REFERRED = "referred", "referred"
        DECLINED = "declined", "declined"

    class Asker(models.TextChoices):
        FAMILY = "family", "a family"
        PRESCRIBER = "prescriber", "a prescriber"
        INSTITUTION = "institution", "an institution"

    reference = models.CharField(max_length=16, unique=True)
    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="enquiries")
    asked_by = models.CharField(max_length=12, choices=Asker.choices)
    country = models.CharField(max_length=2)
    product = models.CharField(max_length=120)
    medicine = models.ForeignKey("cases.Medicine", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    indication = models.CharField(max_length=200)
    urgency = models.CharField(max_length=12, default="standard")
    answers = models.JSONField(default=dict)
    question = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True, blank=True)
    profile_version = models.ForeignKey(
        ProfileVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    outcome = models.CharField(max_length=32, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    form_key = models.CharField("makes a form posted twice one enquiry", max_length=64, null=True, unique=True)
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["pharmacy", "state", "-received_at"], name="enquiry_by_state")]

    def __str__(self) -> str:
        return self.reference

    @transition(state, source=[State.OPEN, State.ANSWERED], target=State.ANSWERED)
    def give_answer(self, *, outcome: str, answer: str, answered_by: object, answered_at: object) -> None:
        self.outcome = outcome
        self.answer = answer
        self.answered_by = answered_by  # type: ignore[assignment]
        self.answered_at = answered_at  # type: ignore[assignment]

    @transition(state, source=State.ANSWERED, target=State.BECAME_CASE)
    def become_case(self) -> None:
        """The pathway fits, the prescriber is willing: a case was opened."""

    @transition(state, source=State.ANSWERED, target=State.REFERRED)
    def refer(self) -> None:
        """Another route or another house is the right one."""

    @transition(state, source=[State.OPEN, State.ANSWERED], target=State.DECLINED)
    def decline(self) -> None:
        """The pharmacy cannot help; a letter says why."""
