"""Binding: pages keep what they show, carry foot and number, do nothing by themselves; the same bytes each time."""

import io
import re
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from cases.print.bind import NotBindable, Sheet, bind, page_count
from cases.print.typeset import NotPrintable, spoken, typeset
from regulatory.pack.making import PLAIN, pictures

WORDS = {
    "title": "Bound", "printed_on": "2026-02-26", "lang": "en", "rtl": False,
    "page_of": "page {page} of {pages}", "pages": 3,
}  # fmt: skip
PLAINLY = {"title": "Front", "lang": "en", "rtl": False, "printed_on": "2026-02-26"}


def front(*lines: str) -> bytes:
    return typeset(PLAIN, {**PLAINLY, "lines": [spoken(line) for line in lines]})


def acting_page() -> bytes:
    """A page that would run a script on opening, with a note that would start a program."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(842, 595))
    page.obj.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x"),
    )  # fmt: skip
    page.obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(2)")
    written = io.BytesIO()
    pdf.save(written)
    return written.getvalue()


def test_what_is_bound_shows_and_does_nothing() -> None:
    bound = bind(front("First."), [Sheet(acting_page(), "NP-1 F-1")] * 2, words=WORDS)
    with pikepdf.open(io.BytesIO(bound)) as file:
        assert len(file.pages) == 3
        assert [[float(edge) for edge in page.mediabox][2:] for page in file.pages[1:]] == [[842.0, 595.0]] * 2
        assert b"JavaScript" not in bound
        assert "/OpenAction" not in file.Root
        assert all("/AA" not in page.obj and "/A" not in page.obj.Annots[0] for page in file.pages[1:])


def test_is_the_same_file_each_time() -> None:
    paper = acting_page()
    made = [bind(front("First."), [Sheet(paper, "NP-1 F-1")], words=WORDS) for _ in range(20)]
    assert len(set(made)) == 1


def test_no_template_puts_the_hour_of_the_machine_into_its_file() -> None:
    bound = bind(front("First."), [Sheet(acting_page(), "NP-1 F-1")], words=WORDS)
    assert set(re.findall(rb"D:\d{14}|\d{4}-\d\d-\d\dT[\d:]+", bound)) == {b"D:20260226000000", b"2026-02-26T00:00:00"}


def test_alone_the_front_stays_as_it_was_set() -> None:
    alone = front("First.")
    assert bind(alone, [], words=WORDS) is alone
    with pikepdf.open(io.BytesIO(alone)) as file:
        assert bool(file.Root.MarkInfo.Marked)
        with file.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"


def test_a_file_with_papers_of_others_does_not_claim_to_be_tagged_throughout() -> None:
    bound = bind(front("First."), [Sheet(acting_page(), "x")], words=WORDS)
    with pikepdf.open(io.BytesIO(bound)) as file, file.open_metadata() as about:
        assert "pdfuaid:part" not in about


def test_a_broken_paper_is_told_by_its_place() -> None:
    with pytest.raises(NotBindable) as refused:
        bind(front("First."), [Sheet(acting_page(), "x"), Sheet(b"%PDF-1.7 broken", "y")], words=WORDS)
    assert refused.value.number == 1


def test_markup_in_a_value_is_only_text() -> None:
    assert page_count(front("#pagebreak() *bold* $x$ <b> \\ @label `raw` = heading")) == 1


def test_a_letter_without_a_font_is_named() -> None:
    with pytest.raises(NotPrintable) as refused:
        front("Invented 가")
    assert refused.value.letters == "가"


@pytest.mark.parametrize(
    ("text", "rtl", "language"),
    [
        ("Invented", False, "en"),
        ("12 עברית", True, "he"),
        ("… دواء", True, "ar"),
        ("架空", False, "ja"),
        ("", False, "en"),
        ("12 - 3", False, "en"),
    ],
)
def test_a_value_speaks_its_own_script(text: str, rtl: bool, language: str) -> None:
    assert spoken(text) == {"text": text, "rtl": rtl, "lang": language}


@pytest.mark.parametrize(("size", "page"), [((400, 800), (595.276, 841.89)), ((800, 400), (841.89, 595.276))])
def test_a_picture_stands_or_lies_on_a4(size: tuple[int, int], page: tuple[float, float]) -> None:
    photo = io.BytesIO()
    Image.new("RGB", size, "navy").save(photo, "TIFF", save_all=True, append_images=[Image.new("L", size)])
    from datetime import date

    with pikepdf.open(io.BytesIO(pictures(photo.getvalue(), printed_on=date(2026, 2, 26)))) as file:
        assert [tuple(float(edge) for edge in one.mediabox)[2:] for one in file.pages] == [page, page]


def test_every_font_of_the_house_is_there_with_its_licence() -> None:
    from cases.print.typeset import FONTS

    assert sorted(path.stem.split("_")[0] for path in FONTS.glob("*.ttf")) == [
        "IBMPlexSans", "IBMPlexSans", "IBMPlexSansArabic", "IBMPlexSansArabic", "IBMPlexSansHebrew",
        "IBMPlexSansHebrew", "IBMPlexSansJP",
    ]  # fmt: skip
    assert "SIL Open Font License" in Path(FONTS / "OFL.txt").read_text()
