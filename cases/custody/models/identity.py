"""What people read of a product that is made for one patient."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.identity import LONGEST, STEPS
from cases.custody.models.consignments import Consignment
from cases.custody.models.written_once import WRITTEN_ONCE


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class IdentityReading(models.Model):
    """The string of the chain of identity, as one person read it off the product or the patient's band."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="identity_readings")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="identity_readings")
    step = models.CharField(max_length=12, choices=list(STEPS.items()))
    text = models.CharField("chain of identity, as read", max_length=LONGEST)
    read_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(text__regex=r"^[!-~]{6,50}$"), name="identity_reading_is_a_string"
            )
        ]

    def __str__(self) -> str:
        return f"{self.text} {self.get_step_display()}"
