"""The temperature of a consignment on its page: picture and looks, every assessment, the decision, the report."""

import html
import re

import pytest
from django.test import Client

from cases.custody.models import CustodyEvent, Disposition, ExposureAssessment
from cases.documents.models import SignatureAttempt
from cases.documents.storage import path_of
from cases.people.models import User
from tests.cases.custody.builders import Supply
from tests.cases.custody.loggers import exported, journey, keep
from tests.factories import PASSWORD, build_paper
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address(supply: Supply) -> str:
    return f"/cases/{supply.case.reference}/temperature/C-1/"


def words(page: bytes) -> str:
    text = re.sub(r"<(script|style).*?</\1>", " ", page.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@laid
def warm(supply: Supply) -> Supply:
    supply.bring_to("arrived")
    supply.inspect()
    keep(supply, journey(9.4, steps=7), budget_minutes="720", budget_source="Invented statement 4.2")
    return supply


def test_shows_the_picture_with_tables_that_say_the_same(warm: Supply) -> None:
    page = as_(warm.house.pic).get(address(warm)).content
    said = words(page)

    assert page.count(b'role="img"') == 2
    assert "Temperature of consignment C-1, logger 4410-2207, 4 March 2026 to 6 March 2026" in said
    assert "A Thu 5 Mar" in said
    assert "1 h 06 min 9.4 °C Skyline Invented Cargo" in said
    assert "Stability budget: 1 h 06 min of 12 h used over all legs" in said
    assert "Draft, not reviewed; confidence medium." in said
    assert "1 Wed 4 Mar 14:00 London Dispatched Skyline Invented Cargo" in said


def test_a_nearer_look_is_an_address_that_keyboards_reach(warm: Supply) -> None:
    client = as_(warm.house.pic)
    page = client.get(address(warm)).content.decode()
    (to,) = re.findall(r'<a href="([^"]+)">Excursion A</a>', page)

    near = client.get(html.unescape(to).partition("#")[0]).content.decode()

    assert "Whole journey" in near
    assert "allowed 2 to 8 °C" in near
    assert "1 dispatched" in page
    assert "1 dispatched" not in near
    assert ">Earlier</a>" in near


@pytest.mark.parametrize("query", ["from=x&to=y", "from=2026-03-05T00:00:00&to=2026-03-05T01:00:00", "m=99", "m=²"])
def test_a_look_that_cannot_be_read_shows_the_whole(warm: Supply, query: str) -> None:
    assert as_(warm.house.pic).get(f"{address(warm)}?{query}").status_code == 200


def test_is_read_by_the_house_and_the_institution_and_decided_by_pharmacists(warm: Supply) -> None:
    said = {who: words(as_(getattr(warm.house, who)).get(address(warm)).content)
            for who in ("pic", "receiving", "auditor", "administrator")}  # fmt: skip

    assert {who: "Sign the decision on C-1" in text for who, text in said.items()} == {
        "pic": True, "receiving": False, "auditor": False, "administrator": False}  # fmt: skip
    assert {who: "Read a logger’s file" in text for who, text in said.items()} == {
        "pic": True, "receiving": True, "auditor": False, "administrator": False}  # fmt: skip
    assert as_(warm.house.doctor).get(address(warm)).status_code == 403


def test_says_that_it_reckons_alike_or_what_is_not(warm: Supply) -> None:
    client = as_(warm.house.coordinator)
    answer = client.post(address(warm), {"act": "reckon", "m": "1"}, follow=True)
    assert "M-1 reckoned again from its file: every figure is the same." in words(answer.content)

    stored = ExposureAssessment.objects.get().document.file  # type: ignore[union-attr]
    path = path_of(stored.storage_name)
    kept = path.read_bytes()
    path.write_bytes(b"other bytes")
    try:
        broken = client.post(address(warm), {"act": "reckon", "m": "1"})
        page = client.get(address(warm))
    finally:
        path.write_bytes(kept)

    assert broken.status_code == 409
    assert "was altered. Restore the documents folder from a backup" in words(broken.content)
    assert "The picture cannot be drawn." in words(page.content)


def test_the_report_is_the_same_bytes_each_time(warm: Supply) -> None:
    client = as_(warm.house.receiving)

    once, again = (client.get(f"{address(warm)}1.pdf") for _ in range(2))

    assert (once.status_code, once["Content-Type"]) == (200, "application/pdf")
    assert once.content.startswith(b"%PDF")
    assert once.content == again.content
    assert once["Content-Disposition"] == f'attachment; filename="{warm.case.reference}_C-1_M-1_temperature.pdf"'
    assert client.get(f"{address(warm)}2.pdf").status_code == 404


@pytest.mark.usefixtures("arrived")
def test_a_typed_reading_has_no_report_and_no_picture(supply: Supply) -> None:
    supply.measure()

    page = as_(supply.house.pic).get(address(supply))
    assert b'role="img"' not in page.content
    assert "Read off the logger, not recomputed" in words(page.content)
    assert as_(supply.house.pic).get(f"{address(supply)}1.pdf").status_code == 403


def signing(**more: str) -> dict[str, str]:
    return {"act": "decide", "decision": "quarantine", "reason": "The manufacturer is asked.",
            "printed_name": "H. Lindqvist", "password": PASSWORD} | more  # fmt: skip


def test_the_decision_is_signed_on_the_page(warm: Supply) -> None:
    answer = build_paper(warm.house, warm.case, "manufacturer_answer")
    release = signing(decision="release", manufacturer_answer=str(answer.pk), answered_on="6 Mar 2026")

    page = as_(warm.house.pic).post(address(warm), release, follow=True)

    assert page.status_code == 200
    one = Disposition.objects.get()
    assert (one.decision, one.manufacturer_answer, str(one.answered_on)) == ("release", answer, "2026-03-06")
    assert "Release on temperature" in words(page.content)


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"printed_name": ""}, 422, "Nothing was signed: your name is not typed."),
        ({"password": "wrong"}, 422, "password"),
        ({"decision": ""}, 422, "Decision: nothing was given."),
        ({"reason": ""}, 422, "Reason: nothing was given."),
        ({"decision": "release"}, 409, "Excursion (M-1), and no answer of the manufacturer is attached."),
    ],
)
def test_a_decision_that_is_refused_keeps_what_was_typed(
    warm: Supply, given: dict[str, str], status: int, sentence: str
) -> None:
    before = CustodyEvent.objects.count()

    page = as_(warm.house.pic).post(address(warm), signing(conditions="Use within 30 days.") | given)

    assert (page.status_code, sentence in words(page.content)) == (status, True)
    assert "Use within 30 days." in page.content.decode()
    assert PASSWORD not in page.content.decode()
    assert (Disposition.objects.count(), CustodyEvent.objects.count()) == (0, before)
    assert SignatureAttempt.objects.count() == (given.get("password") == "wrong")


def test_who_received_it_reads_why_they_cannot_decide(warm: Supply) -> None:
    said = words(as_(warm.house.coordinator).get(address(warm)).content)

    assert "M. Ostby allocated the units and dispatched them." in said


@pytest.mark.usefixtures("arrived")
def test_a_name_in_a_file_is_never_markup(supply: Supply) -> None:
    keep(supply, exported([5.0] * 300), logger_number="<script>x")

    page = as_(supply.house.pic).get(address(supply)).content
    assert b"<script>x" not in page
    assert b"&lt;script&gt;x" in page
