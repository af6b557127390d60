"""A partner's file is taken whole or not at all, once; a case's document, taken back, changes nothing (I21)."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.custody.epcis.giving import document_of
from cases.custody.epcis.taking import path_of, take_file
from cases.custody.models import CustodyEvent, EpcisEvent, EpcisFile
from cases.people.models import User
from tests.cases.custody.builders import DECIDED, GTIN, Supply
from tests.cases.custody.epcis.conftest import event
from tests.cases.custody.epcis.test_rules import ONE, xml

pytestmark = pytest.mark.django_db
Write = Callable[..., Path]


def run(command: str, *arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command(command, *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_takes_a_file_once_and_keeps_its_bytes_for_six_years(supply: Supply, written: Write) -> None:
    path = written(event(), event(action="ADD", bizStep="commissioning", disposition="active"))

    status, said = run("epcis_import", str(path), "--json")
    told = json.loads(said)

    file = EpcisFile.objects.get()
    assert (status, told["events"], told["new"], told["taken_before"]) == (0, 2, 2, False)
    assert (file.retained_until.year - file.taken_at.year, file.taken_by.code) == (6, "S-EPCIS")
    assert path_of(file.sha256).read_bytes() == path.read_bytes()
    assert list(EpcisEvent.objects.order_by("number").values_list("biz_step", "packs")) == [
        ("shipping", ["00312345678906.SN0001"]), ("commissioning", ["00312345678906.SN0001"])]  # fmt: skip

    status, said = run("epcis_import", str(path))
    assert (status, said.split(" on ")[0], said.split(". ")[1]) == (0, "This file was taken", "Nothing was changed.\n")
    assert (EpcisFile.objects.count(), EpcisEvent.objects.count()) == (1, 2)


def test_the_same_event_in_another_file_and_format_is_one_event(supply: Supply, written: Write) -> None:
    run("epcis_import", str(written(event())))
    status, said = run("epcis_import", str(written(xml(ONE))), "--json")

    assert (status, json.loads(said)["events"], json.loads(said)["new"]) == (0, 1, 0)
    assert EpcisEvent.objects.count() == 1


def test_one_bad_event_and_nothing_is_kept(supply: Supply, written: Write) -> None:
    path = written(event(), event(bizStep="dispensingg"))

    status, said = run("epcis_import", str(path), "--json")

    assert status == 1
    assert {name: json.loads(said)[name] for name in ("error", "event", "field")} == {
        "error": "unknown_word", "event": 2, "field": "bizStep"}  # fmt: skip
    assert run("epcis_import", str(path))[1].startswith("unknown_word: Event 2, bizStep: 'dispensingg' is no word")
    assert (EpcisFile.objects.count(), EpcisEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize("model", [EpcisFile, EpcisEvent])
def test_i18_what_was_taken_is_neither_changed_nor_deleted(supply: Supply, written: Write, model: type) -> None:
    run("epcis_import", str(written(event())))
    rows = model.objects.all()  # type: ignore[attr-defined]

    for attempt in (lambda: rows.update(sha256="0" * 64), lambda: rows._raw_delete("default")):
        with (
            acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            attempt()
    assert rows.count() == 1


@pytest.mark.usefixtures("dispensed")
def test_i21_a_case_given_and_taken_back_changes_nothing(supply: Supply, written: Write) -> None:
    supply.do("correct_event", by=supply.house.coordinator, now=DECIDED, reason="Another van.", what="incorrect_data",
              line=CustodyEvent.objects.get(biz_step="shipping"), holder="Skyline, second van")  # fmt: skip
    before = list(CustodyEvent.objects.values_list())
    by = User.objects.service("epcis-import")
    as_json = document_of(supply.case, form="json", now=DECIDED, company_prefixes=[])
    as_xml = document_of(supply.case, form="xml12", now=DECIDED, company_prefixes=[GTIN[1:8]])
    later = DECIDED.replace(year=2027)

    first = take_file(written(as_json), pharmacy=supply.house.pharmacy, by=by, now=later).file
    again = take_file(written(as_json), pharmacy=supply.house.pharmacy, by=by, now=later)
    from_xml = take_file(written(as_xml), pharmacy=supply.house.pharmacy, by=by, now=later).file

    assert (first.events, first.new_events, again.again) == (11, 11, True)
    assert (from_xml.events, from_xml.new_events) == (11, 0)
    assert from_xml.events_sha256 == first.events_sha256
    assert list(CustodyEvent.objects.values_list()) == before


@pytest.mark.usefixtures("dispensed")
def test_i19_the_document_names_no_person_and_no_place(supply: Supply, tmp_path: Path) -> None:
    assert run("epcis_export", supply.case.reference, "--format", "json", "--out", str(tmp_path / "a.json"))[0] == 0
    run("epcis_export", supply.case.reference, "--format", "xml12", "--company-prefix", GTIN[1:8],
        "--out", str(tmp_path / "a.xml"))  # fmt: skip

    for text in ((tmp_path / "a.json").read_text(), (tmp_path / "a.xml").read_text()):
        assert supply.case.reference in text
        for word in (
            "Ada",
            "Example1",
            "Fairhaven",
            "Harrow",
            "Skyline",
            "patient",
            supply.house.coordinator.display_name,
        ):
            assert word not in text


@pytest.mark.usefixtures("allocated")
def test_xml_without_the_company_prefix_is_refused_rather_than_guessed(supply: Supply, tmp_path: Path) -> None:
    out = tmp_path / "a.xml"

    with pytest.raises(CommandError, match=f"The company prefix of GTIN {GTIN} is not known"):
        run("epcis_export", supply.case.reference, "--format", "xml12", "--out", str(out))
    with pytest.raises(CommandError, match="has 6 to 12 digits; '12' was given"):
        run("epcis_export", supply.case.reference, "--out", str(out), "--company-prefix", "12")
    with pytest.raises(CommandError, match="There is no case NP-NONE"):
        run("epcis_export", "NP-NONE", "--out", str(out))
    assert not out.exists()


def test_a_file_that_cannot_be_read_is_said(supply: Supply, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"cannot be read: No such file or directory\. Nothing was kept"):
        run("epcis_import", str(tmp_path / "missing"))
