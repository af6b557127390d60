"""The letter of a decline as its record and its case stand now."""

from datetime import date, datetime

from regulatory.declining.letter import Letter, Told, compose, set_letter
from regulatory.models import Decline
from regulatory.pathway import local_day, profile_of


def letter_of(decline: Decline, *, now: datetime) -> Letter:
    """The letter in words, dated by the day it is for the authority's country."""
    case = decline.case
    version = case.profile_version
    # What was reviewed for a demonstration was checked by nobody.
    checked: date | None = None if version.is_demonstration else version.reviewed_on
    return compose(
        Told(
            reference=f"{case.reference} {decline.label}",
            kind=decline.kind,
            ground=decline.ground,
            explanation=decline.explanation,
            fact=decline.fact,
            steps=decline.steps,
            referral=decline.referral,
            addressee=decline.addressee,
            language=decline.language,
            contact=decline.contact,
            medicine=str(case.medicine),
            country=case.country,
            patient=(case.patient.initials or case.patient.reference) if case.patient else "",
            prescriber=case.prescriber.user.display_name,
            institution=case.institution.name,
            pharmacy=case.pharmacy.name,
            name=case.coordinator.display_name,
            checked_on=checked,
            printed_on=local_day(profile_of(version), now),
        )
    )


def bytes_of(decline: Decline, *, now: datetime) -> bytes:
    """The letter as the PDF that would be signed and sent now.

    :raises LetterRefused: when it cannot be printed.
    """
    return set_letter(letter_of(decline, now=now), pharmacy=decline.case.pharmacy.name)
