"""On giving it to the patient: nothing expired, nothing that is not free, no more of a pack than is there."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from cases.custody.contents import KINDS, PLACES, SHELF
from cases.custody.contents_book import accounts_of
from cases.custody.models import PackOpening, Unit, UnitState
from cases.custody.requirements.looked_up import consignment, day_at_the_institution, once, units
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

MOMENT_OF_USE = {
    "custody.consignment.dispense": "dispensed_at",
    "custody.consignment.dispense_part": "dispensed_at",
    "custody.consignment.record_dose": "given_at",
}
# What each step takes out of a pack's account, by the facts that were given.
TAKES: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "custody.consignment.dispense_part": lambda facts: "dispense",
    "custody.consignment.record_dose": lambda facts: "give",
    "custody.consignment.waste": lambda facts: str(facts["what"]),
    "custody.consignment.bring_back": lambda facts: "bring_back",
    "custody.consignment.destroy_part": lambda facts: str(facts["what"]),
}


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
    rule="house rule C-73, version 1 (custody invariant I9)",
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
    "Every unit that is dispensed is accepted in the custody ledger",
    on=("custody.consignment.dispense", "custody.consignment.dispense_part"),
    satisfied_by="a pharmacist in charge, by a release; packs that are free are dispensed one by one",
    rule="house rule C-21, version 3",
)
def units_are_free(situation: Situation) -> Finding:
    left, named = _accounts(situation), situation.facts.get("unit")
    asked = [unit for unit in units(situation) if named is None or unit.pk == named.pk]
    held = [unit for unit in asked if left[unit.pk][SHELF] and unit.state != UnitState.ACCEPTED]
    if not units(situation):
        return Finding(met=None, fact="The consignment has no units.")
    words = "; ".join(f"{unit.serial} is {unit.get_state_display()}" for unit in held)
    return Finding(met=not held, fact=f"{words}." if held else f"{len(asked)} units, all accepted.")


@requirement(
    "ContentCoversIt",
    "No more is taken from a pack than is there",
    on=tuple(TAKES),
    satisfied_by="whoever counts: the account of the pack says what is where",
    rule="house rule C-70, version 1 (custody invariant I2)",
)
def content_covers_it(situation: Situation) -> Finding:
    facts, code = situation.facts, situation.verb.code
    unit, count = facts.get("unit"), facts.get("count")
    if unit is None or not count:
        if code == "custody.consignment.record_dose" and facts:
            return _dose_without_count(situation, unit)
        return Finding(met=True, fact="The pack and how many of it are given in the form.")
    kind = KINDS[TAKES[code](facts)]
    there = accounts_of([unit])[unit.pk][kind.source]
    told = f"{there} of {unit.serial} {'is' if there == 1 else 'are'} {PLACES[kind.source]}; {count} to be taken."
    if count > there:
        return Finding(met=False, fact=told)
    if code == "custody.consignment.dispense_part" and count == _left_of_all(situation):
        return Finding(
            met=False,
            fact=f"{count} is all that is left of the consignment: record the dispensing of it, not of a part.",
            remedy=("Record the dispensing", f"custody.consignment.dispense/{situation.subject_label}"),
        )
    return Finding(met=True, fact=told)


def _dose_without_count(situation: Situation, unit: Unit | None) -> Finding:
    """A dose may be recorded without a count, but not from what was never dispensed."""
    subject = consignment(situation)
    named = [held for pk, held in _accounts(situation).items() if unit is None or pk == unit.pk]
    if any(held["patient"] or held["given"] for held in named):
        return Finding(met=True, fact="It is not counted how many of the pack were given.")
    if subject is not None and subject.state == subject.State.DISPENSED:
        return Finding(met=True, fact="It was dispensed before packs were counted.")
    what = situation.subject_label if unit is None else unit.serial
    return Finding(met=False, fact=f"Nothing of {what} was dispensed yet.")


def _accounts(situation: Situation) -> dict[int, dict[str, int]]:
    return once(situation, "contents", lambda: accounts_of(units(situation)))


def _left_of_all(situation: Situation) -> int:
    return sum(held[SHELF] for held in _accounts(situation).values())


@requirement(
    "OpenedPackStillGood",
    "An opened pack is used within its time",
    on=tuple(MOMENT_OF_USE),
    satisfied_by="nobody: what is past its time in use is wasted",
    rule="house rule C-71, version 1 (custody invariant I9)",
)
def opened_pack_still_good(situation: Situation) -> Finding:
    moment: datetime = situation.facts.get(MOMENT_OF_USE[situation.verb.code]) or situation.now
    named = situation.facts.get("unit")
    place = "patient" if situation.verb.code == "custody.consignment.record_dose" else SHELF
    used = [pk for pk, held in _accounts(situation).items() if (held[place] if named is None else pk == named.pk)]
    openings = PackOpening.objects.filter(unit__in=used).select_related("unit")
    past = [one for one in openings.order_by("unit__serial") if moment >= one.use_before]
    if past:
        words = "; ".join(
            f"{one.unit.serial} was to be used before {one.use_before:%Y-%m-%d %H:%M} UTC" for one in past
        )
        return Finding(met=False, fact=f"{words} ({past[0].basis}).")
    return Finding(met=True, fact="No opened pack is past its time in use.")


@requirement(
    "OpenedOnceWithAnEnd",
    "A pack is opened once, and it is known until when it may be used",
    on=("custody.consignment.open_pack",),
    satisfied_by="whoever opens it: the time in use is in the leaflet",
    rule="house rule C-72, version 1",
)
def opened_once_with_an_end(situation: Situation) -> Finding:
    facts = situation.facts
    unit: Unit | None = facts.get("unit")
    medicine = situation.case.medicine
    hours = medicine.in_use_hours
    unknown = f"The time in use of {medicine} is not known: type it from the leaflet, and say from where."
    listed = f"{medicine} may be used for {hours} hours once opened." if hours else unknown
    if unit is None:
        return Finding(met=True, fact=listed)
    before = PackOpening.objects.filter(unit=unit).first()
    if before is not None:
        return Finding(met=False, fact=f"{unit.serial} was opened {before.opened_at:%Y-%m-%d %H:%M} UTC already.")
    until = facts.get("use_before")
    if until is None:
        return Finding(met=bool(hours), fact=listed)
    if until <= facts["opened_at"]:
        return Finding(met=False, fact=f"{until:%Y-%m-%d %H:%M} UTC is not after the opening.")
    if not facts.get("basis"):
        return Finding(met=False, fact="Say from where that time is: the leaflet's section, or who was asked.")
    return Finding(met=True, fact=f"To be used before {until:%Y-%m-%d %H:%M} UTC ({facts['basis']}).")
