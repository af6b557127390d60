"""`manage.py triage --json` reads answers, prints one object, and refuses by name what it cannot use."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.commands import needs_database
from config.embedded.places import CLONE
from tests.regulatory.triage.ground import ANTIBODY, TABLET
from tests.regulatory.triage.test_evaluator import FIXTURES


def run(monkeypatch: pytest.MonkeyPatch, sent: Any, *options: str) -> str:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    out = io.StringIO()
    call_command("triage", *options, stdout=out)
    return out.getvalue()


def answered(monkeypatch: pytest.MonkeyPatch, sent: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(monkeypatch, sent, "--json", "--on", "2026-12-02"))
    return found


@pytest.mark.parametrize(("sent", "outcome"), [row[1:3] for row in FIXTURES], ids=[row[0] for row in FIXTURES])
def test_prints_the_outcome_of_every_fixture(
    monkeypatch: pytest.MonkeyPatch, sent: dict[str, Any], outcome: str
) -> None:
    assert answered(monkeypatch, sent)["outcome"] == outcome


def test_prints_all_that_was_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = answered(monkeypatch, TABLET | {"storage": "unknown"})
    assert list(printed) == [
        "format", "outcome", "outcome_in_words", "confident", "why_not_confident", "possible", "fired", "questions",
        "could_change", "consequences", "assumed", "flags", "facts", "profile", "rules", "notice",
    ]  # fmt: skip
    assert printed["format"] == "npp-triage/1"
    assert [one["id"] for one in printed["questions"]] == ["storage"]
    assert [(one["id"], one["certain"]) for one in printed["fired"]] == [
        ("T-6", False), ("T-10", False), ("P-2", True), ("P-3", True),
    ]  # fmt: skip
    assert printed["rules"]["version"] == "1.0.0"


def test_the_same_answers_print_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(monkeypatch, ANTIBODY, "--json")
    assert run(monkeypatch, dict(reversed(list(ANTIBODY.items()))), "--json") == first


def test_a_country_is_looked_up_and_its_unreviewed_draft_is_not_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        name: value for name, value in ANTIBODY.items() if name not in ("profile", "npp_status", "personal_import")
    }
    printed = answered(monkeypatch, asked | {"country": "gb", "cap_months": None})
    assert (printed["outcome"], printed["confident"]) == ("NEEDS_REGULATORY_CHECK", False)
    assert printed["profile"]["pathway"] == "UK-SPECIALS"
    assert printed["profile"]["values"] == {
        "profile": "unreviewed", "npp_status": "clear", "personal_import": "open", "cap_months": "3",
    }  # fmt: skip
    assert printed["profile"]["because"][1] == {
        "fact": "GB.personal_import.1",
        "says": "open, 3 month (no restriction on own or family use, also when ordered by internet or post"
        " (2007 answer); about 3 months seen as personal (MHRA letter of 2014))",
        "sources": ["UK8", "UK13"],
        "confidence": "medium",
    }


def test_a_person_may_flag_what_the_data_say_and_not_overwrite_it(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = answered(monkeypatch, ANTIBODY | {"country": "GB"})
    assert printed["outcome"] == "NEEDS_REGULATORY_CHECK"
    assert printed["flags"] == [
        "profile: fresh was answered, the country's data say unreviewed; the data decide, a person checks"
    ]


@pytest.mark.parametrize(
    ("country", "values"),
    [
        ("NG", {"npp_status": "unclear"}),
        ("CA", {"npp_status": "clear", "personal_import": "closed"}),
        ("SA", {"npp_status": "clear", "personal_import": "conditional", "cap_months": "1"}),
        ("BR", {"npp_status": "clear", "personal_import": "open"}),
        ("NZ", {"npp_status": "clear", "personal_import": "conditional", "cap_months": "3"}),
        ("JP", {"npp_status": "clear", "personal_import": "open", "cap_months": "1"}),
        ("IE", {"npp_status": "clear", "personal_import": "closed"}),
        ("DE", {"npp_status": "clear", "personal_import": "closed"}),
        ("US", {"npp_status": "clear", "personal_import": "conditional", "cap_months": "3"}),
    ],
)
def test_the_readings_of_a_country_come_from_its_data(
    monkeypatch: pytest.MonkeyPatch, country: str, values: dict[str, str]
) -> None:
    found = answered(monkeypatch, {"country": country})["profile"]["values"]
    assert {name: found.get(name) for name in values} == values
    assert ("cap_months" in found) == ("cap_months" in values) or found["personal_import"] == "closed"


def test_a_country_without_data_needs_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = answered(monkeypatch, ANTIBODY | {"country": "XX", "profile": None, "npp_status": None})
    assert (printed["outcome"], printed["profile"]["label"]) == ("NEEDS_REGULATORY_CHECK", "no country profile")


REFUSED: list[tuple[Any, list[str]]] = [
    ({"clas": "biologic"}, ["clas", "'biologic'", "is no question", "Known: sanctions"]),
    ({"storage": "warm"}, ["storage", "'warm'", "Send one of: ambient, 2-8, frozen, cryo, or unknown."]),
    ({"sanctions": "maybe"}, ["sanctions", "'maybe'", "Send one of: none, hit."]),
    ({"cycles": 2.5}, ["cycles", "'2.5'", "Send a whole number from 1 to 200, or unknown."]),
    ({"supply_months": -1}, ["supply_months", "'-1'", "Send a number from 0.1 to 60, or unknown."]),
    ({"supply_months": "1e3"}, ["supply_months", "'1e3'"]),
    ({"supply_months": 1e400}, ["supply_months"]),
    ({"controlled": ["no"]}, ["controlled", "is no single value"]),
    ({"country": "Britain"}, ["country", "'Britain'", "Send its two letters, as GB."]),
    (
        {"class": "small-molecule oral", "route": "infusion"},
        ["class and route", "small_molecule_oral, infusion", "Correct the kind of medicine or how it is given."],
    ),
    ({"cycles": 4, "regimen": "maintenance"}, ["cycles and regimen", "contradict each other"]),
    ({"stability": "stable", "patient_now": "untreated"}, ["stability and patient_now", "contradict each other"]),
    ([], ["answers", "'list'", "Send one, as"]),
    (b"{", ["standard input is no JSON object", "Send one, as"]),
    (b'{"storage": "2-8", "storage": "ambient"}', ["storage is answered twice"]),
    (b"\xff\xfe", ["standard input is no JSON object"]),
    (b"[" * 100_000, ["standard input is no JSON object"]),
    (b" " * 1_000_001, ["more than 1000000 bytes"]),
]


@pytest.mark.parametrize(("sent", "said"), REFUSED)
def test_what_cannot_be_used_is_named_with_its_value_and_its_remedy(
    monkeypatch: pytest.MonkeyPatch, sent: Any, said: list[str]
) -> None:
    with pytest.raises(CommandError) as refused:
        run(monkeypatch, sent, "--json")
    assert refused.value.returncode == 2
    for part in said:
        assert part in str(refused.value)


def test_every_wrong_answer_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError) as refused:
        run(monkeypatch, {"storage": "warm", "clas": "x", "cycles": 0})
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()[1:]] == ["storage", "clas", "cycles"]


@pytest.mark.parametrize(
    ("spelled", "canonical"),
    [("Gene/Cell", "gene_cell"), ("SMALL MOLECULE ORAL", "small_molecule_oral"), (" blood-product ", "blood_product")],
)
def test_spelling_is_lenient_in_case_and_signs_only(
    monkeypatch: pytest.MonkeyPatch, spelled: str, canonical: str
) -> None:
    assert answered(monkeypatch, {"class": spelled})["facts"]["class"] == canonical


@pytest.mark.parametrize("unknown", [None, "", "unknown", "Not asked", "not known", "don't know"])
def test_not_known_is_an_answer(monkeypatch: pytest.MonkeyPatch, unknown: Any) -> None:
    assert "storage" not in answered(monkeypatch, {"storage": unknown})["facts"]


def test_a_person_can_read_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, TABLET)
    assert told.startswith("PERSONAL_MAY_SUFFICE: The personal route may suffice; the pharmacy does not operate it.\n")
    assert "would change it: within_cap (now yes): no: HUMAN_DECIDES" in told


def test_help_names_every_id_and_value(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("triage", "--help")
    told = capsys.readouterr().out
    for part in (
        "local_status      Q1  never_registered | registered_elsewhere_only",
        "supply_months     Q1  number, 0.1 to 60",
    ):
        assert part in told


def test_it_starts_no_database_and_ends_with_2(tmp_path: Path, python: str) -> None:
    assert not needs_database(["manage.py", "triage", "--json"])
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "NPP_", "DJANGO_"))
    }
    done = subprocess.run(
        [python, "manage.py", "triage", "--json"],
        cwd=CLONE,
        env=variables | {"NPP_DATA_DIR": str(tmp_path), "NPP_NO_BOOTSTRAP": "1"},
        input=b'{"storage": "warm"}',
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"storage: 'warm' is not one of its values" in done.stderr
    assert not list(tmp_path.rglob("PG_VERSION"))
