"""Enquiries on the pages: four questions, a promise, an answer, an end; what was typed is never lost."""

from datetime import timedelta
from html import unescape
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import clock
from cases.people.models import User
from regulatory.enquiries import answer_enquiry, receive_enquiry
from regulatory.models import Enquiry
from regulatory.triage.answers import read_answers
from regulatory.triage.table import load
from regulatory.web.four_questions import QUESTIONS, asked
from tests.factories import NOW, House, build_house
from tests.laid import laid
from tests.regulatory.ground import tell_a_decline

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FORM = {
    "form_key": "one-form",
    "asked_by": "family",
    "urgency": "standard",
    "country": "GB",
    "product": "orvelumab 150 mg/mL",
    "indication": "invented disease",
    "question": "Can we have it?",
    "class": "biologic",
    "storage": "2-8",
    "administration": "",
    "packs": "2",
    "custody": "yes",
    "prescriber": "no",
    "recurrence": "recurring",
}


@laid
def house(db: None) -> House:
    return build_house()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def received(house: House, **more: Any) -> Enquiry:
    given = {
        "pharmacy": house.pharmacy,
        "asked_by": "family",
        "country": "GB",
        "product": "orvelumab",
        "indication": "invented",
        "by": house.coordinator,
        "now": NOW,
    }
    return receive_enquiry(**given | more)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_the_questions_asked_are_those_of_the_rule_table() -> None:
    inputs = load().inputs
    assert [(q, inputs[name].question) for q, _, names in QUESTIONS for name in names] == [
        (q, q) for q, _, names in QUESTIONS for _ in names
    ]
    assert len(asked()) == 12


def test_a_new_enquiry_keeps_its_answers_as_triage_reads_them_and_leaves_out_what_is_not_known(house: House) -> None:
    answer = client_of(house.coordinator).post("/enquiries/new/", FORM)
    row = Enquiry.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/enquiries/{row.reference}/")
    assert row.answers == {
        "class": "biologic",
        "storage": "2-8",
        "packs": 2,
        "custody": "yes",
        "prescriber": "no",
        "recurrence": "recurring",
    }
    assert read_answers(row.answers, load()).given["class"] == "biologic"
    page = text(client_of(house.coordinator).get(f"/enquiries/{row.reference}/"))
    assert "<dt>How is it stored?</dt><dd>2 to 8 °C</dd>" in page
    assert page.count("not known yet") == 6


def test_what_is_wrong_is_named_and_everything_typed_is_kept(house: House) -> None:
    answer = client_of(house.coordinator).post("/enquiries/new/", FORM | {"country": "", "packs": "many"})
    page = text(answer)
    assert answer.status_code == 422
    assert "Destination:" in page
    assert "How many packs are needed?: Enter a whole number." in page
    assert 'value="orvelumab 150 mg/mL"' in page
    assert "Can we have it?" in page
    assert '<option value="2-8" selected>' in page
    assert not Enquiry.objects.exists()


def test_an_empty_form_is_told_what_is_missing(house: House) -> None:
    answer = client_of(house.coordinator).post("/enquiries/new/", {})
    assert answer.status_code == 422
    assert "Medicine as it was named: " in text(answer)


def test_the_promise_is_shown_and_said_to_be_late(house: House) -> None:
    late = received(house, now=clock.now() - timedelta(days=9))
    client = client_of(house.coordinator)
    assert "late by" in text(client.get("/enquiries/"))
    assert "The acknowledgement is late by" in text(client.get(f"/enquiries/{late.reference}/"))
    assert "No enquiry waits" not in text(client.get("/enquiries/"))


def test_the_empty_list_is_a_fact_and_leads_on(house: House) -> None:
    page = text(client_of(house.coordinator).get("/enquiries/"))
    assert "No enquiry waits" in page
    assert "None has ended yet" in page


def test_an_answer_without_an_outcome_changes_nothing_and_is_kept(house: House) -> None:
    row = received(house)
    answer = client_of(house.coordinator).post(f"/enquiries/{row.reference}/answer/", {"answer": "Word for word."})
    assert answer.status_code == 422
    assert "No answer was recorded. Nothing changed." in text(answer)
    assert "Word for word." in text(answer)
    assert Enquiry.objects.get().state == "open"


def test_a_confident_answer_needs_a_pathway_that_was_checked(house: House) -> None:
    row = received(house)
    form = {"outcome": "NPP_RECOMMENDED", "answer": "It fits."}
    answer = client_of(house.coordinator).post(f"/enquiries/{row.reference}/answer/", form)
    assert answer.status_code == 409
    assert "No pathway was named." in text(answer)
    assert "It fits." in text(answer)
    assert Enquiry.objects.get().state == "open"


def test_somebody_faster_leaves_the_text_to_copy(house: House) -> None:
    row = received(house)
    tell_a_decline(row, by=house.pic, now=NOW)
    form = {"outcome": "NPP_POSSIBLE", "answer": "A long answer, word for word."}
    answer = client_of(house.coordinator).post(f"/enquiries/{row.reference}/answer/", form)
    assert answer.status_code == 409
    assert f"{row.reference} is declined: it cannot be answered. Nothing was changed." in text(answer)
    assert "What you wrote" in text(answer)
    assert "A long answer, word for word." in text(answer)


def test_a_reason_is_needed_to_refer(house: House) -> None:
    row = answer_enquiry(received(house), outcome="OTHER_ROUTE", answer="A trial.", by=house.pic, now=NOW)
    client = client_of(house.coordinator)
    answer = client.post(f"/enquiries/{row.reference}/refer/", {"reason": " "})
    assert answer.status_code == 409
    assert f"{row.reference} was not referred. Nothing was changed." in text(answer)
    assert client.post(f"/enquiries/{row.reference}/refer/", {"reason": "A trial runs."}).status_code == 302
    assert Enquiry.objects.get().state == "referred"


def test_the_number_of_queries_does_not_grow_with_the_number_of_enquiries(house: House) -> None:
    client = client_of(house.coordinator)

    def queries() -> int:
        client.get("/enquiries/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/enquiries/").status_code == 200
        return len(captured)

    received(house)
    few = queries()
    for number in range(4):
        row = received(house, product=f"invented {number}")
        if number % 2:
            tell_a_decline(row, by=house.pic, now=NOW)
    assert queries() == few
