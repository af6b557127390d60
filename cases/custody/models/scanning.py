"""What was read of the packs: by scanner, by camera, or typed by two people."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import Unit
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class PackReading(models.Model):
    """One pack as it was read once, beside the unit it was compared with.

    ``expiry`` is as printed, YYMMDD; ``differs`` names the fields that are not as expected, empty when it matches;
    ``symbology`` is empty when the scanner did not say what it read.
    """

    class EntryMethod(models.TextChoices):
        SCANNER = "scanner", "scanner"
        CAMERA = "camera", "camera"
        TYPED = "typed", "typed"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="pack_readings")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="pack_readings")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="readings")
    text = models.CharField("text as it came", max_length=200)
    gtin = models.CharField(max_length=14)
    expiry = models.CharField(max_length=6)
    lot = models.CharField(max_length=20)
    serial = models.CharField(max_length=20)
    entry_method = models.CharField(max_length=8, choices=EntryMethod.choices)
    symbology = models.CharField(max_length=2, blank=True, default="")
    differs = models.CharField(max_length=60, blank=True, default="")
    warnings = models.CharField(max_length=400, blank=True, default="")
    read_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "read_by"],
                condition=models.Q(entry_method="typed", differs=""),
                name="pack_is_typed_once_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"reading of {self.serial}"
