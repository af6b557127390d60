"""Where the medicine is, who holds it, and whether it may be given (facts: custody proposal 8.1)."""

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded

WRITTEN_ONCE = pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)


@regulated(chain="partner:id")
class Partner(models.Model):
    """A supplier, wholesaler, importer or carrier."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", "supplier"
        WHOLESALER = "wholesaler", "wholesaler"
        IMPORTER = "importer", "licensed importer"
        CARRIER = "carrier", "carrier"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="partners")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    country = models.CharField(max_length=2)
    licence_number = models.CharField(max_length=60, blank=True, default="")
    licence_valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@regulated(chain="lot:id")
class Lot(models.Model):
    """One lot of one medicine from one supplier."""

    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="lots")
    supplier = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=20)
    gtin = models.CharField("GTIN-14", max_length=14)
    manufactured_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gtin", "number", "supplier"], name="lot_is_listed_once"),
            models.CheckConstraint(
                condition=models.Q(manufactured_on__isnull=True) | models.Q(expires_on__gt=models.F("manufactured_on")),
                name="lot_expires_after_it_is_made",
            ),
            models.CheckConstraint(condition=models.Q(gtin__regex=r"^\d{14}$"), name="gtin_has_fourteen_digits"),
        ]

    def __str__(self) -> str:
        return self.number


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
        LOST = "lost", "lost"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="consignments")
    number = models.PositiveSmallIntegerField()
    authorization = models.ForeignKey(
        "regulatory.Authorization", null=True, blank=True, on_delete=models.PROTECT, related_name="consignments"
    )
    supplier = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="supplied")
    carrier = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="carried")
    institution = models.ForeignKey("people.Institution", on_delete=models.PROTECT, related_name="consignments")
    cycle = models.PositiveSmallIntegerField(default=1)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit = models.CharField(max_length=20)
    days_of_therapy = models.PositiveSmallIntegerField(default=28)
    planned_dispatch_on = models.DateField()
    planned_arrival_on = models.DateField()
    port = models.CharField("port of entry", max_length=80, blank=True, default="")
    order_number = models.CharField(max_length=40, blank=True, default="")
    shipper_number = models.CharField(max_length=40, blank=True, default="")
    logger_number = models.CharField(max_length=40, blank=True, default="")
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
                condition=models.Q(state__in=["planned", "ordered", "allocated", "released"])
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
    def order(self, *, supplier: object, order_number: str) -> None:
        self.supplier = supplier  # type: ignore[assignment]
        self.order_number = order_number

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

    @transition(state, source=State.RELEASED, target=State.IN_TRANSIT)
    def dispatch(self, *, dispatched_at: object, carrier: object, shipper_number: str, logger_number: str) -> None:
        self.dispatched_at = dispatched_at  # type: ignore[assignment]
        self.carrier = carrier  # type: ignore[assignment]
        self.shipper_number = shipper_number
        self.logger_number = logger_number

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

    @transition(state, source=State.DISPENSED, target=None)
    def record_dose(self) -> None:
        """A dose was given; it is a :class:`DoseAdministered` of its own."""

    @transition(state, source=[State.REJECTED, State.ACCEPTED, State.ARRIVED, State.IN_TRANSIT], target=State.RETURNED)
    def give_back(self) -> None:
        """Back to the supplier, with a certificate."""

    @transition(
        state,
        source=[State.REJECTED, State.ACCEPTED, State.ARRIVED, State.ALLOCATED, State.ORDERED],
        target=State.DESTROYED,
    )
    def destroy(self) -> None:
        """Destroyed, with a witness."""

    @transition(state, source=State.IN_TRANSIT, target=State.LOST)
    def lose(self) -> None:
        """It did not arrive and is not expected any more."""


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


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Inspection(models.Model):
    """The receiving inspection at the institution."""

    class Result(models.TextChoices):
        ACCEPT = "accept", "accept"
        QUARANTINE = "quarantine", "quarantine"
        REJECT = "reject", "reject"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="inspections")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="inspections")
    inspected_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    inspected_at = models.DateTimeField()
    units_received = models.DecimalField(max_digits=12, decimal_places=3)
    seals_intact = models.BooleanField()
    labels_legible = models.BooleanField()
    serials_match = models.BooleanField()
    result = models.CharField(max_length=12, choices=Result.choices)
    remarks = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"inspection of {self.consignment}: {self.result}"


class InspectionDraft(models.Model):
    """What a person has answered so far at the receiving inspection; gone once the inspection is recorded.

    Not evidence: the inspection and its signed protocol are.
    """

    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="inspection_drafts")
    by = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "by"], name="inspection_draft_is_one_a_person")
        ]

    def __str__(self) -> str:
        return f"draft of the inspection of {self.consignment}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class ExposureAssessment(models.Model):
    """What the logger recorded for one consignment, and the finding. A new reading is a new assessment."""

    class Finding(models.TextChoices):
        IN_RANGE = "in_range", "in range throughout"
        EXCURSION = "excursion", "excursion"
        UNMONITORED = "unmonitored", "not monitored, counts as an excursion"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="exposure_assessments")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="exposure_assessments")
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lowest_c = models.DecimalField("lowest, °C", max_digits=5, decimal_places=1, null=True, blank=True)
    highest_c = models.DecimalField("highest, °C", max_digits=5, decimal_places=1, null=True, blank=True)
    minutes_outside = models.PositiveIntegerField(default=0)
    finding = models.CharField(max_length=12, choices=Finding.choices)
    assessed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.finding} for {self.consignment}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class Disposition(models.Model):
    """The signed decision on an arrived consignment, by somebody who neither packed nor received it."""

    class Decision(models.TextChoices):
        RELEASE = "release", "release"
        QUARANTINE = "quarantine", "quarantine continues"
        REJECT = "reject", "reject"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="dispositions")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="dispositions")
    decision = models.CharField(max_length=12, choices=Decision.choices)
    reason = models.TextField()
    manufacturer_answer = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.decision} of {self.consignment}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class DoseAdministered(models.Model):
    """A dose given from one unit: what an adverse event is linked to."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="doses")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="doses")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="doses")
    amount = models.CharField("dose as given", max_length=60)
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"dose of {self.given_at:%Y-%m-%d}"
