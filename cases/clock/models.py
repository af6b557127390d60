from datetime import timedelta
from typing import ClassVar

from django.db import models


class ClockSetting(models.Model):
    """The one row that says how far business time stands ahead of true time (demonstration and tests only)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    offset = models.DurationField(default=timedelta(0))
    moved_by = models.CharField(max_length=40, blank=True, default="")
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="clock_has_one_row")]

    def __str__(self) -> str:
        return f"business time is {self.offset} ahead"
