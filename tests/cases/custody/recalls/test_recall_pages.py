"""Recalls at the desk: opened, stopped, told and closed on one page, with a report; a drill says DRILL everywhere."""

import io
import re
from datetime import timedelta

import pikepdf
import pytest
from django.test import Client

from cases import clock
from cases.custody.models import Recall, RecallLetter
from cases.custody.recalls.drafting import drafts_of
from cases.custody.recalls.report import letter_paper, report_of
from cases.custody.recalls.services import close_recall
from cases.people.models import User
from tests.cases.custody.builders import GTIN, Supply
from tests.cases.custody.recalls.ground import LOT, TOLD, answer_all, locate, opened, stopped, told

LATER = TOLD + timedelta(hours=5)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TYPED = {
    "lots": f"{GTIN} {LOT}",
    "source": "authority",
    "source_reference": "INV 2026/118",
    "recall_class": "class_1",
    "level": "a",
    "reason": "Particles were seen in vials.",
    "instruction": "Keep the packs apart.",
}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


@pytest.fixture
def late_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hour of the pages: after everything that the builders record."""
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.mark.usefixtures("accepted")
def test_is_opened_stopped_and_told_on_its_page(supply: Supply, late_clock: None) -> None:
    desk = signed_in(supply.house.coordinator)

    made = desk.post("/recalls/new/", TYPED)
    assert (made.status_code, made["Location"]) == (302, "/recalls/RC-1/")
    assert "2 packs are within reach. Stop them" in text_of(desk.get("/recalls/RC-1/"))
    assert desk.post("/recalls/RC-1/tell/").status_code == 409
    assert desk.post("/recalls/RC-1/stop/").status_code == 302
    assert desk.post("/recalls/RC-1/tell/").status_code == 302

    page = text_of(desk.get("/recalls/RC-1/"))
    assert "0 of 2 packs are accounted for; 0 can reach no patient any more. 0 of 4 letters were answered" in page
    assert "Waits for answers" in page
    assert Recall.objects.get().state == "told"
    assert "DRILL" not in page
    supply_tab = text_of(desk.get(f"/cases/{supply.case.reference}/supply/"))
    assert "Its packs are stopped: nothing of them is packed" in supply_tab
    assert "Say what became of packs of RC-1" in supply_tab
    assert "RC-1" in text_of(desk.get("/recalls/"))


@pytest.mark.usefixtures("dispensed")
def test_the_letters_are_read_before_they_go_out_and_are_called_drafts(
    supply: Supply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    recall = stopped(supply)
    desk = signed_in(supply.house.coordinator)

    before = text_of(desk.get("/recalls/RC-1/"))
    drafts = list(drafts_of(recall.parts.get(), now=TOLD))

    assert "These letters are drafts, in English only. The pharmacist in charge reviews the words" in before
    assert "Answers are due by house rule C-56, version 2, which no pharmacist has reviewed: within 24 hours" in before
    assert "Read the 4 letters first" in before
    assert "Look for the packs named below in every place where medicines are kept" in before
    assert RecallLetter.objects.count() == 0

    assert desk.post("/recalls/RC-1/tell/").status_code == 302
    written = RecallLetter.objects.order_by("number")
    assert [(one.role, one.addressee, one.title, one.text, one.due_at) for one in written] == [
        (one.role, one.addressee, one.title, one.text, one.due_at) for one in drafts
    ]
    after = text_of(desk.get("/recalls/RC-1/"))
    assert "The letters are drafts, in English only: no pharmacist in charge has reviewed" in after
    assert "by house rule C-56, version 2, which no pharmacist has reviewed" in after
    dates = text_of(desk.get(f"/cases/{supply.case.reference}/deadlines/"))
    assert "Rule: house rule C-56, version 2, which no pharmacist has reviewed" in " ".join(dates.split())
    own = text_of(signed_in(supply.house.doctor).get(f"/cases/{supply.case.reference}/recall-letters/RL-1/"))
    assert "This letter is a draft in English; its words were not reviewed by a pharmacist in charge." in own
    assert "ask Harrow Street Pharmacy about anything that is not clear" in own
    assert written[0].text.endswith("a draft in English that no pharmacist in charge has reviewed.")


def test_what_is_wrong_with_the_form_is_said_and_kept(supply: Supply) -> None:
    desk = signed_in(supply.house.coordinator)

    answer = desk.post("/recalls/new/", TYPED | {"lots": "00399999000121 7K04B8", "reason": ""})

    assert answer.status_code == 422
    page = text_of(answer)
    assert "Line 1: The check digit of GTIN 00399999000121 is 1 and should be" in page
    assert "Nothing was given. Write it in a sentence." in page
    assert "INV 2026/118" in answer.content.decode()
    assert Recall.objects.count() == 0


@pytest.mark.usefixtures("dispensed")
def test_closing_is_refused_with_everything_that_is_missing(supply: Supply, late_clock: None) -> None:
    recall = told(supply)
    chief = signed_in(supply.house.pic)

    refused = chief.post("/recalls/RC-1/close/", {"conclusion": "Done."})
    assert refused.status_code == 409
    assert "Not known: SN-1-1, SN-1-2." in text_of(refused)
    assert chief.post("/recalls/RC-1/close/", {"conclusion": ""}).status_code == 422
    assert signed_in(supply.house.coordinator).post("/recalls/RC-1/close/", {"conclusion": "x"}).status_code == 409

    locate(supply, recall, "found", "SN-1-1", "SN-1-2", at=LATER)
    answer_all(supply, recall, at=LATER)
    assert chief.post("/recalls/RC-1/close/", {"conclusion": "All back."}).status_code == 302
    assert Recall.objects.get().state == "closed"


@pytest.mark.usefixtures("dispensed")
def test_a_reader_opens_the_own_letter_and_no_other(supply: Supply) -> None:
    told(supply)
    address = f"/cases/{supply.case.reference}/recall-letters"
    doctor, ward = signed_in(supply.house.doctor), signed_in(supply.house.receiving)

    assert "for your patient of case" in text_of(doctor.get(f"{address}/RL-1/"))
    assert [doctor.get(f"{address}/RL-{n}/").status_code for n in (1, 2, 3, 4)] == [200, 404, 200, 404]
    assert [ward.get(f"{address}/RL-{n}/").status_code for n in (1, 2, 3, 4)] == [404, 200, 404, 404]
    assert signed_in(supply.house.stranger.user).get(f"{address}/RL-1/").status_code == 404
    file = doctor.get(f"{address}/RL-1/file/")
    assert file["Content-Disposition"] == f'attachment; filename="{supply.case.reference}_RL-1.pdf"'
    assert "A recall concerns this case." in text_of(doctor.get(f"/my/{supply.case.reference}/"))


@pytest.mark.usefixtures("dispensed")
def test_every_page_and_paper_of_a_drill_says_so_and_none_reaches_those_abroad(
    supply: Supply, late_clock: None
) -> None:
    recall = told(supply, drill=True)
    desk, reference = signed_in(supply.house.coordinator), supply.case.reference

    pages = ["/recalls/", "/recalls/DRILL-RC-1/", f"/cases/{reference}/supply/",
             f"/cases/{reference}/recall-letters/DRILL%20RL-1/",
             f"/cases/{reference}/do/custody.recall.locate/?on=DRILL%20RC-1",
             f"/cases/{reference}/do/custody.recall_letter.answer/?on=DRILL%20RL-1"]  # fmt: skip
    for address in pages:
        answer = desk.get(address)
        assert answer.status_code == 200, address
        assert "DRILL" in text_of(answer), address
    letter = RecallLetter.objects.first()
    assert letter is not None
    for paper in (
        report_of(recall),
        letter_paper(letter.title, letter.text, label=letter.label, written_at=letter.written_at, pharmacy="H",
                     sha256=letter.text_sha256),
    ):  # fmt: skip
        with pikepdf.open(io.BytesIO(paper)) as opened_paper:
            assert "DRILL" in str(opened_paper.docinfo.get("/Title", ""))
    own = text_of(signed_in(supply.house.doctor).get(f"/my/{reference}/"))
    assert "recall" not in own.lower()
    assert desk.get("/recalls/RC-1/").status_code == 404


@pytest.mark.usefixtures("dispensed")
def test_the_report_is_the_same_bytes_for_the_same_state(supply: Supply) -> None:
    recall = told(supply)
    once = report_of(recall)

    assert report_of(Recall.objects.get()) == once
    locate(supply, recall, "found", "SN-1-1", "SN-1-2", at=LATER)
    answer_all(supply, recall, at=LATER)
    closed = close_recall(recall, conclusion="All back.", by=supply.house.pic, now=LATER)
    assert report_of(closed) != once
    answer = signed_in(supply.house.auditor).get("/recalls/RC-1/report/")
    assert answer["Content-Disposition"] == 'attachment; filename="RC-1_report.pdf"'
    assert answer.content == report_of(closed)


def test_a_recall_without_packs_has_a_page_and_a_report(supply: Supply) -> None:
    from cases.custody.recalls.reach import Reach

    recall = opened(supply, lots=[Reach(GTIN, "NOT-OURS")])

    assert "No pack within reach is on file" in text_of(signed_in(supply.house.pic).get("/recalls/RC-1/"))
    assert report_of(recall)[:5] == b"%PDF-"
