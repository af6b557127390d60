"""Reporting rules as this house confirmed or changed them: each version proposed by one person, decided by another."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns

DECISION = ("decided_by_id", "decided_at", "is_approved", "decision_reason")


@pgtrigger.register(
    UNDELETABLE,
    frozen_columns(*DECISION),
    pgtrigger.Protect(
        name="decided_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__decided_at__isnull=False)
    ),
)
@regulated(chain="reporting_rule:rule")
class ReportingRuleVersion(models.Model):
    """One version of one reporting rule; what it says never changes, and it counts once a second person approved it.

    Version 1 keeps the text that came with the product, an unreviewed draft; it is written beside the first proposal.
    ``data`` has the form of ``data/reporting_rules.json``. The product's own text counts where no version is in force.
    """

    class Origin(models.TextChoices):
        SHIPPED = "shipped", "came with the product"
        HOUSE = "house", "proposed in this house"

    rule = models.CharField("identifier of the rule", max_length=80)
    version = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.HOUSE)
    data = models.JSONField()
    data_sha256 = models.CharField(max_length=64)
    in_force_from = models.DateField("first day 0 it counts for", null=True, blank=True)
    in_force_until = models.DateField("last day 0 it counts for", null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    proposed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "version"], name="reporting_rule_version_is_unique"),
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(origin="house", decided_at__isnull=True),
                name="reporting_rule_has_one_open_proposal",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True, decided_at__isnull=True, is_approved__isnull=True)
                | (
                    models.Q(decided_by__isnull=False, decided_at__isnull=False, is_approved__isnull=False)
                    & ~models.Q(decided_by=models.F("proposed_by"))
                ),
                name="reporting_rule_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(origin="shipped", is_approved__isnull=True)
                | models.Q(origin="house", in_force_from__isnull=False),
                name="reporting_rule_of_the_house_has_its_day",
            ),
            models.CheckConstraint(
                condition=models.Q(in_force_until__isnull=True)
                | models.Q(in_force_until__gte=models.F("in_force_from")),
                name="reporting_rule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, version {self.version}"

    @property
    def is_open(self) -> bool:
        """Whether it awaits a second person."""
        return self.origin == self.Origin.HOUSE and self.decided_at is None
