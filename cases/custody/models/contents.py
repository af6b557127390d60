"""The account of each pack's contents, and when a pack was opened."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.contents import KINDS
from cases.custody.models.guards import CONTENT_COVERS
from cases.custody.models.ledger import Unit
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE, CONTENT_COVERS)
@regulated(chain="case:case_id")
class ContentEntry(models.Model):
    """So much of a pack's contents went from one place to another; the database lets no place be overdrawn.

    ``amount`` is in the pack's smallest unit. ``at`` is when it happened, ``recorded_at`` when it was entered.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="content_entries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="content_entries")
    kind = models.CharField(max_length=12, choices=[(name, kind.label) for name, kind in KINDS.items()])
    amount = models.PositiveIntegerField()
    event_seq = models.PositiveIntegerField("number of the case's event that brought it about")
    at = models.DateTimeField()
    reason = models.TextField(blank=True, default="")
    witness = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    certificate = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount__gte=1), name="content_entry_moves_something"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[name for name, kind in KINDS.items() if not kind.witnessed])
                | (models.Q(witness__isnull=False) & ~models.Q(witness=models.F("recorded_by"))),
                name="content_entry_is_witnessed",
            ),
            models.CheckConstraint(
                condition=models.Q(at__lte=models.F("recorded_at")), name="content_entry_is_not_ahead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.unit} {self.get_kind_display()}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class PackOpening(models.Model):
    """When a pack was opened, and until when it may be used since: once a pack."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="pack_openings")
    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="opening")
    opened_at = models.DateTimeField()
    use_before = models.DateTimeField()
    basis = models.CharField("where the time in use is from", max_length=120)
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(use_before__gt=models.F("opened_at")), name="opened_pack_lasts_for_a_while"
            ),
            models.CheckConstraint(
                condition=models.Q(opened_at__lte=models.F("recorded_at")), name="pack_opening_is_not_ahead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} opened"
