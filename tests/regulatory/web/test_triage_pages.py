"""The pages of triage: a family without an account, the desk that decides, the letter that is told."""

import re
from typing import Any

import pytest
from django.test import Client

from cases.audit.models import AuditEntry
from cases.notices.models import Notice
from regulatory.models import Enquiry
from regulatory.triage.models import Triage, TriageDecision, TriageLetter, TriageVersion
from regulatory.web.triage import CODES_A_QUARTER
from regulatory.web.triage_forms import STEPS
from tests.factories import House, build_house, signed_profile
from tests.laid import laid
from tests.regulatory.triage.ground import ANTIBODY

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CONTACT = "+1 555 0100, Monday to Friday 9:00 to 17:00 New York"
GIVEN: dict[str, Any] = ANTIBODY | {
    "country": "GB", "product": "orvelumab 150 mg/mL", "indication": "invented disease",
}  # fmt: skip


@laid
def house() -> House:
    built = build_house()
    signed_profile(built, "UK-SPECIALS")
    return built


@pytest.fixture
def family() -> Client:
    return Client()


@pytest.fixture
def desk(house: House) -> Client:
    client = Client()
    client.force_login(house.coordinator, backend=BACKEND)
    return client


def step(client: Client, number: int, go: str = "next", **more: Any) -> Any:
    fields = {name: GIVEN[name] for name in STEPS[number - 1] if name in GIVEN} | more
    return client.post(f"/triage/step/{number}/", fields | {"go": go})


def code_of(client: Client) -> str:
    return str(client.session["triage"]["code"])


def answer_all(client: Client, language: str = "en", **more: Any) -> None:
    assert client.post("/triage/", {"act": "begin", "language": language}).url == "/triage/step/1/"
    for number in (1, 2, 3):
        own = {name: value for name, value in more.items() if name in STEPS[number - 1]}
        extra = {"wants_to_be_told": "on"} if number == 1 else {}
        assert step(client, number, **own, **extra).url == f"/triage/step/{number + 1}/"
    assert step(client, 4).url == "/triage/answer/"


def reference() -> str:
    return str(Enquiry.objects.get().reference)


def test_a_family_answers_in_four_steps_and_a_pharmacist_is_told(house: House, family: Client) -> None:
    answer_all(family)
    version = TriageVersion.objects.get()
    assert (version.outcome, version.made_by.code, version.triage.wants_to_be_told) == (
        "NPP_RECOMMENDED", "S-TRIAGE", True,
    )  # fmt: skip
    page = family.get("/triage/answer/").content.decode()
    assert "Handed in. A pharmacist reads your answers." in page
    assert "named-patient programme" not in page.lower()


def test_the_code_stands_in_no_address_and_leads_back_on_another_device(house: House, family: Client) -> None:
    family.post("/triage/", {"act": "begin", "language": "fr"})
    went = step(family, 1, "save")
    code = code_of(family)
    assert code not in went.url
    assert code in family.get("/triage/step/1/").content.decode()
    other = Client()
    assert other.get("/triage/step/1/").url == "/triage/"
    assert other.post("/triage/return/", {"code": code.lower().replace("-", " ")}).url == "/triage/step/1/"
    page = other.get("/triage/step/1/").content.decode()
    assert re.search(r'value="prescriber"[^>]*checked', page)
    assert 'lang="fr"' in page


def test_going_back_and_saving_for_later_lose_nothing(house: House, family: Client) -> None:
    family.post("/triage/", {"act": "begin"})
    step(family, 1)
    assert step(family, 2, "back", indication="", cycles="6").url == "/triage/step/1/"
    assert Triage.objects.get().answers["cycles"] == "6"
    assert step(family, 2, "save", stability="unknown", cycles="6").url == "/triage/step/2/"
    assert "stability" not in Triage.objects.get().answers


def test_what_must_be_answered_is_asked_at_next_in_the_readers_language(house: House, family: Client) -> None:
    family.post("/triage/", {"act": "begin", "language": "es"})
    answer = family.post("/triage/step/1/", {"go": "next", "urgency": "urgent"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("No se ha elegido nada. Elija una respuesta.") == 4
    assert Triage.objects.get().answers == {}


@pytest.mark.parametrize(
    ("number", "wrong", "said"),
    [
        (2, {"cycles": "many"}, "“many” is no number from 1 to 200. Write a number, for example 2."),
        (
            2,
            {"regimen": "maintenance"},
            "This does not fit the other answer: How many cycles?. Correct one of the two.",
        ),
        (3, {"class": "small_molecule_oral"}, "This does not fit the other answer: How is it taken?."),
        (3, {"storage": "warm"}, "“warm” is not one of the choices."),
        (3, {"product": "x" * 121}, "This is longer than 120 characters. Shorten it."),
    ],
)
def test_a_wrong_answer_is_named_and_the_typing_is_kept(
    house: House, family: Client, number: int, wrong: dict[str, str], said: str
) -> None:
    family.post("/triage/", {"act": "begin"})
    answer = step(family, number, **wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    if number == 2:
        assert 'value="invented disease"' in page
    assert Triage.objects.get().answers == {}


def test_handing_in_from_the_last_step_leads_to_the_step_that_lacks_an_answer(house: House, family: Client) -> None:
    family.post("/triage/", {"act": "begin"})
    answer = step(family, 4)
    assert answer.status_code == 422
    assert "step 1 of 4" in answer.content.decode().lower()
    assert not Enquiry.objects.exists()


def test_wrong_codes_are_counted_by_address_and_a_right_one_is_not(house: House, family: Client) -> None:
    family.post("/triage/", {"act": "begin"})
    code = code_of(family)
    other = Client()
    for _ in range(3):
        assert other.post("/triage/return/", {"code": code}).status_code == 302
    for _ in range(CODES_A_QUARTER):
        assert other.post("/triage/return/", {"code": "TR-0000-0000-0"}).status_code == 422
    refused = other.post("/triage/return/", {"code": code})
    assert (refused.status_code, "Too many codes were tried." in refused.content.decode()) == (429, True)
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post("/triage/return/", {"code": code}).status_code == 302


@pytest.mark.parametrize("typed", ["", "NP-0000-0000-1", "TR-", "x" * 5000, "TR-\x00"])
def test_no_code_at_all_is_told_so(house: House, family: Client, typed: str) -> None:
    assert family.post("/triage/return/", {"code": typed}).status_code == 422


def test_leaving_shuts_the_answers_on_this_device(house: House, family: Client) -> None:
    answer_all(family)
    family.post("/triage/leave/")
    assert family.get("/triage/answer/").url == "/triage/"


def test_arabic_pages_run_from_right_to_left(house: House, family: Client) -> None:
    answer_all(family, "ar")
    for address in ("/triage/?language=ar", "/triage/step/3/", "/triage/answer/"):
        assert '<html lang="ar" dir="rtl"' in family.get(address).content.decode()


def test_the_desk_sees_the_reasons_and_accepts_in_a_persons_name(house: House, family: Client, desk: Client) -> None:
    answer_all(family)
    page = desk.get(f"/enquiries/{reference()}/triage/?step=4").content.decode()
    for part in (
        "A named-patient programme is recommended", "T-10", "S-1", "W-1", "UK-SPECIALS 1.0.0-demo (demonstration copy)",
        "triage rules 1.0.0 (draft, not reviewed)", "Accept and open a case", "Signed as M. Ostby.",
        "template npp-recommended 1, English, wording not reviewed",
    ):  # fmt: skip
        assert part in page
    went = desk.post(
        f"/enquiries/{reference()}/triage/decide/", {"number": 1, "outcome": "NPP_RECOMMENDED", "then": "case"}
    )
    assert went.url == f"/enquiries/{reference()}/open-case/"
    assert TriageDecision.objects.get().decided_by == house.coordinator


def test_deciding_otherwise_without_a_reason_keeps_the_typing(house: House, family: Client, desk: Client) -> None:
    answer_all(family)
    sent = {"number": 1, "outcome": "CLINICAL_REVIEW", "next_step": "Call Dr L. Ferrante."}
    refused = desk.post(f"/enquiries/{reference()}/triage/decide/", sent)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Deciding otherwise has its reason" in page
    assert 'value="Call Dr L. Ferrante."' in page
    desk.post(f"/enquiries/{reference()}/triage/decide/", sent | {"reason": "The dose is above the label."})
    assert TriageDecision.objects.get().is_override
    assert "T-10" in desk.get("/triage/statistics/").content.decode()
    assert "Decided otherwise" in desk.get("/triage/desk/").content.decode()


def test_a_decision_on_an_evaluation_that_was_read_before_is_refused(
    house: House, family: Client, desk: Client
) -> None:
    answer_all(family)
    step(family, 4, prescriber="no")
    refused = desk.post(f"/enquiries/{reference()}/triage/decide/", {"number": 1, "outcome": "NPP_RECOMMENDED"})
    assert (refused.status_code, "evaluation 2 waits" in refused.content.decode()) == (409, True)


def test_the_letter_is_told_by_code_word_for_word(house: House, family: Client, desk: Client) -> None:
    answer_all(family, "ar")
    where = f"/enquiries/{reference()}/triage"
    assert desk.post(f"{where}/letter/", {"language": "ar", "contact": CONTACT, "channel": "code"}).status_code == 302
    assert not TriageLetter.objects.exists()
    desk.post(f"{where}/decide/", {"number": 1, "outcome": "NPP_RECOMMENDED"})
    desk.post(f"{where}/letter/", {"language": "ar", "contact": CONTACT, "channel": "code"})
    letter = TriageLetter.objects.get()
    read = family.get("/triage/answer/").content.decode()
    kept = desk.get(f"{where}/letter/?letter=1.1").content.decode()
    for page in (read, kept):
        assert 'lang="ar" dir="rtl"' in page
        assert "برنامج المريض المسمّى هو الأنسب." in page
    assert letter.text_sha256[:4] in kept
    assert not Notice.objects.exists()
    assert desk.get(f"{where}/letter/?letter=9.9").status_code == 404


def test_a_mail_is_sent_when_asked_and_names_neither_medicine_nor_answer(
    house: House, family: Client, desk: Client
) -> None:
    answer_all(family)
    where = f"/enquiries/{reference()}/triage"
    desk.post(f"{where}/decide/", {"number": 1, "outcome": "NPP_RECOMMENDED"})
    sent = {"language": "en", "contact": CONTACT, "channel": "mail", "address": "ward@example.org"}
    assert desk.post(f"{where}/letter/", sent | {"address": ""}).status_code == 409
    assert desk.post(f"{where}/letter/", sent).status_code == 302
    assert Notice.objects.get().address == "ward@example.org"


def test_the_desk_begins_from_an_enquiry_and_reads_the_code_out_once(house: House, desk: Client) -> None:
    desk.post(
        "/enquiries/new/",
        {"asked_by": "family", "country": "GB", "product": "orvelumab", "medicine": house.medicine.pk,
         "indication": "invented", "urgency": "standard", "question": ""},
    )  # fmt: skip
    where = f"/enquiries/{reference()}/triage/"
    assert "No triage yet" in desk.get(where).content.decode()
    first = desk.get(desk.post(where, {"act": "begin"}).url).content.decode()
    code = re.search(r"TR-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", first)
    assert code is not None
    assert code[0] not in desk.get(where).content.decode()
    assert Triage.objects.get().answers == {
        "product": "orvelumab", "storage": "2-8", "country": "GB", "indication": "invented", "urgency": "standard",
        "asked_by": "family",
    }  # fmt: skip
    assert desk.post(where, {"act": "save", "step": 4, "sanctions": "hit"}).status_code == 302
    desk.post(where, {"act": "hand_in", "step": 4, "sanctions": "hit"})
    assert TriageVersion.objects.get().outcome == "HOLD_COMPLIANCE"


def test_an_empty_form_changes_nothing(house: House, family: Client, desk: Client) -> None:
    answer_all(family)
    before = AuditEntry.objects.count(), Triage.objects.get().answers
    for client, address in (
        (family, "/triage/step/2/"), (desk, f"/enquiries/{reference()}/triage/"), (family, "/triage/answer/"),
    ):  # fmt: skip
        assert client.post(address).status_code == 200
    assert (AuditEntry.objects.count(), Triage.objects.get().answers) == before


@pytest.mark.parametrize("who", ["doctor", "auditor", "administrator", "receiving", "delegate"])
def test_nobody_but_the_pharmacists_sees_what_a_family_answered(house: House, family: Client, who: str) -> None:
    answer_all(family)
    client = Client()
    client.force_login(getattr(house, who), backend=BACKEND)
    for address in ("", "letter/"):
        assert client.get(f"/enquiries/{reference()}/triage/{address}").status_code == 403
    assert client.get("/triage/desk/").status_code == 403


def test_a_new_code_is_shown_once_and_shuts_the_old_one(house: House, family: Client, desk: Client) -> None:
    answer_all(family)
    went = desk.post(f"/enquiries/{reference()}/triage/", {"act": "code", "step": 4})
    code = re.search(r"TR-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", desk.get(went.url).content.decode())
    assert code is not None
    assert family.get("/triage/answer/").url == "/triage/"
    assert family.post("/triage/return/", {"code": code[0]}).url == "/triage/answer/"
