"""The stage of the stories: the house, one case of it, time that passes, and verbs taken through the one door."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models

from cases.documents import services as papers
from cases.documents.models import Document
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import Case, CaseEvent, Medicine
from cases.people.identity import Identity, register_patient
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.services import open_case
from config.demonstration.cast import INDICATIONS, PASSWORD, patient_of
from regulatory.models import ProfileVersion

# Papers of which a gate asks that somebody else holds a copy.
HELD_BY = {
    ("AU-SAS-A", "regulator_form"): "local_sponsor",
    ("DE-73-3", "prescription"): "community_pharmacist",
    ("IE-EMP", "importer_licence"): "licensed_importer",
}


class StoryStuck(Exception):
    """A story asked for something that the house refuses; the message says what and why."""


def identity_of(number: int) -> Identity:
    """Who the patient of the n-th story is; always the same, and invented, as all of it."""
    given, family, born, record = patient_of(number)
    sex = "female" if born.day % 2 else "male"
    return Identity(family_name=family, given_names=given, birth_date=born, record_number=record, sex=sex)


@dataclass
class House:
    """The demonstration pharmacy with its cast, looked up once."""

    pharmacy: Pharmacy
    staff: dict[str, User]
    institutions: dict[str, Institution]
    prescribers: dict[str, Prescriber]
    receivers: dict[str, User]
    medicines: dict[str, Medicine]
    gtins: dict[str, str]
    supplier: Any
    carrier: Any
    versions: dict[str, ProfileVersion] = field(default_factory=dict)


class Actor:
    """Plays one case. ``at`` is the instant of the next act; acts move it on by minutes, ``wait`` by days."""

    def __init__(
        self,
        house: House,
        number: int,
        *,
        place: str,
        pathway: str,
        product: str,
        at: datetime,
        urgency: str = "standard",
    ) -> None:
        self.house = house
        self.number = number
        self.place = place
        self.product = product
        self.at = at
        self.version = house.versions[pathway]
        self.doctor = house.prescribers[place]
        self.receiver = house.receivers[place]
        self.coordinator = house.staff["coordinator" if number % 3 else "second"]
        self.colleague = house.staff["second" if number % 3 else "coordinator"]
        self.pic = house.staff["pic"]
        patient = register_patient(pharmacy=house.pharmacy, identity=identity_of(number), by=self.coordinator, now=at)
        self.case = open_case(
            pharmacy=house.pharmacy,
            patient=patient,
            prescriber=self.doctor,
            institution=house.institutions[place],
            coordinator=self.coordinator,
            medicine=house.medicines[product],
            profile_version=self.version,
            country=self.version.jurisdiction,
            indication=INDICATIONS[product],
            urgency=urgency,
            by=self.coordinator,
            now=at,
        )

    # -- time

    def wait(self, days: float) -> Self:
        """Let time pass before the next act."""
        self.at += timedelta(days=days)
        return self

    def _tick(self) -> datetime:
        self.at += timedelta(minutes=20)
        return self.at

    def day(self, offset: int = 0) -> str:
        return (self.at.date() + timedelta(days=offset)).isoformat()

    # -- acts

    def take(self, verb: str, *, by: User | None = None, on: models.Model | None = None, **facts: Any) -> CaseEvent:
        """Take one verb now, as the coordinator unless said otherwise."""
        try:
            return advance(self.case, verb, by=by or self.coordinator, now=self._tick(), subject=on, facts=facts)
        except RequirementsUnmet as refusal:
            unmet = "; ".join(f"{line.code}: {line.fact}" for line in refusal.unmet)
            raise StoryStuck(
                f"{self.version} {self.case.reference} on {self.at:%Y-%m-%d}: {verb}: {unmet}"
            ) from refusal
        except FactsInvalid as refusal:
            raise StoryStuck(f"{self.version} {self.case.reference}: {verb}: {refusal.errors}") from refusal

    def moment(self) -> str:
        """This instant as a person would type it."""
        return self.at.strftime("%Y-%m-%dT%H:%M")

    def paper(self, doc_type: str, text: str = "", *, signed: bool = False, dated: bool = False) -> Document:
        """A paper of the case, written as text and accepted; ``signed`` has the prescriber sign it."""
        document = papers.store_text(
            case=self.case,
            doc_type=doc_type,
            text=text or f"{papers.title_of(doc_type)} for case {self.case.reference}.\nInvented, for demonstration.",
            by=self.coordinator,
            now=self._tick(),
        )
        if signed:
            papers.sign_document(
                document, by=self.doctor.user, meaning="I sign this paper.", proof=PASSWORD, now=self._tick()
            )
        if dated:
            holder = HELD_BY.get((self.version.profile_key, doc_type), "")
            self.take("documents.document.describe", on=document, issued_on=self.day(-2), held_by=holder)
        return document

    @property
    def stage(self) -> str:
        return str(Case.objects.values_list("stage", flat=True).get(pk=self.case.pk))
