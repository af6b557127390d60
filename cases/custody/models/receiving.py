"""Receiving: the inspection, the decision, the dose."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import Unit
from cases.custody.models.release_guards import CHECKED_APART, DECIDED_APART
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Inspection(models.Model):
    """The receiving inspection at the institution; what was found of each item is a :class:`CheckResult`.

    ``protocol_version`` is empty for one from before protocols were kept. ``logger_stopped_at`` is when the logger was
    stopped, before anything was opened; ``stored_at`` ends the time out of range.
    """

    class Result(models.TextChoices):
        ACCEPT = "accept", "accept"
        ACCEPT_PART = "accept_part", "accept in part"
        QUARANTINE = "quarantine", "quarantine"
        REJECT = "reject", "reject"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="inspections")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="inspections")
    inspected_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    inspected_at = models.DateTimeField()
    protocol_version = models.CharField(max_length=8, blank=True, default="")
    logger_stopped_at = models.DateTimeField(null=True, blank=True)
    stored_at = models.DateTimeField("moved to qualified storage", null=True, blank=True)
    units_received = models.DecimalField(max_digits=12, decimal_places=3)
    result = models.CharField(max_length=12, choices=Result.choices)
    remarks = models.TextField(blank=True, default="")
    record = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"inspection of {self.consignment}: {self.result}"

    @property
    def accepts(self) -> bool:
        """Whether something of it may be accepted once a release is signed."""
        return self.result in (self.Result.ACCEPT, self.Result.ACCEPT_PART)


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class CheckResult(models.Model):
    """What was found of one item of the protocol, with the question as it was asked."""

    class Answer(models.TextChoices):
        YES = "yes", "yes"
        NO = "no", "no"
        NOT_APPLICABLE = "not_applicable", "not applicable"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="results")
    place = models.PositiveSmallIntegerField("place in the protocol")
    item = models.CharField(max_length=20)
    question = models.CharField(max_length=200)
    answer = models.CharField(max_length=14, choices=Answer.choices)
    note = models.TextField(blank=True, default="")
    photo = models.ForeignKey("documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "item"], name="item_is_answered_once_an_inspection")
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}"


@pgtrigger.register(WRITTEN_ONCE, CHECKED_APART)
@regulated(chain="case:case_id")
class SecondCheck(models.Model):
    """Another person's own look at what was inspected, signed; ``record`` is the text that was signed."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="second_checks")
    inspection = models.OneToOneField(Inspection, on_delete=models.PROTECT, related_name="second_check")
    checked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    units_counted = models.DecimalField(max_digits=12, decimal_places=3)
    agrees = models.BooleanField()
    remarks = models.TextField(blank=True, default="")
    record = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"second check of the {self.inspection}"


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
