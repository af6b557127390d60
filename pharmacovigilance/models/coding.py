"""Dictionaries that a pharmacy has licensed and imported itself, and their terms. None comes with this system."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from pharmacovigilance.models.keeping import UNDELETABLE, frozen_columns

PROGRESS = ("kept", "is_whole")
REMOVAL = ("removed_by_id", "removed_at", "removal_reason")


@pgtrigger.register(
    UNDELETABLE,
    frozen_columns(*PROGRESS, *REMOVAL),
    pgtrigger.Protect(
        name="removed_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__removed_at__isnull=False)
    ),
)
@regulated(chain="pharmacy:pharmacy_id", excluded=("kept",))
class CodingDictionary(models.Model):
    """One version of a dictionary, as a licensee imported it, with who said that the licence is the pharmacy's own.

    It is *held*, and events are coded with it, once every term is kept; until then a worker keeps them in parts. One
    that was removed has no terms any more, and this row says who removed it.
    """

    class Kind(models.TextChoices):
        MEDDRA = "meddra", "MedDRA"
        EDQM_FORM = "edqm_form", "EDQM dose forms"
        EDQM_ROUTE = "edqm_route", "EDQM routes of administration"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="dictionaries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    version = models.CharField(max_length=8)
    sha256 = models.CharField("fingerprint of the files", max_length=64)
    size = models.PositiveIntegerField("terms")
    kept = models.PositiveIntegerField("terms kept so far", default=0)
    is_whole = models.BooleanField("every term is kept", default=False)
    confirmed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    removed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removal_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pharmacy", "kind", "version"],
                condition=models.Q(removed_at__isnull=True),
                name="dictionary_version_is_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True, removed_by__isnull=True)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False),
                name="dictionary_is_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class DictionaryFile(models.Model):
    """One file of a licensee while its terms are being kept; gone with the last of them."""

    dictionary = models.ForeignKey(CodingDictionary, on_delete=models.PROTECT, related_name="files")
    place = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dictionary", "place"], name="file_has_one_place_in_a_dictionary")
        ]

    def __str__(self) -> str:
        return f"file {self.place}"


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
