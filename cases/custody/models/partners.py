"""Whom the medicine is bought from and carried by, and the lots they supply."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.guards import LOT_KEEPS_WHAT_IT_IS


@regulated(chain="partner:id")
class Partner(models.Model):
    """A supplier, wholesaler, importer or carrier."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", "supplier"
        WHOLESALER = "wholesaler", "wholesaler"
        IMPORTER = "importer", "licensed importer"
        CARRIER = "carrier", "carrier"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="partners")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    country = models.CharField(max_length=2)
    licence_number = models.CharField(max_length=60, blank=True, default="")
    licence_valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@pgtrigger.register(LOT_KEEPS_WHAT_IT_IS)
@regulated(chain="lot:id")
class Lot(models.Model):
    """One lot of one medicine from one supplier."""

    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="lots")
    supplier = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=20)
    gtin = models.CharField("GTIN-14", max_length=14)
    manufactured_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gtin", "number", "supplier"], name="lot_is_listed_once"),
            models.CheckConstraint(
                condition=models.Q(manufactured_on__isnull=True) | models.Q(expires_on__gt=models.F("manufactured_on")),
                name="lot_expires_after_it_is_made",
            ),
            models.CheckConstraint(condition=models.Q(gtin__regex=r"^\d{14}$"), name="gtin_has_fourteen_digits"),
        ]

    def __str__(self) -> str:
        return self.number
