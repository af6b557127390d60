"""Load the demonstration once: cast, pathways, cases, enquiries, one sweep."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from cases.audit.context import acting
from cases.deadlines.loops import run_sender, run_sweep
from cases.models import Medicine
from cases.people.models import AuditScope, Delegation, Institution, Pharmacy, Prescriber, User
from config.demonstration import cast
from config.demonstration.lists import load_lists
from config.demonstration.partners import CARRIER, SUPPLIER, enter_partners
from config.demonstration.player import Player
from config.demonstration.recalls import recall_lots
from config.demonstration.stage import House
from config.demonstration.stories import ENQUIRIES, STORIES
from pharmacovigilance.releases import load_release
from regulatory.enquiries import receive_enquiry
from regulatory.governance import load_drafts, make_demonstration_copy
from regulatory.models import ProfileVersion

LONG_AGO = timedelta(days=400)
# The partners are on file for as long as the oldest story asks for, and a month.
PARTNERS_BEFORE = timedelta(days=30 + max(story.days for story in STORIES))
# At which hours UTC a story may begin, the usual one first; and how long the acts of its busiest day take.
BEGINS_AT = (9, 6)
LONGEST_DAY = timedelta(hours=3)
EXPORT = "US-EXPORT"  # governs what leaves the pharmacy's own country, in every case


class NotADemonstration(Exception):
    """Raised where invented people have no business."""


def load_demonstration(*, now: datetime, say: Callable[[str], None] = lambda line: None) -> int:
    """Make the demonstration's people and cases; returns how many cases were made, 0 when they are there.

    :raises NotADemonstration: in production.
    """
    if settings.ENVIRONMENT == "production":
        raise NotADemonstration("Demonstration data are not loaded in production: its people do not exist.")
    if Pharmacy.objects.filter(is_demonstration=True).exists():
        return 0
    setup = User.objects.service("setup")
    load_drafts(by=setup, now=now)
    load_release(by=setup, now=now)
    # One transaction for all: the demonstration is there whole or not at all.
    with transaction.atomic():
        house = _house(setup, now)
        for number, story in enumerate(STORIES, start=1):
            player = Player(
                house,
                number,
                place=story.place,
                pathway=story.pathway,
                product=story.product,
                urgency=story.urgency,
                at=morning_before(now - timedelta(days=story.days)),
            )
            story.plot(player)
            if player.stage != "closed":
                player.catch_up(now)
            if player.at > now:
                raise ValueError(f"The story “{story.title}” of {story.place} ends in the future ({player.at}).")
            say(f"{number:3} of {len(STORIES)}: {player.case.reference}, {story.pathway}")
        _enquiries(house, now)
        load_lists(house, now)
        recall_lots(house, now)
    run_sweep(now=now)
    run_sender(now=now)
    return len(STORIES)


def morning_before(instant: datetime) -> datetime:
    """The last morning, 09:00 UTC, that is not after the instant; 06:00 where that day's acts would not be over yet.

    Every story begins at that hour: its acts follow each other by minutes, and one that began in the evening would
    cross midnight in the middle of a day that the authority counts.
    """
    here = instant.astimezone(UTC)
    usual, early = (here.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in BEGINS_AT)
    if here < usual:
        return usual - timedelta(days=1)
    return usual if here >= usual + LONGEST_DAY else early


def _house(setup: User, now: datetime) -> House:
    then = now - LONG_AGO
    with acting(by=setup, verb="people.demonstration.loaded", business_at=then):
        pharmacy = Pharmacy.objects.create(name=cast.PHARMACY, code="HSP", is_demonstration=True)
        staff = {
            one.key: _person(
                one.email,
                one.name,
                one.role,
                then,
                pharmacy=None if one.role == "auditor" else pharmacy,
                time_zone="UTC" if one.role == "auditor" else pharmacy.time_zone,
            )
            for one in cast.STAFF
        }
        AuditScope.objects.create(
            auditor=staff["auditor"],
            pharmacy=pharmacy,
            valid_from=then,
            valid_until=now + timedelta(days=3650),
            purpose="demonstration",
        )
        institutions = {
            place.key: Institution.objects.create(
                name=place.name, country=place.country, city=place.city, time_zone=place.zone
            )
            for place in cast.PLACES
        }
        prescribers, receivers = {}, {}
        for doctor in cast.DOCTORS:
            at = institutions[doctor.place]
            user = _person(
                f"doctor.{doctor.place}@example.org",
                doctor.name,
                "prescriber",
                then,
                institution=at,
                time_zone=at.time_zone,
            )
            prescribers[doctor.place] = Prescriber.objects.create(
                user=user,
                institution=at,
                country=at.country,
                specialty=doctor.specialty,
                licence_number=doctor.licence,
                licence_authority=doctor.authority,
                licence_valid_until=now.date() + timedelta(days=doctor.licence_days),
                licence_checked_on=then.date(),
            )
            receivers[doctor.place] = _person(
                f"pharmacy.{doctor.place}@example.org",
                f"Pharmacist at {at.name}",
                "receiving_pharmacist",
                then,
                institution=at,
                time_zone=at.time_zone,
            )
        nurse = _person(
            "nurse.gb@example.org",
            "N. Arkwright",
            "delegate",
            then,
            institution=institutions["gb"],
            time_zone="Europe/London",
        )
        Delegation.objects.create(prescriber=prescribers["gb"], delegate=nurse, valid_from=then)
        medicines = {
            one.key: Medicine.objects.create(
                name=one.name,
                strength=one.strength,
                form=one.form,
                unit=one.unit,
                storage=one.storage,
                manufacturer="Invented Biologics",
            )
            for one in cast.PRODUCTS
        }
    before = now - PARTNERS_BEFORE
    known = enter_partners(pharmacy, institutions.values(), by=staff["coordinator"], then=before, now=now)
    house = House(
        pharmacy=pharmacy,
        staff=staff,
        institutions=institutions,
        prescribers=prescribers,
        receivers=receivers,
        medicines=medicines,
        gtins={one.key: one.gtin for one in cast.PRODUCTS},
        suppliers=[known[SUPPLIER]],
        carriers=[known[CARRIER]],
    )
    for key in sorted({*(story.pathway for story in STORIES), EXPORT}):
        draft = ProfileVersion.objects.get(profile_key=key, copied_from=None)
        house.versions[key] = make_demonstration_copy(
            draft, pharmacy=pharmacy, reviewed_by=staff["coordinator"], signed_by=staff["pic"], now=now
        )
    return house


def _person(email: str, name: str, role: str, then: datetime, **more: object) -> User:
    return User.objects.create_user(
        email, cast.PASSWORD, display_name=name, role=role, accountability_accepted_at=then, **more
    )


def _enquiries(house: House, now: datetime) -> None:
    for asked_by, country, product, indication, hours, question in ENQUIRIES:
        at = now - timedelta(hours=hours)
        receive_enquiry(
            pharmacy=house.pharmacy,
            asked_by=asked_by,
            country=country,
            product=product,
            indication=indication,
            question=question,
            by=house.staff["coordinator"],
            now=at,
        )
