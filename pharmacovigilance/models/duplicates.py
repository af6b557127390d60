"""Pairs of safety cases that may tell of one event, and the numbers that other senders gave a safety case."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns
from pharmacovigilance.models.versions import SafetyCase


@pgtrigger.register(UNDELETABLE, frozen_columns("id"))
@regulated(chain="case:case_id")
class OtherIdentifier(models.Model):
    """A number that another sender gave this safety case (C.1.9.1.r). It is kept beside ours and replaces none."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="other_identifiers")
    safety_case = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="other_identifiers")
    number = models.PositiveSmallIntegerField("number in the case")
    source = models.CharField("who gave it (C.1.9.1.r.1)", max_length=100)
    identifier = models.CharField("their number (C.1.9.1.r.2)", max_length=100)
    noted_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="other_identifier_is_numbered_once"),
            models.UniqueConstraint(
                fields=["safety_case", "source", "identifier"], name="other_identifier_is_noted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identifier} of {self.source}"

    @property
    def label(self) -> str:
        return f"OI-{self.number}"


@pgtrigger.register(UNDELETABLE, pgtrigger.ReadOnly(name="pair_is_fixed", fields=["pharmacy", "first", "second"]))
@regulated(chain="pharmacy:pharmacy_id")
class DuplicateCandidate(models.Model):
    """Two safety cases of one pharmacy that may tell of one event: why, and what a person decided. Both stay.

    One row a pair, the older first. ``features`` keeps what agreed and differed, never what was compared.
    """

    class Decision(models.TextChoices):
        NOT_DECIDED = "", "not decided"
        SAME = "same", "one event"
        DIFFERENT = "different", "two events"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="duplicate_candidates")
    first = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(SafetyCase, on_delete=models.PROTECT, related_name="+")
    grounds = models.JSONField("certain grounds", default=list, blank=True)
    features = models.JSONField("what agrees and what differs", default=list, blank=True)
    score = models.SmallIntegerField()
    weights = models.CharField("version of the points", max_length=20)
    found_at = models.DateTimeField("when it was compared last")
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    master = models.ForeignKey(SafetyCase, null=True, blank=True, on_delete=models.PROTECT, related_name="is_master_of")
    reason = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_candidate_once_a_pair"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_is_ordered"),
            models.CheckConstraint(
                condition=models.Q(decision="", reason="", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~models.Q(decision="")
                    & ~models.Q(reason="")
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="duplicate_decision_has_who_when_and_why",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(decision="same")
                    & (models.Q(master=models.F("first")) | models.Q(master=models.F("second")))
                )
                | (~models.Q(decision="same") & models.Q(master__isnull=True)),
                name="duplicate_has_its_master_when_one_event",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["pharmacy", "decision"], name="duplicate_by_decision")]

    def __str__(self) -> str:
        return f"{self.first.worldwide_id} and {self.second.worldwide_id}"

    @property
    def other(self) -> SafetyCase | None:
        """Of one event: the safety case that is not the master, whose further versions name the master."""
        if self.master_id is None:
            return None
        return self.second if self.master_id == self.first_id else self.first
