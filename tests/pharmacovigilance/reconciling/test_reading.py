"""A partner's list is read whole, or every fault is named with its line and its column."""

from datetime import date

import pytest

from pharmacovigilance.reconciling.reading import read_list
from pharmacovigilance.refusing import ListRefused

TODAY = date(2026, 4, 1)
HEADS = "our_number,their_number,received_on,sent_on,acknowledged"
LINE = "US-HSP-NP-1-1,INV-1,2026-03-18,2026-03-19,accepted"


def faults_of(content: bytes) -> list[tuple[int, str, str, str]]:
    with pytest.raises(ListRefused) as refusal:
        read_list(content, today=TODAY)
    assert all(fault.remedy for fault in refusal.value.faults)
    return [(fault.line, fault.column, fault.value, fault.problem) for fault in refusal.value.faults]


def the_list(*lines: str, heads: str = HEADS) -> bytes:
    return "\r\n".join([heads, *lines]).encode()


def test_reads_every_line() -> None:
    read = read_list(the_list(LINE, "", "US-HSP-NP-2-1,,18 Mar 2026,,"), today=TODAY)

    assert [(line.number, line.cells) for line in read.lines] == [
        (2, dict(zip(HEADS.split(","), LINE.split(","), strict=True))),
        (4, {"our_number": "US-HSP-NP-2-1", "their_number": "", "received_on": "2026-03-18", "sent_on": "",
             "acknowledged": ""}),
    ]  # fmt: skip
    assert read.not_read == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_reads_what_spreadsheets_write(delimiter: str, start: bytes) -> None:
    content = start + the_list(LINE).replace(b",", delimiter.encode())
    assert read_list(content, today=TODAY).lines[0].cells["their_number"] == "INV-1"


def test_columns_that_are_none_of_ours_are_named_and_not_read() -> None:
    read = read_list(the_list(f"{LINE},A. Person", heads=f"{HEADS},Patient"), today=TODAY)

    assert read.not_read == ("patient",)
    assert "A. Person" not in str(read.lines)


def test_headings_alone_say_that_the_partner_has_no_case() -> None:
    assert read_list(the_list(), today=TODAY).lines == ()


def test_names_each_column_that_is_missing() -> None:
    assert faults_of(b"our_number,received\r\nUS-1,2026-03-18") == [
        (1, name, "", f"The column {name} is missing.")
        for name in ("their_number", "received_on", "sent_on", "acknowledged")
    ]


def test_names_a_column_that_stands_there_twice() -> None:
    assert faults_of(the_list(f"{LINE},X", heads=f"{HEADS},sent_on")) == [
        (1, "sent_on", "2 times", "The column stands there twice.")
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("US-1,,18.03.2026,,", (2, "received_on", "18.03.2026", "It is not a day.")),
        ("US-1,,03/04/2026,,", (2, "received_on", "03/04/2026", "It is not a day.")),
        ("US-1,,2026-02-30,,", (2, "received_on", "2026-02-30", "It is not a day.")),
        ("US-1,,,2026-04-02,", (2, "sent_on", "2026-04-02", "The day has not come yet.")),
        ("=1+1,,,,", (2, "our_number", "=1+1", "The cell begins like a formula.")),
        ("US-1,@SUM(A1),,,", (2, "their_number", "@SUM(A1)", "The cell begins like a formula.")),
        ("US-1,-2,,,", (2, "their_number", "-2", "The cell begins like a formula.")),
        ("US-1,,,,perhaps", (2, "acknowledged", "perhaps", "It is not one of the words.")),
        (",,2026-03-18,,", (2, "our_number", "", "The line has no number, neither ours nor theirs.")),
        ("US-1,,", (2, "", "3 cells", "The heading has 5 columns.")),
        (f"{'9' * 101},,,,", (2, "our_number", "9" * 100, "The cell has 101 characters.")),
    ],
)
def test_names_what_is_wrong_with_a_line(line: str, expected: tuple[int, str, str, str]) -> None:
    assert faults_of(the_list(line)) == [expected]


def test_names_every_fault_of_every_line() -> None:
    found = faults_of(the_list("US-1,,soon,,", LINE, "US-2,,,later,maybe"))
    assert [(line, column) for line, column, _, _ in found] == [
        (2, "received_on"),
        (4, "sent_on"),
        (4, "acknowledged"),
    ]


def test_names_a_number_that_stands_there_twice() -> None:
    assert faults_of(the_list(LINE, "US-HSP-NP-1-1,INV-1,,,")) == [
        (3, "our_number", "US-HSP-NP-1-1", "The number stands on line 2 already."),
        (3, "their_number", "INV-1", "The number stands on line 2 already."),
    ]


@pytest.mark.parametrize(
    ("content", "line", "value", "problem"),
    [
        (b"", 0, "0 bytes", "The list is empty."),
        (b"\xef\xbb\xbf\r\n ", 0, "0 bytes", "The list is empty."),
        (b"x" * 2_000_001, 0, "2.0 MB", "The list is larger than 2 MB."),
        (b"PK\x03\x04....", 0, "a workbook", "The file is a workbook, not a list of text."),
        (b"%PDF-1.7", 0, "a PDF", "The file is a PDF, not a list of text."),
        (the_list("US-1,Z\xfcrich,,,").decode().encode("latin-1"), 2, "byte 0xfc", "The file is not in UTF-8."),
        (the_list(LINE).decode().encode("utf-16"), 1, "byte 0xff", "The file is not in UTF-8."),
        (the_list("US-1,A\x00B,,,"), 2, "byte 0x00", "The file has bytes that no text has."),
        (the_list('"US-1,,,,'), 0, "unexpected end of data", "A quotation mark is not closed."),
        (the_list(*["US-1,,,,"] * 10_001), 0, "10002 lines", "More than 10000 lines."),
    ],
)
def test_names_what_is_wrong_with_the_whole_list(content: bytes, line: int, value: str, problem: str) -> None:
    assert faults_of(content) == [(line, "", value, problem)]


def test_tells_fifty_faults_and_counts_the_rest() -> None:
    with pytest.raises(ListRefused) as refusal:
        read_list(the_list(*[f"US-{number},,soon,," for number in range(60)]), today=TODAY)
    assert (len(refusal.value.faults), refusal.value.more) == (50, 10)
