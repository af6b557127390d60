"""Papers bound into one file: what others sent follows what the house set, each page stamped with its number."""

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pikepdf

from cases.print.typeset import typeset

STAMP: Final = Path(__file__).with_name("stamp.typ")
_TAGGED: Final = "pdfuaid:part"
# Deeds of a page itself or of its notes; a bound paper shows, and does nothing.
_DEEDS: Final = ("/AA", "/A")


class NotBindable(ValueError):
    """A paper that cannot be opened as PDF; ``number`` is its place in the list, from 0."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Paper {number + 1} cannot be opened.")
        self.number = number


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper to be bound: its PDF bytes, and what its foot says."""

    content: bytes
    foot: str


def page_count(content: bytes) -> int:
    """How many pages a PDF has.

    :raises pikepdf.PdfError: when it cannot be opened.
    """
    with pikepdf.open(io.BytesIO(content)) as paper:
        return len(paper.pages)


def bind(front: bytes, sheets: Sequence[Sheet], *, words: dict[str, Any]) -> bytes:
    """The front as it is, then each sheet, its pages stamped below with foot and number; the same bytes each time.

    :param words: what ``stamp.typ`` needs beside feet and numbers: title, printed_on, lang, rtl, page_of, pages.
    :raises NotBindable: a sheet that is no PDF, is locked or damaged.
    """
    bound = pikepdf.open(io.BytesIO(front))
    if not sheets:
        return front
    first = len(bound.pages)
    stamped: list[dict[str, Any]] = []
    for number, sheet in enumerate(sheets):
        try:
            with pikepdf.open(io.BytesIO(sheet.content)) as paper:
                for page in paper.pages:
                    bound.pages.append(page)
                    stamped.append({"foot": sheet.foot, "page": len(bound.pages)})
        except pikepdf.PdfError as fault:
            raise NotBindable(number) from fault
    stamps = pikepdf.open(io.BytesIO(typeset(STAMP, {**words, "stamps": stamped})))
    for offset, stamp in enumerate(stamps.pages):
        page = bound.pages[first + offset]
        _quieten(page)
        lay_over(bound, page, stamp)
    with bound.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as about:
        if _TAGGED in about:
            del about[_TAGGED]  # what others sent is not tagged; the file does not claim that it is
    written = io.BytesIO()
    bound.save(written, deterministic_id=True)
    return written.getvalue()


def _quieten(page: pikepdf.Page) -> None:
    for deed in _DEEDS:
        if deed in page.obj:
            del page.obj[deed]
    for note in page.obj.get("/Annots", []):
        for deed in _DEEDS:
            if deed in note:
                del note[deed]


def lay_over(
    pdf: pikepdf.Pdf, page: pikepdf.Page, other: pikepdf.Page, within: pikepdf.Rectangle | None = None
) -> None:
    """Show another page above this one, shrunk to fit and in the middle of the rectangle, else of the whole page.

    As `Page.add_overlay` does it, but under names that are always the same, so that the file is too.
    """
    shown = pdf.copy_foreign(other.as_form_xobject())
    taken: Any = page.resources.get("/XObject", {})
    name = next(name for number in itertools.count(1) if (name := f"/House{number}") not in taken)
    page.add_resource(shown, pikepdf.Name.XObject, pikepdf.Name(name))
    frame = within or pikepdf.Rectangle(*(float(edge) for edge in page.trimbox))
    placed = page.calc_form_xobject_placement(
        shown, pikepdf.Name(name), frame, invert_transformations=True, allow_shrink=True, allow_expand=False
    )
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"Q\n" + placed)
