"""Dictionaries that a pharmacy has licensed and imported itself, and their terms. None comes with this system."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="pharmacy:pharmacy_id")
class CodingDictionary(models.Model):
    """One version of a dictionary, as a licensee imported it, with who said that the licence is the pharmacy's own."""

    class Kind(models.TextChoices):
        MEDDRA = "meddra", "MedDRA"
        EDQM_FORM = "edqm_form", "EDQM dose forms"
        EDQM_ROUTE = "edqm_route", "EDQM routes of administration"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="dictionaries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    version = models.CharField(max_length=8)
    sha256 = models.CharField("fingerprint of the files", max_length=64)
    size = models.PositiveIntegerField("terms")
    confirmed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "kind", "version"], name="dictionary_version_is_imported_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


@pgtrigger.register(pgtrigger.Protect(name="term_is_fixed", operation=pgtrigger.Update))
class CodingTerm(models.Model):
    """One term of a licensee's copy; it leaves this table only as a code beside an event."""

    dictionary = models.ForeignKey(CodingDictionary, on_delete=models.PROTECT, related_name="terms")
    code = models.CharField(max_length=20)
    words = models.CharField(max_length=250)
    is_current = models.BooleanField(default=True)
    parent_code = models.CharField("preferred term", max_length=20, blank=True, default="")
    parent_words = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dictionary", "code"], name="code_stands_once_in_a_dictionary")
        ]

    def __str__(self) -> str:
        return self.code
