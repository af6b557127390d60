"""The custody dossier: everything on record of the packs, no patient, the same bytes for the same state."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cases.custody.dossier.gathering import Record
from cases.custody.dossier.making import dossier_of
from cases.custody.models import CustodyEvent
from cases.models import CaseEvent
from tests.cases.custody.builders import DECIDED, DISPENSED, GTIN, Supply
from tests.cases.custody.loggers import journey, keep
from tests.cases.custody.recalls.ground import TOLD, locate, told
from tests.laid import laid

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LATER = TOLD + timedelta(hours=5)


@laid
def whole(supply: Supply) -> Supply:
    """Dispensed, one line put right, a dose given, a recall with one pack found."""
    supply.bring_to("arrived")
    supply.do(
        "correct_event", by=supply.house.coordinator, now=DECIDED, reason="Another ward.",
        line=CustodyEvent.objects.get(biz_step="receiving"), what="incorrect_data", place="Fairhaven Annexe",
    )  # fmt: skip
    supply.inspect(notes="carton: dented at one corner", photos="carton: D-1")
    keep(supply, journey())
    for step in (supply.decide, supply.accept, supply.dispense):
        step()
    pack = supply.consignment().units.get(serial="SN-1-1")
    supply.do("record_dose", by=supply.house.receiving, now=DISPENSED, given_at=DISPENSED, unit=pack, amount="150 mg")
    locate(supply, told(supply), "found", "SN-1-2", at=LATER)
    return supply


def rows(supply: Supply, heading: str) -> list[list[str]]:
    return next(sheet.rows for sheet in Record(supply.case).sheets() if sheet.heading == heading)


def test_tells_packs_hand_overs_decisions_and_heads(whole: Supply) -> None:
    assert rows(whole, "Packs")[0] == [
        "C-1", GTIN, "7K04B8", "SN-1-1", "2027-08-31", "Northway Invented Wholesale", "dispensed",
    ]  # fmt: skip
    assert [(line[2], line[3]) for line in rows(whole, "Hand-overs")] == [
        ("", "Northway Invented Wholesale"),
        ("Northway Invented Wholesale", "Harrow Street Pharmacy"),
        ("Harrow Street Pharmacy", "Skyline Invented Cargo"),
        ("Skyline Invented Cargo", "Fairhaven General Hospital"),
        ("Fairhaven General Hospital", "the patient"),
    ]
    assert [line[2] for line in rows(whole, "Decisions")] == [
        "inspection: accept",
        "second check: agrees",
        "disposition: release",
    ]
    looked_at = rows(whole, "Receiving, by the receiving protocol, version 1, an unreviewed draft, medium confidence")
    assert looked_at[1] == [
        "C-1",
        "2026-03-06 10:20 UTC",
        "Is the outer carton whole and dry?",
        "yes",
        "dented at one corner Photo D-1.",
    ]
    assert len(looked_at) == 15
    kinds = {line[1] for line in rows(whole, "Papers")}
    assert {"Receiving inspection record", "Second check of a receiving inspection"} <= kinds
    assert rows(whole, "Doses")[0][1:4] == ["C-1", "SN-1-1", "150 mg"]
    assert rows(whole, "Temperatures")[0][3:5] == ["in range throughout", "5.0 to 5.0 °C"]
    assert [line[0] for line in rows(whole, "Exceptions, suspicions, verifications, recalls")] == ["RC-1"]
    heads = rows(whole, "Heads of the chains")
    assert [(line[1], len(line[2])) for line in heads] == [("SN-1-1", 64), ("SN-1-2", 64)]


def test_a_corrected_line_stays_and_says_so(whole: Supply) -> None:
    arrivals = [line[3] for line in rows(whole, "Timeline") if line[3].startswith("Arrived")]

    assert arrivals[0] == "Arrived, in quarantine [corrected]: SN-1-1, SN-1-2"
    assert "[it was recorded wrongly: in place of the line of 2026-03-06 09:20 UTC]" in arrivals[1]


def test_the_chart_of_each_file_stands_in_it_and_says_in_words_what_it_shows(whole: Supply) -> None:
    (picture,) = Record(whole.case).pictures()

    assert picture["svg"].startswith("<svg")
    assert picture["caption"].startswith("M-1, consignment C-1, pharmacy to institution: in range throughout.")
    assert (len(picture["alt"]) > 20, picture["fault"]) == (True, "")


def test_is_the_same_bytes_for_the_same_state_with_numbered_pages_and_no_patient(whole: Supply) -> None:
    once = dossier_of(whole.case)

    assert dossier_of(whole.case) == once
    with pikepdf.open(io.BytesIO(once)) as paper:
        assert str(paper.docinfo["/Title"]) == f"Custody dossier, case {whole.case.reference}"
        assert len(paper.pages) >= 2
    said = " ".join(cell for sheet in Record(whole.case).sheets() for row in sheet.rows for cell in row)
    assert not re.search(r"Ada|Example1|\b1987\b", said)  # a year stands alone: a fingerprint may hold any four digits


def test_is_made_through_the_door_kept_and_listed(whole: Supply) -> None:
    for _ in range(2):
        whole.take("custody.dossier.make", by=whole.house.coordinator, now=LATER)

    (document,) = whole.case.documents.filter(doc_type="custody_dossier")
    assert (document.state, document.holds_identity) == ("accepted", False)
    events = CaseEvent.objects.filter(verb="custody.dossier.made")
    assert [event.facts for event in events] == [{"document": document.label}] * 2
    client = Client()
    client.force_login(whole.house.coordinator, backend=BACKEND)
    page = client.get(f"/cases/{whole.case.reference}/supply/").content.decode()
    assert f"Download {document.label}" in page
    file = client.get(f"/cases/{whole.case.reference}/papers/{document.label}/")
    assert b"".join(file) == dossier_of(whole.case)  # type: ignore[call-overload]


def test_another_state_is_another_dossier_and_the_earlier_one_stays(whole: Supply) -> None:
    whole.take("custody.dossier.make", by=whole.house.coordinator, now=LATER)
    pack = whole.consignment().units.get(serial="SN-1-2")
    whole.do("record_dose", by=whole.house.receiving, now=LATER, given_at=LATER, unit=pack, amount="150 mg")

    whole.take("custody.dossier.make", by=whole.house.coordinator, now=LATER)

    kept = whole.case.documents.filter(doc_type="custody_dossier").order_by("number")
    assert [document.state for document in kept] == ["superseded", "accepted"]


def test_the_command_writes_the_same_file_and_names_a_case_that_is_none(whole: Supply, tmp_path: Path) -> None:
    out = tmp_path / "dossier.pdf"
    call_command("custody_dossier", whole.case.reference, "--out", str(out))

    assert out.read_bytes() == dossier_of(whole.case)
    with pytest.raises(CommandError, match="There is no case 'NP-NONE'") as refused:
        call_command("custody_dossier", "NP-NONE", "--out", str(out))
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("custody_dossier", whole.case.reference, "--out", str(tmp_path / "no" / "such.pdf"))
