"""The test symbol tells what a scanner loses on its way through the keyboard."""

import pytest

from cases.custody.scanning.costumes import COSTUMES, GS
from cases.custody.scanning.scanner import TEST_TEXT, losses

GERMAN = str.maketrans("yzYZ-/_+;", "zyZYß-?*ö")


@pytest.mark.parametrize(
    ("came", "titles"),
    [
        (f"]d2{TEST_TEXT}", []),
        (TEST_TEXT, ["The scanner does not say which kind of code it read"]),
        (f"]d2{TEST_TEXT.replace(GS, '')}", ["The separator between the fields is lost"]),
        (f"]d2{TEST_TEXT.swapcase()}", ["Capital and small letters are changed"]),
        (f"]d2{TEST_TEXT.translate(str.maketrans('yzYZ', 'zyZY'))}", ["Y and Z are exchanged"]),
        (f"]d2{TEST_TEXT.translate(GERMAN)}", ["Signs are exchanged"]),
        (f"]d2{TEST_TEXT[:-4]}", ["A part of the text is missing"]),
        ("]d2010952", ["The separator between the fields is lost", "A part of the text is missing"]),
        ("something else altogether", [
            "The separator between the fields is lost", "Another text arrived",
            "The scanner does not say which kind of code it read"]),
        ("", ["Nothing arrived"]),
    ],
)  # fmt: skip
def test_says_what_is_lost(came: str, titles: list[str]) -> None:
    assert [loss.title for loss in losses(came)] == titles


@pytest.mark.parametrize("costume", COSTUMES)
def test_takes_every_costume_of_the_separator(costume: str) -> None:
    assert losses(f"]d2{TEST_TEXT.replace(GS, costume)}") == []
