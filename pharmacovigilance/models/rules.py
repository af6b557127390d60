"""Reporting rules: each text that a release of the product brought, and each that two people of a house stand for."""

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
    """One version of one reporting rule; what it says never changes.

    What a release brought counts as an unreviewed draft from the day on which it was loaded, the first release for
    every day. A later release adds a version where a text changed, and a retirement where it has the rule no longer.
    A version of the house goes before and counts once a second person approved it. ``data`` has the form of
    ``data/reporting_rules.json``.
    """

    class Origin(models.TextChoices):
        SHIPPED = "shipped", "came with the product"
        HOUSE = "house", "proposed in this house"

    rule = models.CharField("identifier of the rule", max_length=80)
    version = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.HOUSE)
    release = models.CharField("release that brought it, or beside which it was proposed", max_length=20)
    is_retirement = models.BooleanField("the release has this rule no longer", default=False)
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
                fields=["rule", "release"],
                condition=models.Q(origin="shipped"),
                name="reporting_rule_has_one_text_in_a_release",
            ),
            models.CheckConstraint(
                condition=models.Q(is_retirement=False) | models.Q(origin="shipped", in_force_from__isnull=False),
                name="reporting_rule_is_retired_by_a_release_and_day",
            ),
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
    def name(self) -> str:
        """How an obligation names the version by which it was opened."""
        return self.release if self.origin == self.Origin.SHIPPED else f"house version {self.version}"

    @property
    def is_open(self) -> bool:
        """Whether it awaits a second person."""
        return self.origin == self.Origin.HOUSE and self.decided_at is None
