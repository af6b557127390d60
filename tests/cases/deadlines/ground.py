"""The smallest case a deadline can stand on: invented people, an invented medicine, a pathway without rules."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from cases.audit.context import acting
from cases.deadlines.arithmetic import Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import Deadline, Force, Harm
from cases.deadlines.services import Ball, Promise, open_deadline
from cases.models import Case, Medicine
from cases.people.models import Institution, Patient, Pharmacy, Prescriber, User
from cases.people.roles import Role
from regulatory.models import ProfileVersion

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)

ROUTINE = declare(
    DeadlineKind(
        "tests.routine",
        "Paper to be renewed",
        Force.STATUTORY,
        ladder("-7d", "-3d", "-1d", "+0d:holder+coordinator", "+1d:holder+coordinator+pic"),
        harm=Harm.LICENCE,
    )
)
URGENT = declare(
    DeadlineKind(
        "tests.urgent",
        "Patient runs out",
        Force.STATUTORY,
        ladder("-1d:holder+coordinator", "+0d:holder+pic"),
        harm=Harm.PATIENT,
        is_urgent=True,
    )
)
WINDOW = declare(
    DeadlineKind("tests.window", "Objection window", Force.WAITING_WINDOW, ladder("-1d:coordinator", "+0d:coordinator"))
)
TARGET = declare(DeadlineKind("tests.target", "Answer the family", Force.HOUSE_TARGET, ladder("+0d")))


@dataclass
class Ground:
    """The people of one pharmacy and one case of theirs."""

    pharmacy: Pharmacy
    coordinator: User
    pic: User
    prescriber: Prescriber
    version: ProfileVersion
    medicine: Medicine
    case: Case

    def another_case(self) -> Case:
        """One more case of the same people."""
        with acting(by=self.coordinator, verb="cases.case.opened"):
            return new_case(self)

    def promise(self, on: date, *, zone: str = "UTC", case: Case | None = None, **more: Any) -> Deadline:
        """An open deadline with a date somebody gave, the ball with the coordinator."""
        number = next(_numbers)
        settings: dict[str, Any] = {
            "case": case or self.case,
            "key": f"tests.routine:F-{number}",
            "kind": ROUTINE.code,
            "due": Promise(on, zone, "given for the test"),
            "ball": Ball(user=self.coordinator.pk),
            "by": self.coordinator,
            "now": START,
        }
        return open_deadline(**(settings | more))


def ruled(
    amount: int, anchor: date | datetime, *, unit: str = "calendar_day", kind: str = "duty", calendar: str = "GB"
) -> Any:
    """A computation of the arithmetic: so many days after the anchor in London."""
    rule = Rule(
        event="acknowledged",
        amount=amount,
        unit=unit,
        calendar=calendar,
        zone="Europe/London",
        kind=kind,  # type: ignore[arg-type]
        rule_version="TEST-PATHWAY 1.0.0",
    )
    return compute(rule, anchor=anchor, calendar=installed()[calendar])


def lay_ground() -> Ground:
    """A pharmacy with a coordinator and a pharmacist in charge, a prescriber abroad, and one case."""
    number = next(_numbers)
    setup = User.objects.service("setup")
    with acting(by=setup, verb="tests.ground.laid"):
        pharmacy = Pharmacy.objects.create(name=f"Invented Pharmacy {number}", code=f"T{number}")
        clinic = Institution.objects.create(name=f"Invented Clinic {number}", country="GB", time_zone="Europe/London")
        coordinator = person("Coordinator", number, Role.COORDINATING_PHARMACIST, pharmacy=pharmacy)
        pic = person("In-Charge", number, Role.PHARMACIST_IN_CHARGE, pharmacy=pharmacy)
        doctor = person("Prescriber", number, Role.PRESCRIBER, institution=clinic)
        prescriber = Prescriber.objects.create(
            user=doctor,
            institution=clinic,
            country="GB",
            licence_number=f"L-{number}",
            licence_authority="Invented Board",
        )
        medicine, _ = Medicine.objects.get_or_create(
            name="Inventumab",
            strength="100 mg",
            form="vial",
            defaults={"storage": "room", "manufacturer": "Invented Inc"},
        )
        version = ProfileVersion.objects.create(
            profile_key=f"TEST-{number}",
            version="1.0.0",
            jurisdiction="GB",
            name="Test pathway",
            control_model="prior_notification_objection_window",
            data={},
            data_sha256="0" * 64,
            loaded_at=START,
        )
        ground = Ground(pharmacy, coordinator, pic, prescriber, version, medicine, Case())
        ground.case = new_case(ground)
    return ground


def person(name: str, number: int, role: Role, **more: Any) -> User:
    """An invented person with that role."""
    return User.objects.create_user(
        f"{name}.{number}@tests.invalid".lower(), display_name=f"{name} {number}", role=role, **more
    )


def new_case(ground: Ground) -> Case:
    """A case in its first stage; call it inside a deed."""
    number = next(_numbers)
    patient = Patient.objects.create(
        reference=f"PT-TEST-{number}", pharmacy=ground.pharmacy, initials="Q.Z.", birth_year=1980, registered_at=START
    )
    return Case.objects.create(
        reference=f"NP-T{number:05d}",
        pharmacy=ground.pharmacy,
        patient=patient,
        prescriber=ground.prescriber,
        institution=ground.prescriber.institution,
        coordinator=ground.coordinator,
        medicine=ground.medicine,
        profile_version=ground.version,
        country="GB",
        indication="invented condition",
        opened_at=START,
    )
