"""Opening a case over the API: once, for the right patient, with everything named or with every fault at once."""

from typing import Any

import pytest

from cases.audit.context import acting
from cases.audit.verify import verify
from cases.models import Case, CaseEvent
from cases.people.models import Institution
from cases.people.patients import IdentityAccess, Patient
from regulatory.enquiries import answer_enquiry, receive_enquiry
from regulatory.models import Enquiry, ProfileVersion
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.factories import NOW, House, build_patient, draft_profile, signed_profile
from tests.laid import laid
from tests.written import rows

pytestmark = pytest.mark.django_db
ADA = {"family_name": "Example", "given_names": "Ada", "birth_date": "1987-02-03", "record_number": "INV-00001"}


@laid
def pathway(house: House) -> ProfileVersion:
    return signed_profile(house, "UK-SPECIALS")


@laid
def enquiry(house: House, pathway: ProfileVersion) -> Enquiry:
    row = receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="prescriber",
        country="GB",
        product="orvelumab",
        medicine=house.medicine,
        indication="invented",
        urgency="urgent",
        profile_version=pathway,
        by=house.coordinator,
        now=NOW,
    )
    return answer_enquiry(row, outcome="NPP_POSSIBLE", answer="It fits.", by=house.coordinator, now=NOW)


def body_of(house: House, **changes: Any) -> dict[str, Any]:
    whole = {
        "pathway": {"key": "UK-SPECIALS"},
        "patient": ADA,
        "prescriber": house.doctor.code,
        "medicine": "orvelumab 150 mg/mL, solution for injection",
        "indication": "invented haematological disease",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def test_the_directory_names_all_that_a_case_can_name(
    house: House, pathway: ProfileVersion, pharmacist: Caller, prescriber: Caller, auditor: Caller
) -> None:
    draft_profile("AU-SAS-B")
    body = pharmacist.read("/directory", country="gb")
    assert body == {
        "prescribers": [
            {"code": one.code, "name": one.display_name, "institution": "Fairhaven General Hospital", "country": "GB"}
            for one in (house.stranger.user, house.doctor)
        ],
        "institutions": [{"name": "Fairhaven General Hospital", "city": "Fairhaven", "country": "GB"}],
        "coordinators": [
            {"code": one.code, "name": one.display_name, "institution": None, "country": None}
            for one in (house.pic, house.coordinator, house.second_pharmacist)
        ],
        "medicines": [
            {
                "name": "orvelumab 150 mg/mL, solution for injection",
                "unit": "vial",
                "storage": "refrigerated",
                "manufacturer": "Invented Biologics",
            }
        ],
        "pathways": ["UK-SPECIALS"],
    }
    assert pharmacist.read("/directory", country="AU")["prescribers"] == []
    assert faults(pharmacist.get("/directory", country="GBR"))[0][:2] == ("country", "GBR")
    for caller in (prescriber, auditor, Caller(house.administrator)):
        refused(caller.get("/directory"), 403, "not-permitted")


class TestANewPatient:
    """Registered with the case, or not at all; its identity is in no answer and no event."""

    def test_is_registered_with_the_case(self, house: House, pathway: ProfileVersion, pharmacist: Caller) -> None:
        answer = pharmacist.post("/cases", body_of(house))
        assert answer.status_code == 201
        case = Case.objects.get()
        patient = Patient.objects.get()
        assert answer.json() == {
            "reference": case.reference,
            "stage": "determination",
            "outcome": "",
            "country": "GB",
            "pathway": "UK-SPECIALS",
            "pathway_version": "1.0.0-demo",
            "is_demonstration": True,
            "medicine": "orvelumab 150 mg/mL",
            "patient": "AE, born 1987",
            "prescriber": "Dr L. Ferrante",
            "coordinator": "M. Ostby",
            "urgency": "standard",
            "opened_at": case.opened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "closed_at": None,
            "next_due_at": case.next_due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),  # type: ignore[union-attr]
            "events": 1,
            "patient_reference": patient.reference,
            "indication": "invented haematological disease",
            "institution": "Fairhaven General Hospital",
            "runs_out_on": None,
            "holds": [],
            "records": [],
        }
        assert (case.patient, case.coordinator) == (patient, house.coordinator)
        assert CaseEvent.objects.get().by == house.coordinator
        assert verify(chain=f"case:{case.pk}").ok

    def test_who_may_be_known_is_shown_before_another_is_registered(
        self, house: House, pathway: ProfileVersion, pharmacist: Caller
    ) -> None:
        known = build_patient(house)  # Example1, 1987-02-03, INV-00001
        for patient in (
            {"family_name": "EXAMPLE1", "birth_date": "1987-02-03"},
            {"family_name": "Somebody", "record_number": "INV-00001"},
        ):
            before = rows()
            answer = pharmacist.post("/cases", body_of(house, patient=patient))
            assert rows() == before
            [fault] = faults(answer, kind="patient-known", status=409)
            assert fault == (
                "patient",
                None,
                f"Registered with this name and birth date, or this record number: {known.reference}.",
                "Send a reference as the patient, or register_another: true.",
            )
            assert b"EXAMPLE1" not in answer.content
        assert IdentityAccess.objects.filter(kind="searched", by=house.coordinator, found=1).count() == 2
        assert pharmacist.post("/cases", body_of(house, patient={"reference": known.reference})).status_code == 201
        another = ADA | {"family_name": "Example1", "register_another": True}
        assert pharmacist.post("/cases", body_of(house, patient=another)).status_code == 201
        assert (Patient.objects.count(), Case.objects.filter(patient=known).count()) == (2, 1)

    @pytest.mark.parametrize(
        ("patient", "fields"),
        [
            ({"given_names": "Ada"}, ["patient.family_name"]),
            ({"family_name": " ", "birth_date": "2999-01-01"}, ["patient.birth_date", "patient.family_name"]),
            ({"family_name": "Example", "birth_date": "3 Feb"}, ["patient.birth_date"]),
            ({"family_name": "Example\x00"}, ["patient.family_name"]),
            ({"family_name": "Example", "contacts": {"phone": 5}}, ["patient.contacts.phone"]),
            ({"family_name": "Example", "nickname": "Ada"}, ["patient.nickname"]),
            ("Ada Example", ["patient"]),
            ([ADA], ["patient"]),
        ],
    )
    def test_that_cannot_be_one_is_refused_without_repeating_it(
        self, house: House, pathway: ProfileVersion, pharmacist: Caller, patient: Any, fields: list[str]
    ) -> None:
        with nothing_written():
            answer = pharmacist.post("/cases", body_of(house, patient=patient))
        named = faults(answer)
        assert [one[0] for one in named] == fields
        assert b"Example" not in answer.content
        assert Patient.objects.count() == 0

    def test_is_not_left_behind_by_a_refused_case(self, house: House, pharmacist: Caller) -> None:
        version = draft_profile("UK-SPECIALS")
        pathway = {"key": "UK-SPECIALS", "version": version.version}
        answer = pharmacist.post("/cases", body_of(house, pathway=pathway))
        body = refused(answer, 409, "requirements-unmet")
        assert [(line["code"], line["state"]) for line in body["requirements"]] == [
            ("ProfileVersionSigned", "unmet"),
            ("PatientIsKept", "met"),
            ("PatientAsThePathwayAsks", "met"),
        ]
        assert (Patient.objects.count(), Case.objects.count()) == (0, 0)


class TestFromAnEnquiry:
    """What the enquiry says is not said again, and the enquiry ends with the case."""

    def test_the_case_carries_what_the_enquiry_says(self, house: House, enquiry: Enquiry, pharmacist: Caller) -> None:
        body = body_of(house, enquiry=enquiry.reference, pathway=None, medicine=None, indication=None)
        answer = pharmacist.post("/cases", body)
        assert answer.status_code == 201, answer.content
        made = answer.json()
        assert (made["indication"], made["urgency"], made["country"]) == ("invented", "urgent", "GB")
        assert pharmacist.read(f"/enquiries/{enquiry.reference}")["case"] == made["reference"]
        with nothing_written():
            again = pharmacist.post("/cases", body | {"patient": {"reference": made["patient_reference"]}})
        assert made["reference"] in refused(again, 409, "not-possible")["detail"]

    def test_what_it_says_must_be_left_out(self, house: House, enquiry: Enquiry, pharmacist: Caller) -> None:
        body = body_of(house, enquiry=enquiry.reference, country="AU", urgency="standard")
        with nothing_written():
            named = faults(pharmacist.post("/cases", body))
        assert named == [
            ("country", "AU", "The enquiry says it.", "Leave it out."),
            ("indication", "invented haematological disease", "The enquiry says it.", "Leave it out."),
            ("urgency", "standard", "The enquiry says it.", "Leave it out."),
        ]

    def test_one_that_is_not_answered_opens_none(
        self, house: House, pathway: ProfileVersion, pharmacist: Caller
    ) -> None:
        row = receive_enquiry(
            pharmacy=house.pharmacy,
            asked_by="family",
            country="GB",
            product="orvelumab",
            indication="invented",
            by=house.coordinator,
            now=NOW,
        )
        with nothing_written():
            answer = pharmacist.post("/cases", body_of(house, enquiry=row.reference, indication=None))
        assert "is open" in refused(answer, 409, "not-possible")["detail"]
        assert Patient.objects.count() == 0


class TestTheSameKey:
    """One key opens one case, for one patient."""

    def test_opens_one_case(self, house: House, pathway: ProfileVersion, pharmacist: Caller) -> None:
        first = pharmacist.post("/cases", body_of(house, form_key="c-1"))
        with nothing_written():
            second = pharmacist.post("/cases", body_of(house, form_key="c-1"))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert (Case.objects.count(), Patient.objects.count()) == (1, 1)

    def test_opens_one_case_from_an_enquiry(self, house: House, enquiry: Enquiry, pharmacist: Caller) -> None:
        body = body_of(house, enquiry=enquiry.reference, indication=None, form_key="c-1")
        first, second = pharmacist.post("/cases", body), pharmacist.post("/cases", body)
        assert (second.status_code, first.json()) == (201, second.json())

    @pytest.mark.parametrize(
        "changes",
        [
            {"indication": "another"},
            {"patient": ADA | {"family_name": "Sample"}},
            {"patient": ADA | {"birth_date": "1987-02-04"}},
            {"patient": ADA | {"record_number": "INV-00002"}},
        ],
    )
    def test_with_other_content_is_refused(
        self, house: House, pathway: ProfileVersion, pharmacist: Caller, changes: dict[str, Any]
    ) -> None:
        pharmacist.post("/cases", body_of(house, form_key="c-1"))
        with nothing_written():
            answer = pharmacist.post("/cases", body_of(house, form_key="c-1", **changes))
        assert faults(answer, kind="key-reused", status=409)[0][:2] == ("form_key", "c-1")
        assert b"Sample" not in answer.content


def test_every_name_that_is_unknown_is_refused_at_once(
    house: House, pathway: ProfileVersion, pharmacist: Caller
) -> None:
    with acting(by=house.administrator, verb="tests.institution.entered", business_at=NOW):
        Institution.objects.create(name="Twin Hospital", country="GB", city="Northport")
        Institution.objects.create(name="Twin Hospital", country="GB", city="Southport")
    body = body_of(
        house,
        pathway={"key": "XX-NONE"},
        prescriber=house.coordinator.code,
        institution="Twin Hospital",
        coordinator=house.doctor.code,
        medicine="orvelumab",
        indication=None,
        country="ZZ",
    )
    with nothing_written():
        named = faults(pharmacist.post("/cases", body))
    assert [(field, value) for field, value, _, _ in named] == [
        ("pathway", "XX-NONE"),
        ("medicine", "orvelumab"),
        ("prescriber", house.coordinator.code),
        ("institution", "Twin Hospital"),
        ("coordinator", house.doctor.code),
        ("indication", None),
        ("country", "ZZ"),
    ]


def test_what_no_enquiry_says_must_be_said(house: House, pathway: ProfileVersion, pharmacist: Caller) -> None:
    with nothing_written():
        named = faults(
            pharmacist.post("/cases", {"patient": ADA, "prescriber": house.doctor.code, "enquiry": "EN-0000-0000-0"})
        )
        alone = faults(pharmacist.post("/cases", {"patient": ADA, "prescriber": house.doctor.code}))
        unknown = faults(pharmacist.post("/cases", body_of(house, patient={"reference": "PT-0000-0000-0"})))
    assert named == [("enquiry", "EN-0000-0000-0", "There is no such enquiry.", "Send one of GET /enquiries.")]
    assert [(one[0], one[2]) for one in alone] == [
        ("indication", "Nothing was given, and no enquiry says it."),
        ("pathway", "Nothing was given, and no enquiry says it."),
        ("medicine", "Nothing was given, and no enquiry says it."),
    ]
    assert unknown == [("patient.reference", "PT-0000-0000-0", "No patient of yours has it.", "Check each character.")]


def test_a_pathway_of_another_country_carries_no_case(
    house: House, pathway: ProfileVersion, pharmacist: Caller
) -> None:
    with nothing_written():
        answer = pharmacist.post("/cases", body_of(house, country="AU", patient={"family_name": "Example"}))
    unmet = [line for line in refused(answer, 409, "requirements-unmet")["requirements"] if line["state"] == "unmet"]
    assert [line["fact"] for line in unmet] == ["UK-SPECIALS 1.0.0-demo is a pathway of GB; the case goes to AU."]


def test_only_pharmacists_open_cases(
    house: House, pathway: ProfileVersion, prescriber: Caller, auditor: Caller, receiving: Caller, stranger: Caller
) -> None:
    with nothing_written():
        for caller in (prescriber, auditor, receiving, stranger, Caller(house.administrator), Caller(house.delegate)):
            refused(caller.post("/cases", body_of(house)), 403, "not-permitted")
