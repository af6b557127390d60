"""Where each pack is and who holds it: the custody ledger and the units that are its fold (facts: custody 8.1)."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.partners import Lot
from cases.custody.models.written_once import WRITTEN_ONCE


class UnitState(models.TextChoices):
    ALLOCATED = "allocated", "allocated"
    IN_TRANSIT = "in_transit", "in transit"
    QUARANTINE = "quarantine", "in quarantine"
    ACCEPTED = "accepted", "accepted"
    REJECTED = "rejected", "rejected"
    DISPENSED = "dispensed", "dispensed"
    RETURNED = "returned", "returned"
    DESTROYED = "destroyed", "destroyed"
    LOST = "lost", "lost"


@regulated(chain="case:case_id")
class Unit(models.Model):
    """One serialised pack; ``state`` and ``holder`` are a projection of the custody ledger, written by nothing else."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="units")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="units")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="units")
    gtin = models.CharField(max_length=14)
    serial = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=UnitState.choices, default=UnitState.ALLOCATED)
    holder = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["gtin", "serial"], name="unit_is_one_serial")]
        indexes: ClassVar = [models.Index(fields=["lot"], include=["case", "consignment"], name="unit_by_lot")]

    def __str__(self) -> str:
        return f"{self.lot} / {self.serial}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class CustodyEvent(models.Model):
    """One line of the custody ledger, EPCIS-shaped (CBV words). Written once; corrections add."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="custody_events")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="custody_events")
    units = models.ManyToManyField(Unit, related_name="custody_events", through="CustodyEventUnit")
    action = models.CharField(max_length=10, default="OBSERVE")
    biz_step = models.CharField(max_length=40)
    disposition = models.CharField(max_length=40)
    event_at = models.DateTimeField()
    zone_offset = models.CharField(max_length=6, default="+00:00")
    recorded_at = models.DateTimeField()
    place = models.CharField(max_length=120)
    holder = models.CharField(max_length=120)
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")

    class Meta:
        ordering: ClassVar = ["event_at", "id"]

    def __str__(self) -> str:
        return f"{self.biz_step} at {self.place}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class CustodyEventUnit(models.Model):
    """Which units one custody event was about."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(CustodyEvent, on_delete=models.PROTECT, related_name="event_units")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="event_units")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "unit"], name="unit_once_an_event")]

    def __str__(self) -> str:
        return f"{self.unit_id} in {self.event_id}"
