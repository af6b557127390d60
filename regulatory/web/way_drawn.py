"""The way through a pathway, drawn: stations in order, what may happen beside them, the clocks that start.

Wide and narrow are drawn apart, so that type is never scaled (the look, section 6).
"""

import textwrap

from markupsafe import Markup

from cases.print.svg import diamond, line, paint, rect, svg, text
from regulatory.web.way_through import Station, Way

WIDE, NARROW, HEAD = 1150, 328, 13.0
BESIDE, FOLLOWING = "Beside the usual way:", "Clocks that start on the way:"
MOST_IN_A_ROW = 4
# Units of a picture one letter takes, on average, in the two sizes of type used here.
TITLE_LETTER, LINE_LETTER = 7.0, 6.1


def draw(way: Way, key: str) -> tuple[Markup, Markup]:
    """The picture for a wide page and for a phone."""
    title = f"{key} as a flow"
    return (
        _wide(way, f"{key.lower()}-w", title),
        _narrow(way, f"{key.lower()}-n", title),
    )


_EDGE = {
    "accent-weak": ("accent", "ink"),
    "wait-bg": ("wait", "wait"),
    "good-bg": ("good", "good"),
    "harm-bg": ("harm", "harm"),
    "care-bg": ("care", "care"),
    "draft-bg": ("draft", "draft"),
    "": ("edge", "ink"),
}


def _wide(way: Way, key: str, title: str) -> Markup:
    gap, y = 26.0, 20.0
    shares = [1.7 if one.days else 1.0 for one in way.stations]
    unit = (WIDE - gap * (len(shares) - 1)) / sum(shares)
    boxes = [
        (station, share * unit, _lines(station, share * unit, number))
        for number, (station, share) in enumerate(zip(way.stations, shares, strict=True), start=1)
    ]
    height = max(_height(lines, station) for station, _, lines in boxes)
    parts, x = [], 0.0
    for nth, (station, width, lines) in enumerate(boxes):
        parts += _box(station, lines, x, y, width, height)
        if nth < len(boxes) - 1:
            parts += _arrow_right(x + width, x + width + gap, y + 24)
        x += width + gap
    bottom = y + height
    for heading, boxed in ((BESIDE, way.branches), (FOLLOWING, way.clocks)):
        if not boxed:
            continue
        bottom += 30
        parts.append(text(0, bottom, heading, "2", 12, weight=600))
        bottom += 14
        for row in _rows(boxed):
            across = (WIDE - gap * (MOST_IN_A_ROW - 1)) / MOST_IN_A_ROW
            tall = max(_height(_lines(one, across), one) for one in row)
            for nth, one in enumerate(row):
                dashed = boxed is way.branches
                parts += _box(one, _lines(one, across), nth * (across + gap), bottom, across, tall, dashed=dashed)
            bottom += tall + 12
    return svg(WIDE, bottom + 6, parts, title=title, desc=way.sentence, key=key, classes="wide-only")


def _narrow(way: Way, key: str, title: str) -> Markup:
    parts, y = [], 2.0
    for number, station in enumerate(way.stations, start=1):
        lines = _lines(station, NARROW, number)
        height = _height(lines, station)
        parts += _box(station, lines, 0, y, NARROW, height)
        y += height
        if number < len(way.stations):
            parts += _arrow_down(40, y, y + 22)
            y += 24
    for heading, boxed in ((BESIDE, way.branches), (FOLLOWING, way.clocks)):
        if not boxed:
            continue
        y += 34
        parts.append(text(0, y - 12, heading, "2", 12, weight=600))
        for one in boxed:
            lines = _lines(one, NARROW)
            height = _height(lines, one)
            parts += _box(one, lines, 0, y, NARROW, height, dashed=boxed is way.branches)
            y += height + 10
    return svg(NARROW, y + 4, parts, title=title, desc=way.sentence, key=key, classes="narrow-only")


def _rows(stations: tuple[Station, ...]) -> list[tuple[Station, ...]]:
    return [stations[nth : nth + MOST_IN_A_ROW] for nth in range(0, len(stations), MOST_IN_A_ROW)]


def _lines(station: Station, width: float, number: int = 0) -> tuple[list[str], list[str]]:
    room = width - 20
    title = f"{number}  {station.title}" if number else station.title
    below = [part for one in station.lines for part in textwrap.wrap(one, max(8, int(room / LINE_LETTER)))]
    return textwrap.wrap(title, max(8, int(room / TITLE_LETTER))), below


def _height(lines: tuple[list[str], list[str]], station: Station) -> float:
    return 14 + 17 * len(lines[0]) + 15 * len(lines[1]) + (34 if station.days else 0) + 4


def _box(
    station: Station,
    lines: tuple[list[str], list[str]],
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    dashed: bool = False,
) -> list[str]:
    edge, tone = _EDGE[station.look]
    unknown = station.look == "draft-bg" or dashed
    parts = [rect(x, y, width, height, station.look or "surface", edge, 1.3, 4, "5 4" if unknown else "")]
    at = y + 20
    for one in lines[0]:
        parts.append(text(x + 10, at, one, tone, HEAD, weight=600))
        at += 17
    if station.days:
        parts += _days(station.days, x + 10, at - 8, width - 20)
        at += 34
    for one in lines[1]:
        parts.append(text(x + 10, at, one, "2", 11.5))
        at += 15
    if station.look == "good-bg" and not dashed:
        parts.append(diamond(x + width - 14, y + 15, 6, "good"))
    return parts


def _days(count: int, x: float, y: float, width: float) -> list[str]:
    """Every day of a window as a cell; the first, each seventh and the last bear their number."""
    step = width / count
    parts = []
    for nth in range(1, count + 1):
        at = x + (nth - 1) * step
        box = f'x="{at:.1f}" y="{y:.1f}" width="{max(1.0, step - 1.5):.1f}" height="24"'
        parts.append(f"<rect {box} {paint('surface', 'wait', 0.8)}/>")
        if nth in (1, count) or (nth % 7 == 0 and step > 4):
            parts.append(text(at + step / 2, y + 16, str(nth), "wait", 11, "middle", 600, halo=step < 14))
    return parts


def _arrow_right(x1: float, x2: float, y: float) -> list[str]:
    head = f'<path d="M{x2:.1f} {y:.1f}L{x2 - 6:.1f} {y + 3:.1f}L{x2 - 6:.1f} {y - 3:.1f}Z" {paint("edge")}/>'
    return [line(x1, y, x2 - 5, y, "edge", 1.5), head]


def _arrow_down(x: float, y1: float, y2: float) -> list[str]:
    head = f'<path d="M{x:.1f} {y2:.1f}L{x - 3:.1f} {y2 - 6:.1f}L{x + 3:.1f} {y2 - 6:.1f}Z" {paint("edge")}/>'
    return [line(x, y1, x, y2 - 5, "edge", 1.5), head]
