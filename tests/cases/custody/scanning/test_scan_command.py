"""``manage.py scan``: the four fields and 0, or a named fault with its place and 1."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.commands import needs_database

GOOD = "]d2010039999900012317270831" + "10L42^21SN1"


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("scan", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_gives_the_four_fields() -> None:
    assert run(GOOD) == (0, "gtin    00399999000123\nexpiry  2027-08-31\nlot     L42\nserial  SN1\n")
    status, said = run(GOOD, "--json")
    assert (status, json.loads(said)) == (
        0,
        {"gtin": "00399999000123", "expiry": "2027-08-31", "lot": "L42", "serial": "SN1", "symbology": "d2",
         "others": {}, "warnings": []},
    )  # fmt: skip


def test_names_the_fault_and_its_place() -> None:
    bad = GOOD.replace("123172", "124172")
    assert run(bad) == (
        1,
        "bad_check_digit at character 19: The check digit of GTIN 00399999000124 is 4 and should be 3: one digit was "
        "misread.\n",
    )
    status, said = run(bad, "--json")
    assert status == 1
    assert (json.loads(said)["error"], json.loads(said)["position"]) == ("bad_check_digit", 19)


def test_compares_with_the_expected_pack_and_finds_it_by_its_whole_text() -> None:
    lost = GOOD.replace("^", "")
    expected = "00399999000123,2027-08-31,L42,SN1"

    assert run(lost)[0] == 1
    status, said = run(lost, "--expect", expected, "--json")
    assert (status, json.loads(said)["serial"]) == (0, "SN1")
    status, said = run(GOOD, "--expect", expected.replace("SN1", "SN2"), "--json")
    assert (status, json.loads(said)["error"], json.loads(said)["differs"]) == (1, "not_the_expected_pack", ["serial"])
    assert run(GOOD, "--expect", expected.replace("SN1", "SN2"))[1].splitlines()[3] == (
        "serial  SN1  <- not as expected"
    )


def test_refuses_an_expected_pack_it_cannot_read() -> None:
    with pytest.raises(CommandError, match="--expect takes GTIN,EXPIRY,LOT,SERIAL"):
        run(GOOD, "--expect", "L42")


def test_reads_a_text_and_so_starts_no_database() -> None:
    assert not needs_database(["manage.py", "scan", GOOD])
    assert not needs_database(["manage.py", "temperature", "logger.csv", "--mapping", "iso-comma"])
    assert needs_database(["manage.py", "trace_lot", "00399999000123", "L42"])
