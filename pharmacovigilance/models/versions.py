"""The identity of a safety case, and what was known of it at one time (facts: pharmacovigilance 9.1, 9.2)."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns


@pgtrigger.register(UNDELETABLE)
@regulated(chain="case:case_id")
class SafetyCase(models.Model):
    """The identity of one safety case; what is known stands in its versions."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="safety_cases")
    number = models.PositiveSmallIntegerField()
    worldwide_id = models.CharField("worldwide unique case identification (C.1.8.1)", max_length=100, unique=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="safety_case_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"safety case {self.label}"

    @property
    def label(self) -> str:
        return f"SC-{self.number}"


@pgtrigger.register(UNDELETABLE, frozen_columns("state", once="OLD.locked_at IS NOT NULL"))
@guarded("state")
@regulated(chain="case:case_id")
class CaseVersion(models.Model):
    """What was known of a safety case at one time; locked before anything is reported from it."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        ASSESSED = "assessed", "assessed"
        LOCKED = "locked", "locked"
        SUPERSEDED = "superseded", "superseded"

    class Kind(models.TextChoices):
        INITIAL = "initial", "initial"
        FOLLOW_UP = "follow_up", "follow-up"
        AMENDMENT = "amendment", "amendment"
        NULLIFICATION = "nullification", "nullification"

    class Causality(models.TextChoices):
        RELATED = "related", "related"
        NOT_RELATED = "not_related", "not related"
        NOT_ASSESSED = "not_assessed", "not assessed"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="case_versions")
    safety_case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("number in the case")
    version = models.PositiveSmallIntegerField("version of the safety case")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.INITIAL)
    day0 = models.DateField("day 0")
    aware_at = models.DateTimeField("when what makes this version was received")
    # Their own day 0, where it is earlier than the pharmacy's; empty where nobody has said it.
    prescriber_knew_on = models.DateField("the day the prescriber or hospital first knew of it", null=True, blank=True)
    company_knew_on = models.DateField("the day the manufacturer first knew of it", null=True, blank=True)
    sponsor_knew_on = models.DateField(
        "the day the importer, sponsor or supplier first knew of it", null=True, blank=True
    )
    event_verbatim = models.TextField(blank=True, default="")
    serious = models.BooleanField()
    seriousness_criterion = models.CharField(max_length=40, blank=True, default="")
    expected = models.BooleanField(null=True, blank=True)
    causality = models.CharField(max_length=16, choices=Causality.choices, default=Causality.NOT_ASSESSED)
    narrative = models.TextField(blank=True, default="")
    patient = models.JSONField("what is known of the patient, without identity (D)", default=dict, blank=True)
    reason = models.TextField("why a further version was drafted", blank=True, default="")
    circumstances = models.JSONField("further facts that reporting rules ask for", default=dict, blank=True)
    lot = models.ForeignKey(
        "custody.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="case_versions"
    )
    lot_remark = models.CharField(max_length=120, blank=True, default="lot not confirmed")
    snapshot = models.JSONField(null=True, blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True, default="")
    locked_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    locked_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.DRAFT, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="case_version_is_numbered_once"),
            models.UniqueConstraint(fields=["safety_case", "version"], name="safety_case_version_is_unique"),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "assessed"])
                | models.Q(locked_at__isnull=False, locked_by__isnull=False, snapshot__isnull=False),
                name="locked_version_has_its_snapshot",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.safety_case}"

    @property
    def label(self) -> str:
        return f"V-{self.number}"

    @transition(state, source=[State.DRAFT, State.ASSESSED], target=State.ASSESSED)
    def assess(self, *, causality: str, expected: bool | None, narrative: str) -> None:
        """Judged as a whole; until it is locked it may be judged again."""
        self.causality = causality
        self.expected = expected
        self.narrative = narrative

    @transition(state, source=State.ASSESSED, target=State.LOCKED)
    def lock(self, *, locked_by: object, locked_at: object, snapshot: dict, snapshot_sha256: str) -> None:
        self.locked_by = locked_by  # type: ignore[assignment]
        self.locked_at = locked_at  # type: ignore[assignment]
        self.snapshot = snapshot
        self.snapshot_sha256 = snapshot_sha256

    @transition(state, source=State.LOCKED, target=None)
    def follow_up(self) -> None:
        """New information or a correction: a further version is drafted, this one stays as it was locked."""

    @transition(state, source=State.LOCKED, target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later version was locked."""
