"""Receiving: the inspection, the decision, the dose."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import Unit
from cases.custody.models.release_guards import DECIDED_APART
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Inspection(models.Model):
    """The receiving inspection at the institution."""

    class Result(models.TextChoices):
        ACCEPT = "accept", "accept"
        QUARANTINE = "quarantine", "quarantine"
        REJECT = "reject", "reject"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="inspections")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="inspections")
    inspected_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    inspected_at = models.DateTimeField()
    units_received = models.DecimalField(max_digits=12, decimal_places=3)
    seals_intact = models.BooleanField()
    labels_legible = models.BooleanField()
    serials_match = models.BooleanField()
    result = models.CharField(max_length=12, choices=Result.choices)
    remarks = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"inspection of {self.consignment}: {self.result}"


class InspectionDraft(models.Model):
    """What a person has answered so far at the receiving inspection; gone once the inspection is recorded.

    Not evidence: the inspection and its signed protocol are.
    """

    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="inspection_drafts")
    by = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "by"], name="inspection_draft_is_one_a_person")
        ]

    def __str__(self) -> str:
        return f"draft of the inspection of {self.consignment}"


@pgtrigger.register(WRITTEN_ONCE, DECIDED_APART)
@regulated(chain="case:case_id")
class Disposition(models.Model):
    """The signed decision on an arrived consignment, by somebody who neither packed nor received it.

    ``evidence`` names what was looked at, each with its fingerprint; ``record`` is the text that was signed.
    """

    class Question(models.TextChoices):
        RECEIPT = "receipt", "receipt"
        EXCURSION = "excursion", "temperature"
        DAMAGE = "damage", "damage"
        DISCREPANCY = "discrepancy", "discrepancy"
        RECALL = "recall", "recall"

    class Decision(models.TextChoices):
        RELEASE = "release", "release"
        QUARANTINE = "quarantine", "quarantine continues"
        REJECT_RETURN = "reject_return", "reject and return"
        REJECT_DESTROY = "reject_destroy", "reject and destroy"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="dispositions")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="dispositions")
    question = models.CharField(max_length=12, choices=Question.choices, default=Question.RECEIPT)
    decision = models.CharField(max_length=16, choices=Decision.choices)
    reason = models.TextField()
    conditions = models.TextField(blank=True, default="")
    manufacturer_answer = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer_reference = models.CharField("the manufacturer's reference", max_length=60, blank=True, default="")
    answered_on = models.DateField("day of the manufacturer's answer", null=True, blank=True)
    evidence = models.JSONField(default=list)
    record = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.decision} of {self.consignment}"

    @property
    def is_rejection(self) -> bool:
        """Whether the units can never be given again; it may also be one of before there were two kinds."""
        return self.decision.startswith("reject")


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class DoseAdministered(models.Model):
    """A dose given from one unit: what an adverse event is linked to."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="doses")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="doses")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="doses")
    amount = models.CharField("dose as given", max_length=60)
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"dose of {self.given_at:%Y-%m-%d}"
