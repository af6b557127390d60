"""Questions about how the patient is after a dose."""

from typing import ClassVar

from django.db import models

from cases.audit.capture import regulated


@regulated(chain="case:case_id")
class FollowUp(models.Model):
    """One scheduled question about how the patient is after a dose, and what was answered."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="follow_ups")
    consignment = models.ForeignKey("custody.Consignment", on_delete=models.PROTECT, related_name="follow_ups")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    attempts = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")
    is_lost = models.BooleanField("lost to follow-up", default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="follow_up_is_numbered_once")]

    def __str__(self) -> str:
        return f"follow-up {self.label}"

    @property
    def label(self) -> str:
        return f"U-{self.number}"
