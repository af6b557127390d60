"""What loggers recorded: layouts that were saved, files being looked at, and what each assessment found."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.release_guards import BUDGET_ONLY_FALLS
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="pharmacy:pharmacy_id")
class LoggerLayout(models.Model):
    """One version of a layout that a pharmacist saved from a preview; a change is the next version.

    ``layout`` is what :func:`cases.custody.cold_chain.mappings.mapping_of` takes.
    """

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="logger_layouts")
    name = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    layout = models.JSONField()
    saved_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "name", "version"], name="logger_layout_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class LoggerDraft(models.Model):
    """A logger's file that a person is looking at, sealed under the patient's key; gone once it is kept or dropped.

    Not evidence: the document and the assessment are.
    """

    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="logger_drafts")
    by = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField("bytes as they came, sealed")
    sealed_name = models.BinaryField("name it came with, sealed")
    media_type = models.CharField(max_length=80)
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "by"], name="logger_draft_is_one_a_person")
        ]

    def __str__(self) -> str:
        return f"logger's file for {self.consignment}, being looked at"


@pgtrigger.register(WRITTEN_ONCE, BUDGET_ONLY_FALLS)
@regulated(chain="case:case_id")
class ExposureAssessment(models.Model):
    """What was recorded on one leg of one consignment, by which method and parameters, and the finding.

    Temperatures in °C, durations in minutes. ``figures`` is the whole record that recomputes (I10); the columns are
    taken from it. Another file, layout, window or method is another assessment, never a change of this one.
    """

    class Finding(models.TextChoices):
        IN_RANGE = "in_range", "in range throughout"
        EXCURSION = "excursion", "excursion"
        UNMONITORED = "unmonitored", "not monitored, counts as an excursion"

    class Basis(models.TextChoices):
        FILE = "file", "computed from the logger's file"
        PRINTED = "printed", "from a printed report, not recomputed"
        DISPLAY = "display", "read off the logger, not recomputed"
        NONE = "none", "no reading"

    class Leg(models.TextChoices):
        INBOUND = "inbound", "supplier to pharmacy"
        JOURNEY = "journey", "pharmacy to institution"
        STORED = "stored", "stored at the institution"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="exposure_assessments")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="exposure_assessments")
    number = models.PositiveIntegerField()
    leg = models.CharField(max_length=8, choices=Leg.choices, default=Leg.JOURNEY)
    logger_number = models.CharField(max_length=40, blank=True, default="")
    basis = models.CharField(max_length=8, choices=Basis.choices, default=Basis.DISPLAY)
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="exposure_assessments"
    )
    storage = models.CharField(max_length=16, blank=True, default="")
    method = models.CharField(max_length=10, blank=True, default="")
    engine = models.CharField("method version", max_length=20, blank=True, default="")
    inputs_sha256 = models.CharField(max_length=64, blank=True, default="")
    readings = models.PositiveIntegerField(null=True, blank=True)
    begins_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    lowest_c = models.DecimalField("lowest, °C", max_digits=8, decimal_places=4, null=True, blank=True)
    highest_c = models.DecimalField("highest, °C", max_digits=8, decimal_places=4, null=True, blank=True)
    minutes_above = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    minutes_below = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    minutes_outside = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    minutes_unmonitored = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    kinetic_mean_c = models.DecimalField("MKT, °C", max_digits=8, decimal_places=4, null=True, blank=True)
    worst_kinetic_mean_c = models.DecimalField(
        "MKT of the warmest window, °C", max_digits=8, decimal_places=4, null=True, blank=True
    )
    kinetic_window_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    no_kinetic_mean = models.CharField("why there is no MKT", max_length=200, blank=True, default="")
    finding = models.CharField(max_length=12, choices=Finding.choices)
    reasons = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    budget_stated = models.PositiveIntegerField("minutes allowed outside in all", null=True, blank=True)
    budget_source = models.CharField("who states the budget", max_length=200, blank=True, default="")
    budget_before = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    budget_after = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    assessed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="assessment_is_numbered_once"),
            models.UniqueConstraint(
                fields=["consignment", "leg", "inputs_sha256"],
                condition=~models.Q(inputs_sha256=""),
                name="same_inputs_are_assessed_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(basis="file")
                | models.Q(document__isnull=False, lowest_c__isnull=False, highest_c__isnull=False)
                & ~models.Q(inputs_sha256="", engine=""),
                name="computed_assessment_names_its_file",
            ),
            models.CheckConstraint(
                condition=models.Q(kinetic_mean_c__isnull=True)
                | ~models.Q(storage__in=["frozen", "cryo"]) & models.Q(no_kinetic_mean=""),
                name="frozen_product_has_no_kinetic_mean",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_stated__isnull=True, budget_before__isnull=True, budget_after__isnull=True)
                | models.Q(budget_stated__isnull=False, budget_after__lte=models.F("budget_before")),
                name="stability_budget_only_falls",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.finding} for {self.consignment}"

    @property
    def label(self) -> str:
        return f"M-{self.number}"

    @property
    def is_sound(self) -> bool:
        return self.finding == self.Finding.IN_RANGE
