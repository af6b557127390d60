"""The guided inspection keeps each answer, compares each pack, refuses to accept what differs, and signs it whole."""

import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from cases.custody.models import ExposureAssessment, Inspection, InspectionDraft, PackReading, SupplyException
from cases.custody.receiving.protocol import protocols
from cases.deadlines.models import Deadline
from cases.documents.models import Document, Signature, SignatureAttempt
from cases.documents.services import read_bytes, verify_signature
from cases.models import CaseEvent
from tests.cases.custody.builders import GTIN, Supply, build_supply
from tests.factories import PASSWORD
from tests.laid import laid

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOOKS = ("briefing", "carton", "seals", "labels", "marks")
OPENED = ("area", "inner")
AT_THE_END = ("shelf_life", "case_label", "leaflet")
LOGGER = {
    "number": "4410-2207",
    "stopped_at": "2026-03-06T09:25",
    "lowest_c": "2,9",
    "highest_c": "7.4",
    "minutes_outside": "0",
}


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
    for step in OPENED:
        assert keep(client, supply, step, answer=other.get(step, "yes")).status_code == 302
    assert keep(client, supply, "pack-1", scan=scanned("SN-1-1")).status_code == 302
    assert keep(client, supply, "pack-2", scan=second).status_code == 302
    assert keep(client, supply, "count", units=other.get("count", "2")).status_code == 302
    for step in AT_THE_END:
        assert keep(client, supply, step, answer=other.get(step, "yes")).status_code == 302
    assert keep(client, supply, "storage", answer="yes", at="2026-03-06T09:50").status_code == 302


def decide(client: Client, supply: Supply, result: str, password: str = PASSWORD) -> HttpResponse:
    return client.post(
        address(supply), {"step": "decide", "result": result, "password": password, "form_key": f"k-{result}"}
    )


def picture(name: str) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (30, 40), "navy").save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue(), "image/png")


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
    assert "1 of 16" in shown(page)
    assert "Was the briefing read before the box arrived?" in shown(page)
    assert "By the receiving protocol, version 1, an unreviewed draft, medium confidence." in shown(page)
    keep(client, supply, "briefing", answer="yes")
    refused = keep(client, supply, "carton", note="tape lifted at one corner")
    assert (refused.status_code, "Say yes or no." in shown(refused)) == (422, True)
    assert "tape lifted at one corner" in shown(refused)
    keep(client, supply, "carton", answer="yes", note="tape lifted at one corner")
    again = Client()
    again.force_login(supply.house.receiving, backend=BACKEND)
    assert "3 of 16" in shown(again.get(address(supply)))
    assert "tape lifted at one corner" in shown(again.get(address(supply) + "?step=carton"))
    assert "3 of 16" in shown(again.get(address(supply) + "?step=decide"))
    assert nothing_recorded(supply)


def test_everything_as_sent_is_recorded_measured_and_signed_in_one_go(client: Client, supply: Supply) -> None:
    look_through(client, supply)
    keep(client, supply, "carton", answer="yes", note="tape lifted at one corner")
    keep(client, supply, "marks", answer="not_applicable")
    assert decide(client, supply, "accept").headers["Location"] == f"/my/{supply.case.reference}/done/C-1/"
    inspection = Inspection.objects.get()
    assert (inspection.result, inspection.units_received, inspection.remarks) == ("accept", 2, "")
    assert inspection.protocol_version == "1"
    assert f"{inspection.logger_stopped_at:%H:%M} {inspection.stored_at:%H:%M}" == "09:25 09:50"
    found = {one.item: (one.answer, one.note) for one in inspection.results.all()}
    assert found == dict.fromkeys((item.code for item in protocols()[0].items), ("yes", "")) | {
        "carton": ("yes", "tape lifted at one corner"),
        "marks": ("not_applicable", ""),
        "logger": ("yes", "Number read: 4410-2207."),
    }
    reading = ExposureAssessment.objects.get()
    assert (f"{reading.lowest_c:.1f}", f"{reading.highest_c:.1f}", reading.finding) == ("2.9", "7.4", "in_range")
    signature = Signature.objects.get(document__doc_type="inspection_record")
    assert (signature.signer, verify_signature(signature)) == (supply.house.receiving, [])
    assert signature.document == inspection.record
    text = read_bytes(signature.document.file).decode()
    assert f"Pack 2 (scanned): GTIN {GTIN}, Serial SN-1-2, Lot 7K04B8, Expiry 270831; as sent." in text
    assert "Is the outer carton whole and dry? yes. Note: tape lifted at one corner\n" in text
    assert "Logger stopped at 2026-03-06 09:25 UTC.\n" in text
    assert "Counted: 2; sent: 2.\n" in text
    assert InspectionDraft.objects.count() == 0
    assert "Inspected. A second check comes next." in shown(client.get(f"/my/{supply.case.reference}/done/C-1/"))
    events = list(CaseEvent.objects.filter(subject="C-1").order_by("-seq").values_list("verb", flat=True)[:2])
    assert events == ["custody.consignment.temperature_recorded", "custody.consignment.inspected"]


@pytest.mark.parametrize("step", ["area", "inner", "pack-1", "count", "leaflet", "storage"])
def test_nothing_is_opened_before_the_logger_is_stopped_and_read(client: Client, supply: Supply, step: str) -> None:
    keep(client, supply, "carton", answer="yes")
    page = client.get(f"{address(supply)}?step={step}")
    refused = keep(client, supply, step, answer="yes", scan=scanned("SN-1-1"), units="2", at="2026-03-06T09:50")
    said = "Nothing is opened before logger 4410-2207 is stopped and read. Stop it, and answer that step first."
    assert (page.status_code, said in shown(page)) == (409, True)
    assert (refused.status_code, said in shown(refused)) == (422, True)
    assert list(InspectionDraft.objects.get().answers) == ["carton"]
    assert PackReading.objects.filter(read_by=supply.house.receiving).count() == 0


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"number": ""}, "Type the number on the logger. If there is no logger, type: none."),
        ({"lowest_c": ""}, "The logger is not read yet. Type the lowest and the highest that it shows"),
        ({"highest_c": "warm"}, "“warm” is no number (highest). Type it as the logger shows it."),
        ({"stopped_at": "soon"}, "“soon” is no time. Say when the logger was stopped, as day and time."),
        ({"stopped_at": "2026-03-06T09:10"}, "It arrived at 09:20 on 2026-03-06. Say when the logger was stopped"),
        ({"stopped_at": "2199-01-01T09:10"}, "09:10 on 2199-01-01 is still to come."),
        ({"unread": "yes"}, "Say in the note why the logger cannot be read."),
    ],
)
def test_a_logger_is_stopped_and_read_or_it_is_said_why_not(
    client: Client, supply: Supply, other: dict[str, str], said: str
) -> None:
    refused = keep(client, supply, "logger", **LOGGER | other)
    assert (refused.status_code, said in shown(refused)) == (422, True)
    assert InspectionDraft.objects.count() == 0


def test_a_logger_that_cannot_be_read_lets_it_be_opened_and_not_accepted(client: Client, supply: Supply) -> None:
    assert keep(client, supply, "logger", number="4410-2207", unread="yes", note="dead battery").status_code == 302
    look_through(client, supply)
    keep(client, supply, "logger", number="4410-2207", unread="yes", note="dead battery")
    assert "Not possible. Logger stopped and read: no." in shown(client.get(address(supply)))
    refused = decide(client, supply, "accept")
    assert "The logger could not be read before opening." in shown(refused)
    assert decide(client, supply, "quarantine").status_code == 302
    results = Inspection.objects.get().results
    assert results.get(item="logger_read").answer == "no"
    assert results.get(item="logger").note == "Number read: 4410-2207. dead battery"
    assert not ExposureAssessment.objects.exists()


def test_a_pack_is_laid_beside_the_one_that_was_sent_and_the_character_is_boxed(client: Client, supply: Supply) -> None:
    keep(client, supply, "logger", **LOGGER)
    answer = client.post(address(supply), {"step": "pack-1", "scan": scanned("SN-1-1", lot="7K0488")}, follow=True)
    page = answer.content.decode()
    assert "3 of 4 fields match. Lot does not." in shown(answer)
    assert '7K04<b class="diff">B</b>8' in page
    assert '7K04<b class="diff">8</b>8' in page
    assert "differs at character 5" in page
    reading = PackReading.objects.get(read_by=supply.house.receiving)
    assert (reading.unit.serial, reading.differs, reading.entry_method) == ("SN-1-1", "Lot", "scanner")


ALL_AS_EXPECTED = "Accepted on inspection only when everything was found as expected"


@pytest.mark.parametrize(
    ("other", "reason", "rule"),
    [
        ({"second": scanned("SN-1-2", lot="7K0488")}, "Pack 2: Lot not as sent", ALL_AS_EXPECTED),
        (
            {"second": scanned("SN-1-1")},
            "Pack 2: this serial was read before: one pack was read twice",
            "Every pack that is accepted on inspection was read at this end",
        ),
        ({"marks": "no"}, "Shock and tilt marks: no", ALL_AS_EXPECTED),
        ({"carton": "no"}, "Outer carton: no", ALL_AS_EXPECTED),
        ({"leaflet": "no"}, "Language label and leaflet: no", ALL_AS_EXPECTED),
        ({"count": "1"}, "Count: 1 counted, 2 sent", ALL_AS_EXPECTED),
    ],
)
def test_what_differs_cannot_be_accepted_and_the_reason_is_said(
    client: Client, supply: Supply, other: dict[str, str], reason: str, rule: str
) -> None:
    look_through(client, supply, **other)
    page = client.get(address(supply))
    assert f"Not possible. {reason}" in shown(page)
    assert re.search(r'value="accept" aria-disabled="true"', page.content.decode())
    refused = decide(client, supply, "accept")
    assert refused.status_code == 409
    assert rule in shown(refused)
    assert nothing_recorded(supply)
    assert decide(client, supply, "quarantine").status_code == 302
    inspection = Inspection.objects.get()
    assert (inspection.result, reason in inspection.remarks) == ("quarantine", True)
    assert "In quarantine. The pharmacy decides." in shown(client.get(f"/my/{supply.case.reference}/done/C-1/"))


def test_what_is_only_noted_does_not_stop_the_acceptance(client: Client, supply: Supply) -> None:
    look_through(client, supply, briefing="no")
    assert decide(client, supply, "accept").status_code == 302
    assert Inspection.objects.get().results.get(item="briefing").answer == "no"


def test_packs_may_be_read_in_any_order_or_without_the_separator(client: Client, supply: Supply) -> None:
    keep(client, supply, "logger", **LOGGER)
    keep(client, supply, "pack-1", scan=scanned("SN-1-2").replace("\x1d", ""))
    keep(client, supply, "pack-2", scan=scanned("SN-1-1"), entry_method="camera")
    read = PackReading.objects.filter(read_by=supply.house.receiving).order_by("pk")
    assert [(one.serial, one.entry_method) for one in read] == [("SN-1-2", "scanner"), ("SN-1-1", "camera")]
    look_through(client, supply)
    assert read.count() == 2
    assert decide(client, supply, "accept").status_code == 302


def test_a_typed_pack_waits_for_a_second_person(client: Client, supply: Supply) -> None:
    pack = {"gtin": GTIN, "serial": "SN-1-2", "lot": "7K04B8", "expiry": "2027-08-31"}
    keep(client, supply, "logger", **LOGGER)
    said = client.post(address(supply), {"step": "pack-2"} | pack, follow=True)
    assert "As sent. A second person types it too." in shown(said)
    keep(client, supply, "pack-2", **pack)
    typed = PackReading.objects.get(entry_method="typed")
    assert (typed.serial, typed.read_by, typed.differs) == ("SN-1-2", supply.house.receiving, "")
    for step in (*LOOKS, *OPENED, *AT_THE_END):
        keep(client, supply, step, answer="yes")
    keep(client, supply, "pack-1", scan=scanned("SN-1-1"))
    keep(client, supply, "count", units="2")
    keep(client, supply, "storage", answer="yes", at="2026-03-06T09:50")
    assert "Typed by one person: Pack 2." in shown(client.get(address(supply)))
    assert decide(client, supply, "accept").status_code == 302
    text = read_bytes(Inspection.objects.get().record.file).decode()
    assert "Pack 2 (typed): GTIN" in text
    assert "typed by one person: a second one types it too." in text
    office = Client()
    office.force_login(supply.house.pic, backend=BACKEND)
    page = office.get(f"/cases/{supply.case.reference}/do/custody.consignment.accept/?on=C-1")
    assert "A second person at the institution checked the inspection and agrees" in shown(page)


def test_a_photo_and_a_note_stay_with_their_item(client: Client, supply: Supply) -> None:
    look_through(client, supply)
    for _ in range(2):  # the same picture sent again, after an answer that was lost, is the paper it was
        answer = client.post(
            address(supply),
            {"step": "carton", "answer": "no", "note": "wet at the base", "photo": picture("carton.png")},
        )
        assert answer.status_code == 302
    photo = Document.objects.get(doc_type="inspection_photo")
    assert photo.title == "C-1, receiving: Outer carton"
    page = shown(client.get(address(supply) + "?step=carton"))
    assert f"Kept: {photo.label}." in page
    refused = client.post(
        address(supply), {"step": "seals", "answer": "yes", "photo": SimpleUploadedFile("a.png", b"no picture")}
    )
    assert (refused.status_code, "The photo was not taken." in shown(refused)) == (422, True)
    assert decide(client, supply, "quarantine").status_code == 302
    found = Inspection.objects.get().results.get(item="carton")
    assert (found.answer, found.note, found.photo) == ("no", "wet at the base", photo)
    record = read_bytes(Inspection.objects.get().record.file).decode()
    assert f"no. Note: wet at the base Photo: {photo.label}, SHA-256 {photo.sha256}\n" in record
    office = Client()
    office.force_login(supply.house.coordinator, backend=BACKEND)
    tab = office.get(f"/cases/{supply.case.reference}/supply/")
    assert "Outer carton: no “wet at the base”" in shown(tab)
    assert f'href="/cases/{supply.case.reference}/papers/{photo.label}/"' in tab.content.decode()


def test_each_flaw_of_a_pack_is_named_and_holds_that_pack_alone(client: Client, supply: Supply) -> None:
    look_through(client, supply, count="2")
    keep(client, supply, "pack-2", scan=scanned("SN-1-2"), broken="yes")
    extra = f"{GTIN} 7K04B8 2027-08-31 SN-9-9"
    keep(client, supply, "count", units="3", extra=extra)
    page = shown(client.get(address(supply)))
    for words in ("Pack 2: this pack is broken", "Count: 3 counted, 2 sent", "Not sent, and there: 1"):
        assert words in page
    assert decide(client, supply, "accept_part").status_code == 302
    opened = [
        (one.get_kind_display(), one.unit.serial if one.unit else "", one.on_pack.get("serial", ""), one.acts_next)
        for one in SupplyException.objects.order_by("number")
    ]
    assert opened == [
        ("broken on arrival", "SN-1-2", "", "Skyline Invented Cargo"),
        ("among the packs, not on the papers", "", "SN-9-9", "Harrow Street Pharmacy"),
    ]
    assert Deadline.objects.filter(kind="custody.exception", state="running").count() == 2
    assert "Accepted in part. A second check comes next." in shown(client.get(f"/my/{supply.case.reference}/done/C-1/"))


def test_what_cannot_be_read_is_said_and_kept_in_the_field(client: Client, supply: Supply) -> None:
    keep(client, supply, "logger", **LOGGER)
    answer = keep(client, supply, "pack-1", scan="hello")
    assert answer.status_code == 422
    assert "begins with no identifier of GS1, such as (01), (10), (17) or (21)" in shown(answer)
    assert 'name="scan" value="hello"' in answer.content.decode()
    missing = keep(client, supply, "pack-1", gtin=GTIN, lot="7K04B8")
    assert "Scan the square code on the pack, or type all four lines that are printed." in shown(missing)
    many = keep(client, supply, "count", units="two")
    assert "“two” is no number of units. Type the number that you counted." in shown(many)
    strange = keep(client, supply, "count", units="3", extra="a pack")
    assert "Line 1: 'a pack' has 2 words: GTIN, lot, expiry and serial are asked for." in shown(strange)
    assert list(InspectionDraft.objects.get().answers) == ["logger"]


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
