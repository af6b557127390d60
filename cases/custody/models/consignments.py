"""One supply of one cycle and its states."""

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.custody.models.partners import Partner
from cases.custody.models.release_guards import GIVEN_ON_A_RELEASE
from cases.custody.models.written_once import UNDELETABLE
from cases.lifecycle.guard import guarded


@pgtrigger.register(GIVEN_ON_A_RELEASE, UNDELETABLE)
@guarded("state")
@regulated(chain="case:case_id")
class Consignment(models.Model):
    """One supply of one cycle, from the plan to the dose or the end of the product."""

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        ORDERED = "ordered", "ordered"
        ALLOCATED = "allocated", "allocated"
        RELEASED = "released", "released to ship"
        IN_TRANSIT = "in_transit", "in transit"
        ARRIVED = "arrived", "arrived, in quarantine"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        DISPENSED = "dispensed", "dispensed"
        RETURNED = "returned", "returned"
        DESTROYED = "destroyed", "destroyed"
        CANCELLED = "cancelled", "cancelled before it left"
        LOST = "lost", "lost"
        DRAWN = "drawn", "all of it drawn for patients"
        PUT_BACK = "put_back", "put back to stock"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="consignments")
    number = models.PositiveSmallIntegerField()
    authorization = models.ForeignKey(
        "regulatory.Authorization", null=True, blank=True, on_delete=models.PROTECT, related_name="consignments"
    )
    supplier = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="supplied")
    carrier = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="carried")
    institution = models.ForeignKey("people.Institution", on_delete=models.PROTECT, related_name="consignments")
    # The consignment in stock that its packs were drawn from; it never travelled by itself.
    drawn_from = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="drawn"
    )
    cycle = models.PositiveSmallIntegerField(default=1)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit = models.CharField(max_length=20)
    days_of_therapy = models.PositiveSmallIntegerField(default=28)
    planned_dispatch_on = models.DateField()
    planned_arrival_on = models.DateField()
    port = models.CharField("port of entry", max_length=80, blank=True, default="")
    handling = models.ForeignKey(
        "custody.ProductHandling", null=True, blank=True, on_delete=models.PROTECT, related_name="consignments"
    )
    order_number = models.CharField(max_length=40, blank=True, default="")
    shipper_number = models.CharField(max_length=40, blank=True, default="")
    logger_number = models.CharField(max_length=40, blank=True, default="")
    ordered_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    dispensed_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.PLANNED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="consignment_is_numbered_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=Decimal(0)), name="consignment_holds_something"),
            models.CheckConstraint(
                condition=models.Q(planned_arrival_on__gte=models.F("planned_dispatch_on")),
                name="consignment_arrives_after_dispatch",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["planned", "ordered", "allocated", "released", "cancelled"])
                | models.Q(dispatched_at__isnull=False)
                | models.Q(state__in=["returned", "destroyed", "lost"]),
                name="shipped_consignment_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"consignment {self.label}"

    @property
    def label(self) -> str:
        return f"C-{self.number}"

    def named_in(self, case_id: int) -> str:
        """How another case tells it from others, without the name of its own: what lies in stock, by lot and expiry."""
        if self.case_id == case_id:
            return self.label
        lots = self.units.order_by("lot__expires_on").values_list("lot__number", "lot__expires_on").distinct()
        told = "; ".join(f"lot {number}, expires {expires:%Y-%m-%d}" for number, expires in lots)
        return f"Stock {self.label}: {told}" if told else f"Stock {self.label}"

    @transition(state, source=[State.PLANNED, State.ORDERED, State.ALLOCATED], target=None)
    def replan(
        self, *, planned_dispatch_on: object, planned_arrival_on: object, days_of_therapy: int, port: str = ""
    ) -> None:
        """Other days or another port; a released consignment is taken back first: its gates are judged again."""
        self.planned_dispatch_on = planned_dispatch_on  # type: ignore[assignment]
        self.planned_arrival_on = planned_arrival_on  # type: ignore[assignment]
        self.days_of_therapy = days_of_therapy
        self.port = port

    @transition(state, source=State.PLANNED, target=State.ORDERED)
    def order(self, *, supplier: object, order_number: str, ordered_at: object = None) -> None:
        self.supplier = supplier  # type: ignore[assignment]
        self.order_number = order_number
        self.ordered_at = ordered_at  # type: ignore[assignment]

    @transition(state, source=State.ORDERED, target=State.ALLOCATED)
    def allocate(self) -> None:
        """Units of known lot and serial are set aside for this case."""

    @transition(state, source=State.ALLOCATED, target=State.RELEASED)
    def release(self, *, planned_dispatch_on: object = None, planned_arrival_on: object = None) -> None:
        self.planned_dispatch_on = planned_dispatch_on or self.planned_dispatch_on  # type: ignore[assignment]
        self.planned_arrival_on = planned_arrival_on or self.planned_arrival_on  # type: ignore[assignment]

    @transition(state, source=State.RELEASED, target=State.ALLOCATED)
    def take_back(self) -> None:
        """The release is withdrawn before the carrier has it."""

    @transition(state, source=[State.ALLOCATED, State.RELEASED], target=None)
    def pack(self, *, carrier: object, shipper_number: str, logger_number: str) -> None:
        """Packed, with shipper and logger named; how is a :class:`Packing` of its own."""
        self.carrier = carrier or self.carrier  # type: ignore[assignment]
        self.shipper_number = shipper_number
        self.logger_number = logger_number

    @transition(state, source=[State.PLANNED, State.ORDERED, State.ALLOCATED, State.RELEASED], target=State.CANCELLED)
    def cancel(self) -> None:
        """It does not leave; what was set aside for it is free again."""

    @transition(state, source=State.RELEASED, target=State.IN_TRANSIT)
    def dispatch(self, *, dispatched_at: object, carrier: object, shipper_number: str, logger_number: str) -> None:
        self.dispatched_at = dispatched_at  # type: ignore[assignment]
        self.carrier = carrier  # type: ignore[assignment]
        self.shipper_number = shipper_number
        self.logger_number = logger_number

    @transition(state, source=State.IN_TRANSIT, target=None)
    def hand_over(self) -> None:
        """It changes hands on the way; the change is a :class:`HandOver` of its own."""

    @transition(state, source=State.IN_TRANSIT, target=None)
    def report_delay(self, *, planned_arrival_on: object) -> None:
        self.planned_arrival_on = planned_arrival_on  # type: ignore[assignment]

    @transition(state, source=State.IN_TRANSIT, target=State.ARRIVED)
    def arrive(self, *, arrived_at: object) -> None:
        self.arrived_at = arrived_at  # type: ignore[assignment]

    @transition(state, source=State.ARRIVED, target=None)
    def inspect(self) -> None:
        """Looked at on arrival; the result is an :class:`Inspection` of its own."""

    @transition(state, source=[State.ARRIVED, State.ACCEPTED], target=None)
    def record_temperature(self) -> None:
        """A logger's record is judged; a late one may put accepted units back into quarantine."""

    @transition(state, source=[State.ARRIVED, State.ACCEPTED], target=None)
    def decide_disposition(self) -> None:
        """Decided by a named person; the decision is a :class:`Disposition` of its own."""

    @transition(state, source=State.ARRIVED, target=State.ACCEPTED)
    def accept(self) -> None:
        """Inspected, assessed and released by somebody who neither packed nor received it."""

    @transition(state, source=State.ARRIVED, target=State.REJECTED)
    def reject(self) -> None:
        """Not to be given to anybody."""

    @transition(state, source=State.ACCEPTED, target=State.DISPENSED)
    def dispense(self, *, dispensed_at: object) -> None:
        self.dispensed_at = dispensed_at  # type: ignore[assignment]

    @transition(state, source=[State.ACCEPTED, State.DISPENSED], target=None)
    def record_dose(self) -> None:
        """A dose was given; it is a :class:`DoseAdministered` of its own."""

    @transition(state, source=[State.REJECTED, State.ACCEPTED, State.ARRIVED, State.IN_TRANSIT], target=State.RETURNED)
    def give_back(self) -> None:
        """Back to the supplier, with a certificate."""

    @transition(
        state,
        source=[State.REJECTED, State.ACCEPTED, State.ARRIVED, State.ALLOCATED],
        target=State.DESTROYED,
    )
    def destroy(self) -> None:
        """Destroyed, with a witness."""

    @transition(state, source=State.PLANNED, target=State.ACCEPTED)
    def come_from_stock(self) -> None:
        """Its packs were drawn from stock that is accepted; it never travels by itself."""

    @transition(state, source=State.ACCEPTED, target=State.DRAWN)
    def end_as_drawn(self) -> None:
        """Nothing of this stock is on hand any more."""

    @transition(state, source=State.DRAWN, target=State.ACCEPTED)
    def stand_again(self) -> None:
        """Packs that were drawn to the last and not used came back to this stock."""

    @transition(state, source=State.ACCEPTED, target=State.PUT_BACK)
    def put_back(self) -> None:
        """Nothing of it was used: its packs go back to the stock that they were drawn from."""

    @transition(state, source=State.IN_TRANSIT, target=State.LOST)
    def lose(self) -> None:
        """It did not arrive and is not expected any more."""
