"""Opening a case for a patient who is registered or not yet: everything or nothing, and once for one form."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from cases.models import Case, CaseEvent, Medicine, Urgency
from cases.people.identity import Identity, find_patients, register_patient
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.people.patients import Patient
from cases.services import open_case
from regulatory.enquiries import open_case_from_enquiry
from regulatory.models import Enquiry, ProfileVersion


def patients_like(identity: Identity, *, pharmacy: Pharmacy, by: User, now: datetime) -> list[Patient]:
    """Registered patients who may be this one: by name and birth date, or by record number. The search is recorded."""
    found: list[Patient] = []
    if identity.family_name.strip() and identity.birth_date:
        found += find_patients(
            pharmacy=pharmacy, by=by, now=now, family_name=identity.family_name, birth_date=identity.birth_date
        )
    if identity.record_number.strip():
        found += find_patients(pharmacy=pharmacy, by=by, now=now, record_number=identity.record_number)
    return list({patient.pk: patient for patient in found}.values())


def open_case_for(
    patient: Patient | Identity | None,
    *,
    pharmacy: Pharmacy,
    prescriber: Prescriber,
    institution: Institution,
    coordinator: User,
    medicine: Medicine | None,
    profile_version: ProfileVersion | None,
    by: User,
    now: datetime,
    enquiry: Enquiry | None = None,
    country: str = "",
    indication: str = "",
    urgency: str = Urgency.STANDARD,
    form_key: str | None = None,
    request_id: str = "",
) -> Case:
    """Open a case, from an answered enquiry or by itself; a new patient is registered with it or not at all.

    The same form posted twice, even at the same moment, opens one case: the second call returns it.

    :param patient: None for stock of the institution, on a pathway that is authorized before any patient is known.
    :param country, indication, urgency: of a case without an enquiry; an enquiry brings its own.
    :raises IdentityInvalid: when a new patient's identity is incomplete.
    :raises NotPermitted, NotPossible, RequirementsUnmet: nothing was changed and nobody was registered.
    """
    with transaction.atomic():
        if (earlier := _opened_with(form_key, by)) is not None:
            return earlier
        if isinstance(patient, Identity):
            patient = register_patient(pharmacy=pharmacy, identity=patient, by=by, now=now)
        shared: dict[str, Any] = {
            "patient": patient,
            "prescriber": prescriber,
            "institution": institution,
            "coordinator": coordinator,
            "medicine": medicine,
            "profile_version": profile_version,
            "by": by,
            "now": now,
            "form_key": form_key,
            "request_id": request_id,
        }
        if enquiry is not None:
            return open_case_from_enquiry(enquiry, **shared)
        return open_case(pharmacy=pharmacy, country=country, indication=indication, urgency=urgency, **shared)


def _opened_with(form_key: str | None, by: User) -> Case | None:
    """The case that this form opened already; a twin that arrives at the same moment waits here for the first."""
    if not form_key:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [form_key])
    event = CaseEvent.objects.filter(form_key=form_key, by=by).select_related("case").first()
    return event.case if event else None
