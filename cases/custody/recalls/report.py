"""The report of a recall or a drill as one PDF: the same bytes for the same state."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cases.custody.models import Recall
from cases.custody.recalls.effectiveness import Effectiveness, stopwatch
from cases.custody.recalls.letters import words
from cases.custody.recalls.standing import effectiveness_of, letters_of, packs_of
from cases.custody.tracing import WHEREABOUTS
from cases.print.bind import page_count
from cases.print.typeset import typeset

TEMPLATE: Final = Path(__file__).with_name("report.typ")
LETTER: Final = Path(__file__).with_name("letter.typ")
PAGE_OF: Final = "Page {page} of {pages}"


def report_of(recall: Recall) -> bytes:
    """The report as it stands: reach, packs, letters, effectiveness and times. No person of a patient's."""
    packs, letters = packs_of(recall), letters_of(recall)
    known = effectiveness_of(recall, packs, letters)
    moments = [recall.opened_at, recall.stopped_at, recall.told_at, recall.closed_at]
    moments += [row.located_at for row, _ in packs] + [one.settled_at for one in letters]
    head = [
        ("Recall", recall.label),
        ("State", f"{recall.get_state_display()}"),
        ("Called for by", f"{recall.get_source_display()}. {recall.source_reference}".strip(" .")),
        ("Class", recall.get_recall_class_display()),
        ("What is wrong", recall.reason),
        ("What becomes of the packs", recall.instruction),
        ("Lots", "; ".join(str(lot) for lot in recall.lots.all())),
        ("Opened", f"{_at(recall.opened_at)} by {recall.opened_by.display_name}"),
        (
            "Stopped",
            f"{_at(recall.stopped_at)} by {recall.stopped_by.display_name}" if recall.stopped_by else "not yet",
        ),
        ("Letters written", _at(recall.told_at)),
        ("Ended", f"{_at(recall.closed_at)} by {recall.closed_by.display_name}" if recall.closed_by else "not yet"),
        ("Conclusion", recall.conclusion or "none yet"),
    ]
    data = {
        "title": f"{'Report of a drill' if recall.is_drill else 'Report of a recall'}, {recall.label}",
        "pharmacy": recall.pharmacy.name,
        "drill": words()["drill"] if recall.is_drill else "",
        "head": [{"label": label, "text": text} for label, text in head],
        "times": [{"label": label, "text": text} for label, text in times_of(recall, known)],
        "sums": [{"label": label, "text": str(number)} for label, number in sums_of(known)],
        "finding": known.sentence(),
        "level": recall.get_level_display(),
        "checked": "The level is reached." if known.is_checked else "The level is not reached.",
        "packs": [
            [row.unit.serial, row.unit.lot.number, row.case.reference, row.unit.lot.supplier.name,
             WHEREABOUTS[row.unit.state][1], _became(row, pack)]
            for row, pack in packs
        ],
        "letters": [
            [one.label, one.case.reference, one.addressee, _at(one.written_at), _at(one.due_at),
             f"{one.get_state_display()}{', ' + _at(one.answered_at) if one.answered_at else ''}"
             f"{': ' + one.answer if one.answer else ''}"]
            for one in letters
        ],
        "remark": words()["remark"],
    }  # fmt: skip
    return _set(TEMPLATE, data, foot=f"{recall.pharmacy.name}, {recall.label}", printed=_latest(moments))


def letter_paper(title: str, text: str, *, label: str, written_at: datetime, pharmacy: str, sha256: str) -> bytes:
    """One letter as PDF, as it was written."""
    data = {"title": title, "pharmacy": pharmacy, "paragraphs": text.split("\n\n"), "sha256": sha256}
    return _set(LETTER, data, foot=f"{pharmacy}, {label}", printed=written_at)


def times_of(recall: Recall, known: Effectiveness) -> list[tuple[str, str]]:
    """The stopwatch: elapsed from the opening to each step; what is not done yet is said so."""
    steps = (
        ("To the stop", recall.stopped_at),
        ("To the letters", recall.told_at),
        ("To every pack located", known.located_at if recall.stopped_at else None),
        ("To every letter answered", known.answered_at if recall.told_at else None),
        ("To the end", recall.closed_at),
    )
    return [(label, stopwatch(recall.opened_at, at) if at else "not yet") for label, at in steps]


def sums_of(known: Effectiveness) -> list[tuple[str, int]]:
    """The figures of the effectiveness, in their order."""
    return [
        ("Packs traced", known.traced),
        ("Found and set apart", known.found),
        ("Returned", known.returned),
        ("Destroyed", known.destroyed),
        ("Given to the patient", known.administered),
        ("Could not be found", known.not_found),
        ("Not accounted for", known.missing),
        ("Letters", known.letters),
        ("Answered", known.answered),
        ("Answered late", known.late),
        ("Given up without an answer", known.given_up),
        ("Waited for", known.waiting),
        ("Answers needed", known.needed),
    ]


def _became(row: Any, pack: Any) -> str:
    if row.outcome:
        by = f"{row.located_by.display_name}, {_at(row.located_at)}"
        return f"{row.get_outcome_display()} ({by})" + (f": {row.remark}" if row.remark else "")
    return f"{pack.became}, by the custody ledger" if pack.became else "not known yet"


def _set(template: Path, data: Mapping[str, Any], *, foot: str, printed: datetime) -> bytes:
    whole = {
        **data, "lang": "en", "rtl": False, "foot": foot, "page_of": PAGE_OF, "pages": 1,
        "printed_on": f"{printed:%Y-%m-%d}",
    }  # fmt: skip
    once = typeset(template, whole)
    pages = page_count(once)
    return once if pages == 1 else typeset(template, {**whole, "pages": pages})


def _latest(moments: Iterable[datetime | None]) -> datetime:
    return max(moment for moment in moments if moment is not None)


def _at(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "not yet"
