"""A labelled report as lines: each box of a form with what is known of it; and the same set as a PDF.

A line that says nothing is never left out: it says that nothing is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cases.print.bind import page_count
from cases.print.typeset import NotPrintable, typeset
from pharmacovigilance.e2b.content import Report
from pharmacovigilance.e2b.exporting import Origin, content_of, is_coded
from pharmacovigilance.papers.known import Known, read
from pharmacovigilance.papers.letters import named_instead

TEMPLATE: Final = Path(__file__).with_name("report.typ")
NOT_KNOWN: Final = "not known"
UNCODED: Final = "Draft: the event is not coded in MedDRA. Its words stand as they were said."
REPLACED: Final = "Signs that the fonts of this paper do not hold are named in square brackets; the record has them."
# So many scripts at most are replaced one after another; a text of more is no text.
_MOST_SCRIPTS: Final = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One box: its number on the form, its label, and what is known; nothing known is said by the paper."""

    box: str
    label: str
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A report to be set: ``about`` says what it is and what it is not, ``remarks`` what is still a draft in it."""

    title: str
    about: str
    parts: tuple[Part, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Locked:
    """A locked version: what a paper may be made of.

    :param label: of the version in its case, ``V-1``. :param fingerprint: SHA-256 of the snapshot.
    """

    snapshot: Mapping[str, Any]
    label: str
    fingerprint: str
    origin: Origin


@dataclass(frozen=True)
class Told:
    """The same, read: the report as E2B would say it, and what E2B has no place for."""

    locked: Locked
    report: Report
    known: Known
    is_coded: bool


def told(locked: Locked, *, profile: str) -> Told:
    """Read a locked version for a recipient of that profile, whose masking holds for the paper too.

    :raises NotExportable: when the snapshot is of a form that nobody here knows.
    """
    batch = content_of(locked.snapshot, profile=profile, origin=locked.origin)
    return Told(locked, batch.messages[0].report, read(locked.snapshot), is_coded(locked.snapshot))


def numbered(says: Iterable[str]) -> tuple[str, ...]:
    """Each with its number where there are several; the one alone as it is."""
    found = list(says)
    return tuple(found) if len(found) < 2 else tuple(f"{number}: {text}" for number, text in enumerate(found, start=1))


def by_number(says: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """What is said of each event or product under its own number, left out where nothing is; one alone as it is."""
    found = list(says)
    return tuple(text if len(found) < 2 else f"{number}: {text}" for number, text in found if text)


def set_as_pdf(paper: Paper, told: Told) -> bytes:
    """One tagged PDF, the same bytes each time; letters that no font holds are named instead of shown."""
    draft = () if told.is_coded else (UNCODED,)
    paper = replace(paper, remarks=(*draft, *paper.remarks))
    for _ in range(_MOST_SCRIPTS):
        try:
            data = _data(paper, told)
            once = typeset(TEMPLATE, data)
            return typeset(TEMPLATE, {**data, "pages": page_count(once)})
        except NotPrintable as fault:
            paper, before = _without(paper, fault.letters), paper
            if paper.parts == before.parts:
                raise
    raise NotPrintable("…")


def _without(paper: Paper, letters: str) -> Paper:
    """The paper with the letters named that no font of the house holds: it leaves all the same, and says so."""

    def named(row: Row) -> Row:
        return replace(row, says=tuple(named_instead(text, letters) for text in row.says))

    parts = tuple(Part(part.title, tuple(named(row) for row in part.rows)) for part in paper.parts)
    return replace(paper, parts=parts, remarks=tuple(dict.fromkeys((*paper.remarks, REPLACED))))


def _data(paper: Paper, told: Told) -> dict[str, Any]:
    locked, known = told.locked, told.known
    where = f"{known.case}, {locked.label}, version {known.version} of {told.report.worldwide}"
    return {
        "title": f"{paper.title}, {where}",
        "heading": paper.title,
        "about": paper.about,
        "head": [
            {"label": label, "text": text}
            for label, text in (
                ("Case", known.case),
                ("Safety case", told.report.worldwide),
                ("Version", f"{locked.label}, version {known.version}, {known.kind.replace('_', '-')}"),
                ("Locked", f"{locked.origin.locked_at:%Y-%m-%d %H:%M} UTC"),
                ("Transmission", locked.origin.transmission or "none: printed to be looked at"),
                ("Snapshot, SHA-256", locked.fingerprint),
            )
        ],
        "remarks": list(paper.remarks),
        "parts": [
            {
                "title": part.title,
                "rows": [
                    {"box": row.box, "label": row.label, "says": list(filter(None, row.says)) or [NOT_KNOWN]}
                    for row in part.rows
                ],
            }
            for part in paper.parts
        ],
        "foot": f"{where} · snapshot {locked.fingerprint[:16]}",
        "page_of": "Page {page} of {pages}",
        "pages": 1,
        "lang": "en",
        "rtl": False,
        "printed_on": f"{locked.origin.locked_at:%Y-%m-%d}",
    }
