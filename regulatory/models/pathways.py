"""Pathways as governed data: one version of one pathway, reviewed and signed by two people."""

from datetime import date
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded


@pgtrigger.register(
    pgtrigger.ReadOnly(
        name="data_are_fixed",
        fields=[
            "profile_key",
            "version",
            "jurisdiction",
            "control_model",
            "data",
            "data_sha256",
            "is_demonstration",
            "copied_from",
            "loaded_at",
        ],
    )
)
@guarded("status")
@regulated(chain="profile:profile_key")
class ProfileVersion(models.Model):
    """One pathway of one country in one legal version (domain.md 5). Its data never change: new data, new version."""

    class Status(models.TextChoices):
        DRAFT = "draft_unreviewed", "draft, not reviewed"
        REVIEWED = "reviewed", "reviewed"
        ACTIVE = "active", "active"
        RETIRED = "retired", "retired"

    profile_key = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    jurisdiction = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    control_model = models.CharField(max_length=48)
    data = models.JSONField()
    data_sha256 = models.CharField(max_length=64)
    status = FSMField(choices=Status.choices, default=Status.DRAFT, protected=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    reviewed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    next_review_due = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_sha256 = models.CharField(max_length=64, blank=True, default="")
    is_demonstration = models.BooleanField(default=False)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    loaded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["profile_key", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile_key", "version"], name="profile_version_is_unique"),
            models.CheckConstraint(
                condition=~models.Q(status="active")
                | models.Q(
                    reviewed_on__isnull=False,
                    reviewed_by__isnull=False,
                    signed_by__isnull=False,
                    signed_at__isnull=False,
                    effective_from__isnull=False,
                    signed_sha256=models.F("data_sha256"),
                ),
                name="active_profile_is_reviewed_and_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_key} {self.version}"

    @property
    def is_signed(self) -> bool:
        """Whether a live case may rest on it: active and signed over exactly these data."""
        return self.status == self.Status.ACTIVE and self.signed_sha256 == self.data_sha256

    def is_stale_on(self, day: date) -> bool:
        """Whether its review date is past (or was never set)."""
        return self.next_review_due is None or self.next_review_due <= day

    @transition(status, source=Status.DRAFT, target=Status.REVIEWED)
    def review(self, *, reviewed_by: object, reviewed_on: date, next_review_due: date) -> None:
        self.reviewed_by = reviewed_by  # type: ignore[assignment]
        self.reviewed_on = reviewed_on
        self.next_review_due = next_review_due

    @transition(status, source=Status.REVIEWED, target=Status.ACTIVE)
    def activate(self, *, signed_by: object, signed_at: object, effective_from: date) -> None:
        self.signed_by = signed_by  # type: ignore[assignment]
        self.signed_at = signed_at  # type: ignore[assignment]
        self.signed_sha256 = self.data_sha256
        self.effective_from = effective_from

    @transition(status, source=[Status.DRAFT, Status.REVIEWED, Status.ACTIVE], target=Status.RETIRED)
    def retire(self, *, effective_to: date | None) -> None:
        self.effective_to = effective_to
