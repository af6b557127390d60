"""The temperature of one assessment on paper: picture, tables, figures and parameters; the same bytes each time."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.custody.cold_chain.chart import PAPER, chart, lasted, letters, told
from cases.custody.cold_chain.storage import RULES
from cases.custody.deciding import BASIS
from cases.custody.models import ExposureAssessment
from cases.custody.pictured import Picture, picture_of
from cases.print.svg import on_paper
from cases.print.typeset import spoken, typeset

TEMPLATE: Final = Path(__file__).with_name("temperature.typ")
MOST_ROWS: Final = 200


def report_of(assessment: ExposureAssessment) -> bytes:
    """A tagged PDF.

    :raises ValueError: for an assessment that was typed. :raises BytesNotIntact: the file is not the one that came.
    :raises NotPrintable: when a name holds a letter that no font of the house has.
    """
    from cases.print.bind import page_count

    data = _data(picture_of(assessment))
    once = typeset(TEMPLATE, data)
    pages = page_count(once)
    return once if pages == 1 else typeset(TEMPLATE, {**data, "pages": pages})


def drawn_on_paper(picture: Picture) -> str:
    """The picture as the typesetter takes it."""
    view = replace(picture.view, width=PAPER, key="p")
    return on_paper(chart(picture.series, picture.figures, picture.marks, view, about=picture.about))


def _data(picture: Picture) -> dict[str, Any]:
    one, figures, zone = picture.assessment, picture.figures, picture.view.zone
    consignment = one.consignment
    named = list(zip(letters(), figures.excursions, strict=False))
    return {
        "title": f"Temperature of consignment {consignment.label}, case {consignment.case.reference}",
        "lang": "en",
        "rtl": False,
        "printed_on": one.assessed_at.date().isoformat(),
        "foot": f"{consignment.case.reference} {consignment.label} {one.label}",
        "page_of": "Page {page} of {pages}",
        "pages": 1,
        "svg": drawn_on_paper(picture),
        "alt": told(figures, zone),
        "zone": f"Times of {zone.key}.",
        "finding": one.get_finding_display(),
        "reasons": list(one.reasons),
        "head": [{"label": label, "value": spoken(value)} for label, value in _head(one)],
        "excursions": [
            [letter, *_stretch(picture, e.begins, e.ends), f"{e.extreme:.1f} °C", picture.holder_at(e.begins)]
            for letter, e in named[:MOST_ROWS]
        ],
        "gaps": [
            [*_stretch(picture, begins, ends), picture.holder_at(begins)] for begins, ends in figures.gaps[:MOST_ROWS]
        ],
        "more": max(0, len(named) - MOST_ROWS) + max(0, len(figures.gaps) - MOST_ROWS),
        "marks": [[str(number), _moment(m.at, zone), m.event, m.holder] for number, m in enumerate(picture.marks, 1)],
        "figures": [{"label": label, "value": spoken(value)} for label, value in _figures(one)],
    }  # fmt: skip


def _head(one: ExposureAssessment) -> list[tuple[str, str]]:
    consignment, rule = one.consignment, RULES[one.storage]
    return [
        ("Medicine", f"{consignment.case.medicine}, {rule.words}"),
        ("Receiving", consignment.institution.name),
        ("Leg", one.get_leg_display()),
        ("Logger", one.logger_number or "not numbered"),
        ("Basis", BASIS[one.basis]),
        ("Assessed", f"{one.label}, {one.assessed_at:%Y-%m-%d %H:%M} UTC, by {one.assessed_by.display_name}"),
    ]


def _figures(one: ExposureAssessment) -> list[tuple[str, str]]:
    record = one.figures
    mean = (
        one.no_kinetic_mean
        or f"{one.kinetic_mean_c:.2f} °C; warmest {one.kinetic_window_hours} h: {one.worst_kinetic_mean_c:.2f} °C"
    )
    rows = [
        ("Readings", f"{one.readings}, from {one.begins_at:%Y-%m-%d %H:%M} to {one.ends_at:%Y-%m-%d %H:%M} UTC"),
        ("Lowest, highest", f"{one.lowest_c:.1f} °C, {one.highest_c:.1f} °C"),
        ("Too warm, too cold", f"{lasted(float(one.minutes_above or 0))}, {lasted(float(one.minutes_below or 0))}"),
        ("Not measured", lasted(float(one.minutes_unmonitored or 0))),
        ("Mean kinetic temperature", mean),
    ]
    if one.budget_stated is not None:
        before, after = (lasted(max(0.0, float(value or 0))) for value in (one.budget_before, one.budget_after))
        rows.append(
            (
                "Stability budget",
                f"{lasted(one.budget_stated)} stated ({one.budget_source}); {before} before, {after} after",
            )
        )
    left_out = ", ".join(f"{words.replace('_', ' ')} {count}" for words, count in record["left_out"].items())
    constants = record["parameters"]
    return [
        *rows,
        ("Left out", left_out),
        (
            "Layout",
            f"{record['mapping']['name']}, version {record['mapping']['version']} ({record['mapping']['confidence']})",
        ),
        ("Method", f"{one.method}, {one.engine}, activation energy {constants['activation_kj_per_mol']} kJ/mol"),
        ("Rule", f"{record['rule']['source']}; {record['rule']['confidence']}, draft, not reviewed"),
        ("Window", f"{record['window']['begins'] or 'the whole file'} to {record['window']['ends'] or 'its end'}"),
        ("File, SHA-256", record["sha256"]),
        ("What went in, SHA-256", one.inputs_sha256),
    ]


def _stretch(picture: Picture, begins: datetime, ends: datetime) -> list[str]:
    zone = picture.view.zone
    return [_moment(begins, zone), _moment(ends, zone), lasted((ends - begins).total_seconds() / 60)]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
