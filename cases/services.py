"""Opening a case: the one verb that has no case to lock yet."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from cases.audit.context import acting
from cases.lifecycle.checklist import judge
from cases.lifecycle.engine import follow_through, record
from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from cases.lifecycle.verbs import VERBS, Situation, Verb, register_verbs
from cases.locks import holding
from cases.models import Case, CaseEvent, Medicine, Urgency
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.people.paper_keys import make_stock_key
from cases.people.patients import Patient
from cases.references import CASE, new_reference


def _opened(situation: Situation) -> models.Model:
    return situation.case


register_verbs(
    Verb(
        code="cases.case.open",
        past="opened",
        label="Open a case",
        subject="cases.Case",
        creates=True,
        effect=_opened,
        consequence="The prescriber is asked for the determination.",
    )
)


def open_case(
    *,
    pharmacy: Pharmacy,
    patient: Patient | None,
    prescriber: Prescriber,
    institution: Institution,
    coordinator: User,
    medicine: Medicine,
    profile_version: Any,
    country: str,
    indication: str,
    by: User,
    now: datetime,
    urgency: str = Urgency.STANDARD,
    enquiry: Any = None,
    form_key: str | None = None,
    request_id: str = "",
) -> Case:
    """Open a case in its first stage and write its first event, or refuse with every unmet requirement.

    The same form posted twice opens one case: the second call returns it.

    :param patient: None for stock of the institution, where the pathway is authorized before any patient is known.
    :raises NotPermitted: the person is not a pharmacist of this pharmacy.
    :raises RequirementsUnmet: for example, the pathway's version is not signed.
    """
    verb = VERBS["cases.case.open"]
    if by.role not in verb.roles or by.pharmacy_id != pharmacy.pk:
        raise NotPermitted(f"{by.display_name} may not open cases of {pharmacy}. Nothing was changed.")
    with acting(by=by, verb=verb.event, request_id=request_id, business_at=now):
        if form_key and (earlier := CaseEvent.objects.filter(form_key=form_key, by=by).select_related("case").first()):
            return earlier.case
        case = Case(
            pharmacy=pharmacy,
            patient=patient,
            prescriber=prescriber,
            institution=institution,
            coordinator=coordinator,
            medicine=medicine,
            profile_version=profile_version,
            country=country,
            indication=indication,
            urgency=urgency,
            enquiry=enquiry,
            opened_at=now,
        )
        situation = Situation(case, verb, case, by, now)
        checklist = judge(situation)
        if any(line.blocks for line in checklist):
            raise RequirementsUnmet("No case was opened. Nothing was changed.", checklist)
        _insert(case)
        if case.is_stock:
            make_stock_key(case.reference, now=now)
        with holding(case):
            event = record(situation, checklist, form_key)
            follow_through(situation, event)
        return case


def _insert(case: Case) -> None:
    """References are random: draw again in the rare event that one is taken."""
    for _ in range(5):
        case.reference = new_reference(CASE)
        try:
            with transaction.atomic():
                case.save(force_insert=True)
            return
        except IntegrityError as error:
            if "reference" not in str(error):
                raise
    raise RuntimeError("Five random case references in a row were taken; the generator is broken.")
