"""The journey of a consignment: how it was packed, who handed it to whom, where it should be when, which papers go."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import CustodyEvent
from cases.custody.models.written_once import UNDELETABLE, WRITTEN_ONCE
from cases.lifecycle.guard import guarded


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Packing(models.Model):
    """How a consignment was packed; packed again it has another row, and the newest counts.

    ``constraints`` are keys of :data:`cases.custody.handling.CONSTRAINTS`; hours are counted from dispatch.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="packings")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="packings")
    shipper_name = models.CharField("kind of shipper", max_length=120)
    shipper_number = models.CharField(max_length=40)
    shipper_hours = models.PositiveSmallIntegerField("hours that the shipper is qualified for")
    logger_number = models.CharField(max_length=40, blank=True, default="")
    seal_number = models.CharField(max_length=40, blank=True, default="")
    constraints = models.JSONField(default=list)
    dry_ice_kg = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    hours_from_dispatch = models.PositiveSmallIntegerField("hours from dispatch to use", null=True, blank=True)
    packed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    packed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(shipper_hours__gt=0), name="shipper_holds_some_hours"),
            models.CheckConstraint(
                condition=models.Q(dry_ice_kg__isnull=True) | models.Q(dry_ice_kg__gt=0),
                name="dry_ice_weighs_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shipper_name} {self.shipper_number}"


class Condition(models.TextChoices):
    """How a box looked when it changed hands."""

    SOUND = "sound", "sound"
    DAMAGED = "damaged", "damaged"
    WET = "wet", "wet or stained"
    OPENED = "opened", "opened"
    NOT_SEEN = "not_seen", "not looked at"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class HandOver(models.Model):
    """One change of hands: who gave, who took, where, when, in which condition, under which seal."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="hand_overs")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="hand_overs")
    number = models.PositiveSmallIntegerField()
    event = models.OneToOneField(CustodyEvent, on_delete=models.PROTECT, related_name="hand_over")
    gave = models.CharField(max_length=120)
    took = models.CharField(max_length=120)
    condition = models.CharField(max_length=10, choices=Condition.choices)
    seal_number = models.CharField(max_length=40, blank=True, default="")
    remarks = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "number"], name="hand_over_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.gave} to {self.took}"


@pgtrigger.register(UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class Milestone(models.Model):
    """One point of a journey, planned, and reached or no longer expected."""

    class Kind(models.TextChoices):
        PICKED_UP = "picked_up", "picked up"
        EXPORT_CLEARED = "export_cleared", "cleared for export"
        DEPARTED = "departed", "departed"
        AT_PORT = "at_port", "arrived at the port of entry"
        CUSTOMS_CLEARED = "customs_cleared", "cleared by customs"
        OUT_FOR_DELIVERY = "out_for_delivery", "out for delivery"
        OTHER = "other", "other"

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        REACHED = "reached", "reached"
        DROPPED = "dropped", "no longer expected"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="milestones")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="milestones")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    place = models.CharField(max_length=120)
    planned_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.PLANNED, protected=True)

    class Meta:
        ordering: ClassVar = ["planned_at", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="milestone_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(state="reached", reached_at__isnull=False)
                | (~models.Q(state="reached") & models.Q(reached_at__isnull=True)),
                name="reached_milestone_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_kind_display()}, {self.place}"

    @property
    def label(self) -> str:
        return f"M-{self.number}"

    @transition(state, source=State.PLANNED, target=State.REACHED)
    def reach(self, *, reached_at: object) -> None:
        self.reached_at = reached_at  # type: ignore[assignment]

    @transition(state, source=State.PLANNED, target=State.DROPPED)
    def drop(self) -> None:
        """It will not be passed: another way was taken."""


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class ConsignmentPaper(models.Model):
    """A paper that was made for one consignment: an invoice or a waybill of one speaks for no other."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="papers")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="of_consignments")
    said_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "document"], name="paper_is_named_once_a_consignment")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} for {self.consignment_id}"
