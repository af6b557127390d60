"""A licensee's own files are read whole, or every fault is named."""

import pytest

from pharmacovigilance.coding.files import Term, read_edqm, read_meddra
from pharmacovigilance.refusing import ListRefused
from tests.pharmacovigilance.coding.builders import (
    CHILLS,
    EDQM_FILE,
    FEVER,
    LLT_FILE,
    LLT_LINES,
    OLD,
    PT_FILE,
    PT_LINES,
    as_file,
    llt_line,
    pt_line,
)


def faults_of(llt: bytes, pt: bytes = PT_FILE) -> list[tuple[str, int, str, str]]:
    with pytest.raises(ListRefused) as refusal:
        read_meddra(llt, pt)
    assert all(fault.remedy for fault in refusal.value.faults)
    return [(fault.column, fault.line, fault.value, fault.problem) for fault in refusal.value.faults]


def test_reads_each_term_with_its_preferred_term_and_whether_it_is_current() -> None:
    assert read_meddra(LLT_FILE, PT_FILE) == [
        Term(FEVER, "Invented label alpha", True, FEVER, "Invented label alpha"),
        Term(CHILLS, "Invented label beta of alpha", True, FEVER, "Invented label alpha"),
        Term(OLD, "Invented label gamma", False, FEVER, "Invented label alpha"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (llt_line("1000001", "Short", FEVER), ("llt.asc", 4, "1000001", "The code has not eight digits.")),
        (llt_line(FEVER, "Twice", FEVER), ("llt.asc", 4, FEVER, "The code stands on line 1 already.")),
        (llt_line("10000009", "", FEVER), ("llt.asc", 4, "10000009", "The term has no words.")),
        (llt_line("10000009", "x" * 251, FEVER), ("llt.asc", 4, "x" * 40, "The term has more than 250 characters.")),
        (llt_line("10000009", "Lost", "10000008"), ("llt.asc", 4, "10000008", "Its preferred term is not in pt.asc.")),
        (llt_line("10000009", "Odd", FEVER, "?"), ("llt.asc", 4, "?", "The tenth field says neither Y nor N.")),
        ("10000009$cut", ("llt.asc", 4, "10000009$cut", "The line has 2 fields; at least 10 are needed.")),
    ],
)
def test_names_what_is_wrong_with_a_line(line: str, expected: tuple[str, int, str, str]) -> None:
    assert faults_of(as_file([*LLT_LINES, line])) == [expected]


def test_names_the_faults_of_both_files() -> None:
    llt = as_file([*LLT_LINES, llt_line("x", "Odd", FEVER)])
    pt = as_file([*PT_LINES, pt_line(FEVER, "Twice")])
    assert [fault[:2] for fault in faults_of(llt, pt)] == [("pt.asc", 2), ("llt.asc", 4)]


@pytest.mark.parametrize(
    ("llt", "line", "value", "problem"),
    [
        (b"", 0, "0 bytes", "The file is empty."),
        (
            LLT_FILE.replace(b"$", b";"),
            1,
            "10000001;Invented label alpha;10000001;;",
            "The fields are not parted by “$”.",
        ),
        (b"PK\x03\x04", 0, "an archive", "The file is an archive."),
        (LLT_FILE + b"\xfc", 4, "byte 0xfc", "The file is not in UTF-8."),
        (LLT_FILE + b"\x00", 0, "byte 0x00", "The file has bytes that no text has."),
        (PT_FILE, 1, "", "Its preferred term is not in pt.asc."),
    ],
)
def test_names_what_is_wrong_with_a_file(llt: bytes, line: int, value: str, problem: str) -> None:
    assert faults_of(llt) == [("llt.asc", line, value, problem)]


def test_reads_a_list_of_edqm() -> None:
    assert read_edqm(EDQM_FILE) == [Term("10000101", "Invented form"), Term("10000102", "Another invented form")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"code;term\r\n1;x", "The column code is missing."),
        (b"code,term\r\n", "It has headings and no term."),
        (b"code,term\r\n1,a\r\n1,b", "The code stands on line 2 already."),
        (b"code,term\r\n,a", "It has no code."),
        (b"code,term\r\n1", "The heading has 2."),
        (b"code,term\r\n1234567890123456,a", "The code has more than 15 characters."),
    ],
)
def test_names_what_is_wrong_with_a_list_of_edqm(content: bytes, problem: str) -> None:
    with pytest.raises(ListRefused) as refusal:
        read_edqm(content)
    assert refusal.value.faults[0].problem == problem
