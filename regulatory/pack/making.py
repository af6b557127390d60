"""An application pack made from a case: pure from here on, the same ground gives the same bytes (ADR 13)."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pikepdf
from PIL import Image, ImageOps, ImageSequence

from cases.documents.media import TEXT
from cases.documents.models import Document
from cases.print.bind import NotBindable, Sheet, bind, lay_over, page_count
from cases.print.typeset import NotPrintable, spoken, typeset
from regulatory.pack.fields import FIELDS, Ground
from regulatory.pack.library import order_for, words_of

TEMPLATE: Final = Path(__file__).with_name("pack.typ")
PLAIN: Final = Path(__file__).with_name("plain.typ")
_SHOWN_OF_A_FINGERPRINT: Final = 16
# "(took over 44 services …)", "(controlled drugs)"; not "(MHLW)".
_REMARK: Final = re.compile(r"\s*\([^()]*[a-z]{2}[^()]*\)$")
# Pictures are set at most this large, in pixels a side; a page at 200 dpi. The original stays with the case.
_LARGEST: Final = 2400
_A4: Final = (595.276, 841.89)  # points
_MARGIN: Final = 36.0
_ISOLATE, _POP = "\u2068", "\u2069"
# How the order of the lines is known, and the words for it; the house's own order needs none.
_KNOWN_FROM: Final = {"recalled": "recalled", "sourced": "read"}
# Gaps that the words themselves fill.
_ALSO_WORDS: Final = frozenset({"kind", "language"})


class PackRefused(ValueError):
    """The pack cannot be made; the message names the field or the paper, the value and the remedy."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One enclosure with its bytes."""

    document: Document
    content: bytes


def make_pack(
    ground: Ground,
    papers: tuple[Paper, ...],
    *,
    language: str,
    with_name: bool,
    version: str,
    review: str,
    printed_on: date,
    told: Callable[[int], None] = lambda done: None,
) -> bytes:
    """The whole pack as one PDF: letter, data sheet, draft of the necessity letter if none is on file, list, papers.

    :param with_name: whether the patient's name is printed; else initials.
    :param told: is told how many papers have been made ready to bind, one after the other.
    :param version, review: the pathway's version, and what a reader must know of it (draft, demonstration, signed).
    :raises PackRefused: a paper that cannot be bound, or a letter that cannot be printed.
    """
    words = words_of(language)
    sheets: list[bytes] = []
    for paper in papers:
        sheets.append(_as_pdf(paper, printed_on))
        told(len(sheets))
    counts = [_pages(paper, content) for paper, content in zip(papers, sheets, strict=True)]
    data = _data(ground, papers, counts, words, language, with_name, version, review, printed_on)
    front = _front(data)
    data = {**data, "pages": page_count(front) + sum(counts)}
    data["letter"] = [*data["letter"][:-1], spoken(data["letter"][-1]["text"].replace("{pages}", str(data["pages"])))]
    front = _front(data)
    feet = [
        _said(words, "enclosure", number=number, title=f"{paper.document.label} {paper.document.title}")
        for number, paper in enumerate(papers, start=1)
    ]
    try:
        return bind(
            front,
            [Sheet(content, f"{data['foot']} · {foot}") for content, foot in zip(sheets, feet, strict=True)],
            words={key: data[key] for key in ("title", "printed_on", "lang", "rtl", "page_of", "pages")},
        )
    except NotBindable as fault:
        raise _unreadable(papers[fault.number]) from fault
    except NotPrintable as fault:
        raise PackRefused(f"The title of a paper: {fault} Give it another title.") from fault


def _front(data: Mapping[str, Any]) -> bytes:
    try:
        return typeset(TEMPLATE, data)
    except NotPrintable as fault:
        raise PackRefused(f"{_holder(data, fault.letters)} {fault} Write it in letters that the form takes.") from fault


def _holder(data: Mapping[str, Any], letters: str) -> str:
    """Which line holds what cannot be printed."""
    for section in data["sheet"]:
        for row in section["rows"]:
            if letters in row["value"]["text"]:
                return f"{row['label']}:"
    return "The pack:"


def _pages(paper: Paper, content: bytes) -> int:
    try:
        return page_count(content)
    except Exception as fault:  # whatever the library says of a broken file, the paper is named
        raise _unreadable(paper) from fault


def _unreadable(paper: Paper) -> PackRefused:
    return PackRefused(
        f"{paper.document.label} {paper.document.title} cannot be bound: it is locked or damaged. "
        "Send it anew as a PDF without a password, or reject it."
    )


def _as_pdf(paper: Paper, printed_on: date) -> bytes:
    media_type = paper.document.media_type
    if media_type == "application/pdf":
        return paper.content
    title = f"{paper.document.label} {paper.document.title}"
    if media_type == TEXT:
        text = paper.content.decode("utf-8")
        about = {"title": title, "lang": "en", "rtl": False, "printed_on": printed_on.isoformat()}
        try:
            return typeset(PLAIN, {**about, "lines": [spoken(line) for line in text.splitlines()]})
        except NotPrintable as fault:
            raise PackRefused(f"{title}: {fault} Send that paper as a PDF.") from fault
    try:
        return pictures(paper.content, printed_on=printed_on)
    except (OSError, ValueError, Image.DecompressionBombError) as fault:
        raise _unreadable(paper) from fault


def pictures(content: bytes, *, printed_on: date) -> bytes:
    """A picture, or each of a file of several, as a page of its own shape, upright, without what the camera added."""
    day = printed_on.timetuple()
    with Image.open(io.BytesIO(content)) as picture:
        pages = [_upright(frame) for frame in ImageSequence.Iterator(picture)]
    raw = io.BytesIO()
    pages[0].save(raw, "PDF", resolution=200.0, save_all=True, append_images=pages[1:], creationDate=day, modDate=day)
    return _on_a4(raw.getvalue())


def _on_a4(content: bytes) -> bytes:
    """Each page shrunk into an A4 page that stands or lies as it does."""
    sheets = pikepdf.new()
    with pikepdf.open(io.BytesIO(content)) as shown:
        for page in shown.pages:
            _, _, width, height = (float(edge) for edge in page.mediabox)
            size = _A4 if height >= width else _A4[::-1]
            sheet = sheets.add_blank_page(page_size=size)
            frame = pikepdf.Rectangle(_MARGIN, _MARGIN, size[0] - _MARGIN, size[1] - _MARGIN)
            lay_over(sheets, sheet, page, frame)
    written = io.BytesIO()
    sheets.save(written, deterministic_id=True)
    return written.getvalue()


def _upright(frame: Image.Image) -> Image.Image:
    upright = (ImageOps.exif_transpose(frame) or frame).convert("RGB")
    upright.thumbnail((_LARGEST, _LARGEST))
    return upright


def _said(words: Mapping[str, Any], key: str, **values: Any) -> str:
    """A sentence of the words with its gaps filled; a value is never a pattern itself."""
    sentence = str(words[key])
    for name, text in values.items():
        # In a sentence from the right each value keeps its own direction (UAX 9, isolates).
        shown = f"{_ISOLATE}{text}{_POP}" if words["rtl"] and name not in _ALSO_WORDS else str(text)
        sentence = sentence.replace("{" + name + "}", shown)
    return sentence


def _data(
    ground: Ground,
    papers: tuple[Paper, ...],
    counts: list[int],
    words: Mapping[str, Any],
    language: str,
    with_name: bool,
    version: str,
    review: str,
    printed_on: date,
) -> dict[str, Any]:
    value = {code: field.value(ground) for code, field in FIELDS.items()}
    value["patient_sex"] = words["sexes"].get(value["patient_sex"], "")
    # One name, so that a text from right to left does not turn its two parts round.
    value["product"] = f"{value['medicine']} {value['strength']}"
    kind = words["kinds"][ground.filing.kind]
    fill = {**value, "kind": kind, "enclosures": len(papers)}
    determination = ground.determination
    signed = {
        "signed_on": determination.signed_at.date().isoformat() if determination and determination.signed_at else "",
        "fingerprint": determination.document.sha256 if determination and determination.document else "",
    }
    letter = [
        _said(words, "opening", **fill),
        *([_said(words, "asked", **fill)] if value["quantity"] else []),
        *([_said(words, "signed", **fill, **signed)] if signed["fingerprint"] else []),
        _said(words, "answer", **fill, reference=value["our_reference"]),
        _said(words, "counts", **fill),
    ]
    order = order_for(ground.profile)
    known = f" ({_said(words, _KNOWN_FROM[order['basis']], **order)})" if order["basis"] in _KNOWN_FROM else ""
    has_letter = any(paper.document.doc_type == "medical_necessity_letter" for paper in papers)
    return {
        "title": _first_up(_said(words, "title", **fill)),
        "subject": _first_up(_said(words, "subject", **fill)),
        "lang": language,
        "rtl": bool(words["rtl"]),
        "printed_on": printed_on.isoformat(),
        "foot": value["our_reference"],
        "page_of": words["page_of"],
        "pages": 0,
        "words": {**words, "yours": _said(words, "yours", **fill)},
        "head": [
            {"label": words["to"], "value": spoken(as_addressed(ground.filing.authority))},
            {"label": words["date"], "value": spoken(printed_on.isoformat())},
            {"label": words["fields"]["our_reference"], "value": spoken(value["our_reference"])},
        ],
        "letter": [spoken(sentence) for sentence in letter],
        "remark": words["unreviewed_words"],
        "rests": " ".join(
            (_said(words, "rests", version=version, review=review),
             _said(words, "template", version=words["version"], language=words["language"]))
        ),
        "sheet": [_section(heading, codes, value, words, with_name) for heading, codes in order["sections"]],
        "order": f"{_said(words, 'order', note=order['note'])}{known}",
        "necessity": None
        if has_letter or determination is None or ground.case.is_stock
        else _necessity(value, words, with_name),
        "papers": [_listed(number, paper, pages, words)
                   for number, (paper, pages) in enumerate(zip(papers, counts, strict=True), start=1)],
    }  # fmt: skip


def as_addressed(authority: str) -> str:
    """The authority as a letter names it: without the remark that its fact carries, an acronym stays."""
    return _REMARK.sub("", authority)


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _section(
    heading: str, codes: list[str], value: Mapping[str, str], words: Mapping[str, Any], with_name: bool
) -> dict[str, Any]:
    shown = [code for code in codes if value[code].strip() and (with_name or code != "patient_name")]
    rows = [{"label": words["fields"][code], "value": spoken(value[code])} for code in shown]
    return {"heading": words["sections"][heading], "rows": rows}


def _necessity(value: Mapping[str, str], words: Mapping[str, Any], with_name: bool) -> dict[str, Any]:
    patient = value["patient_name"] if with_name else value["patient_initials"]
    return {
        "sentences": [
            spoken(_said(words, "letter_opening", **value, patient=patient)),
            *(spoken(part) for part in value["justification"].split("\n") if part.strip()),
        ],
        "statements": [spoken(line) for line in value["statements"].split("\n") if line],
    }


def _listed(number: int, paper: Paper, pages: int, words: Mapping[str, Any]) -> dict[str, Any]:
    issued = paper.document.issued_on
    return {
        "number": number,
        "title": spoken(f"{paper.document.label} {paper.document.title}"),
        "issued": issued.isoformat() if issued else words["no_day"],
        "pages": pages,
        "sha": paper.document.sha256[:_SHOWN_OF_A_FINGERPRINT],
    }
