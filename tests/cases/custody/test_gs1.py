"""GS1 identifiers as typed."""

import pytest

from cases.custody.gs1 import check_digit_of, fault_of_gtin, fault_of_serials, serials_of


@pytest.mark.parametrize(
    "gtin",
    # Pairs proved with an independent encoder: NDC 12345-6789-0, 0591-0369-01, 50242-040-62; and the GS1 example.
    ["00312345678906", "00305910369019", "00350242040624", "09521234543213"],
)
def test_accepts_a_fitting_check_digit(gtin: str) -> None:
    assert fault_of_gtin(gtin) == ""


@pytest.mark.parametrize(
    ("gtin", "fault"),
    [
        (
            "00312345678905",
            "The check digit of GTIN 00312345678905 is 5 and should be 6: one digit was misread.",
        ),
        ("0031234567890", "A GTIN has 14 digits; '0031234567890' was given. Copy it from the pack."),
        ("003123456789061", "A GTIN has 14 digits; '003123456789061' was given. Copy it from the pack."),
        ("0031234567890X", "A GTIN has 14 digits; '0031234567890X' was given. Copy it from the pack."),
        ("٠٠٣١٢٣٤٥٦٧٨٩٠٦", "A GTIN has 14 digits; '٠٠٣١٢٣٤٥٦٧٨٩٠٦' was given. Copy it from the pack."),
        ("", "A GTIN has 14 digits; '' was given. Copy it from the pack."),
    ],
)
def test_says_what_is_wrong_with_a_gtin(gtin: str, fault: str) -> None:
    assert fault_of_gtin(gtin) == fault


def test_finds_every_single_wrong_digit() -> None:
    right = "00312345678906"
    for place in range(14):
        for digit in "0123456789":
            wrong = right[:place] + digit + right[place + 1 :]
            assert (fault_of_gtin(wrong) == "") == (wrong == right)


def test_counts_the_check_digit_from_the_right() -> None:
    assert check_digit_of("629104150021") == 3  # the worked example of the GS1 General Specifications


def test_reads_one_serial_a_line() -> None:
    assert serials_of("  SN-1 \n\nSN-2\r\n   \nSN 3") == ["SN-1", "SN-2", "SN 3"]


@pytest.mark.parametrize(
    ("serials", "fault"),
    [
        (["A", "B"], ""),
        (["A", "B", "A"], "A was entered twice. One line is one pack."),
        (["X" * 20], ""),
        (["X" * 21], f"A serial has at most 20 characters; '{'X' * 21}' has 21."),
    ],
)
def test_says_what_is_wrong_with_serials(serials: list[str], fault: str) -> None:
    assert fault_of_serials(serials) == fault
