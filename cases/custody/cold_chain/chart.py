"""The picture of a journey's temperature: what was allowed, what was read, where it was too warm, who held it.

Pure: a series with its figures and the hand-overs in, SVG text out; the same for a page, a phone and a PDF. A long log
is drawn by the lowest and the highest reading of each step across, so that no peak is lost.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from cases.custody.cold_chain.figures import Excursion, Figures
from cases.custody.cold_chain.outline import outline
from cases.custody.cold_chain.series import Series
from cases.custody.cold_chain.storage import RULES
from cases.print.svg import diamond, hatch, line, n, paint, polyline, rect, svg, text

DESK: Final = 1150.0
PHONE: Final = 328.0
PAPER: Final = 620.0
_TOP, _GROUND = 58.0, 268.0
_STRIP = _GROUND + 20
# How wide a letter of 11 units is, on average; only used to see whether a label fits.
_LETTER, _BOLD = 6.2, 6.8
_DEGREES: Final = (0.5, 1, 2, 5, 10, 20, 50, 100)
_HOURS: Final = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336)


@dataclass(frozen=True, slots=True)
class HandOver:
    """One mark: what happened ("dispatched"), and who held the consignment from then on."""

    at: datetime
    event: str
    holder: str


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn: from when to when, in whose time, how wide. ``key`` is unique on the page."""

    begins: datetime
    ends: datetime
    zone: ZoneInfo
    width: float = DESK
    key: str = "t"

    @classmethod
    def whole(cls, figures: Figures, marks: Sequence[HandOver], zone: str, *, key: str = "t") -> "View":
        """From the first to the last thing there is to see, readings and hand-overs alike."""
        moments = [figures.begins, figures.ends, *(mark.at for mark in marks)]
        begins, ends = min(moments), max(moments)
        return cls(begins, max(ends, begins + timedelta(minutes=1)), ZoneInfo(zone), key=key)

    @property
    def left(self) -> float:
        return 40.0 if self.width > PHONE else 30.0

    @property
    def right(self) -> float:
        return self.width - (14.0 if self.width > PHONE else 6.0)

    def x(self, at: datetime) -> float:
        part = (at - self.begins) / (self.ends - self.begins)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, part))

    def shows(self, begins: datetime, ends: datetime) -> bool:
        return begins <= self.ends and ends >= self.begins


def chart(series: Series, figures: Figures, marks: Sequence[HandOver], view: View, *, about: str) -> Markup:
    """One picture, as wide as the view says.

    :param about: what was measured, for the title: "consignment C-2, logger 4410-2207".
    """
    scale = _Scale.of(figures)
    parts = [
        hatch(f"{view.key}u", "draft", "draft-bg"),
        _allowed(view, scale, figures),
        *_outside(view, figures.excursions),
        *_degrees(view, scale, figures),
        *_named(view, figures),
        *_gaps(view, figures),
        *_readings(view, scale, series, figures),
        *_hand_overs(view, sorted(marks, key=lambda mark: mark.at)),
        *_time(view),
    ]
    classes = {DESK: "wide-only", PHONE: "narrow-only"}.get(view.width, "")
    title = f"Temperature of {about}, {_day(view.begins, view)} to {_day(view.ends, view)}"
    return svg(
        view.width, _STRIP + 46, parts, title=title, desc=told(figures, view.zone), key=view.key, classes=classes
    )


def charts(series: Series, figures: Figures, marks: Sequence[HandOver], view: View, *, about: str) -> Markup:
    """For a page: drawn twice, for a desk and for a phone, so that no type is scaled below 11 units."""
    both = (replace(view, width=width, key=view.key + letter) for width, letter in ((DESK, "w"), (PHONE, "n")))
    return Markup("").join(chart(series, figures, marks, one, about=about) for one in both)


def told(figures: Figures, zone: ZoneInfo) -> str:
    """The picture in words."""
    rule = RULES[figures.storage]
    parts = [f"{figures.readings:,} readings, {figures.lowest:.1f} to {figures.highest:.1f} °C. Allowed {rule.words}."]
    for letter, one in zip(letters(), figures.excursions[:12], strict=False):
        parts.append(
            f"Excursion {letter}: {one.side}, {one.extreme:.1f} °C, {lasted(one.minutes)} "
            f"from {one.begins.astimezone(zone):%Y-%m-%d %H:%M}."
        )
    if len(figures.excursions) > 12:
        parts.append(f"{len(figures.excursions) - 12} more excursions stand in the table.")
    if not figures.excursions:
        parts.append("No excursion.")
    if figures.gaps:
        parts.append(f"{lasted(figures.unmonitored)} without readings.")
    return " ".join(parts)


def letters() -> Iterator[str]:
    """A, B … Z, AA, AB …: how excursions are named in picture and table."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for first in ("", *alphabet):
        for second in alphabet:
            yield first + second


def lasted(minutes: float) -> str:
    """A duration: 50 min, 2 h 50 min, 3 days 4 h."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min" if whole or not minutes else "under 1 min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60:02d} min" if whole % 60 else f"{whole // 60} h"
    hours = round(minutes / 60)
    return f"{hours // 24} days {hours % 24} h" if hours % 24 else f"{hours // 24} days"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Degrees up the picture; the same in every view of one journey."""

    low: float
    high: float
    step: float  # degrees from one line to the next

    @classmethod
    def of(cls, figures: Figures) -> "_Scale":
        rule = RULES[figures.storage]
        low = min(figures.lowest, rule.high - 10 if rule.low is None else rule.low - 1)
        high = max(figures.highest, rule.high + 2)
        high += (high - low) / 12  # room for the letters above the highest peak
        step = next((one for one in _DEGREES if (high - low) / one <= 6), _DEGREES[-1])
        return cls(low // step * step, -(-high // step) * step, step)

    def y(self, celsius: float) -> float:
        return _GROUND - (_GROUND - _TOP) * (celsius - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        return [self.low + self.step * count for count in range(round((self.high - self.low) / self.step) + 1)]


def _allowed(view: View, scale: _Scale, figures: Figures) -> str:
    rule = RULES[figures.storage]
    top, bottom = scale.y(rule.high), _GROUND if rule.low is None else scale.y(rule.low)
    return rect(view.left, top, view.right - view.left, bottom - top, "good-bg")


def _outside(view: View, excursions: Sequence[Excursion]) -> Iterator[str]:
    for left, right in _joined(view, [(one.begins, one.ends) for one in excursions]):
        yield rect(left, _TOP, max(2.0, right - left), _GROUND - _TOP, "harm-bg", "harm")


def _joined(view: View, stretches: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[float, float]]:
    """Where stretches lie across the picture; those that are less than one unit apart are drawn as one."""
    lying = [(view.x(begins), view.x(ends)) for begins, ends in stretches if view.shows(begins, ends)]
    left, right = -10.0, -10.0
    for begins, ends in lying:
        if begins - right >= 1 and right >= 0:
            yield left, right
            left = begins
        left, right = (begins if right < 0 else left), max(right, ends)
    if right >= 0:
        yield left, right


def _degrees(view: View, scale: _Scale, figures: Figures) -> Iterator[str]:
    rule = RULES[figures.storage]
    limits = [limit for limit in (rule.low, rule.high) if limit is not None]
    for tick in scale.ticks():
        y = scale.y(tick)
        yield line(view.left, y, view.right, y, "edge" if y == _GROUND else "rule")
        if all(abs(y - scale.y(limit)) > 11 for limit in limits):
            yield text(view.left - 6, y + 4, _minus(f"{tick:g}"), anchor="end")
    for limit in limits:
        y = scale.y(limit)
        yield line(view.left, y, view.right, y, "good", 1.4, "6 3")
        yield text(view.left - 6, y + 4, _minus(f"{limit:g}"), "good", anchor="end", weight=600)
    yield text(0, _TOP - 12, "°C")
    words = _minus(f"allowed {rule.words}")
    yield text(view.left + 6, scale.y(rule.high) + 14, words, "good", weight=600, halo=True)


def _named(view: View, figures: Figures) -> Iterator[str]:
    """The letter of each excursion, and what it came to where there is room; the rest stands in the table."""
    stops = sorted([*(one.begins for one in figures.excursions), *(begins for begins, _ in figures.gaps)])
    free = view.left
    for letter, one in zip(letters(), figures.excursions, strict=False):
        if not view.shows(one.begins, one.ends):
            continue
        left = view.x(one.begins)
        width = max(2.0, view.x(one.ends) - left)
        middle = left + width / 2
        if middle - 6 < free and free > view.left:
            continue
        yield text(middle, _TOP + 14, letter, "harm", 13, "middle", 700, halo=width < 14)
        free = max(left + width, middle + 6) + 5
        words = _minus(f"{one.extreme:.1f} °C, {lasted(one.minutes)}")
        ends = free + len(words) * _BOLD
        following = bisect_right(stops, one.begins)
        if view.width > PHONE and ends < (view.x(stops[following]) if following < len(stops) else view.right):
            yield text(free, _TOP + 14, words, "harm", 11.5, weight=600, halo=True)
            free = ends


def _gaps(view: View, figures: Figures) -> Iterator[str]:
    for left, right in _joined(view, figures.gaps):
        width = max(2.0, right - left)
        box = f'x="{n(left)}" y="{n(_TOP)}" width="{n(width)}" height="{n(_GROUND - _TOP)}"'
        yield f'<rect {box} fill="url(#{view.key}u)" {paint(stroke="draft")}/>'
    for begins, ends in figures.gaps[:6]:
        left, width = view.x(begins), max(2.0, view.x(ends) - view.x(begins))
        words = f"{lasted((ends - begins).total_seconds() / 60)} without readings"
        if view.width > PHONE and view.shows(begins, ends) and left + width + 6 + len(words) * _LETTER < view.right:
            yield text(left + width + 6, _GROUND - 8, words, "draft", halo=True)


def _readings(view: View, scale: _Scale, series: Series, figures: Figures) -> Iterator[str]:
    steps = round(view.right - view.left)
    gaps = [begins.timestamp() for begins, _ in figures.gaps]
    for run in outline(series, view.begins.timestamp(), view.ends.timestamp(), steps=steps, gaps=gaps):
        points = [(view.x(datetime.fromtimestamp(at, UTC)), scale.y(celsius)) for at, celsius in run]
        if len(points) == 1:
            yield diamond(*points[0], 4, "ink")
        else:
            yield polyline(points, "ink", 1.5)


def _hand_overs(view: View, marks: Sequence[HandOver]) -> Iterator[str]:
    free = [0.0, 0.0]
    shown = [(number, mark) for number, mark in enumerate(marks, 1) if view.begins <= mark.at <= view.ends]
    for number, mark in shown:
        x = view.x(mark.at)
        yield line(x, _TOP - 12, x, _STRIP + 18, "ink", 1, "2 3")
        yield diamond(x, _TOP - 10, 5, "ink")
        words = f"{number} {mark.event}" if view.width > PHONE else str(number)
        wide = len(words) * _LETTER
        begins = min(max(0.0, x - (4 if view.width > PHONE else wide / 2)), view.width - wide)
        row = 0 if begins >= free[0] else 1
        if begins >= free[row]:
            yield text(begins, _TOP - 22 - 15 * row, words, "2")
            free[row] = begins + wide + 10
    yield from _holders(view, marks)


def _holders(view: View, marks: Sequence[HandOver]) -> Iterator[str]:
    """Who held it, as a strip under the picture."""
    until = [*(mark.at for mark in marks), view.ends][1:]
    for number, (mark, ends) in enumerate(zip(marks, until, strict=True), 1):
        if not view.shows(mark.at, ends) or ends <= view.begins:
            continue
        left, right = view.x(mark.at), view.x(ends)
        yield rect(left, _STRIP, right - left, 17, "accent-weak", "accent")
        named = f"{number} {mark.holder}"
        room = int((right - left - 8) / _BOLD)
        words = named if len(named) <= room else f"{named[: room - 1]}…" if room > 8 else str(number)
        if len(words) <= room:
            yield text(left + 5, _STRIP + 12.5, words, "accent", weight=600)


def _time(view: View) -> Iterator[str]:
    hours = (view.ends - view.begins).total_seconds() / 3600
    most = max(2, int((view.right - view.left) / 80))
    step = next((one for one in _HOURS if hours / one <= most), int(hours / most) + 1)
    first = view.begins.astimezone(view.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = [
        moment
        for count in range(int(hours / step) + 24 // min(step, 24) + 2)
        if view.begins <= (moment := (first + timedelta(hours=step * count))) <= view.ends
    ]
    free, before = -100.0, None
    for moment in ticks:
        x = view.x(moment)
        yield line(x, _GROUND, x, _GROUND + 6, "edge")
        is_new_day, before = before != moment.date(), moment.date()
        words = f"{moment:%a} {moment.day} {moment:%b}" if step >= 24 or is_new_day else f"{moment:%H:%M}"
        if is_new_day and moment.hour:
            words = f"{moment:%a} {moment.day} {moment:%H:%M}"
        begins = min(max(0.0, x - len(words) * _LETTER / 2), view.width - len(words) * _LETTER)
        if begins > free:
            yield text(begins, _STRIP + 36, words)
            free = begins + len(words) * _LETTER + 8


def _minus(words: str) -> str:
    return words.replace("-", "\N{MINUS SIGN}")


def _day(moment: datetime, view: View) -> str:
    local = moment.astimezone(view.zone)
    return f"{local.day} {local:%B %Y}"
