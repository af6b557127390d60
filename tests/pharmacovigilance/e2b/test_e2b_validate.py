"""`manage.py e2b_validate`: what it prints, and the status it ends with."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.commands import needs_database
from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.validating import NOT_CHECKED
from tests.pharmacovigilance.e2b.messages import batch, minimal, report


@pytest.fixture
def message(tmp_path: Path) -> Path:
    file = tmp_path / "message.xml"
    file.write_bytes(build(batch()))
    return file


def test_accepts_with_status_0(message: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("e2b_validate", str(message), "--profile", "fda", "--json")

    assert json.loads(capsys.readouterr().out) == {
        "profile": "fda", "accepted": True, "schema": NOT_CHECKED, "findings": [],
    }  # fmt: skip


def test_ends_with_1_and_names_element_rule_place_and_sentence(
    message: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message.write_bytes(message.read_bytes().replace(b"LOT-A1</lot", b"L" * 40 + b"</lot"))

    with pytest.raises(SystemExit) as ended:
        call_command("e2b_validate", str(message), "--json")

    assert ended.value.code == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    place = finding.pop("xpath")
    assert finding == {
        "layer": "ich", "element": "G.k.4.r.7", "rule": "ICH-LENGTH", "severity": "rejection",
        "sentence": "G.k.4.r.7 (Lot number) has 40 characters; at most 35 are taken.",
    }  # fmt: skip
    assert place.endswith("/consumable/instanceOfKind/productInstanceInstance/lotNumberText")


def test_ends_with_1_for_a_file_that_is_no_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "no.xml"
    file.write_text("<!DOCTYPE a><a/>")

    with pytest.raises(SystemExit) as ended:
        call_command("e2b_validate", str(file), "--json")

    assert ended.value.code == 1
    assert [finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]] == ["FILE-DOCTYPE"]


def test_ends_with_2_when_the_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file or directory") as ended:
        call_command("e2b_validate", str(tmp_path / "nowhere.xml"))

    assert ended.value.returncode == 2


def test_ends_with_2_when_the_schema_folder_has_none(message: Path, tmp_path: Path, settings) -> None:
    settings.NPP_ICH_SCHEMA_DIR = tmp_path

    with pytest.raises(CommandError, match="NPP_ICH_SCHEMA_DIR names the folder") as ended:
        call_command("e2b_validate", str(message))

    assert ended.value.returncode == 2


@pytest.mark.standards
def test_looks_at_the_schema_where_its_folder_is_named(
    message: Path, e2b: Path, settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.NPP_ICH_SCHEMA_DIR = e2b / "xsd"

    call_command("e2b_validate", str(message))

    assert capsys.readouterr().out == "Schema: checked.\nAccepted by profile ich.\n"


def test_tells_a_person_what_fda_misses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "minimal.xml"
    file.write_bytes(build(batch(minimal(report()))))

    with pytest.raises(SystemExit):
        call_command("e2b_validate", str(file), "--profile", "fda")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "rejection FDA-REQUIRED       FDA.C.1.7.1 (Local criteria report type) is missing; it is needed."
    assert lines[-1] == "Not accepted by profile fda."


def test_starts_no_database() -> None:
    assert not needs_database(["manage.py", "e2b_validate", "message.xml"])
