"""``manage.py temperature``: figures and finding as JSON or in words, and no case touched."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cases.custody.cold_chain.mappings import mapping_of, mappings

ASKED = ("--mapping", "iso-comma", "--storage", "refrigerated")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logger.csv"
    path.write_text(
        "timestamp,temperature\n2026-03-02T08:00:00,7\n2026-03-02T09:00:00,9\n2026-03-02T10:00:00,5\n", encoding="utf-8"
    )
    return path


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("temperature", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_gives_figures_and_everything_to_reckon_them_again(file: Path) -> None:
    status, said = run(str(file), *ASKED, "--json")
    told = json.loads(said)
    assert status == 0
    assert (told["finding"], told["lowest"], told["highest"], told["above"], told["below"]) == (
        "excursion",
        5,
        9,
        45,
        0,
    )
    assert told["excursions"] == [
        {
            "side": "too warm",
            "begins": "2026-03-02T08:30:00Z",
            "ends": "2026-03-02T09:15:00Z",
            "extreme": 9,
            "minutes": 45,
        }
    ]
    assert mapping_of(told["mapping"]) == mappings()["iso-comma"]
    assert told["parameters"]["activation_kj_per_mol"] == 83.144
    assert told["rule"]["reviewed"] is False
    assert len(told["sha256"]) == 64
    assert run(str(file), *ASKED, "--json") == (0, said)


def test_says_it_in_words(file: Path) -> None:
    status, said = run(str(file), *ASKED, "--method", "step")
    assert status == 0
    assert said.splitlines()[:3] == [
        "excursion:",
        "5.0 to 9.0 °C; the label allows 2 to 8 °C.",
        "Outside the range for 60 min too warm.",
    ]


def test_a_file_that_cannot_be_read_is_told_with_its_line(file: Path) -> None:
    file.write_text("timestamp,temperature\n2026-03-02T08:00:00,x\n", encoding="utf-8")
    status, said = run(str(file), *ASKED, "--json")
    assert (status, json.loads(said)) == (
        1,
        {
            "error": "bad_value",
            "line": 2,
            "sentence": "Line 2: 'x' is no number. Choose the mapping with its decimal mark.",
        },
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--mapping", "other", "--storage", "room"), "--mapping: 'other' is not known. Use one of iso-comma, "),
        (
            ("--mapping", "iso-comma", "--storage", "warm"),
            "--storage: 'warm' is not known. Use one of refrigerated, room, ",
        ),
        ((*ASKED, "--method", "guess"), "--method: 'guess' is not known. Use one of trapezoid, step, equal."),
    ],
)
def test_what_is_not_known_is_named(file: Path, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=r".") as found:
        run(str(file), *arguments)
    assert str(found.value).startswith(sentence)
    assert found.value.returncode == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv: No such file or directory\. Name a file"):
        run(str(tmp_path / "none.csv"), *ASKED)
