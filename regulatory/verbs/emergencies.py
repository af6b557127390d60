"""That a supply is an emergency is said by two people, each under the own name; what is owed afterwards stays owed."""

from django.db import models

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Situation, Verb, register_verbs
from cases.people.roles import PHARMACISTS, Role
from regulatory.emergencies import CONFIRMED_BY, STATEMENT, emergency_gates
from regulatory.models import Attestation
from regulatory.pathway import profile_of

State = Consignment.State
BEFORE_USE = (
    State.PLANNED, State.ORDERED, State.ALLOCATED, State.RELEASED, State.IN_TRANSIT, State.ARRIVED, State.ACCEPTED,
)  # fmt: skip


def _confirm(situation: Situation) -> models.Model:
    consignment = situation.record(Consignment)
    (gate, *_) = sorted(emergency_gates(profile_of(situation.case.profile_version)))
    Attestation.objects.create(
        case=situation.case,
        consignment=consignment,
        role=CONFIRMED_BY,
        statement=STATEMENT,
        gate_fact=gate,
        attested_by=situation.by,
        attested_at=situation.now,
    )
    return consignment


def _may_be_one(record: models.Model) -> bool:
    if not isinstance(record, Consignment) or record.state not in BEFORE_USE:
        return False
    return bool(emergency_gates(profile_of(record.case.profile_version)))


register_verbs(
    Verb(
        code="regulatory.emergency.confirm",
        past="confirmed",
        label="Confirm that it is an emergency",
        subject="custody.Consignment",
        effect=_confirm,
        roles=PHARMACISTS | {Role.PRESCRIBER, Role.RECEIVING_PHARMACIST},
        offered_when=_may_be_one,
        needs_reason=True,
        consequence=f"You say: “{STATEMENT}” Your name stands under it; the reason says why it cannot wait. A second "
        "person confirms it too. What is owed to the authority afterwards stays owed, and overdue it stops the next "
        "shipment.",
    ),
)
