"""What a manufacturer's verification said against a pack is decided on before the pack moves on."""

from collections.abc import Iterable
from datetime import datetime

from cases.custody.models import SuspectProduct, UnitState, VerificationResult
from cases.custody.requirements.looked_up import consignment, units
from cases.custody.requirements.papers import MOVING
from cases.custody.verifying import newest_of, speaks_against
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

# What came to its end or was set aside for good does not move with the others.
MOVES_NO_MORE = frozenset(
    {
        UnitState.DISPENSED,
        UnitState.REJECTED,
        UnitState.RETURNED,
        UnitState.DESTROYED,
        UnitState.LOST,
        UnitState.CANCELLED,
        UnitState.DRAWN,
    }
)


@requirement(
    "VerificationDecidedOn",
    "No verification speaks against a pack that is to move, or somebody decided on it",
    on=MOVING,
    satisfied_by="a newer verification, or a pharmacist in charge, by clearing the pack after an investigation",
    rule="house rule C-97, version 1, which no pharmacist has reviewed: a failed verification makes no pack suspect by "
    "itself, and is not passed over",
)
def verification_decided_on(situation: Situation) -> Iterable[Finding]:
    subject, named = consignment(situation), situation.facts.get("unit")
    there = [unit for unit in units(situation) if unit.state not in MOVES_NO_MORE]
    asked = [unit for unit in there if named is None or unit.pk == named.pk]
    against = [one for one in newest_of(asked) if speaks_against(one)] if subject is not None else []
    cleared = _cleared(against)
    open_ones = [one for one in against if cleared.get(one.unit_id, one.recorded_at) <= one.recorded_at]
    if not open_ones or subject is None:
        return [Finding(met=True, fact="Each was decided on." if against else "None speaks against a pack.")]
    return [
        Finding(
            met=False,
            code=f"VerificationDecidedOn:{one.unit.serial}",
            fact=f"{one.unit.serial}: {one.told}.",
            remedy=("Set it apart as suspect", f"custody.consignment.suspect/{subject.label}"),
        )
        for one in open_ones
    ]


def _cleared(against: list[VerificationResult]) -> dict[int, datetime]:
    """When each of these packs was cleared last; nothing is asked where no verification speaks against one."""
    if not against:
        return {}
    rows = SuspectProduct.objects.filter(unit__in=[one.unit_id for one in against], state="cleared")
    return {one.unit_id: one.decided_at for one in rows.order_by("decided_at") if one.decided_at is not None}
