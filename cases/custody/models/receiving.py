"""Receiving: the inspection, the temperature, the decision, the dose."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import Unit
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


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class ExposureAssessment(models.Model):
    """What the logger recorded for one consignment, and the finding. A new reading is a new assessment."""

    class Finding(models.TextChoices):
        IN_RANGE = "in_range", "in range throughout"
        EXCURSION = "excursion", "excursion"
        UNMONITORED = "unmonitored", "not monitored, counts as an excursion"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="exposure_assessments")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="exposure_assessments")
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lowest_c = models.DecimalField("lowest, °C", max_digits=5, decimal_places=1, null=True, blank=True)
    highest_c = models.DecimalField("highest, °C", max_digits=5, decimal_places=1, null=True, blank=True)
    minutes_outside = models.PositiveIntegerField(default=0)
    finding = models.CharField(max_length=12, choices=Finding.choices)
    assessed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.finding} for {self.consignment}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Disposition(models.Model):
    """The signed decision on an arrived consignment, by somebody who neither packed nor received it."""

    class Decision(models.TextChoices):
        RELEASE = "release", "release"
        QUARANTINE = "quarantine", "quarantine continues"
        REJECT = "reject", "reject"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="dispositions")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="dispositions")
    decision = models.CharField(max_length=12, choices=Decision.choices)
    reason = models.TextField()
    manufacturer_answer = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.decision} of {self.consignment}"


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
