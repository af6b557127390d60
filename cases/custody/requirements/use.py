"""On giving it to the patient: nothing expired, nothing that is not free."""

from collections.abc import Iterable
from datetime import timedelta

from cases.custody.models import UnitState
from cases.custody.requirements.looked_up import consignment, day_at_the_institution, units
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
    "NotExpiredOnReceipt",
    "No unit is past its expiry when it is accepted, and the shelf life covers the cycle",
    on=("custody.consignment.accept",),
    satisfied_by="nobody: expired units are returned or destroyed; two people may take a short shelf life upon them",
    rule="house rule C-43, version 1 (custody invariant I9)",
)
def not_expired_on_receipt(situation: Situation) -> Iterable[Finding]:
    subject, packs = consignment(situation), units(situation)
    if subject is None or not packs:
        return [Finding(met=None, fact="The consignment has no units.")]
    lot = min((unit.lot for unit in packs), key=lambda lot: lot.expires_on)
    day = day_at_the_institution(situation, situation.now)
    last = day + timedelta(days=subject.days_of_therapy - 1)
    expires = f"Lot {lot} expires on {lot.expires_on}"
    return [
        Finding(met=day <= lot.expires_on, fact=f"{expires}; today is {day} at the institution."),
        Finding(
            met=last <= lot.expires_on,
            code="NotExpiredOnReceipt:cycle",
            sentence="The shelf life that is left covers the cycle",
            fact=f"{expires}; with {subject.days_of_therapy} days of therapy from today the last day of use is {last}.",
            overridable=True,
        ),
    ]


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
