"""On giving it to the patient: nothing expired, nothing that is not free."""

from cases.custody.models import UnitState
from cases.custody.requirements.looked_up import day_at_the_institution, units
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

MOMENT_OF_USE = {"custody.consignment.dispense": "dispensed_at", "custody.consignment.record_dose": "given_at"}


@requirement(
    "NotExpiredOnDispensing",
    "No unit is past its expiry on the day of use",
    on=tuple(MOMENT_OF_USE),
    satisfied_by="nobody: expired units are returned or destroyed",
    rule="house rule C-20, version 1",
)
def not_expired_on_dispensing(situation: Situation) -> Finding:
    moment = situation.facts.get(MOMENT_OF_USE[situation.verb.code]) or situation.now
    day = day_at_the_institution(situation, moment)
    named = situation.facts.get("unit")
    used = [unit for unit in units(situation) if named is None or unit.pk == named.pk]
    if not used:
        return Finding(met=None, fact="The consignment has no units.")
    first = min(used, key=lambda unit: unit.lot.expires_on)
    expires = first.lot.expires_on
    return Finding(met=day <= expires, fact=f"Lot {first.lot} expires on {expires}; the day of use is {day}.")


@requirement(
    "UnitsAreFree",
    "Every unit is accepted in the custody ledger",
    on=("custody.consignment.dispense",),
    satisfied_by="a pharmacist in charge, by a release",
    rule="house rule C-21, version 1",
)
def units_are_free(situation: Situation) -> Finding:
    held = [unit for unit in units(situation) if unit.state != UnitState.ACCEPTED]
    if not units(situation):
        return Finding(met=None, fact="The consignment has no units.")
    words = "; ".join(f"{unit.serial} is {unit.get_state_display()}" for unit in held)
    return Finding(met=not held, fact=f"{words}." if held else f"{len(units(situation))} units, all accepted.")
