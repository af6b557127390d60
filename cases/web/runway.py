"""The supply runway: days of therapy on hand against time, with what arrives, what waits and where harm begins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup

from cases.print.svg import area, diamond, hatch, line, n, paint, polyline, rect, svg, text
from cases.web import words
from cases.web.pictures import NARROW, short_day

WIDE = 1150
_TOP, _GROUND = 34.0, 186.0
_HALF_A_DATE = 24.0
_LETTER = 6.2  # how wide a letter of 11 units is, on average; only used to see whether a label fits


@dataclass(frozen=True)
class Span:
    """A stretch of time under the runway: a window, a consignment on its way, the gap without medicine."""

    start: date
    end: date
    state: str
    inside: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Mark:
    """A dose: taken (solid) or planned (open), at the days on hand then."""

    on: date
    level: float
    label: str
    planned: bool = False


@dataclass(frozen=True)
class Runway:
    """Days of therapy on hand over time, as (day, days on hand): ``recorded`` ends today, ``forecast`` begins there."""

    start: date
    end: date
    today: date
    recorded: Sequence[tuple[date, float]]
    forecast: Sequence[tuple[date, float]]
    title: str
    finding: str
    doses: Sequence[Mark] = ()
    run_out: date | None = None
    next_run_out: date | None = None
    spans: Sequence[Span] = ()


@dataclass(frozen=True)
class _Scale:
    """Where days and levels lie on one drawing."""

    picture: Runway
    left: float
    right: float
    roomy: bool

    @property
    def ceiling(self) -> int:
        levels = [level for _, level in (*self.picture.recorded, *self.picture.forecast)] or [14.0]
        return max(14, -(-int(max(levels) + 0.999) // 14) * 14)

    def x(self, on: date) -> float:
        whole = max(1, (self.picture.end - self.picture.start).days)
        return self.left + (self.right - self.left) * min(max(0, (on - self.picture.start).days), whole) / whole

    def y(self, level: float) -> float:
        return _GROUND - (_GROUND - _TOP) * level / self.ceiling

    @property
    def row(self) -> float:
        """Height of a row under the plot; on a phone a label stands under its bar."""
        return 24 if self.roomy else 34


def runway(picture: Runway, *, key: str) -> Markup:
    """The supply runway, drawn twice: 1150 units for a desk, 328 for a phone. ``key`` is unique on the page."""
    return Markup("").join(
        (
            _draw(_Scale(picture, 44, 1134, roomy=True), WIDE, f"{key}w", "wide-only"),
            _draw(_Scale(picture, 30, 320, roomy=False), NARROW, f"{key}n", "narrow-only"),
        )
    )


def _draw(scale: _Scale, width: float, key: str, classes: str) -> Markup:
    p = scale.picture
    below = _GROUND + 32 + scale.row * len(p.spans)
    parts = [hatch(f"{key}f", "accent", "accent-weak"), *_axes(scale), *_levels(scale, f"{key}f")]
    parts += [*_doses(scale), *_today(scale, below), *_run_outs(scale), *_spans(scale)]
    return svg(width, below + 8, parts, title=p.title, desc=p.finding, key=key, classes=classes)


def _axes(scale: _Scale) -> Iterator[str]:
    stride = 14 * max(1, scale.ceiling // 14 // 4)
    for level in range(0, scale.ceiling + 1, stride):
        yield line(scale.left, scale.y(level), scale.right, scale.y(level), "rule" if level else "edge")
        yield text(scale.left - 6, scale.y(level) + 4, str(level), anchor="end")
    yield text(0, 14, "Days of therapy on hand")
    p = scale.picture
    weeks = max(1, -(-(p.end - p.start).days // (7 * (14 if scale.roomy else 4))))
    monday = p.start + timedelta(days=-p.start.weekday() % 7)
    while monday <= p.end:
        if scale.left + 12 < scale.x(monday) < scale.right - 12:
            yield line(scale.x(monday), _GROUND, scale.x(monday), _GROUND + 4, "edge")
            # At a desk the line of today runs on between the bars: a day that it would strike through is left out.
            if scale.roomy and abs(scale.x(monday) - scale.x(p.today)) < _HALF_A_DATE:
                monday += timedelta(weeks=weeks)
                continue
            yield text(scale.x(monday), _GROUND + 17, f"{monday.day} {words.month(monday)}", anchor="middle")
        monday += timedelta(weeks=weeks)


def _levels(scale: _Scale, hatched: str) -> Iterator[str]:
    known = [(scale.x(on), scale.y(level)) for on, level in scale.picture.recorded]
    ahead = [(scale.x(on), scale.y(level)) for on, level in scale.picture.forecast]
    if known:
        yield area([(known[0][0], _GROUND), *known, (known[-1][0], _GROUND)], "accent-weak")
        yield polyline(known, "accent", 2.5)
    if ahead:
        yield area([(ahead[0][0], _GROUND), *ahead, (ahead[-1][0], _GROUND)], hatch=hatched)
        yield polyline(ahead, "accent", 2, "5 3")


def _doses(scale: _Scale) -> Iterator[str]:
    for dose in scale.picture.doses:
        ring = paint("surface" if dose.planned else "accent", "accent", 2)
        yield f'<circle cx="{n(scale.x(dose.on))}" cy="{n(scale.y(dose.level))}" r="4" {ring}/>'
        starts, now = scale.x(dose.on) + 8, scale.x(scale.picture.today)
        # A label that would cross the line of today is left out: the table under the picture has the dose.
        if scale.roomy and not starts - 12 < now < starts + _LETTER * len(dose.label) + 8:
            yield text(starts, scale.y(dose.level) - 7, dose.label, "2", halo=True)


def _today(scale: _Scale, below: float) -> Iterator[str]:
    p = scale.picture
    x = scale.x(p.today)
    on_hand = words.days(int(p.recorded[-1][1])) if p.recorded else "not counted"
    late = x > (scale.left + scale.right) / 2
    if scale.roomy:
        yield line(x, 20, x, below, "ink", 1.2)
    else:
        # On a phone the labels stand under their bars, over the whole width: the line passes the bars only.
        yield line(x, 20, x, _GROUND, "ink", 1.2)
        for nth in range(len(p.spans)):
            top = _GROUND + 32 + scale.row * nth
            yield line(x, top - 3, x, top + 13, "ink", 1.2)
    yield text(x + (-4 if late else 4), 30, f"today, {on_hand}", "ink", 11.5, "end" if late else "", 600, halo=True)


def _run_outs(scale: _Scale) -> Iterator[str]:
    """The days without medicine: a line of harm down to the first, a diamond at each; labels where there is room."""
    p = scale.picture
    if p.run_out is not None:
        before = [(on, level) for on, level in p.forecast if on <= p.run_out]
        jumps = [at for at, after in pairwise(before) if at[0] == after[0] and after[1] > at[1]]
        if jumps:
            start, level = jumps[0]
            yield polyline([(scale.x(start), scale.y(level)), (scale.x(p.run_out), _GROUND)], "harm")
    for on, tone, label in ((p.run_out, "harm", "runs out"), (p.next_run_out, "care", "next run-out")):
        if on is None:
            continue
        yield diamond(scale.x(on), _GROUND - 1, 6, tone)
        if scale.roomy:
            flip = scale.x(on) > scale.right - 140
            yield text(
                scale.x(on) + (-9 if flip else 9),
                _GROUND - 14,
                f"{label} {short_day(on)}",
                tone,
                anchor="end" if flip else "",
                weight=600,
                halo=True,
            )


def _spans(scale: _Scale) -> Iterator[str]:
    place: Callable[..., Iterator[str]] = _beside if scale.roomy else _under
    for nth, span in enumerate(scale.picture.spans):
        y, start, end = _GROUND + 32 + scale.row * nth, scale.x(span.start), scale.x(span.end)
        accent = span.state == "accent"
        height = 16 if scale.roomy else 10
        yield rect(
            start, y, max(4.0, end - start), height, "accent-weak" if accent else f"{span.state}-bg", span.state, 1, 2
        )
        yield from place(scale, span, y, start, end, "ink" if accent else span.state)


def _under(scale: _Scale, span: Span, y: float, start: float, end: float, tone: str) -> Iterator[str]:
    label = " · ".join(part for part in (span.inside, span.beside) if part)
    yield text(0, y + 23, label, tone, weight=500, halo=True)


def _beside(scale: _Scale, span: Span, y: float, start: float, end: float, tone: str) -> Iterator[str]:
    fits = end - start > _LETTER * len(span.inside) + 12
    if span.inside and fits:
        yield text(start + 6, y + 12, span.inside, tone, weight=500)
    label = span.beside if fits else " · ".join(part for part in (span.inside, span.beside) if part)
    if not label:
        return
    after = end + 6 + _LETTER * len(label) <= scale.right + 14
    tone = "2" if fits else tone
    yield text(end + 6 if after else start - 6, y + 12, label, tone, anchor="" if after else "end", halo=True)
