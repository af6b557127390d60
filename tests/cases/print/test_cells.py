"""A table as CSV: every cell as text, none ever a formula."""

import csv
import io

import pytest

from cases.print.cells import csv_of


def test_quotes_what_needs_it_and_says_that_it_is_utf_8() -> None:
    text = csv_of(("a", "b"), [["one, two", 'says "so"'], ["line\nbreak", "é"]])

    assert text == '\ufeffa,b\r\n"one, two","says ""so"""\r\n"line\nbreak",é\r\n'


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_be_a_formula_is_text(begins: str) -> None:
    (_, row) = csv.reader(io.StringIO(csv_of(("a",), [[f"{begins}cmd|' /C calc'!A0"]]).lstrip("\ufeff"), newline=""))

    assert row == [f"'{begins}cmd|' /C calc'!A0"]
