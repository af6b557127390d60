"""Pathways as governed data: one version of one pathway, reviewed and signed by two people."""

from datetime import date
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded

# What a version is never changes; its data only while it is a draft that people here write.
_FIXED = (
    "profile_key",
    "version",
    "jurisdiction",
    "is_demonstration",
    "copied_from_id",
    "based_on_id",
    "origin",
    "made_by_id",
    "loaded_at",
)
_WRITTEN = ("data", "data_sha256", "name", "control_model")


def _changed(columns: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in columns) + ")"


@pgtrigger.register(
    pgtrigger.Protect(
        name="data_are_fixed",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            f"({_changed(_FIXED)} OR ({_changed(_WRITTEN)} AND NOT (OLD.status = 'draft_unreviewed' "
            "AND NEW.status = 'draft_unreviewed' AND OLD.origin IN ('drafted', 'imported'))))"
        ),
    )
)
@guarded("status")
@regulated(chain="profile:profile_key")
class ProfileVersion(models.Model):
    """One pathway of one country in one legal version (domain.md 5).

    Once it is reviewed its data never change: new data, new version. Before that, only a draft that people here wrote
    or imported is edited; what the product ships is not.
    """

    class Origin(models.TextChoices):
        PRODUCT = "product", "shipped with the product"
        COPIED = "copied", "copied for a demonstration"
        DRAFTED = "drafted", "drafted here"
        IMPORTED = "imported", "imported from a file"

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
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.PRODUCT)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers")
    made_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["profile_key", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile_key", "version"], name="profile_version_is_unique"),
            models.UniqueConstraint(
                fields=["profile_key", "is_demonstration"],
                condition=models.Q(status="active"),
                name="pathway_has_one_active_version",
            ),
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

    @classmethod
    def in_use_on(cls, day: date) -> models.Q:
        """Signed and in force on that day: the version in use, or the one it takes the place of while it has not begun.

        A version that was retired without another is out of use at once.
        """
        follower = cls.objects.filter(
            profile_key=models.OuterRef("profile_key"),
            is_demonstration=models.OuterRef("is_demonstration"),
            status=cls.Status.ACTIVE,
            effective_from__gt=day,
        )
        begun = models.Q(effective_from__isnull=True) | models.Q(effective_from__lte=day)
        still = models.Q(status=cls.Status.RETIRED, effective_to__gte=day, signed_sha256=models.F("data_sha256"))
        return begun & (models.Q(status=cls.Status.ACTIVE) | (still & models.Q(models.Exists(follower))))

    @property
    def is_editable(self) -> bool:
        """Whether its facts may be changed: a draft that people here wrote or imported."""
        return self.status == self.Status.DRAFT and self.origin in (self.Origin.DRAFTED, self.Origin.IMPORTED)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back before anybody signed it."""
        return self.status == self.Status.RETIRED and not self.signed_sha256

    def is_stale_on(self, day: date) -> bool:
        """Whether nobody has checked it in time: never reviewed, no next review planned, or its day has come."""
        return self.reviewed_on is None or self.next_review_due is None or self.next_review_due <= day

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
