"""An emergency: the medicine is given first, the papers follow. The pathway says by which gate, and two people say so.

A gate that leaves the debt `emergency_regularisation` behind is one: there the authority's written decision comes after
the supply. That treatment cannot wait is then never one person's word (edge case 31).
"""

from collections.abc import Mapping
from typing import Any

from cases.custody.models import Consignment
from cases.models import CaseEvent
from regulatory.models import Attestation
from regulatory.profiles.gates import GateResult
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import nodes_in

DEBT = "emergency_regularisation"
# Kept among the attestations of the case; no gate's expression asks for this role.
CONFIRMED_BY = "emergency_confirmation"
STATEMENT = "This supply is an emergency: the treatment cannot wait for the written decision."
PEOPLE = 2
# The line of the checklist that says whether a supply rests on one: its sources are the gates that it rests on.
JUDGED = "EmergencyConfirmedByTwo"
GIVEN = ("custody.consignment.dispensed", "custody.consignment.part_dispensed")


def emergency_gates(profile: Profile) -> frozenset[str]:
    """The facts of the gates that open in an emergency; none in most pathways."""
    return frozenset(
        str(fact["id"])
        for fact in profile.section("gates")
        if any(DEBT in _duties(node) for node in nodes_in(fact.get("expr")))
    )


def rests_on_an_emergency(gate: GateResult, emergencies: frozenset[str]) -> bool:
    """Whether the gate is open, and by nothing else: an authorization in force beside it makes it no emergency."""
    opened = {part.fact for part in gate.parts if part.state == "open"}
    if gate.open is not True or not opened & emergencies:
        return False
    return gate.combine == "and" or opened <= emergencies


def was_none(consignment: Consignment) -> bool:
    """Whether it was dispensed, and judged then, each time, to rest on no emergency; by the lists of its events."""
    events = CaseEvent.objects.filter(case_id=consignment.case_id, subject=consignment.label, verb__in=GIVEN)
    lists = events.values_list("checklist", flat=True)
    judged = [line["sources"] for lines in lists for line in lines if line["code"] == JUDGED]
    return bool(judged) and not any(judged)


def is_confirmation(row: Attestation) -> bool:
    """Whether an attestation confirms an emergency rather than opening a gate."""
    return row.role == CONFIRMED_BY


def _duties(node: Mapping[str, Any]) -> tuple[str, ...]:
    duties = node.get("creates_duty", ())
    return (duties,) if isinstance(duties, str) else tuple(duties)
