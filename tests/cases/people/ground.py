"""A pharmacy, the people around one case, and a patient whose identity is a canary: found anywhere, it leaked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from cases.audit.context import acting
from cases.models import Case, Medicine
from cases.people.identity import Identity, register_patient
from cases.people.models import AuditScope, Delegation, Institution, Patient, Pharmacy, Prescriber, User
from cases.people.roles import Role
from cases.references import CASE, new_reference
from regulatory.models import ProfileVersion

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "invented-Passphrase-7"
CANARY = Identity(
    family_name="Müstermann-Canarý",
    given_names="Zsófia Invented",
    birth_date=date(1987, 4, 9),
    contacts={"phone": "+00 555 0100 4711", "address": "Nowherestraße 99, Inventown"},
    record_number="MRN-CANARY-0042",
    sex="female",
)
_numbers = count(1)


@dataclass
class Ground:
    """Everybody who matters to one case, and two strangers."""

    pharmacy: Pharmacy
    pharmacist: User
    pic: User
    prescriber: User
    delegate: User
    receiver: User
    administrator: User
    auditor: User
    other_pharmacist: User
    other_prescriber: User
    patient: Patient
    case: Case
    sibling: Case


def lay_ground() -> Ground:
    """Two cases of one patient in one pharmacy; a pharmacy and a prescriber with nothing to do with it."""
    number = next(_numbers)
    setup = User.objects.service("setup")
    with acting(by=setup, verb="tests.ground.laid"):
        pharmacy, other = (
            Pharmacy.objects.create(name=f"Invented Pharmacy {number}{mark}", code=f"P{number}{mark}") for mark in "ab"
        )
        clinic, elsewhere = (
            Institution.objects.create(name=f"Invented Clinic {number}{mark}", country="GB") for mark in "ab"
        )
        pharmacist = _person(number, "pharmacist", Role.COORDINATING_PHARMACIST, pharmacy=pharmacy)
        pic = _person(number, "pic", Role.PHARMACIST_IN_CHARGE, pharmacy=pharmacy)
        doctor = _person(number, "doctor", Role.PRESCRIBER, institution=clinic)
        stranger = _person(number, "stranger", Role.PRESCRIBER, institution=elsewhere)
        delegate = _person(number, "delegate", Role.DELEGATE, institution=clinic)
        auditor = _person(number, "auditor", Role.AUDITOR)
        prescriber = _prescriber(doctor, clinic)
        _prescriber(stranger, elsewhere)
        Delegation.objects.create(prescriber=prescriber, delegate=delegate, valid_from=NOW - timedelta(days=1))
        AuditScope.objects.create(
            auditor=auditor,
            pharmacy=pharmacy,
            valid_from=NOW - timedelta(days=1),
            valid_until=NOW + timedelta(days=30),
            purpose="test",
        )
        patient = register_patient(pharmacy=pharmacy, identity=CANARY, by=pharmacist, now=NOW)
        medicine, _ = Medicine.objects.get_or_create(
            name="Inventumab",
            strength="5 mg",
            form="vial",
            defaults={"storage": "room", "manufacturer": "Invented Inc"},
        )
        version = ProfileVersion.objects.create(
            profile_key=f"TEST-PAPERS-{number}",
            version="1.0.0",
            jurisdiction="GB",
            name="Test pathway",
            control_model="prior_authorisation",
            data={},
            data_sha256="0" * 64,
            loaded_at=NOW,
        )
        case, sibling = (
            Case.objects.create(
                reference=new_reference(CASE),
                pharmacy=pharmacy,
                patient=patient,
                prescriber=prescriber,
                institution=clinic,
                coordinator=pharmacist,
                medicine=medicine,
                profile_version=version,
                country="GB",
                indication="invented condition",
                opened_at=NOW,
            )
            for _ in range(2)
        )
        return Ground(
            pharmacy=pharmacy,
            pharmacist=pharmacist,
            pic=pic,
            prescriber=doctor,
            delegate=delegate,
            receiver=_person(number, "receiver", Role.RECEIVING_PHARMACIST, institution=clinic),
            administrator=_person(number, "administrator", Role.ADMINISTRATOR, pharmacy=pharmacy),
            auditor=auditor,
            other_pharmacist=_person(number, "elsewhere", Role.PHARMACIST_IN_CHARGE, pharmacy=other),
            other_prescriber=stranger,
            patient=patient,
            case=case,
            sibling=sibling,
        )


def _person(number: int, name: str, role: Role, **more: object) -> User:
    return User.objects.create_user(
        f"{name}.{number}@papers.invalid",
        PASSWORD,
        display_name=f"{name.capitalize()} {number}",
        role=role,
        accountability_accepted_at=NOW,
        **more,
    )


def _prescriber(user: User, clinic: Institution) -> Prescriber:
    return Prescriber.objects.create(
        user=user, institution=clinic, country="GB", licence_number="L-0", licence_authority="Invented Board"
    )
