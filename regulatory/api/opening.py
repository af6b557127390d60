"""Opening a case: from an answered enquiry or by itself, for a known patient or a new one, in one transaction."""

from datetime import date
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.cases import case_detail
from cases.api.cases import router as cases
from cases.api.problems import FieldsRefused
from cases.api.shapes import KEY, CaseDetail, FormKey, Label, Line, Sent
from cases.api.taking import scoped
from cases.countries import NAMES
from cases.models import Case, CaseEvent, Medicine, Urgency
from cases.people.identity import Identity, check_identity, find_patients, register_patient
from cases.people.models import Institution, Prescriber, User
from cases.people.patients import Patient
from cases.people.roles import PHARMACISTS
from cases.services import open_case
from regulatory.api.enquiries import Country, PathwayName, full_name, medicine_named, version_named
from regulatory.enquiries import open_case_from_enquiry
from regulatory.models import Enquiry, ProfileVersion

router = Router(tags=["Cases"])
_WHO = "Cases are opened by the pharmacists."
PersonCode = Annotated[str, Field(max_length=40, pattern="^[A-Za-z0-9-]+$")]


class NewPatient(Sent):
    """Who the patient is. Kept encrypted; initials and birth year are made of it, and are all that is shown."""

    family_name: Line
    given_names: Line = ""
    birth_date: date | None = None
    record_number: Line = Field("", description="The institution's number of the patient.")
    contacts: dict[Label, Line] = Field(default_factory=dict, max_length=10, description="A label and a text each.")
    register_another: bool = Field(False, description="Register a further patient of a name and birth date we know.")


class KnownPatient(Sent):
    """A patient who is registered."""

    reference: Annotated[str, Field(max_length=20)] = Field(examples=["PT-3Q8R-XK2M-7"])


class CaseIn(Sent):
    """What a case begins with."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "pathway": {"key": "UK-SPECIALS"},
                    "patient": {
                        "family_name": "Example",
                        "given_names": "Ada",
                        "birth_date": "1987-02-03",
                        "record_number": "INV-00001",
                    },
                    "prescriber": "P-7K3MQ2D9",
                    "medicine": "orvelumab 150 mg/mL, solution for injection",
                    "indication": "invented haematological disease",
                    "form_key": "6f1c0a8e-case-1",
                }
            ]
        },
    )
    enquiry: Label = Field("", description="The answered enquiry that it comes from, for example EN-4T7H-2MKR-9.")
    pathway: PathwayName | None = Field(None, description="May be left out when the enquiry names it.")
    patient: NewPatient | KnownPatient
    prescriber: PersonCode = Field(description="A code of GET /directory.")
    institution: Line = Field("", description="A name of GET /directory; the prescriber's own when left out.")
    coordinator: PersonCode | None = Field(None, description="A code of GET /directory; you when left out.")
    medicine: Line = Field("", description="A name of GET /directory; may be left out when the enquiry names it.")
    indication: Line = Field("", description="The enquiry's own when there is one.")
    country: Country | None = Field(None, description="Destination; the pathway's country when left out.")
    urgency: Urgency = Urgency.STANDARD
    form_key: FormKey | None = KEY


class Person(Schema):
    code: str = Field(examples=["P-7K3MQ2D9"])
    name: str
    institution: str | None = None
    country: str | None = None


class Place(Schema):
    name: str
    city: str
    country: str


class MedicineLine(Schema):
    name: str = Field(description="Name, strength and form: what a call names it by.")
    unit: str
    storage: str
    manufacturer: str


class Directory(Schema):
    """Everybody and everything that a new case can name."""

    prescribers: list[Person]
    institutions: list[Place]
    coordinators: list[Person]
    medicines: list[MedicineLine]
    pathways: list[str] = Field(description="Pathways with a signed version; others cannot carry a case.")


@router.get("/directory", response=Directory, summary="People, places and medicines to name")
def read_directory(
    request: HttpRequest, country: str | None = Query(None, pattern="^[A-Za-z]{2}$", description="two letters")
) -> dict[str, Any]:
    """For pharmacists: what POST /cases and POST /enquiries take, in the words to send."""
    person = only(request, PHARMACISTS, "The directory is for those who open cases.")
    prescribers = Prescriber.objects.filter(user__is_active=True).select_related("user", "institution")
    institutions = Institution.objects.all()
    signed = ProfileVersion.objects.filter(status=ProfileVersion.Status.ACTIVE)
    if country:
        prescribers, institutions, signed = (
            prescribers.filter(country=country.upper()),
            institutions.filter(country=country.upper()),
            signed.filter(jurisdiction=country.upper()),
        )
    return {
        "prescribers": [
            {"code": one.user.code, "name": str(one.user), "institution": one.institution.name, "country": one.country}
            for one in prescribers.order_by("user__display_name", "id")
        ],
        "institutions": list(institutions.values("name", "city", "country")),
        "coordinators": list(_coordinators(person).values("code", name=F("display_name")).order_by("name", "code")),
        "medicines": [
            {"name": full_name(one), "unit": one.unit, "storage": one.storage, "manufacturer": one.manufacturer}
            for one in Medicine.objects.all()
        ],
        "pathways": list(signed.values_list("profile_key", flat=True).distinct().order_by("profile_key")),
    }


# One address has one room: the trunk lists cases there, and this branch opens them.
@cases.post("/cases", response={201: CaseDetail}, summary="Open a case")
def open_new_case(request: HttpRequest, body: CaseIn) -> Status[dict[str, Any]]:
    """For a new patient or a known one. A refusal registers nobody and leaves the enquiry as it was."""
    person = only(request, PHARMACISTS, _WHO)
    key = scoped(body.form_key, person, "case")
    earlier = CaseEvent.objects.filter(form_key=key, by=person).values("case") if key else None
    if earlier is not None and (done := Case.objects.filter(pk__in=earlier).with_people().first()):
        return Status(201, case_detail(done, person))
    named = _named(person, body, _enquiry(person, body.enquiry) if body.enquiry else None)
    known = _known(person, body.patient)
    try:
        # One transaction, so that a refused case leaves no patient behind.
        with transaction.atomic():
            named["patient"] = known or _register(person, body.patient)
            made = _open(person, named, key, getattr(request, "request_id", ""))
    except IntegrityError as clash:
        if "form_key" not in str(clash):
            raise
        made = CaseEvent.objects.select_related("case").get(form_key=key, by=person).case
    return Status(201, case_detail(Case.objects.with_people().get(pk=made.pk), person))


def _open(person: User, named: dict[str, Any], key: str | None, request_id: str) -> Case:
    now = clock.now()
    if (enquiry := named.pop("enquiry")) is None:
        return open_case(
            pharmacy=person.pharmacy,  # type: ignore[arg-type]
            by=person,
            now=now,
            form_key=key,
            request_id=request_id,
            **named,
        )
    own = {"country", "indication", "urgency"}  # the enquiry's
    rest = {name: value for name, value in named.items() if name not in own}
    return open_case_from_enquiry(enquiry, by=person, now=now, form_key=key, request_id=request_id, **rest)


def _named(person: User, body: CaseIn, enquiry: Enquiry | None) -> dict[str, Any]:
    """Everything that the call names, found; every fault at once.

    :raises FieldsRefused: naming each field.
    """
    faults: list[tuple[str, Any, str, str]] = []

    def one(field: str, find: Any, *args: Any) -> Any:
        try:
            return find(*args)
        except FieldsRefused as refusal:
            faults.extend((field, *rest) for _, *rest in refusal.faults)
            return None

    def missing(field: str) -> None:
        faults.append((field, None, "Nothing was given, and no enquiry says it.", "Send this field."))

    version = one("pathway", version_named, body.pathway) if body.pathway else enquiry and enquiry.profile_version
    medicine = one("medicine", medicine_named, body.medicine) if body.medicine else enquiry and enquiry.medicine
    prescriber = one("prescriber", _prescriber, body.prescriber)
    institution = one("institution", _institution, body.institution) if body.institution else None
    coordinator = one("coordinator", _coordinator, person, body.coordinator) if body.coordinator else person
    named_already = {entry[0] for entry in faults}
    for field, value in (("pathway", version), ("medicine", medicine), ("indication", body.indication or enquiry)):
        if not value and field not in named_already:
            missing(field)
    if body.country and body.country.upper() not in NAMES:
        faults.append(("country", body.country, "There is no such country.", "Send its two letters, as GB."))
    if faults:
        raise FieldsRefused(*faults)
    return {
        "enquiry": enquiry,
        "profile_version": version,
        "medicine": medicine,
        "prescriber": prescriber,
        "institution": institution or prescriber.institution,
        "coordinator": coordinator,
        "country": (body.country or version.jurisdiction).upper(),
        "indication": body.indication,
        "urgency": body.urgency.value,
    }


def _enquiry(person: User, reference: str) -> Enquiry:
    mine = Enquiry.objects.filter(pharmacy=person.pharmacy).select_related("medicine", "profile_version")
    found = mine.filter(reference=reference).first()
    if found is None:
        raise FieldsRefused(("enquiry", reference, "There is no such enquiry.", "Send one of GET /enquiries."))
    return found


def _prescriber(code: str) -> Prescriber:
    found = Prescriber.objects.filter(user__code=code, user__is_active=True).select_related("institution").first()
    if found is None:
        raise FieldsRefused(("", code, "No active prescriber has this code.", "Send a code of GET /directory."))
    return found


def _institution(name: str) -> Institution:
    rows = list(Institution.objects.filter(name__iexact=name)[:2])
    if len(rows) != 1:
        told = "Two institutions have this name." if rows else "There is no institution of this name."
        raise FieldsRefused(("", name, told, "Send a name of GET /directory, whole."))
    return rows[0]


def _coordinator(person: User, code: str) -> User:
    found = _coordinators(person).filter(code=code).first()
    if found is None:
        raise FieldsRefused(
            ("", code, "No active pharmacist of yours has this code.", "Send a code of GET /directory.")
        )
    return found


def _coordinators(person: User) -> Any:
    return User.objects.filter(pharmacy=person.pharmacy, role__in=PHARMACISTS, is_active=True, is_service=False)


def _known(person: User, patient: NewPatient | KnownPatient) -> Patient | None:
    """The registered patient that the call names; nobody for a new one.

    :raises FieldsRefused: when the reference is unknown, or the new patient may be a known one.
    """
    rows = Patient.objects.filter(pharmacy=person.pharmacy)
    if isinstance(patient, KnownPatient):
        found = rows.filter(reference=patient.reference.replace("\x00", "")).first()
        if found is None:
            raise FieldsRefused(
                ("patient.reference", patient.reference, "No patient of yours has it.", "Check each character.")
            )
        return found
    identity = _identity(patient)
    check_identity(identity, today=clock.now().date())
    if patient.birth_date is None or patient.register_another:
        return None
    twins = find_patients(
        pharmacy=person.pharmacy,  # type: ignore[arg-type]
        by=person,
        now=clock.now(),
        family_name=patient.family_name,
        birth_date=patient.birth_date,
    )
    if twins:
        references = ", ".join(twin.reference for twin in twins)
        raise FieldsRefused(
            (
                "patient",
                references,
                "A patient of this family name and birth date is registered.",
                "Send {reference} as the patient, or register_another: true.",
            ),
            kind="patient-known",
        )
    return None


def _register(person: User, patient: NewPatient | KnownPatient) -> Patient:
    return register_patient(
        pharmacy=person.pharmacy,  # type: ignore[arg-type]
        identity=_identity(patient),  # type: ignore[arg-type]
        by=person,
        now=clock.now(),
    )


def _identity(patient: NewPatient) -> Identity:
    return Identity(
        family_name=patient.family_name,
        given_names=patient.given_names,
        birth_date=patient.birth_date,
        contacts=dict(patient.contacts),
        record_number=patient.record_number,
    )
