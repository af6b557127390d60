"""The end of a unit's way: dispensed and given, or returned, or destroyed before a witness."""

from django.db import models
from django.db.models import Q

from cases.custody.ledger import PATIENT, record_act
from cases.custody.models import Consignment, DoseAdministered, Unit, UnitState
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    HOLDS_ON_USE,
    at_the_institution,
    at_the_pharmacy,
    consignment_of,
    moment,
    source_of,
    verb,
)
from cases.lifecycle.verbs import Ask, Situation
from cases.people.models import User


def _dispense(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.dispense(dispensed_at=situation.facts["dispensed_at"])
    consignment.save()
    at_the_institution(situation, "dispense", holder=PATIENT, event_at=situation.facts["dispensed_at"])
    return consignment


def _record_dose(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.record_dose()
    consignment.save()
    unit = facts.get("unit")
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
    supplier = consignment.supplier
    at_the_institution(situation, "give_back", holder=supplier.name if supplier else "supplier")
    return consignment


def _destroy(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    here = consignment.arrived_at is not None
    consignment.destroy()
    consignment.save()
    record = at_the_institution if here else at_the_pharmacy
    record(situation, "destroy", holder="nobody: destroyed")
    return consignment


def _dispensed_units(situation: Situation) -> "models.QuerySet[Unit]":
    if not isinstance(situation.subject, Consignment):
        return Unit.objects.none()
    return situation.subject.units.filter(state=UnitState.DISPENSED)


def _witnesses(situation: Situation) -> "models.QuerySet[User]":
    case = situation.case
    return User.objects.filter(
        Q(pharmacy_id=case.pharmacy_id) | Q(institution_id=case.institution_id) | Q(pk=case.prescriber.user_id),
        is_active=True,
        is_service=False,
    ).order_by("display_name")


CERTIFICATE = Ask("certificate", "Certificate", "document", required=False)

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
                options=_dispensed_units,
                hint="Scan the pack. Empty only when the pack is gone: the lot is then not confirmed.",
            ),
            Ask("amount", "Dose as given", hint="For example 150 mg."),
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
            Ask("witness", "Witness", "record", options=_witnesses, hint="Somebody else than you."),
            CERTIFICATE,
        ),
        needs_reason=True,
        final=True,
        consequence="Final, with both names on record.",
    ),
)
