"""Where each pack is and who holds it: the custody ledger and the units that are its fold (facts: custody 8.1)."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.fold import DID_NOT_OCCUR, INCORRECT_DATA
from cases.custody.models.consignments import Consignment
from cases.custody.models.guards import EVENT_FOLLOWS, KNOWN_WORDS, NO_RECALL_STANDS, UNIT_IS_ITS_FOLD
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
    CANCELLED = "cancelled", "set free again"
    DRAWN = "drawn", "drawn for another case or put back"


@pgtrigger.register(UNIT_IS_ITS_FOLD)
@regulated(chain="case:case_id")
class Unit(models.Model):
    """One serialised pack.

    ``state``, ``holder``, ``place``, ``last_event`` and ``head_sha256`` are a projection of the custody ledger,
    written by nothing else; the database refuses a holder or place that its last event does not name.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="units")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="units")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="units")
    gtin = models.CharField(max_length=14)
    serial = models.CharField(max_length=20)
    content = models.PositiveIntegerField("smallest units in a full pack", default=1)
    state = models.CharField(max_length=12, choices=UnitState.choices, default=UnitState.ALLOCATED)
    holder = models.CharField(max_length=120, blank=True, default="")
    place = models.CharField(max_length=120, blank=True, default="")
    last_event = models.ForeignKey(
        "custody.CustodyEvent", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    head_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(content__gte=1), name="unit_holds_something"),
            # A pack that was set free again may be allocated anew, to the same case or another; one that was drawn from
            # stock goes on as a pack of the patient's case.
            models.UniqueConstraint(
                fields=["gtin", "serial"],
                condition=~models.Q(state__in=["cancelled", "drawn"]),
                name="unit_is_one_serial",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["lot"], include=["case", "consignment"], name="unit_by_lot")]

    def __str__(self) -> str:
        return f"{self.lot} / {self.serial}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class CustodyEvent(models.Model):
    """One line of the custody ledger, EPCIS-shaped (CBV words). Written once; corrections add.

    ``event_at`` is when it happened, ``recorded_at`` when it was entered. A correction names the line it takes the
    place of and why (``error_reason``, in the words of EPCIS's error declaration).
    """

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
    error_reason = models.CharField(
        max_length=14,
        blank=True,
        default="",
        choices=[(DID_NOT_OCCUR, "it did not happen"), (INCORRECT_DATA, "it was recorded wrongly")],
    )
    source = models.CharField(max_length=80, blank=True, default="")
    capture_sha256 = models.CharField(max_length=64, blank=True, default="")
    body_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["event_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=KNOWN_WORDS, name="custody_event_has_known_words"),
            models.CheckConstraint(
                condition=models.Q(event_at__lte=models.F("recorded_at")), name="custody_event_is_not_ahead_of_record"
            ),
            models.CheckConstraint(
                condition=models.Q(zone_offset__regex=r"^[+-](0\d|1[0-4]):[0-5]\d$"), name="custody_event_has_an_offset"
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True, error_reason="")
                | models.Q(corrects__isnull=False, error_reason__in=[DID_NOT_OCCUR, INCORRECT_DATA]),
                name="custody_correction_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True) | models.Q(corrects__lt=models.F("id")),
                name="custody_correction_follows",
            ),
            models.UniqueConstraint(fields=["corrects"], name="custody_event_is_corrected_once"),
            models.UniqueConstraint(
                fields=["case", "capture_sha256"],
                condition=~models.Q(capture_sha256=""),
                name="custody_capture_is_one_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.biz_step} ({self.disposition}) at {self.place}, {self.event_at:%Y-%m-%d %H:%M} UTC"


@pgtrigger.register(WRITTEN_ONCE, EVENT_FOLLOWS, NO_RECALL_STANDS)
@regulated(chain="case:case_id")
class CustodyEventUnit(models.Model):
    """Which units one custody event was about, each linked to the event before it."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(CustodyEvent, on_delete=models.PROTECT, related_name="event_units")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="event_units")
    link_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "unit"], name="unit_once_an_event")]

    def __str__(self) -> str:
        return f"{self.unit_id} in {self.event_id}"
