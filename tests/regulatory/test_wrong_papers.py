"""A paper of another patient that was filed: reviews and packs no longer stand on it, the authority is told by name."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cases.deadlines.models import Deadline, Force
from cases.documents.downloads import open_download
from cases.documents.errors import DocumentRefused
from cases.documents.models import Document, DocumentSlot
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from cases.models import CaseEvent
from cases.notices.models import Notice
from regulatory.pack.grounds import what_changed
from regulatory.reviewing.standing import standings
from tests.laid import laid
from tests.regulatory.ground import PAPERS, Ground, at, build_ground

FIND = "documents.document.find_of_another_patient"
WHY = "The record number on page 2 is not this case's."
NOW = at("2026-02-26 09:00")


@laid
def specials(db: None) -> Ground:
    """A filing of the United Kingdom with its pack made, both reviews passed, ready to be submitted."""
    ground = build_ground("UK-SPECIALS", now=NOW, country="GB", zone="Europe/London")
    for kind in PAPERS["UK-SPECIALS"]:
        ground.paper(kind, uploaded=True)
    ground.answer("UK-SPECIALS.documents.5", "no")
    for kind in ("clinical", "regulatory"):
        ground.review(kind)
    ground.take("regulatory.filing.open", kind="notification", authority="MHRA", quantity="6")
    ground.take("regulatory.filing.make_pack", subject=ground.filing, language="en", naming="initials")
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    return ground


def letter(ground: Ground) -> Document:
    return ground.case.documents.get(doc_type="medical_necessity_letter")


def found(ground: Ground, document: Document, **more: Any) -> CaseEvent:
    return ground.take(FIND, subject=document, reason=WHY, **more)


def test_reviews_and_the_pack_no_longer_stand_and_say_so(specials: Ground) -> None:
    paper = letter(specials)
    assert all(one.holds for one in standings(specials.case))
    found(specials, paper)
    assert what_changed(specials.filing) == [paper.label]
    assert [one.holds for one in standings(specials.case)] == [False, False]
    assert all(paper.label in " ".join(one.changed) for one in standings(specials.case))
    assert specials.line("PackIsCurrent", "regulatory.filing.submit", subject=specials.filing).state == "unmet"


def test_every_version_of_a_pack_with_its_pages_is_closed_with_it(specials: Ground) -> None:
    first, paper = specials.filing.pack, letter(specials)
    assert first is not None
    specials.paper("regulator_form", uploaded=True)
    specials.take("regulatory.filing.make_pack", subject=specials.filing, language="en", naming="initials")
    second = specials.filing.pack
    assert second is not None
    found(specials, paper)
    for pack in (first, second):
        with pytest.raises(DocumentRefused, match=f"holds {paper.label}, a paper of another patient, and is closed"):
            open_download(pack, by=specials.house.coordinator, now=NOW)
    specials.take("regulatory.filing.make_pack", subject=specials.filing, language="en", naming="initials")
    fresh = specials.filing.pack
    assert fresh is not None
    assert open_download(fresh, by=specials.house.coordinator, now=NOW).content[:5] == b"%PDF-"


def test_nobody_is_asked_to_tell_an_authority_that_was_sent_nothing(specials: Ground) -> None:
    found(specials, letter(specials))
    assert not Deadline.objects.filter(kind="regulatory.wrong_paper").exists()
    line = specials.line("SentWithThePaper:none", FIND, subject=letter(specials))
    assert line.fact == "No filing went out with it."


def test_a_filing_that_went_out_with_it_is_told_before_and_flagged_with_who_acts_next(
    specials: Ground, client: Client
) -> None:
    specials.submit(at("2026-02-26 10:00"))
    filing, paper, who = specials.filing, letter(specials), specials.house.coordinator.display_name
    assert filing.pack is not None
    told = specials.line(f"SentWithThePaper:{filing.label}", FIND, subject=paper)
    assert told.fact == (
        f"F-1 was submitted to MHRA with it (enclosed in its pack {filing.pack.label}). "
        f"{who} has to tell the authority."
    )
    found(specials, paper)
    duty = specials.deadline("wrong_paper")
    assert (duty.subject, duty.holder, duty.force) == ("F-1", specials.house.coordinator, Force.GUIDELINE)
    assert (duty.due_at - at("2026-02-26 10:00")).days == 1
    assert duty.label == (
        f"Tell MHRA that {paper.label} is of another patient: F-1, enclosed in its pack {filing.pack.label}"
    )
    client.force_login(specials.house.coordinator)
    page = client.get(f"/cases/{specials.case.reference}/filings/").content.decode()
    assert f"{paper.label} is of another patient. {who}: tell MHRA that {paper.label} is of another" in page
    papers = client.get(f"/cases/{specials.case.reference}/documents/").content.decode()
    assert f"Closed with {paper.label}, a paper of another patient" in papers

    specials.take(
        "regulatory.duty.discharge", deadline=duty, happened_at=at("2026-02-26 11:00"), now=at("2026-02-26 11:30"),
        reason="Told by telephone and in writing.",
    )  # fmt: skip
    page = client.get(f"/cases/{specials.case.reference}/filings/").content.decode()
    assert f"{paper.label} is of another patient. It was told." in page
    specials.acknowledge(at("2026-02-27 09:00"))
    assert specials.deadline("wrong_paper").state == "met", "told once, whatever follows"


def test_where_no_pack_was_made_it_may_have_gone_and_is_told_as_such(db: None) -> None:
    ground = build_ground("UK-SPECIALS", now=NOW, country="GB", zone="Europe/London")
    early = ground.paper("medical_necessity_letter", uploaded=True)
    ground.ready()
    ground.submit(at("2026-02-26 10:00"))
    ground.now = at("2026-02-26 11:00")
    late = ground.paper("medical_necessity_letter", uploaded=True)
    found(ground, late)
    assert not Deadline.objects.filter(kind="regulatory.wrong_paper").exists(), "it came after the filing went out"
    found(ground, early)
    assert ground.deadline("wrong_paper").label == (
        f"Tell MHRA that {early.label} is of another patient: F-1, where it was on file and may have gone out"
    )


def test_the_request_it_had_met_is_open_again_with_a_letter_and_a_day(specials: Ground) -> None:
    house = specials.house
    specials.take("documents.slot.ask", doc_type="clinical_report", asked_of=house.doctor, due_on="2026-02-28")
    slot = DocumentSlot.objects.get()
    paper = specials.paper("clinical_report", slot=slot, uploaded=True)
    event = found(specials, paper)
    slot = DocumentSlot.objects.get()
    assert (slot.state, slot.met_by, slot.due_on) == ("open", None, (NOW + timedelta(days=7)).date())
    asked = Notice.objects.get(key=f"documents.slot_asked:{specials.case.reference}:{slot.label}:{event.seq}")
    assert (asked.recipient, bool(asked.facts["access_link"])) == (house.doctor, True)
    right = specials.paper("clinical_report", slot=slot, uploaded=True)
    assert DocumentSlot.objects.get().met_by == right


def test_the_step_has_a_page_of_its_own_that_asks_why(specials: Ground, client: Client) -> None:
    client.force_login(specials.house.coordinator)
    paper = letter(specials)
    address = f"/cases/{specials.case.reference}/do/{FIND}/?on={paper.label}"
    tab = client.get(f"/cases/{specials.case.reference}/documents/").content.decode()
    assert f"Close {paper.label} as another patient’s" in tab
    page = client.get(address).content.decode()
    assert "Final. It counts for nothing any more" in page
    blank = client.post(address, {"on": paper.label, "reason": " "})
    assert (blank.status_code, letter(specials).state) == (422, "accepted")
    assert client.post(address, {"on": paper.label, "reason": WHY}).status_code == 302
    assert letter(specials).state == "rejected"


def test_it_is_refused_without_a_reason_and_to_others_and_nothing_is_written(specials: Ground) -> None:
    paper, before = letter(specials), specials.written()
    with pytest.raises(FactsInvalid) as refused:
        specials.take(FIND, subject=paper)
    assert list(refused.value.errors) == ["reason"]
    with pytest.raises(NotPermitted):
        found(specials, paper, by=specials.house.doctor)
    assert (letter(specials).state, specials.written()) == ("accepted", before)
