"""Looking into the picture of a temperature: nearer, earlier, later, at one excursion; each look is an address."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from cases.custody.cold_chain.chart import View, charts, letters
from cases.custody.pictured import Picture

SHORTEST = timedelta(minutes=10)
MOST_EXCURSIONS, MOST_GAPS, LINKED = 200, 50, 6


def pictured(picture: Picture, request: HttpRequest, address: str) -> dict[str, Any]:
    """The picture as far as one looks into it, the ways to look nearer, and the tables that say the same."""
    view, whole, figures = _near(picture.view, request), picture.view, picture.figures
    named = list(zip(letters(), figures.excursions, strict=False))
    look = [(f"Excursion {letter}", _around(one.begins, one.ends, whole)) for letter, one in named[:LINKED]]
    span = view.ends - view.begins
    moves = [
        ("Nearer", (view.begins + span / 4, view.ends - span / 4)),
        ("Further", (view.begins - span / 2, view.ends + span / 2)),
        ("Earlier", (view.begins - span / 2, view.ends - span / 2)),
        ("Later", (view.begins + span / 2, view.ends + span / 2)),
    ]
    keeps = {"m": str(picture.assessment.number)}
    return {
        "picture": charts(picture.series, figures, picture.marks, view, about=picture.about),
        "figures": figures,
        "excursions": [(letter, one, picture.holder_at(one.begins)) for letter, one in named[:MOST_EXCURSIONS]],
        "more_excursions": max(0, len(figures.excursions) - MOST_EXCURSIONS),
        "gaps": [(begins, ends, picture.holder_at(begins)) for begins, ends in figures.gaps[:MOST_GAPS]],
        "more_gaps": max(0, len(figures.gaps) - MOST_GAPS),
        "marks": picture.marks,
        "is_near": view != whole,
        "looks": [
            (words, f"{address}?{urlencode(keeps | _stamps(begins, ends))}#picture")
            for words, (begins, ends) in [*((w, _within(*m, whole)) for w, m in moves), *look]
            if (begins, ends) != (view.begins, view.ends)
        ],
        "whole": f"{address}?{urlencode(keeps)}#picture",
    }  # fmt: skip


def _near(whole: View, request: HttpRequest) -> View:
    """The part that was asked for; the whole where that cannot be read."""
    try:
        begins, ends = (parse_datetime(request.GET.get(name, "")) for name in ("from", "to"))
    except ValueError:
        return whole
    if begins is None or ends is None or begins.tzinfo is None or ends.tzinfo is None:
        return whole
    begins, ends = _within(begins.astimezone(UTC), ends.astimezone(UTC), whole)
    return (
        View(begins, ends, whole.zone, whole.width, whole.key)
        if (begins, ends) != (whole.begins, whole.ends)
        else whole
    )


def _within(begins: datetime, ends: datetime, whole: View) -> tuple[datetime, datetime]:
    """The same length of time, moved to where there is something to see; not shorter than ten minutes."""
    length = min(max(ends - begins, SHORTEST), whole.ends - whole.begins)
    begins = min(max(begins, whole.begins), whole.ends - length)
    return begins, begins + length


def _around(begins: datetime, ends: datetime, whole: View) -> tuple[datetime, datetime]:
    room = max(ends - begins, timedelta(hours=1))
    return _within(begins - room, ends + room, whole)


def _stamps(begins: datetime, ends: datetime) -> dict[str, str]:
    return {name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z" for name, moment in (("from", begins), ("to", ends))}
