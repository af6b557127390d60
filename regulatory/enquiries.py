"""Enquiries: a question that reached the pharmacy, the recorded answer of a named person, and the case it may become.

Pseudonymous until a case exists. The outcome is a recommendation that a person signs, never an authorization
(triage.md).
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from cases.audit.context import acting
from cases.lifecycle.errors import NotPermitted, NotPossible
from cases.models import Case, Medicine, Urgency
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.people.patients import Patient
from cases.people.roles import PHARMACISTS
from cases.references import ENQUIRY, new_reference
from cases.services import open_case
from regulatory.deeds import Deeds, refuse_unmet
from regulatory.models import Enquiry, ProfileVersion
from regulatory.triage.table import load

# Outcomes of triage, as its rule table has them.
OUTCOMES = {name: outcome.words for name, outcome in load().outcomes.items()}
OPENS_A_CASE = frozenset(name for name, outcome in load().outcomes.items() if outcome.opens_case)
# A confident answer must not rest on a pathway whose review date is past (domain.md 5).
CONFIDENT = frozenset(name for name, outcome in load().outcomes.items() if outcome.confident)
# The service account under which a family that nobody knows writes its question down; it never answers one.
WIZARD = "S-TRIAGE"
OFFICE_OPENS, OFFICE_CLOSES = time(9), time(17)
PROMISE = timedelta(hours=1)
_DEEDS = Deeds(satisfied_by="the pharmacist who handles the enquiry", rule="house rule T-01, version 1")
_check = _DEEDS.check


def acknowledge_by(received_at: datetime, zone: ZoneInfo) -> datetime:
    """One business hour after the receipt, in the pharmacy's zone, Monday to Friday 9 to 17: a house target, no law.

    Public holidays are not left out: the promise is the stricter for it.
    """
    local = received_at.astimezone(zone)
    left = PROMISE
    while True:
        opens = local.replace(hour=OFFICE_OPENS.hour, minute=0, second=0, microsecond=0)
        closes = local.replace(hour=OFFICE_CLOSES.hour, minute=0, second=0, microsecond=0)
        begins = max(local, opens)
        if local.weekday() < 5 and begins < closes:
            if begins + left <= closes:
                return (begins + left).astimezone(received_at.tzinfo)
            left -= closes - begins
        local = (opens + timedelta(days=1)).replace(hour=OFFICE_OPENS.hour)


def receive_enquiry(
    *,
    pharmacy: Pharmacy,
    asked_by: str,
    country: str,
    product: str,
    indication: str,
    by: User,
    now: datetime,
    received_at: datetime | None = None,
    medicine: Medicine | None = None,
    urgency: str = Urgency.STANDARD,
    answers: Mapping[str, Any] | None = None,
    question: str = "",
    profile_version: ProfileVersion | None = None,
    form_key: str | None = None,
) -> Enquiry:
    """Write down a question and promise an acknowledgement within one business hour.

    The same form posted twice is one enquiry: the second call returns it.

    :raises NotPermitted: the person is no pharmacist of this pharmacy.
    :raises RequirementsUnmet: for a receipt in the future, or a question without country, product or indication.
    """
    if not (by.is_service and by.code == WIZARD):
        permit(by, pharmacy)
    if form_key and (earlier := Enquiry.objects.filter(form_key=form_key, pharmacy=pharmacy).first()):
        return earlier
    received = received_at or now
    refuse_unmet(
        "The enquiry was not recorded",
        (
            _check("NotInFuture", "It has been received", received <= now, f"Received {received:%Y-%m-%d %H:%M} UTC."),
            _check(
                "AskerKnown", "It says who asks", asked_by in Enquiry.Asker.values, f"Given: {asked_by or 'nobody'}."
            ),
            _check("CountryGiven", "The country is given", len(country) == 2, f"Given: {country or 'none'}."),
            _check("ProductGiven", "The product is given", bool(product.strip()), "Given." if product else "None."),
            _check(
                "IndicationGiven",
                "The indication is given",
                bool(indication.strip()),
                "Given." if indication else "None.",
            ),
        ),
    )
    with acting(by=by, verb="regulatory.enquiry.received", business_at=now):
        enquiry = Enquiry(
            pharmacy=pharmacy,
            asked_by=asked_by,
            country=country.upper(),
            product=product.strip(),
            medicine=medicine,
            indication=indication.strip(),
            urgency=urgency,
            answers=dict(answers or {}),
            question=question,
            received_at=received,
            acknowledge_by=acknowledge_by(received, ZoneInfo(pharmacy.time_zone)),
            profile_version=profile_version,
            form_key=form_key or None,
        )
        return _inserted(enquiry)


def answer_enquiry(
    enquiry: Enquiry,
    *,
    outcome: str,
    answer: str,
    by: User,
    now: datetime,
    profile_version: ProfileVersion | None = None,
    again: bool = False,
) -> Enquiry:
    """Record what a named pharmacist answered, and on which version of the pathway it rests.

    :param again: the answer of a new triage may take the place of the one that was given.
    :raises NotPermitted, NotPossible, RequirementsUnmet: with every reason; nothing was changed.
    """
    states = (Enquiry.State.OPEN, Enquiry.State.ANSWERED) if again else (Enquiry.State.OPEN,)
    with acting(by=by, verb="regulatory.enquiry.answered", business_at=now):
        held = locked(enquiry, by, *states, what="answered")
        version = profile_version or held.profile_version
        fresh = version is not None and version.is_signed and not version.is_stale_on(now.date())
        refuse_unmet(
            f"{held.reference} was not answered",
            (
                _check(
                    "OutcomeKnown", "The outcome is one of triage", outcome in OUTCOMES, f"Given: {outcome or 'none'}."
                ),
                _check(
                    "AnswerGiven",
                    "There is an answer in words",
                    bool(answer.strip()),
                    "Given." if answer.strip() else "Nothing was written.",
                ),
                _check(
                    "PathwayFresh",
                    "A confident answer rests on a pathway that was checked in time",
                    outcome not in CONFIDENT or fresh,
                    f"{version} is to be checked." if version else "No pathway was named.",
                ),
            ),
        )
        held.profile_version = version
        held.give_answer(outcome=outcome, answer=answer.strip(), answered_by=by, answered_at=now)
        held.save()
        return held


def refer_enquiry(enquiry: Enquiry, *, reason: str, by: User, now: datetime) -> Enquiry:
    """Another route or another house is the right one; the reason says which.

    :raises NotPermitted, NotPossible, RequirementsUnmet: nothing was changed.
    """
    with acting(by=by, verb="regulatory.enquiry.referred", reason=reason, business_at=now):
        held = locked(enquiry, by, Enquiry.State.ANSWERED, what="referred")
        refuse_unmet(f"{held.reference} was not referred", (_DEEDS.reason_given(reason),))
        held.refer()
        held.save()
        return held


def open_case_from_enquiry(
    enquiry: Enquiry,
    *,
    patient: Patient | None,
    prescriber: Prescriber,
    institution: Institution,
    coordinator: User,
    by: User,
    now: datetime,
    medicine: Medicine | None = None,
    profile_version: ProfileVersion | None = None,
    form_key: str | None = None,
    request_id: str = "",
) -> Case:
    """Open the case that an answered enquiry asks for, prefilled from it, in one transaction with the enquiry's end.

    :raises NotPermitted, NotPossible, RequirementsUnmet: nothing was changed; the enquiry stays answered.
    """
    with acting(by=by, verb="regulatory.enquiry.became_case", request_id=request_id, business_at=now):
        held = locked(enquiry, by, Enquiry.State.ANSWERED, Enquiry.State.BECAME_CASE, what="made a case")
        if held.state == Enquiry.State.BECAME_CASE:
            if form_key and held.case.events.filter(form_key=form_key, by=by).exists():
                return held.case
            raise NotPossible(f"{held.reference} became {held.case.reference} already. Nothing was changed.")
        wanted, version = medicine or held.medicine, profile_version or held.profile_version
        refuse_unmet(
            "No case was opened",
            (
                _check(
                    "OutcomeOpensCase",
                    "The answer points to a named-patient programme",
                    held.outcome in OPENS_A_CASE,
                    f"The answer was: {OUTCOMES.get(held.outcome, 'none')}.",
                ),
                _check(
                    "MedicineNamed",
                    "The medicine is one of the pharmacy's list",
                    wanted is not None,
                    f"Asked for: {held.product}.",
                ),
                _check("PathwayNamed", "A pathway is chosen", version is not None, "None was chosen."),
            ),
        )
        case = open_case(
            enquiry=held,
            pharmacy=held.pharmacy,
            patient=patient,
            prescriber=prescriber,
            institution=institution,
            coordinator=coordinator,
            medicine=wanted,  # type: ignore[arg-type]
            profile_version=version,
            country=held.country,
            indication=held.indication,
            urgency=held.urgency,
            by=by,
            now=now,
            form_key=form_key,
            request_id=request_id,
        )
        held.become_case()
        held.save()
        return case


def permit(by: User, pharmacy: Pharmacy) -> None:
    """Let the pharmacists of a pharmacy pass.

    :raises NotPermitted: for anybody else.
    """
    if not by.is_active or by.role not in PHARMACISTS or by.pharmacy_id != pharmacy.pk:
        raise NotPermitted(f"{by.display_name} may not handle enquiries of {pharmacy}. Nothing was changed.")


def locked(enquiry: Enquiry, by: User, *states: str, what: str) -> Enquiry:
    """The row, held until the deed is done.

    :raises NotPermitted, NotPossible: for a stranger, or when it is in none of the states.
    """
    held = (
        Enquiry.objects.select_for_update(of=("self",)).select_related("pharmacy", "profile_version").get(pk=enquiry.pk)
    )
    permit(by, held.pharmacy)
    if held.state not in states:
        raise NotPossible(f"{held.reference} is {held.get_state_display()}: it cannot be {what}. Nothing was changed.")
    return held


def _inserted(enquiry: Enquiry) -> Enquiry:
    """References are random: draw again in the rare event that one is taken. A form that came first is the answer."""
    for _ in range(5):
        enquiry.reference = new_reference(ENQUIRY)
        try:
            with transaction.atomic():
                enquiry.save(force_insert=True)
            return enquiry
        except IntegrityError as error:
            if "form_key" in str(error):
                return Enquiry.objects.get(form_key=enquiry.form_key, pharmacy=enquiry.pharmacy)
            if "reference" not in str(error):
                raise
    raise RuntimeError("Five random enquiry references in a row were taken; the generator is broken.")
