"""Opening a case: from an answered enquiry or by itself, for a known patient or a new one, in one transaction."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar, cast

from django.db.models import F, QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Discriminator, Field, Tag

from cases import clock
from cases.api.auth import only
from cases.api.cases import case_detail
from cases.api.cases import router as cases
from cases.api.problems import IDENTITY
from cases.api.refusals import FieldsRefused
from cases.api.shapes import KEY, AnyDay, CaseDetail, Country, FormKey, Label, Line, Sent, YesNo
from cases.api.taking import keyed, refuse_reused
from cases.countries import NAMES
from cases.models import Case, CaseEvent, Medicine, Urgency
from cases.people.identity import Identity, check_identity, is_of
from cases.people.models import Institution, Pharmacy, Prescriber, User
from cases.people.patients import Patient
from cases.people.roles import PHARMACISTS
from regulatory.api.enquiries import UNKNOWN_COUNTRY, PathwayName, full_name, medicine_named, version_named
from regulatory.models import Enquiry, ProfileVersion
from regulatory.opening import open_case_for, patients_like

router = Router(tags=["Cases"])
_WHO = "Cases are opened by the pharmacists."
Found = TypeVar("Found")
PersonCode = Annotated[str, Field(max_length=40, pattern="^[A-Za-z0-9-]+$")]


class NewPatient(Sent):
    """Who a new patient is. Kept encrypted; initials and birth year are made of it, and are all that is shown."""

    family_name: Line
    given_names: Line = ""
    birth_date: AnyDay | None = None
    record_number: Line = Field("", description="The institution's number of the patient.")
    sex: Literal["", "female", "male", "other"] = Field("", description="Some authorities' forms ask for it.")
    contacts: dict[Label, Line] = Field(default_factory=dict, max_length=10, description="A label and a text each.")
    register_another: YesNo = Field(False, description="Register a further patient who resembles one we know.")


class KnownPatient(Sent):
    """A patient who is registered."""

    reference: Label = Field(examples=["PT-3Q8R-XK2M-7"])


def _branch(patient: Any) -> str:
    sent = patient if isinstance(patient, dict) else vars(patient) if isinstance(patient, Schema) else {}
    return "known" if "reference" in sent else "new"


# Told apart before it is read, so that a refusal speaks of the one that was meant.
AnyPatient = Annotated[
    Annotated[NewPatient, Tag("new")] | Annotated[KnownPatient, Tag("known")],
    Discriminator(_branch),
]


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
    patient: AnyPatient | None = Field(
        None, description="Left out for stock, on a pathway that is authorized before any patient is known."
    )
    prescriber: PersonCode = Field(description="A code of GET /directory.")
    institution: Line = Field("", description="A name of GET /directory; the prescriber's own when left out.")
    coordinator: PersonCode | None = Field(None, description="A code of GET /directory; you when left out.")
    medicine: Line = Field("", description="A name of GET /directory; may be left out when the enquiry names it.")
    indication: Line = Field("", description="The enquiry's own when there is one.")
    country: Country | None = Field(None, description="Destination; the enquiry's or the pathway's when left out.")
    urgency: Urgency | None = Field(None, description="The enquiry's own when there is one; else standard.")
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
    request: HttpRequest, country: Country | None = Query(None, description="two letters")
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
    key = _key(person, body)
    if (done := _opened_already(person, key, body)) is not None:
        return Status(201, case_detail(done, person))
    named = _named(person, body)
    try:
        patient = _patient(person, body.patient)
    except FieldsRefused:
        # A twin of this call may have opened the case while this one was looking for the patient.
        if (done := _opened_already(person, key, body)) is not None:
            return Status(201, case_detail(done, person))
        raise
    made = open_case_for(
        patient,
        pharmacy=_pharmacy(person),
        by=person,
        now=clock.now(),
        form_key=key,
        request_id=getattr(request, "request_id", ""),
        **named,
    )
    return Status(201, case_detail(Case.objects.with_people().get(pk=made.pk), person))


def _key(person: User, body: CaseIn) -> str | None:
    """A new patient's identity is no part of it: a digest of a name and a birth date can be guessed."""
    content = body.model_dump(mode="json", exclude={"form_key"})
    sent = content["patient"] or {}
    content["patient"] = {name: value for name, value in sent.items() if name not in IDENTITY}
    return keyed(body.form_key, person, "case", content=content)


def _opened_already(person: User, key: str | None, body: CaseIn) -> Case | None:
    """The case that the same call opened before.

    :raises FieldsRefused: when the key came before with other content or another patient.
    """
    refuse_reused(key, body.form_key, CaseEvent.objects.filter(by=person))
    events = CaseEvent.objects.filter(form_key=key, by=person) if key else CaseEvent.objects.none()
    done = Case.objects.with_people().filter(pk__in=events.values("case")).first()
    if done is not None and isinstance(body.patient, NewPatient) and not is_of(done.patient, _identity(body.patient)):
        told = "The key opened a case for another patient."
        raise FieldsRefused(("form_key", body.form_key, told, "Send a new key for a new act."), kind="key-reused")
    return done


def _named(person: User, body: CaseIn) -> dict[str, Any]:
    """Everything that the call names, found.

    :raises FieldsRefused: for every fault at once, each under its field.
    """
    faults: list[tuple[str, Any, str, str]] = []

    def one(field: str, find: Callable[..., Found], *args: Any) -> Found | None:
        try:
            return find(*args)
        except FieldsRefused as refusal:
            faults.extend((field, *rest) for _, *rest in refusal.faults)
            return None

    enquiry = one("enquiry", _enquiry, person, body.enquiry) if body.enquiry else None
    version = one("pathway", version_named, body.pathway) if body.pathway else None
    medicine = one("medicine", medicine_named, body.medicine) if body.medicine else None
    prescriber = one("prescriber", _prescriber, body.prescriber)
    institution = one("institution", _institution, body.institution) if body.institution else None
    coordinator = one("coordinator", _coordinator, person, body.coordinator) if body.coordinator else person
    if enquiry is not None:
        version, medicine = version or enquiry.profile_version, medicine or enquiry.medicine
        told = "The enquiry says it."
        faults += [(name, sent, told, "Leave it out.") for name, sent in _said_by_enquiry(body) if sent]
    elif not body.enquiry and not body.indication:
        faults.append(("indication", None, "Nothing was given, and no enquiry says it.", "Send this field."))
    if body.country and body.country.upper() not in NAMES:
        faults.append(("country", body.country, UNKNOWN_COUNTRY, "Send one of: " + ", ".join(sorted(NAMES))))
    faulty = {entry[0] for entry in faults}
    for field, value in (("pathway", version), ("medicine", medicine)):
        if value is None and not faulty & {field, "enquiry"}:
            faults.append((field, None, "Nothing was given, and no enquiry says it.", "Send this field."))
    if faults or prescriber is None or version is None:
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
        "urgency": body.urgency.value if body.urgency else Urgency.STANDARD,
    }


def _said_by_enquiry(body: CaseIn) -> list[tuple[str, str | None]]:
    urgency = body.urgency.value if body.urgency else None
    return [("country", body.country), ("indication", body.indication), ("urgency", urgency)]


def _enquiry(person: User, reference: str) -> Enquiry:
    mine = Enquiry.objects.filter(pharmacy=person.pharmacy).select_related("medicine", "profile_version")
    found = mine.filter(reference=reference).first()
    if found is None:
        raise FieldsRefused(("", reference, "There is no such enquiry.", "Send one of GET /enquiries."))
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


def _coordinators(person: User) -> QuerySet[User]:
    return User.objects.filter(pharmacy=person.pharmacy, role__in=PHARMACISTS, is_active=True, is_service=False)


def _patient(person: User, patient: NewPatient | KnownPatient | None) -> Patient | Identity | None:
    """The registered patient that the call names, or the identity of a new one.

    :raises IdentityInvalid: when the identity is incomplete.
    :raises FieldsRefused: when the reference is unknown, or the new patient may be a known one.
    """
    if patient is None:
        return None
    pharmacy, now = _pharmacy(person), clock.now()
    if isinstance(patient, KnownPatient):
        found = Patient.objects.filter(pharmacy=pharmacy, reference=patient.reference).first()
        if found is None:
            raise FieldsRefused(
                ("patient.reference", patient.reference, "No patient of yours has it.", "Check each character.")
            )
        return found
    identity = _identity(patient)
    check_identity(identity, today=now.date())
    if patient.register_another:
        return identity
    if known := patients_like(identity, pharmacy=pharmacy, by=person, now=now):
        references = ", ".join(twin.reference for twin in known)
        told = f"Registered with this name and birth date, or this record number: {references}."
        remedy = "Send a reference as the patient, or register_another: true."
        raise FieldsRefused(("patient", None, told, remedy), kind="patient-known")
    return identity


def _pharmacy(person: User) -> Pharmacy:
    return cast(Pharmacy, person.pharmacy)


def _identity(patient: NewPatient) -> Identity:
    return Identity(
        family_name=patient.family_name,
        given_names=patient.given_names,
        birth_date=patient.birth_date,
        contacts=dict(patient.contacts),
        record_number=patient.record_number,
        sex=patient.sex,
    )
