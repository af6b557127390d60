"""What trading partners sent as EPCIS: the file by its hash, and its events."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="epcis_file:id")
class EpcisFile(models.Model):
    """One file that was taken whole. ``retained_until`` is the least; nothing deletes a row before or after it.

    ``events_sha256`` is over the hashes of its events in order: the rows of :class:`EpcisEvent` can be checked by it.
    """

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="epcis_files")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    events = models.PositiveIntegerField()
    new_events = models.PositiveIntegerField()
    events_sha256 = models.CharField(max_length=64)
    taken_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    retained_until = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "sha256"], name="epcis_file_is_taken_once")
        ]

    def __str__(self) -> str:
        return f"EPCIS file {self.sha256[:8]} of {self.taken_at:%Y-%m-%d}, {self.events} events"


@pgtrigger.register(WRITTEN_ONCE)
class EpcisEvent(models.Model):
    """One event as a partner sent it. Not captured row by row: the file's row holds a hash over all of them."""

    file = models.ForeignKey(EpcisFile, on_delete=models.PROTECT, related_name="rows")
    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    type = models.CharField(max_length=20)
    event_at = models.DateTimeField()
    biz_step = models.CharField(max_length=120, blank=True, default="")
    packs = ArrayField(models.CharField(max_length=60), default=list)
    body = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "sha256"], name="epcis_event_is_kept_once")
        ]
        indexes: ClassVar = [GinIndex(fields=["packs"], name="epcis_event_by_pack")]

    def __str__(self) -> str:
        return f"{self.type} {self.biz_step} of {self.event_at:%Y-%m-%d}"
