"""Transmissions of a locked case, prepared or on record as sent, and what their recipient answers."""

from typing import Any

from cases.audit.context import acting
from cases.lifecycle.verbs import next_number
from pharmacovigilance.models import AdverseEvent, Obligation, Transmission
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety
from tests.pharmacovigilance.e2b.messages import acknowledgement

SUPPLIER = "GB.supplier.serious"


def prepared(safety: Safety, form: str = "e2b_fda") -> Transmission:
    safety.take("transmission.prepare", now=LOCKED, obligation=safety.obligation(SUPPLIER), format=form)
    return Transmission.objects.latest("number")


def sent(safety: Safety, form: str = "e2b_fda", *, version: int = 2) -> Transmission:
    """A message on record as sent: of a further version, which a licensee of MedDRA has coded before it was locked."""
    safety.follow_up(version - 1, now=LOCKED + DAY, received_at=LOCKED)
    safety.assess(version, now=LOCKED + DAY)
    later = LOCKED + version * DAY
    with acting(by=safety.coordinator, verb="pharmacovigilance.event.coded", business_at=later):
        AdverseEvent.objects.update(meddra_code="19999991", meddra_version="29.0")
    locked = safety.lock(version, now=later)
    with acting(by=safety.coordinator, verb="pharmacovigilance.version.locked", business_at=later):
        obligation = Obligation.objects.create(
            case=locked.case, version=locked, number=next_number(locked.case.obligations),
            responsible_party="supplier", recipient="FDA", rule="invented", rule_version="1", rule_confidence="low",
            day0=locked.day0,
        )  # fmt: skip
    safety.take("transmission.prepare", now=later, obligation=obligation, format=form)
    return safety.send(Transmission.objects.latest("number"), now=later)


def told_of(transmission: Transmission, **more: Any) -> bytes:
    named = transmission.obligation.version.safety_case.worldwide_id
    given = {"receiver": transmission.case.pharmacy.code} | more
    return acknowledgement(transmission.message_number, named, **given)
