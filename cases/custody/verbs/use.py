"""The end of a unit's way: dispensed and given, or returned, or destroyed before a witness."""

from django.db import models

from cases.custody.contents_book import clear_shelf, enter, on_the_shelf
from cases.custody.ledger import PATIENT, record_act
from cases.custody.models import Consignment, DoseAdministered, Unit, UnitState
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    CERTIFICATE,
    HOLDS_ON_USE,
    WITNESS,
    at_the_institution,
    at_the_pharmacy,
    consignment_of,
    moment,
    source_of,
    verb,
)
from cases.lifecycle.verbs import Ask, Situation


def _dispense(situation: Situation) -> models.Model:
    consignment, at = consignment_of(situation), situation.facts["dispensed_at"]
    consignment.dispense(dispensed_at=at)
    consignment.save()
    # Of some packs the last may have been dispensed in parts, or wasted, before.
    left = on_the_shelf(consignment)
    clear_shelf(situation, consignment, "dispense", at=at)
    at_the_institution(situation, "dispense", holder=PATIENT, event_at=at, units=left)
    return consignment


def _record_dose(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.record_dose()
    consignment.save()
    unit = facts.get("unit")
    if unit is not None and facts.get("count"):
        enter(situation, unit, "give", facts["count"], at=facts["given_at"])
    DoseAdministered.objects.create(
        case=situation.case,
        consignment=consignment,
        unit=unit,
        amount=facts["amount"],
        given_at=facts["given_at"],
        recorded_by=situation.by,
    )
    record_act(
        consignment,
        "give_dose",
        by=situation.by,
        event_at=facts["given_at"],
        now=situation.now,
        place=consignment.institution.name,
        holder=PATIENT,
        zone=consignment.institution.time_zone,
        units=[unit] if unit else [],
        source=source_of(situation),
    )
    return consignment


def _give_back(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.give_back()
    consignment.save()
    clear_shelf(situation, consignment, "give_back", at=situation.now)
    supplier = consignment.supplier
    at_the_institution(situation, "give_back", holder=supplier.name if supplier else "supplier")
    return consignment


def _destroy(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    here = consignment.arrived_at is not None
    consignment.destroy()
    consignment.save()
    clear_shelf(situation, consignment, "destroy", at=situation.now)
    record = at_the_institution if here else at_the_pharmacy
    record(situation, "destroy", holder="nobody: destroyed")
    return consignment


def _units_given_out(situation: Situation) -> "models.QuerySet[Unit]":
    if not isinstance(situation.subject, Consignment):
        return Unit.objects.none()
    return situation.subject.units.filter(state__in=(UnitState.ACCEPTED, UnitState.DISPENSED))


VERBS = (
    verb(
        "dispense",
        "dispensed",
        "Record the dispensing",
        _dispense,
        roles=AT_THE_INSTITUTION,
        asks=(moment("dispensed_at", "When it was dispensed"),),
        stopped_by=HOLDS_ON_USE,
        consequence="The run-out day is counted anew; follow-up questions are planned for days 7, 30 and 90.",
    ),
    verb(
        "record_dose",
        "dose_recorded",
        "Record a dose",
        _record_dose,
        roles=AT_THE_INSTITUTION,
        asks=(
            moment("given_at", "When it was given"),
            Ask(
                "unit",
                "From which unit",
                "record",
                required=False,
                options=_units_given_out,
                hint="Lot and serial as on the pack. Empty only when the pack is gone: the lot is then not confirmed.",
            ),
            Ask("amount", "Dose as given", hint="For example 150 mg."),
            Ask(
                "count",
                "How many of the pack",
                "integer",
                required=False,
                least=1,
                hint="In its smallest units, where they are counted: 2 tablets, 1 vial.",
            ),
        ),
        consequence="An adverse event can be linked to this dose, and through it to lot, supplier and journey.",
    ),
    verb(
        "give_back",
        "given_back",
        "Return it to the supplier",
        _give_back,
        asks=(CERTIFICATE,),
        needs_reason=True,
        final=True,
        consequence="Final. Returned units are never dispensed again.",
    ),
    verb(
        "destroy",
        "destroyed",
        "Record the destruction",
        _destroy,
        asks=(
            WITNESS,
            CERTIFICATE,
        ),
        needs_reason=True,
        final=True,
        consequence="Final, with both names on record.",
    ),
)
