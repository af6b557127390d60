"""The page that signs a determination shows the exact words, keeps what was typed, and signs nothing half."""

import html
import re

import pytest
from django.test import Client

from cases.audit.context import acting
from cases.documents.models import Document, Signature, SignatureAttempt
from cases.documents.services import read_bytes
from cases.lifecycle.engine import advance
from cases.models import Case, CaseEvent, Determination
from cases.people.models import User
from cases.statements import STATEMENTS
from cases.verbs.determinations import MEANING
from tests.factories import NOW, PASSWORD, House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DRAFT = {"dose": "150 mg every 14 days", "justification": "Invented clinical reasons.\n\nA second paragraph."}


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    opened = build_case(house)
    advance(opened, "cases.determination.prepare", by=house.delegate, now=NOW, facts=DRAFT)
    return opened


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address_of(case: Case) -> str:
    return f"/my/{case.reference}/sign/N-1/"


def filled_in(**more: object) -> dict[str, object]:
    typed = {"statements": list(STATEMENTS), "printed_name": "L. Ferrante", "password": PASSWORD, "form_key": "k1"}
    return typed | more


def words_of(page: bytes) -> str:
    text = re.sub(r"<script.*?</script>|<svg.*?</svg>|<[^>]+>", " ", page.decode(), flags=re.S)
    return " ".join(html.unescape(text).split())


def nothing_signed(case: Case) -> bool:
    return (
        case.determinations.get().state == Determination.State.DRAFT
        and not Signature.objects.exists()
        and not Document.objects.filter(case=case).exists()
    )


def test_shows_every_word_that_is_signed(house: House, case: Case) -> None:
    client = signed_in(house.doctor)
    shown = words_of(client.get(address_of(case)).content)
    assert "N. Arkwright prepared it on Mon 2 Mar; only you can sign it." in shown
    assert client.post(address_of(case), filled_in()).headers["Location"] == f"/my/{case.reference}/done/N-1/"
    signed = case.determinations.get()
    for line in read_bytes(signed.document.file).decode().splitlines():
        assert line in ("", "Statements") or " ".join(line.removeprefix("- ").split()) in shown, line


def test_is_signed_once_and_says_so(house: House, case: Case) -> None:
    client = signed_in(house.doctor)
    client.post(address_of(case), filled_in())
    client.post(address_of(case), filled_in())
    assert Signature.objects.count() == 1
    assert CaseEvent.objects.filter(case=case, verb="cases.determination.signed").count() == 1
    shown = words_of(client.get(f"/my/{case.reference}/done/N-1/").content)
    for words in ("Signed. The reviews come next.", "Dr L. Ferrante", MEANING, "Report a side effect"):
        assert words in shown
    again = client.get(address_of(case))
    assert (again.status_code, again.headers["Location"]) == (302, f"/my/{case.reference}/done/N-1/")


def test_names_everything_that_is_missing_and_keeps_the_rest(house: House, case: Case) -> None:
    answer = signed_in(house.doctor).post(
        address_of(case), {"statements": list(STATEMENTS)[:4], "printed_name": "L. Ferrante", "form_key": "k1"}
    )
    shown = words_of(answer.content)
    assert answer.status_code == 422
    assert "It is not signed yet. Nothing changed. Statement 5 is not ticked. Your password is not typed." in shown
    page = answer.content.decode()
    assert 'value="L. Ferrante"' in page
    assert len(re.findall(r'name="statements" value="\w+" checked', page)) == 4
    assert nothing_signed(case)
    assert SignatureAttempt.objects.count() == 0


def test_a_wrong_password_is_said_beside_its_field_and_the_lock_after_five(house: House, case: Case) -> None:
    client = signed_in(house.doctor)
    for _ in range(5):
        answer = client.post(address_of(case), filled_in(password="not it"))
        assert answer.status_code == 422
        assert "The password is not right. Nothing was signed; type it again." in words_of(answer.content)
        assert "not it" not in answer.content.decode()
    locked = client.post(address_of(case), filled_in())
    assert locked.status_code == 409
    assert "It was not signed. Signing is locked after 5 wrong tries." in words_of(locked.content)
    assert "Signing is locked. Too many wrong tries. Try again in 15 minutes." in words_of(
        client.get(address_of(case)).content
    )
    assert SignatureAttempt.objects.count() == 5
    assert nothing_signed(case)


def test_a_change_meanwhile_is_told_and_nothing_is_signed(house: House, case: Case) -> None:
    seen = Case.objects.get(pk=case.pk).event_seq
    facts = {"reason": "Another dose is needed."}
    draft = case.determinations.get()
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    answer = signed_in(house.doctor).post(address_of(case), filled_in(version=str(seen)))
    assert answer.status_code == 409
    assert "H. Lindqvist acted on" in words_of(answer.content)
    assert nothing_signed(case)
    advance(case, "cases.determination.withdraw", by=house.pic, now=NOW, subject=draft, facts=facts)
    gone = signed_in(house.doctor).post(address_of(case), filled_in())
    assert gone.headers["Location"] == f"/my/{case.reference}/done/N-1/"
    assert Signature.objects.count() == 0


def test_a_delegate_reads_it_and_learns_who_signs(house: House, case: Case) -> None:
    client = signed_in(house.delegate)
    shown = words_of(client.get(address_of(case)).content)
    assert "Dr L. Ferrante signs. A delegate prepares and sends papers and never signs." in shown
    assert 'name="password"' not in client.get(address_of(case)).content.decode()
    assert client.post(address_of(case), filled_in()).status_code == 403
    assert nothing_signed(case)


def test_the_first_signature_waits_for_accountability(house: House, case: Case) -> None:
    with acting(by=house.administrator, verb="people.person.entered", business_at=NOW):
        house.doctor.accountability_accepted_at = None
        house.doctor.save()
    client = signed_in(house.doctor)
    refused = client.post(address_of(case), filled_in())
    assert refused.status_code == 409
    assert "accept that it binds you like one by hand" in words_of(refused.content)
    assert nothing_signed(case)
    client.post(f"/my/{case.reference}/accountability/")
    assert client.post(address_of(case), filled_in()).status_code == 302
    assert Signature.objects.count() == 1


def test_the_step_of_the_case_leads_to_it(house: House, case: Case) -> None:
    answer = signed_in(house.doctor).get(f"/cases/{case.reference}/do/cases.determination.sign/?on=N-1")
    assert (answer.status_code, answer.headers["Location"]) == (302, address_of(case))
