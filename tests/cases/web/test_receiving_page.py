"""The guided inspection keeps each answer, compares each pack, refuses to accept what differs, and signs it whole."""

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from cases.custody.models import ExposureAssessment, Inspection, InspectionDraft
from cases.documents.models import Document, Signature, SignatureAttempt
from cases.documents.services import read_bytes, verify_signature
from cases.models import CaseEvent
from tests.cases.custody.builders import GTIN, Supply, build_supply
from tests.factories import PASSWORD
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOOKS = ("carton", "seals", "labels", "marks")
LOGGER = {"number": "4410-2207", "lowest_c": "2,9", "highest_c": "7.4", "minutes_outside": "0"}


@laid
def supply() -> Supply:
    made = build_supply()
    made.bring_to("arrived")
    return made


@pytest.fixture
def client(supply: Supply) -> Client:
    client = Client()
    client.force_login(supply.house.receiving, backend=BACKEND)
    return client


def address(supply: Supply) -> str:
    return f"/my/{supply.case.reference}/inspect/C-1/"


def scanned(serial: str, *, lot: str = "7K04B8", gtin: str = GTIN) -> str:
    return f"]d201{gtin}1727083110{lot}\x1d21{serial}"


def keep(client: Client, supply: Supply, step: str, **typed: str) -> HttpResponse:
    return client.post(address(supply), {"step": step} | typed)


def look_through(client: Client, supply: Supply, *, second: str = scanned("SN-1-2"), **other: str) -> None:
    """Answer every step as expected, but for those given."""
    for step in LOOKS:
        assert keep(client, supply, step, answer=other.get(step, "yes")).status_code == 302
    assert keep(client, supply, "logger", **LOGGER).status_code == 302
    assert keep(client, supply, "inner", answer=other.get("inner", "yes")).status_code == 302
    assert keep(client, supply, "pack-1", scan=scanned("SN-1-1")).status_code == 302
    assert keep(client, supply, "pack-2", scan=second).status_code == 302
    assert keep(client, supply, "count", units=other.get("count", "2")).status_code == 302


def decide(client: Client, supply: Supply, result: str, password: str = PASSWORD) -> HttpResponse:
    return client.post(
        address(supply), {"step": "decide", "result": result, "password": password, "form_key": f"k-{result}"}
    )


def shown(answer: HttpResponse) -> str:
    text = re.sub(r"<svg.*?</svg>|</?b[^>]*>|</?bdi>", "", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def nothing_recorded(supply: Supply) -> bool:
    return (
        not Inspection.objects.exists()
        and not ExposureAssessment.objects.exists()
        and not Document.objects.filter(doc_type="inspection_record").exists()
        and supply.consignment().state == "arrived"
    )


def test_one_look_at_a_time_and_nothing_is_lost_on_the_way(client: Client, supply: Supply) -> None:
    page = client.get(address(supply))
    assert "1 of 10" in shown(page)
    assert "Is the outer carton whole and dry?" in shown(page)
    refused = keep(client, supply, "carton", note="tape lifted at one corner")
    assert (refused.status_code, "Say yes or no." in shown(refused)) == (422, True)
    assert "tape lifted at one corner" in shown(refused)
    keep(client, supply, "carton", answer="yes", note="tape lifted at one corner")
    again = Client()
    again.force_login(supply.house.receiving, backend=BACKEND)
    assert "2 of 10" in shown(again.get(address(supply)))
    assert "tape lifted at one corner" in shown(again.get(address(supply) + "?step=carton"))
    assert "2 of 10" in shown(again.get(address(supply) + "?step=decide"))
    assert nothing_recorded(supply)


def test_everything_as_sent_is_recorded_measured_and_signed_in_one_go(client: Client, supply: Supply) -> None:
    look_through(client, supply)
    assert decide(client, supply, "accept").headers["Location"] == f"/my/{supply.case.reference}/done/C-1/"
    inspection = Inspection.objects.get()
    assert (inspection.result, inspection.units_received, inspection.remarks) == ("accept", 2, "")
    assert (inspection.seals_intact, inspection.labels_legible, inspection.serials_match) == (True, True, True)
    reading = ExposureAssessment.objects.get()
    assert (f"{reading.lowest_c:.1f}", f"{reading.highest_c:.1f}", reading.finding) == ("2.9", "7.4", "in_range")
    signature = Signature.objects.get(document__doc_type="inspection_record")
    assert (signature.signer, verify_signature(signature)) == (supply.house.receiving, [])
    text = read_bytes(signature.document.file).decode()
    assert f"Pack 2 (scanned): GTIN {GTIN}, Serial SN-1-2, Lot 7K04B8, Expiry 270831; as sent." in text
    assert "Counted: 2; sent: 2.\n" in text
    assert InspectionDraft.objects.count() == 0
    assert "Inspected. A release comes next." in shown(client.get(f"/my/{supply.case.reference}/done/C-1/"))
    events = list(CaseEvent.objects.filter(subject="C-1").order_by("-seq").values_list("verb", flat=True)[:2])
    assert events == ["custody.consignment.temperature_recorded", "custody.consignment.inspected"]


def test_a_pack_is_laid_beside_the_one_that_was_sent_and_the_character_is_boxed(client: Client, supply: Supply) -> None:
    answer = client.post(address(supply), {"step": "pack-1", "scan": scanned("SN-1-1", lot="7K0488")}, follow=True)
    page = answer.content.decode()
    assert "3 of 4 fields match. Lot does not." in shown(answer)
    assert '7K04<b class="diff">B</b>8' in page
    assert '7K04<b class="diff">8</b>8' in page
    assert "differs at character 5" in page


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"second": scanned("SN-1-2", lot="7K0488")}, "Pack 2: Lot not as sent"),
        ({"second": scanned("SN-1-1")}, "Pack 2: this serial was read before: one pack was read twice"),
        ({"marks": "no"}, "Shock and tilt marks: no"),
        ({"carton": "no"}, "Outer carton: no"),
        ({"count": "1"}, "Count: 1 counted, 2 sent"),
    ],
)
def test_what_differs_cannot_be_accepted_and_the_reason_is_said(
    client: Client, supply: Supply, other: dict[str, str], reason: str
) -> None:
    look_through(client, supply, **other)
    page = client.get(address(supply))
    assert f"Not possible. {reason}" in shown(page)
    assert re.search(r'value="accept" aria-disabled="true"', page.content.decode())
    refused = decide(client, supply, "accept")
    assert refused.status_code == 409
    assert "Accepted on inspection only when everything was found as expected" in shown(refused)
    assert nothing_recorded(supply)
    assert decide(client, supply, "quarantine").status_code == 302
    inspection = Inspection.objects.get()
    assert (inspection.result, reason in inspection.remarks) == ("quarantine", True)
    assert "In quarantine. The pharmacy decides." in shown(client.get(f"/my/{supply.case.reference}/done/C-1/"))


def test_packs_may_be_read_in_any_order_typed_or_without_the_separator(client: Client, supply: Supply) -> None:
    look_through(client, supply)
    keep(client, supply, "pack-1", scan=scanned("SN-1-2").replace("\x1d", ""))
    keep(client, supply, "pack-2", gtin=GTIN, serial="SN-1-1", lot="7K04B8", expiry="2027-08-31")
    assert "Not possible" not in shown(client.get(address(supply)))
    assert decide(client, supply, "accept").status_code == 302


def test_what_cannot_be_read_is_said_and_kept_in_the_field(client: Client, supply: Supply) -> None:
    answer = keep(client, supply, "pack-1", scan="hello")
    assert answer.status_code == 422
    assert "begins with no identifier of GS1, such as (01), (10), (17) or (21)" in shown(answer)
    assert 'name="scan" value="hello"' in answer.content.decode()
    missing = keep(client, supply, "pack-1", gtin=GTIN, lot="7K04B8")
    assert "Scan the square code on the pack, or type all four lines that are printed." in shown(missing)
    warm = keep(client, supply, "logger", number="4410-2207", highest_c="warm")
    assert "“warm” is no number (highest). Type it as the logger shows it." in shown(warm)
    many = keep(client, supply, "count", units="two")
    assert "“two” is no number of units. Type the number that you counted." in shown(many)
    assert InspectionDraft.objects.count() == 0


def test_a_wrong_password_records_nothing_but_the_try(client: Client, supply: Supply) -> None:
    look_through(client, supply)
    answer = decide(client, supply, "accept", password="not it")
    assert answer.status_code == 422
    assert "The password is not right. Nothing was signed; type it again." in shown(answer)
    assert nothing_recorded(supply)
    assert SignatureAttempt.objects.get().what == "Receiving inspection of C-1"
    assert InspectionDraft.objects.count() == 1


def test_the_same_decision_sent_twice_is_one_inspection(client: Client, supply: Supply) -> None:
    look_through(client, supply)
    decide(client, supply, "accept")
    decide(client, supply, "accept")
    assert (Inspection.objects.count(), Signature.objects.filter(signer=supply.house.receiving).count()) == (1, 1)


def test_the_briefing_says_what_comes(supply: Supply) -> None:
    other = supply.plan()
    for step in (supply.order, supply.allocate, supply.release, supply.dispatch):
        step(number=other.number)
    client = Client()
    client.force_login(supply.house.receiving, backend=BACKEND)
    page = shown(client.get(f"/my/{supply.case.reference}/"))
    assert "On its way: C-2" in page
    for words in ("orvelumab 150 mg/mL", "2 vials", "2 to 8 °C", "S-118", "4410-2207", "SN-2-1"):
        assert words in page
    assert "Packing list" in page
    assert "Not on file yet: Prescription, Certificate" in page
