"""What is known about one case as far as a change of the rule can touch it. Plain values; no database."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from regulatory.profiles.facts import Attestation, AuthorizationHeld, DocumentHeld, Event

AHEAD, UNDER_WAY, THERE = "ahead", "under_way", "there"
UNSENT, OUT, DECIDED = "unsent", "out", "decided"


@dataclass(frozen=True, slots=True)
class Shipment:
    """A consignment that has not been used up: before dispatch (ahead), on its way, or with the institution.

    ``events``, ``authorizations`` and ``attestations`` are those that speak for this one: of the authorization that it
    travels under, for its port, signed for it. None where nothing sets it apart from its case.
    """

    label: str
    where: str
    leaves_on: date
    arrives_on: date
    days_of_therapy: int
    quantity: Decimal = Decimal(0)
    events: tuple[Event, ...] | None = None
    authorizations: tuple[AuthorizationHeld, ...] | None = None
    attestations: tuple[Attestation, ...] | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A deadline that runs: its date, and the rule and anchor that it was counted by, as they are stored.

    ``met_on`` is set for a notice that was given already for what is still planned: a longer lead may make it late.
    """

    label: str
    subject: str
    fact: str
    due_on: date
    force: str
    rule: dict[str, Any] = field(hash=False)
    anchor: str
    pauses: tuple[Any, ...] = ()
    met_on: date | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing: not sent yet, out with the authority, or decided."""

    label: str
    authority: str
    stands: str
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One open case. ``urgency``: 0 standard, 1 urgent, 2 emergency. ``permits``: authorizations in force, last day."""

    reference: str
    stage: str
    urgency: int = 0
    runs_out_on: date | None = None
    events: tuple[Event, ...] = ()
    documents: tuple[DocumentHeld, ...] = ()
    authorizations: tuple[AuthorizationHeld, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    conditions: tuple[tuple[str, bool], ...] = ()
    medicine: int = 0
    shipments: tuple[Shipment, ...] = ()
    running: tuple[Running, ...] = ()
    filings: tuple[Filed, ...] = ()
    permits: tuple[tuple[str, date | None], ...] = ()

    @property
    def ahead(self) -> tuple[Shipment, ...]:
        """Consignments that have not left."""
        return tuple(one for one in self.shipments if one.where == AHEAD)

    @property
    def unsent(self) -> tuple[Filed, ...]:
        """Filings that are being prepared."""
        return tuple(one for one in self.filings if one.stands == UNSENT)

    @property
    def is_before_filing(self) -> bool:
        """Whether the next thing to happen with the authority is a filing."""
        return bool(self.unsent) or not self.filings
