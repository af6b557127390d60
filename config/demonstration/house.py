"""The demonstration pharmacy: its people, places, medicines and pathways, made once and looked up after."""

from datetime import datetime, timedelta

from cases.audit.context import acting
from cases.custody.models import Partner
from cases.models import Medicine
from cases.people.models import AuditScope, Delegation, Institution, Pharmacy, Prescriber, User
from config.demonstration import cast
from config.demonstration.partners import CARRIER, SUPPLIER
from config.demonstration.stage import House
from config.demonstration.stories import STORIES
from regulatory.governance import make_demonstration_copy
from regulatory.models import ProfileVersion

LONG_AGO = timedelta(days=400)
EXPORT = "US-EXPORT"  # governs what leaves the pharmacy's own country, in every case


def demonstration_pharmacy() -> Pharmacy | None:
    """The pharmacy of the demonstration, if it was loaded."""
    return Pharmacy.objects.filter(is_demonstration=True).first()


def coordinator() -> User:
    """Who enters things at the demonstration pharmacy."""
    return User.objects.get(email=next(one.email for one in cast.STAFF if one.key == "coordinator"))


def found_house() -> House:
    """The house as it was made, read from the database; with its partners where they are on file already."""
    pharmacy = Pharmacy.objects.get(is_demonstration=True)
    by_email = {one.email: one for one in User.objects.filter(is_service=False)}
    institutions = {
        place.key: one
        for one in Institution.objects.all()
        for place in cast.PLACES
        if (one.name, one.country) == (place.name, place.country)
    }
    prescribers = {one.user.email: one for one in Prescriber.objects.select_related("user", "institution")}
    partners = {one.name: one for one in Partner.objects.filter(pharmacy=pharmacy, name__in=(SUPPLIER, CARRIER))}
    copies = ProfileVersion.objects.filter(is_demonstration=True, status=ProfileVersion.Status.ACTIVE)
    return House(
        pharmacy=pharmacy,
        staff={one.key: by_email[one.email] for one in cast.STAFF},
        institutions=institutions,
        prescribers={one.place: prescribers[_doctor(one.place)] for one in cast.DOCTORS},
        receivers={one.place: by_email[_receiver(one.place)] for one in cast.DOCTORS},
        medicines={
            product.key: medicine
            for medicine in Medicine.objects.all()
            for product in cast.PRODUCTS
            if (medicine.name, medicine.strength) == (product.name, product.strength)
        },
        gtins={one.key: one.gtin for one in cast.PRODUCTS},
        supplier=partners.get(SUPPLIER),
        carrier=partners.get(CARRIER),
        versions={one.profile_key: one for one in copies},
    )


def make_house(setup: User, now: datetime) -> Pharmacy:
    """Make everything that the stories need. Must run inside a transaction: it is there whole or not at all."""
    then = now - LONG_AGO
    with acting(by=setup, verb="people.demonstration.loaded", business_at=then):
        pharmacy = Pharmacy.objects.create(name=cast.PHARMACY, code="HSP", is_demonstration=True)
        staff = _staff(pharmacy, then, now)
        institutions = {
            place.key: Institution.objects.create(
                name=place.name, country=place.country, city=place.city, time_zone=place.zone
            )
            for place in cast.PLACES
        }
        for doctor in cast.DOCTORS:
            _place(doctor, institutions[doctor.place], then, now)
        for one in cast.PRODUCTS:
            Medicine.objects.create(
                name=one.name,
                strength=one.strength,
                form=one.form,
                unit=one.unit,
                storage=one.storage,
                manufacturer="Invented Biologics",
            )
    for key in sorted({*(story.pathway for story in STORIES), EXPORT}):
        draft = ProfileVersion.objects.get(profile_key=key, copied_from=None)
        make_demonstration_copy(
            draft, pharmacy=pharmacy, reviewed_by=staff["coordinator"], signed_by=staff["pic"], now=now
        )
    return pharmacy


def _staff(pharmacy: Pharmacy, then: datetime, now: datetime) -> dict[str, User]:
    staff = {}
    for one in cast.STAFF:
        works_here = one.role != "auditor"
        staff[one.key] = _person(
            one.email,
            one.name,
            one.role,
            then,
            pharmacy=pharmacy if works_here else None,
            time_zone=pharmacy.time_zone if works_here else "UTC",
        )
    AuditScope.objects.create(
        auditor=staff["auditor"],
        pharmacy=pharmacy,
        valid_from=then,
        valid_until=now + timedelta(days=3650),
        purpose="demonstration",
    )
    return staff


def _place(doctor: cast.Doctor, at: Institution, then: datetime, now: datetime) -> None:
    """The people of one institution: who prescribes, who receives, and in Fairhaven who prepares for the doctor."""
    lives = {"institution": at, "time_zone": at.time_zone}
    prescriber = Prescriber.objects.create(
        user=_person(_doctor(doctor.place), doctor.name, "prescriber", then, **lives),
        institution=at,
        country=at.country,
        specialty=doctor.specialty,
        licence_number=doctor.licence,
        licence_authority=doctor.authority,
        licence_valid_until=now.date() + timedelta(days=doctor.licence_days),
        licence_checked_on=then.date(),
    )
    _person(_receiver(doctor.place), f"Pharmacist at {at.name}", "receiving_pharmacist", then, **lives)
    if doctor.place == cast.NURSE_AT:
        nurse = _person(f"nurse.{doctor.place}@example.org", "N. Arkwright", "delegate", then, **lives)
        Delegation.objects.create(prescriber=prescriber, delegate=nurse, valid_from=then)


def _doctor(place: str) -> str:
    return f"doctor.{place}@example.org"


def _receiver(place: str) -> str:
    return f"pharmacy.{place}@example.org"


def _person(email: str, name: str, role: str, then: datetime, **more: object) -> User:
    return User.objects.create_user(
        email, cast.PASSWORD, display_name=name, role=role, accountability_accepted_at=then, **more
    )
