"""What was authorized, and the ledger of what was used of it."""

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from regulatory.models.filings import Filing


@guarded("state")
@regulated(chain="case:case_id")
class Authorization(models.Model):
    """What an authority allowed (or did not object to): window, uses, coverage and quantity."""

    class State(models.TextChoices):
        IN_FORCE = "in_force", "in force"
        SUSPENDED = "suspended", "suspended"
        EXHAUSTED = "exhausted", "exhausted"
        EXPIRED = "expired", "expired"
        REVOKED = "revoked", "revoked"
        SUPERSEDED = "superseded", "superseded"

    class Ground(models.TextChoices):
        DECISION = "decision", "decision of the authority"
        LAPSE = "lapse", "no objection by lapse"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="authorizations")
    number = models.PositiveSmallIntegerField()
    filing = models.ForeignKey(Filing, null=True, blank=True, on_delete=models.PROTECT, related_name="authorizations")
    ground = models.CharField(max_length=12, choices=Ground.choices)
    level = models.CharField(max_length=20, default="case")
    external_number = models.CharField(max_length=60, blank=True, default="")
    prescriber = models.ForeignKey("people.Prescriber", on_delete=models.PROTECT, related_name="+")
    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="+")
    indication = models.CharField(max_length=200)
    covers = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    max_uses = models.PositiveSmallIntegerField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True, default="")
    stated_quantity = models.DecimalField(
        "quantity as the letter counts it", max_digits=12, decimal_places=3, null=True, blank=True
    )
    stated_unit = models.CharField("unit of the letter", max_length=20, blank=True, default="")
    conversion = models.CharField("how the letter's unit converts", max_length=80, blank=True, default="")
    port = models.CharField(max_length=80, blank=True, default="")
    conditions = models.JSONField("conditions, word for word", default=list)
    read_back = models.CharField("who said it by telephone, read back", max_length=200, blank=True, default="")
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="authorizes"
    )
    state = FSMField(choices=State.choices, default=State.IN_FORCE, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="authorization_is_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("valid_from")),
                name="authorization_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | models.Q(quantity__gt=Decimal(0)),
                name="authorized_quantity_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"authorization {self.label}"

    @property
    def label(self) -> str:
        return f"A-{self.number}"

    def short_in(self, case_id: int) -> str:
        """How a case tells it from others: its own by its label, a standing one of another case by its number.

        The other case is never named: whoever reads this one may not see that one.
        """
        if self.case_id == case_id:
            return self.label
        return self.external_number or f"of {self.valid_from:%Y-%m-%d}"

    def named_in(self, case_id: int) -> str:
        """The same as a name that stands by itself: "A-1", "Standing authority AP-2026-7"."""
        if self.case_id == case_id:
            return self.label
        what = "Standing authority" if self.level == "standing" else "Authorization of the stock"
        return f"{what} {self.short_in(case_id)}"

    @property
    def as_stated(self) -> str:
        """The quantity in the letter's own unit: "5 pack, 1 pack = 10 vial"; empty where it is the medicine's."""
        if self.stated_quantity is None:
            return ""
        return f"{self.stated_quantity.normalize():f} {self.stated_unit}, {self.conversion}"

    @transition(state, source=State.IN_FORCE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """The authority stopped it for a time."""

    @transition(state, source=State.SUSPENDED, target=State.IN_FORCE)
    def reinstate(self) -> None:
        """The suspension was lifted."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.EXHAUSTED)
    def exhaust(self) -> None:
        """Its quantity or its uses are spent."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.EXPIRED)
    def expire(self) -> None:
        """Its last day is past."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.REVOKED)
    def revoke(self) -> None:
        """The authority withdrew it."""

    @transition(state, source=[State.IN_FORCE, State.SUSPENDED], target=State.SUPERSEDED)
    def supersede(self) -> None:
        """A later authorization takes its place."""


# What the authority took back or stopped: what is there already is not used either (edge case 30).
STOPPED = (Authorization.State.SUSPENDED, Authorization.State.REVOKED)

# Both rules of the ledger, kept by the database whoever writes: no account below zero, no sum over the ceiling. The
# authorization's row is locked first, so that two writers are judged one after the other.
_KEEPS_THE_CEILING = """
        FOR one IN SELECT DISTINCT authorization_id FROM new_entries ORDER BY 1 LOOP
            PERFORM 1 FROM regulatory_authorization WHERE id = one FOR NO KEY UPDATE;
            SELECT account, sum(quantity) AS total INTO below FROM regulatory_quantityentry
                WHERE authorization_id = one GROUP BY account, consignment_id HAVING sum(quantity) < 0 LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'authorization % would have % %', one, below.total, below.account
                    USING ERRCODE = 'check_violation';
            END IF;
            SELECT sum(quantity) FILTER (WHERE account = 'authorized'), sum(quantity) FILTER (WHERE account <> 'authorized')
                INTO ceiling, used FROM regulatory_quantityentry WHERE authorization_id = one;
            IF ceiling IS NOT NULL AND used > ceiling THEN
                RAISE EXCEPTION 'authorization % allows %, and % would be used', one, ceiling, used
                    USING ERRCODE = 'check_violation';
            END IF;
        END LOOP;
        RETURN NULL;
"""  # noqa: E501 - one line of SQL reads as one rule


@pgtrigger.register(
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="keeps_the_ceiling",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_entries"),  # type: ignore[no-untyped-call]
        declare=[("one", "bigint"), ("below", "record"), ("ceiling", "numeric"), ("used", "numeric")],
        func=_KEEPS_THE_CEILING,
    ),
)
@regulated(chain="case:case_id")
class QuantityEntry(models.Model):
    """One line of the quantity ledger of an authorization. Written once; a correction is a further line.

    ``quantity`` is signed and counted in the authorization's unit; ``factor`` says how the unit of the act was
    converted (1 when it was the same).
    """

    class Account(models.TextChoices):
        AUTHORIZED = "authorized", "authorized"
        RESERVED = "reserved", "reserved"
        ORDERED = "ordered", "ordered"
        SHIPPED = "shipped", "shipped"
        RECEIVED = "received", "received"
        DISPENSED = "dispensed", "dispensed"
        RETURNED = "returned", "returned"
        DESTROYED = "destroyed", "destroyed"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="quantity_entries")
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="quantity_entries")
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="quantity_entries"
    )
    account = models.CharField(max_length=12, choices=Account.choices)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    factor = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(1))
    note = models.CharField(max_length=200, blank=True, default="")
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["authorization", "account"], name="quantity_by_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.quantity}"


@regulated(chain="case:case_id")
class HoldGround(models.Model):
    """What a hold that the system placed waits for, where the system itself can see that it came."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="hold_grounds")
    hold = models.OneToOneField("cases.Hold", on_delete=models.PROTECT, related_name="ground")
    authorization = models.ForeignKey(
        Authorization, null=True, blank=True, on_delete=models.PROTECT, related_name="hold_grounds"
    )
    filing = models.ForeignKey(Filing, null=True, blank=True, on_delete=models.PROTECT, related_name="hold_grounds")

    def __str__(self) -> str:
        return f"{self.hold} waits for {self.authorization or self.filing}"
