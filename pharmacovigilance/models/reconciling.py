"""Comparisons of a partner's list with ours, and what became of each gap."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns
from pharmacovigilance.models.versions import SafetyCase


@pgtrigger.register(UNDELETABLE, frozen_columns("id"))
@regulated(chain="pharmacy:pharmacy_id")
class ReconciliationRun(models.Model):
    """One list of one partner for one period, as it compared with ours on that day. It never changes."""

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="reconciliations")
    partner = models.CharField("as reports are sent to it", max_length=120)
    from_on = models.DateField("first day of the period")
    until_on = models.DateField("last day of the period")
    sha256 = models.CharField("fingerprint of the list", max_length=64)
    lines = models.PositiveIntegerField("lines of the list")
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(from_on__lte=models.F("until_on")), name="reconciled_period_is_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.from_on:%Y-%m-%d} to {self.until_on:%Y-%m-%d}"


@pgtrigger.register(
    UNDELETABLE,
    pgtrigger.ReadOnly(
        name="comparison_is_fixed",
        fields=["pharmacy", "run", "number", "result", "safety_case", "ours", "theirs", "differs", "line"],
    ),
)
@regulated(chain="pharmacy:pharmacy_id")
class ReconciledCase(models.Model):
    """One case of a comparison: in both lists or in one; a gap is settled by a person with a sentence."""

    class Result(models.TextChoices):
        ONLY_OURS = "only_ours", "only in our list"
        ONLY_THEIRS = "only_theirs", "only in their list"
        DIFFERS = "differs", "differing fields"
        MATCHED = "matched", "matched"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(ReconciliationRun, on_delete=models.PROTECT, related_name="cases")
    number = models.PositiveIntegerField()
    result = models.CharField(max_length=12, choices=Result.choices)
    safety_case = models.ForeignKey(SafetyCase, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField("line of their list", null=True, blank=True)
    ours = models.JSONField("as we have it", default=dict, blank=True)
    theirs = models.JSONField("as they have it", default=dict, blank=True)
    differs = models.JSONField("fields that differ", default=list, blank=True)
    resolution = models.TextField(blank=True, default="")
    resolved_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="reconciled_case_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(resolution="", resolved_by__isnull=True, resolved_at__isnull=True)
                | (~models.Q(resolution="") & models.Q(resolved_by__isnull=False, resolved_at__isnull=False)),
                name="resolution_has_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_result_display()}: {self.named}"

    @property
    def named(self) -> str:
        """The number by which both call it: ours where there is one."""
        return str(self.ours.get("our_number") or self.theirs.get("our_number") or self.theirs.get("their_number", ""))

    @property
    def is_open(self) -> bool:
        return self.result != self.Result.MATCHED and not self.resolution
