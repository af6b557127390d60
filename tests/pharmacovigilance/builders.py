"""A case with a dose on record, and the steps from a report to a transmission, all through the door."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from cases.custody.models import DoseAdministered, Unit
from cases.people.models import User
from pharmacovigilance.judging import naranjo
from pharmacovigilance.models import CaseVersion, FollowUp, Obligation, SafetyCase, SafetyReport, Transmission
from tests.cases.custody.builders import DISPENSED, Supply

HEARD = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
READ = HEARD + timedelta(hours=2)
ASSESSED = HEARD + timedelta(hours=4)
LOCKED = HEARD + timedelta(hours=6)
DAY = timedelta(days=1)
# Naranjo, of which nobody knows anything.
NOTHING_KNOWN = {question.code: "not_known" for question in naranjo.QUESTIONS}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ASSESSMENT: dict[str, Any] = {
    "serious": "yes",
    "seriousness_criterion": "hospitalisation",
    "causality": "related",
    "expected": "no",
    "narrative": "Fever two days after the dose; admitted for one night; recovered.",
    "biological": "yes",
    "product_class": "chemical",
}


@dataclass
class Safety:
    """One case and short hands for its safety verbs; each gives the record as it stands then."""

    supply: Supply

    @property
    def coordinator(self) -> User:
        return self.supply.house.coordinator

    @property
    def pic(self) -> User:
        return self.supply.house.pic

    def take(self, verb: str, /, *, now: datetime, by: User | None = None, **more: Any) -> Any:
        return self.supply.take(f"pharmacovigilance.{verb}", by=by or self.coordinator, now=now, **more)

    def dose(self) -> DoseAdministered:
        """A dose from the first unit, given when it was dispensed."""
        unit = Unit.objects.order_by("pk").first()
        self.supply.do(
            "record_dose", by=self.supply.house.receiving, now=DISPENSED, given_at=DISPENSED, unit=unit, amount="150 mg"
        )
        return DoseAdministered.objects.latest("pk")

    def receive(self, *, now: datetime = HEARD, by: User | None = None, **facts: Any) -> SafetyReport:
        given = {"received_at": HEARD, "verbatim": "Fever since yesterday.", "seriousness": "hospitalisation"} | facts
        self.take("report.receive", by=by or self.supply.house.doctor, now=now, **given)
        return SafetyReport.objects.filter(case=self.supply.case).latest("number")

    def attach(self, report: SafetyReport, *, now: datetime = READ, **facts: Any) -> SafetyCase:
        given = {"serious": "yes", "seriousness_criterion": "hospitalisation"} | facts
        self.take("report.triage", now=now, subject=report)
        self.take("report.attach", now=now, subject=SafetyReport.objects.get(pk=report.pk), **given)
        found = SafetyReport.objects.get(pk=report.pk).safety_case
        assert found is not None
        return found

    def version(self, number: int = 1) -> CaseVersion:
        return CaseVersion.objects.get(case=self.supply.case, number=number)

    def assess(self, number: int = 1, *, now: datetime = ASSESSED, **facts: Any) -> CaseVersion:
        self.take("version.assess", now=now, subject=self.version(number), **(ASSESSMENT | facts))
        return self.version(number)

    def lock(self, number: int = 1, *, now: datetime = LOCKED) -> CaseVersion:
        self.take("version.lock", now=now, subject=self.version(number))
        return self.version(number)

    def follow_up(self, number: int = 1, *, now: datetime, kind: str = "follow_up", **facts: Any) -> CaseVersion:
        given = {"kind": kind, "serious": "yes", "seriousness_criterion": "hospitalisation"} | facts
        self.take("version.follow_up", now=now, subject=self.version(number), reason="More was learned.", **given)
        return CaseVersion.objects.filter(case=self.supply.case).latest("number")

    def locked(self) -> CaseVersion:
        """The straight way from a report to a locked first version."""
        self.attach(self.receive())
        self.assess()
        return self.lock()

    def obligation(self, rule: str, version: int = 1) -> Obligation:
        return Obligation.objects.get(version__number=version, rule=rule)

    def prepare(self, obligation: Obligation, *, now: datetime = LOCKED) -> Transmission:
        self.take("transmission.prepare", now=now, obligation=obligation, format="authority_form")
        return Transmission.objects.latest("number")

    def send(self, transmission: Transmission, *, now: datetime = LOCKED) -> Transmission:
        self.take("transmission.send", now=now, subject=transmission, sent_at=now)
        return Transmission.objects.get(pk=transmission.pk)

    def discharge(
        self, obligation: Obligation, *, at: datetime, now: datetime | None = None, **facts: Any
    ) -> Obligation:
        self.take("obligation.discharge", now=now or at, subject=obligation, discharged_at=at, **facts)
        return Obligation.objects.get(pk=obligation.pk)

    def question(self, number: int = 1) -> FollowUp:
        return FollowUp.objects.get(case=self.supply.case, number=number)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client
