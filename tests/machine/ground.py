"""The ground of the walk: one pharmacy, two countries, three pathways, and everybody who might try something."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from PIL import Image

from cases.audit.context import acting
from cases.custody.models import Partner
from cases.documents.models import Document
from cases.documents.services import Proof, receive_upload, sign_document, store_text
from cases.models import Case
from cases.people.models import Delegation, Institution, Prescriber, User
from cases.people.roles import Role
from cases.services import open_case
from regulatory.models import ProfileVersion
from tests.factories import (
    EXPORT,
    PASSWORD,
    House,
    add_partner,
    build_house,
    build_patient,
    draft_profile,
    person,
    signed_profile,
)

# How many of the newest cases the walk looks at; older ones go on by time alone.
IN_SIGHT = 6
PATHWAYS = ("UK-SPECIALS", "AU-SAS-A", "AU-SAS-B")
# Pathways that no case of the walk rests on: their versions are reviewed, signed and retired beside it.
SHELVED = ("NZ-S29", "IE-EMP", "HK-NPP", "SG-SAR-NAMED", "IL-29-PHARMACY", "TR-FOREIGN",
           "NZ-S25", "SG-SAR-BUFFER", "ZA-S21-NAMED", "MX-010-D", "KE-UHPT", "FR-AAC")  # fmt: skip
GTIN = "00399999000123"
# Licences, delegations and reviewed pathways outlast every walk: business time goes on for years in it.
LASTS = timedelta(days=36500)


@dataclass
class Place:
    """One destination: where the medicine goes, who prescribes and who receives it there."""

    institution: Institution
    prescriber: Prescriber
    delegate: User
    receiving: User


@dataclass
class World:
    """Everything the walk acts on. ``now`` is business time."""

    house: House
    places: dict[str, Place]
    versions: dict[str, ProfileVersion]
    people: list[User]
    now: datetime
    cases: list[Case] = field(default_factory=list)
    patients: int = 0
    papers: int = 0

    def open(self, pathway: str, *, by: User, urgency: str = "standard") -> Case:
        """Open one more case for one more patient."""
        version, self.patients = self.versions[pathway], self.patients + 1
        place = self.places[version.jurisdiction]
        self.house.now = self.now
        case = open_case(
            pharmacy=self.house.pharmacy,
            patient=build_patient(self.house, number=self.patients),
            prescriber=place.prescriber,
            institution=place.institution,
            coordinator=self.house.coordinator,
            medicine=self.house.medicine,
            profile_version=version,
            country=version.jurisdiction,
            indication="invented haematological disease",
            urgency=urgency,
            by=by,
            now=self.now,
        )
        self.cases.append(case)
        return case

    def write(self, case: Case, doc_type: str, *, supersedes: Document | None = None) -> Document:
        """A paper of the case, written as text and accepted."""
        self.papers += 1
        text = f"Invented {doc_type}, copy {self.papers}."
        return store_text(
            case=case, doc_type=doc_type, text=text, by=self.house.coordinator, now=self.now, supersedes=supersedes
        )

    def sign(self, document: Document) -> None:
        """The prescriber of its case signs exactly these bytes, as on the page."""
        doctor = self.places[document.case.country].prescriber.user
        sign_document(document, by=doctor, meaning="I sign this paper.", proof=Proof(PASSWORD), now=self.now)

    def upload(self, case: Case, doc_type: str, *, by: User, **more: object) -> Document:
        """A picture that somebody sent; it waits for a pharmacist."""
        self.papers += 1
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), (self.papers % 256, self.papers // 256, case.pk % 256)).save(picture, "PNG")
        picture.seek(0)
        return receive_upload(case=case, file=picture, name="paper.png", doc_type=doc_type, by=by, now=self.now, **more)  # type: ignore[arg-type]


def lay_ground(now: datetime) -> World:
    """Build it, with one case on each pathway."""
    house = build_house(now=now)
    with acting(by=User.objects.service("setup"), verb="tests.world.built", business_at=now):
        for kind in Partner.Kind.values:
            if kind != Partner.Kind.INSTITUTION:
                add_partner(house.pharmacy, kind, country="GB", now=now)
        second_in_charge = person(
            "marchetti@example.org", "R. Marchetti", Role.PHARMACIST_IN_CHARGE, pharmacy=house.pharmacy
        )
        far = _far_place(house, now)
    places = {
        "GB": Place(house.institution, house.prescriber, house.delegate, house.receiving),
        "AU": far,
    }
    people = [
        house.coordinator, house.pic, house.second_pharmacist, second_in_charge, house.doctor, house.delegate,
        house.receiving, far.prescriber.user, far.delegate, far.receiving, house.administrator, house.auditor,
        house.stranger.user,
    ]  # fmt: skip
    for key in SHELVED:
        draft_profile(key, now=now)
    versions = {key: signed_profile(house, key) for key in PATHWAYS}
    signed_profile(house, EXPORT)
    with acting(by=User.objects.service("setup"), verb="tests.world.made_lasting", business_at=now):
        Prescriber.objects.update(licence_valid_until=now.date() + LASTS)
        Delegation.objects.update(valid_until=now + LASTS)
        ProfileVersion.objects.filter(pk__in=[one.pk for one in versions.values()]).update(
            next_review_due=now.date() + LASTS
        )
    world = World(house, places, versions, people, now)
    for key in PATHWAYS:
        world.open(key, by=house.coordinator, urgency="emergency" if key == "AU-SAS-A" else "standard")
    return world


def _far_place(house: House, now: datetime) -> Place:
    institution = Institution.objects.create(
        name="Wattle Bay Hospital", country="AU", city="Wattle Bay", time_zone="Australia/Sydney"
    )
    add_partner(house.pharmacy, "institution", str(institution), country="AU", institution=institution, now=now)
    doctor = person("nguyen@example.org", "Dr P. Nguyen", Role.PRESCRIBER, now=now, institution=institution)
    prescriber = Prescriber.objects.create(
        user=doctor,
        institution=institution,
        country="AU",
        specialty="haematology",
        licence_number="INV-0002",
        licence_authority="Invented Medical Council",
        licence_valid_until=now.date() + LASTS,
        licence_checked_on=now.date(),
    )
    delegate = person("resident@example.org", "S. Okafor", Role.DELEGATE, now=now, institution=institution)
    Delegation.objects.create(prescriber=prescriber, delegate=delegate, valid_from=now - timedelta(days=30))
    receiving = person("byrne@example.org", "E. Byrne", Role.RECEIVING_PHARMACIST, now=now, institution=institution)
    return Place(institution, prescriber, delegate, receiving)
