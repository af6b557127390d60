"""From an enquiry to a case: the right patient, registered once, and nobody registered for nothing."""

from typing import Any

import pytest
from django.test import Client

from cases.models import Case
from cases.people.patients import Patient
from regulatory.enquiries import answer_enquiry, receive_enquiry
from regulatory.models import Enquiry
from tests.factories import NOW, House, build_house, build_patient, signed_profile
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def house() -> House:
    return build_house()


@laid
def enquiry(house: House) -> Enquiry:
    profile = signed_profile(house, "UK-SPECIALS")
    row = receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="prescriber",
        country="GB",
        product="orvelumab",
        medicine=house.medicine,
        indication="invented",
        profile_version=profile,
        by=house.coordinator,
        now=NOW,
    )
    return answer_enquiry(row, outcome="NPP_POSSIBLE", answer="It fits.", by=house.coordinator, now=NOW)


def form_of(house: House, enquiry: Enquiry, **more: Any) -> dict[str, Any]:
    return {
        "form_key": "one-form",
        "profile_version": enquiry.profile_version_id,
        "medicine": house.medicine.pk,
        "prescriber": house.prescriber.pk,
        "institution": house.institution.pk,
        "coordinator": house.coordinator.pk,
        "family_name": "Example1",
        "given_names": "Ada",
        "birth_date": "1987-02-03",
        "record_number": "",
    } | more


def post(house: House, enquiry: Enquiry, **more: Any) -> Any:
    client = Client()
    client.force_login(house.coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.post(f"/enquiries/{enquiry.reference}/open-case/", form_of(house, enquiry, **more))


def test_a_new_patient_is_registered_and_the_same_form_posted_twice_opens_one_case(
    house: House, enquiry: Enquiry
) -> None:
    first, second = post(house, enquiry), post(house, enquiry)
    case = Case.objects.get()
    assert (first.status_code, first["Location"]) == (302, f"/cases/{case.reference}/")
    assert (second.status_code, second["Location"]) == (302, f"/cases/{case.reference}/")
    assert Patient.objects.count() == 1


def test_of_two_patients_alike_the_one_chosen_becomes_the_patient_of_the_case(house: House, enquiry: Enquiry) -> None:
    build_patient(house)
    chosen = build_patient(house)
    asked = post(house, enquiry)
    assert asked.status_code == 409
    assert chosen.reference in asked.content.decode()
    assert not Case.objects.exists()
    assert post(house, enquiry, patient=chosen.reference).status_code == 302
    assert Case.objects.get().patient == chosen
    assert Patient.objects.count() == 2


def test_a_patient_is_found_by_the_record_number_under_another_name(house: House, enquiry: Enquiry) -> None:
    known = build_patient(house, number=7)
    asked = post(house, enquiry, family_name="Misspelt", record_number="INV-00007")
    assert asked.status_code == 409
    assert known.reference in asked.content.decode()


def test_a_refusal_leaves_no_patient_behind(house: House, enquiry: Enquiry) -> None:
    assert post(house, enquiry).status_code == 302
    before = Patient.objects.count()
    refused = post(house, enquiry, form_key="another-form", family_name="Example9", birth_date="1990-01-01")
    assert refused.status_code == 409
    assert Patient.objects.count() == before
    assert Case.objects.count() == 1
