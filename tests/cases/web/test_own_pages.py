"""The pages of prescriber, delegate and receiving pharmacist: what waits, what is kept apart, what a refusal says."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.documents.models import Document, DocumentSlot
from cases.lifecycle.engine import advance
from cases.lifecycle.steps import possible_steps
from cases.models import Case
from cases.people.models import User
from cases.web.asked import asked_of
from tests.cases.custody.builders import Supply, build_supply
from tests.cases.documents import corpus
from tests.factories import NOW, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AGAIN = "Take the same file a second time on purpose"


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


@laid
def supply() -> Supply:
    return build_supply()


def page_of(user: User, address: str) -> str:
    answer = signed_in(user).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def ask_for_report(house: House, case: Case) -> DocumentSlot:
    due = (NOW + timedelta(days=5)).date().isoformat()
    facts = {"doc_type": "clinical_report", "asked_of": house.doctor.pk, "note": "", "due_on": due}
    advance(case, "documents.slot.ask", by=house.coordinator, now=NOW, facts=facts)
    return DocumentSlot.objects.get(case=case)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("released", None),
        ("in_transit", "Record the arrival of C-1"),
        ("arrived", "Inspect C-1, it is in quarantine"),
        ("accepted", "Record the dispensing of C-1"),
        ("dispensed", None),
    ],
)
def test_the_list_of_a_receiving_pharmacist_says_what_a_consignment_waits_for(
    supply: Supply, state: str, words: str | None
) -> None:
    supply.bring_to(state)
    page = page_of(supply.house.receiving, "/my/")
    assert ("Nothing waits for you." in page) is (words is None)
    assert (words or "Nothing is asked of you.") in page


def test_a_consignment_waits_for_temperature_after_inspection_and_then_for_somebody_else(supply: Supply) -> None:
    supply.bring_to("arrived")
    supply.inspect()
    assert "Record the temperature of C-1" in page_of(supply.house.receiving, "/my/")
    supply.measure()
    assert "Nothing waits for you." in page_of(supply.house.receiving, "/my/")


def test_the_list_of_a_delegate_names_what_is_asked_of_the_prescriber(house: House, case: Case) -> None:
    ask_for_report(house, case)
    assert "Send: Clinical report" in page_of(house.delegate, "/my/")
    assert "Send: Clinical report" in page_of(house.doctor, "/my/")
    assert "Send: Clinical report" not in page_of(house.receiving, "/my/")


def test_a_receiving_pharmacist_reads_neither_clinical_reasons_nor_notes_to_the_prescriber(
    house: House, case: Case
) -> None:
    draft = {"dose": "150 mg every 14 days", "justification": "Invented clinical reasons."}
    advance(case, "cases.determination.prepare", by=house.doctor, now=NOW, facts=draft)
    note = {"text": "Invented words for the doctor.", "audience": "prescriber"}
    advance(case, "cases.note.write", by=house.coordinator, now=NOW, facts=note)
    address = f"/my/{case.reference}/"
    theirs = page_of(house.doctor, address)
    assert "Invented clinical reasons." in theirs
    assert "Invented words for the doctor." in theirs
    page = page_of(house.receiving, address)
    assert "Invented clinical reasons." not in page
    assert "Invented words for the doctor." not in page


def test_a_paper_that_is_being_read_is_not_asked_for_again_unless_it_is_rejected(house: House, case: Case) -> None:
    slot = ask_for_report(house, case)
    own, button = f"/my/{case.reference}/", "Send clinical report"
    assert button in page_of(house.doctor, own)
    file = SimpleUploadedFile("report.pdf", corpus.pdf(), "application/pdf")
    signed_in(house.doctor).post(f"/cases/{case.reference}/upload/", {"slot": slot.label, "file": file})
    assert button not in page_of(house.doctor, own)
    assert "Nothing waits for you." not in page_of(house.doctor, "/my/")  # the determination still does
    assert "Clinical report" not in page_of(house.doctor, "/my/")
    paper = Document.objects.get(case=case)
    facts = {"reason": "The second page is missing."}
    advance(case, "documents.document.reject", by=house.coordinator, now=NOW, subject=paper, facts=facts)
    assert button in page_of(house.doctor, own)


def test_a_follow_up_question_is_asked_on_its_day_the_first_one_first(supply: Supply) -> None:
    supply.bring_to("dispensed")
    case, doctor = supply.case, supply.house.doctor
    first, second, _ = case.follow_ups.order_by("number")

    def asked(on: date) -> list[str]:
        now = datetime.combine(on, time(12), tzinfo=UTC)
        steps = possible_steps(case, by=doctor, now=now)
        found = asked_of(doctor, case, steps, now=now)
        return [f"{one.title} {one.button}" for one in found if one.title == "How is the patient?"]

    assert asked(first.due_on - timedelta(days=1)) == []
    assert asked(first.due_on) == ["How is the patient? Answer the follow-up question U-1"]
    assert asked(second.due_on) == [
        f"How is the patient? Answer the follow-up question {label}" for label in ("U-1", "U-2")
    ]


def test_a_second_time_on_purpose_is_offered_for_the_same_file_only(house: House, case: Case) -> None:
    client, address = signed_in(house.doctor), f"/cases/{case.reference}/upload/"

    def send(name: str, content: bytes) -> tuple[int, bool]:
        file = SimpleUploadedFile(name, content, "application/pdf")
        answer = client.post(address, {"doc_type": "clinical_report", "file": file})
        return answer.status_code, AGAIN in answer.content.decode()

    paper = corpus.pdf()
    assert send("report.zip", corpus.archive()) == (422, False)
    assert send("report.pdf", paper) == (302, False)
    assert send("report.pdf", paper) == (422, True)
    assert Document.objects.filter(case=case).count() == 1


def test_a_paper_no_longer_asked_for_is_said_so_and_nothing_is_stored(house: House, case: Case) -> None:
    slot = ask_for_report(house, case)
    advance(
        case, "documents.slot.withdraw", by=house.coordinator, now=NOW, subject=slot, facts={"reason": "Not needed."}
    )
    file = SimpleUploadedFile("report.pdf", corpus.pdf(), "application/pdf")
    answer = signed_in(house.doctor).post(
        f"/cases/{case.reference}/upload/", {"slot": slot.label, "doc_type": "", "file": file}
    )
    assert answer.status_code == 422
    assert "This paper is no longer asked for." in answer.content.decode()
    assert Document.objects.filter(case=case).count() == 0
