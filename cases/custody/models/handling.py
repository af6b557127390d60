"""How a product must be handled on its way, as somebody stated it from a source."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.handling import CONSTRAINTS
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class ProductHandling(models.Model):
    """One statement on a medicine, made on a case of the pharmacy; the newest counts for what is planned after it.

    ``constraints`` are keys of :data:`cases.custody.handling.CONSTRAINTS`; hours are counted from dispatch to receipt.
    A consignment keeps the statement that stood when it was planned.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="product_handlings")
    number = models.PositiveSmallIntegerField()
    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="handlings")
    constraints = models.JSONField(default=list)
    hours_from_dispatch = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField("where it is stated", max_length=200)
    stated_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="handling_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(hours_from_dispatch__isnull=True) | models.Q(hours_from_dispatch__gt=0),
                name="handling_leaves_some_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"handling of {self.medicine_id} by {self.source}"

    @property
    def label(self) -> str:
        return f"HS-{self.number}"

    @property
    def words(self) -> list[str]:
        """Each constraint as it is printed, the hours last."""
        told = [CONSTRAINTS.get(code, code) for code in self.constraints]
        return told + ([within(self.hours_from_dispatch)] if self.hours_from_dispatch else [])


def within(hours: int) -> str:
    """The hours as they are printed."""
    return f"Receive within {hours} {'hour' if hours == 1 else 'hours'} of dispatch"
