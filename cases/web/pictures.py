"""One SVG writer for page and paper: numbers and a width go in, text comes out (the look, section 6).

Every shape carries a class (the page's style sheet colours it, dark too) and the light colour as an attribute (paper
uses that). Solid is recorded, dashed or hatched is forecast; nothing is told by colour alone. Type is never below 11
units; a picture for a wide page and one for a phone are drawn, not scaled.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from cases.web import words
from cases.web.svg import (
    area,
    diamond,
    hatch,
    line,
    n,
    paint,
    polyline,
    rect,
    svg,
    text,
)

WIDE, NARROW = 1150, 328


# ---------- The slack bar of a row ----------

_BAR_WIDTH, _SIX_WEEKS_AT = 128.0, 112.0
_PER_DAY = _SIX_WEEKS_AT / 42


def slack_axis() -> Markup:
    """The head of the column of slack bars: now, 2, 4 and 6 weeks."""
    marks = [text(0, 11, "now")] + [
        text(_PER_DAY * 14 * step, 11, f"{2 * step} wk", anchor="middle") for step in (1, 2, 3)
    ]
    return svg(_BAR_WIDTH, 14, marks)


def slack_bar(*, needed_days: float, days_to_harm: float, key: str, care_days: float = 7) -> Markup:
    """Time still needed (hatched) against the day of harm (diamond), 48 days wide.

    What is left over is slack: green, amber under ``care_days``; what is missing is a solid bar behind the diamond.
    Hidden from screen readers, because the row already says it. ``key`` is unique on the page.
    """
    at = min(_BAR_WIDTH - 5, max(0.0, days_to_harm) * _PER_DAY)
    need = min(_BAR_WIDTH - 5, max(0.0, needed_days) * _PER_DAY)
    parts = [hatch(f"{key}h"), line(0, 19, _BAR_WIDTH, 19, "rule")]
    parts += [line(0.5 + _PER_DAY * 14 * step, 16, 0.5 + _PER_DAY * 14 * step, 21, "edge") for step in range(4)]
    parts.append(
        f'<rect x="0" y="6" width="{n(min(need, at))}" height="10" fill="url(#{key}h)" {paint(stroke="accent")}/>'
    )
    if need > at:
        parts.append(rect(at, 5, need - at, 12, "harm"))
    elif days_to_harm - needed_days < care_days:
        parts.append(rect(need, 6, at - need, 10, "care-bg", "care"))
    else:
        parts.append(rect(need, 6, at - need, 10, "good-bg", "good"))
    parts.append(diamond(at, 11, 5, "ink"))
    return svg(_BAR_WIDTH, 22, parts)


# ---------- A window that runs: day n of m ----------


def window(*, key: str, first_day: date, length: int, today: date, title: str, paused_days: int = 0) -> Markup:
    """A waiting window or a clock as a row of days, twice: for a desk and for a phone.

    Days that have passed are filled, the day of ``today`` is ringed in ink, days ahead are dashed; paused days are
    hatched and stand at the end, because they were added there. ``length`` counts them in.
    """
    if length < 1:
        raise ValueError("A window has at least one day.")
    passed = min(length, max(0, (today - first_day).days))
    last_day = first_day + timedelta(days=length - 1)
    if today < first_day:
        finding = f"{length} days from {words.day_with_year(first_day)} to {words.day_with_year(last_day)}; not begun."
    elif today > last_day:
        finding = f"All {length} days have passed; the last was {words.day_with_year(last_day)}."
    else:
        finding = f"Day {passed + 1} of {length}; the last day is {words.day_with_year(last_day)}."
    drawn = (
        _window(wide, only, f"{key}{only[0]}", first_day, length, passed, paused_days, title, finding, today)
        for wide, only in ((560.0, "wide-only"), (float(NARROW), "narrow-only"))
    )
    return Markup("").join(drawn)


def _window(
    width: float,
    only: str,
    key: str,
    first_day: date,
    length: int,
    passed: int,
    paused_days: int,
    title: str,
    finding: str,
    today: date,
) -> Markup:
    step = width / length
    gap = min(2.0, step / 4)
    parts = [hatch(f"{key}h", "hold", "hold-bg")]
    running = first_day <= today < first_day + timedelta(days=length)
    for nth in range(length):
        x = nth * step
        if nth >= length - paused_days:
            parts.append(
                f'<rect x="{n(x)}" y="22" width="{n(step - gap)}" height="24" fill="url(#{key}h)" {paint(stroke="hold")}/>'
            )
        elif nth < passed:
            parts.append(rect(x, 22, step - gap, 24, "wait", "wait", 0.8))
        else:
            parts.append(rect(x, 22, step - gap, 24, "wait-bg", "wait", 0.8, dash="2 2"))
    if running:
        x = passed * step
        parts.append(rect(x, 19, step - gap, 30, "none", "ink", 1.6))
        anchor = "start" if x < width * 0.3 else "end" if x > width * 0.7 else "middle"
        at = x if anchor == "start" else x + step - gap if anchor == "end" else x + step / 2
        parts.append(text(at, 12, f"today, day {passed + 1} of {length}", "ink", 11.5, anchor, 600))
    last_day = first_day + timedelta(days=length - 1)
    parts.append(text(0, 64, f"day 1, {_short(first_day)}", "2"))
    parts.append(text(width, 64, f"day {length}, {_short(last_day)}", "2", anchor="end"))
    return svg(width, 70, parts, title=title, desc=finding, key=key, only=only)


def _short(on: date) -> str:
    return f"{words.weekday(on)} {on.day} {words.month(on)}"


# ---------- Supply runway ----------


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
    """Days of therapy on hand over time. ``recorded`` ends today, ``forecast`` begins there; both are (day, days on hand)."""

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


def runway(picture: Runway, *, key: str) -> Markup:
    """The supply runway, drawn twice: 1150 units for a desk, 328 for a phone."""
    return Markup("").join(
        (
            _runway(picture, WIDE, 44, 1134, f"{key}w", "wide-only", weeks=1, labels=True),
            _runway(picture, NARROW, 30, 320, f"{key}n", "narrow-only", weeks=4, labels=False),
        )
    )


def _runway(
    p: Runway, width: float, left: float, right: float, key: str, only: str, *, weeks: int, labels: bool
) -> Markup:
    top, ground = 34.0, 186.0
    per_day = (right - left) / max(1, (p.end - p.start).days)
    peak = max([level for _, level in (*p.recorded, *p.forecast)] or [14])
    ceiling = max(14, -(-int(peak + 0.999) // 14) * 14)

    def x(on: date) -> float:
        return left + min(max(0, (on - p.start).days), (p.end - p.start).days) * per_day

    def y(level: float) -> float:
        return ground - (ground - top) * level / ceiling

    stride = 14 * max(1, ceiling // 14 // 4)
    parts = [hatch(f"{key}f", "accent", "accent-weak")]
    for level in range(0, ceiling + 1, stride):
        parts.append(line(left, y(level), right, y(level), "rule" if level else "edge"))
        parts.append(text(left - 6, y(level) + 4, str(level), anchor="end"))
    parts.append(text(0, 14, "Days of therapy on hand"))
    monday = p.start + timedelta(days=-p.start.weekday() % 7)
    while monday <= p.end:
        if x(monday) < right - 12:
            parts.append(line(x(monday), ground, x(monday), ground + 4, "edge"))
            parts.append(text(x(monday), ground + 17, f"{monday.day} {words.month(monday)}", anchor="middle"))
        monday += timedelta(weeks=weeks)
    known = [(x(on), y(level)) for on, level in p.recorded]
    ahead = [(x(on), y(level)) for on, level in p.forecast]
    if known:
        parts.append(area([(known[0][0], ground), *known, (known[-1][0], ground)], "accent-weak"))
        parts.append(polyline(known, "accent", 2.5))
    if ahead:
        parts.append(area([(ahead[0][0], ground), *ahead, (ahead[-1][0], ground)], hatch=f"{key}f"))
        parts.append(polyline(ahead, "accent", 2, "5 3"))
    for dose in p.doses:
        ring = paint("surface" if dose.planned else "accent", "accent", 2)
        parts.append(f'<circle cx="{n(x(dose.on))}" cy="{n(y(dose.level))}" r="4" {ring}/>')
        if labels:
            parts.append(text(x(dose.on) + 8, y(dose.level) - 7, dose.label, "2"))
    parts.append(line(x(p.today), 20, x(p.today), ground + 12 + 24 * len(p.spans), "ink", 1.2))
    on_hand = p.recorded[-1][1] if p.recorded else 0
    late = x(p.today) > (left + right) / 2
    parts.append(
        text(
            x(p.today) + (-4 if late else 4),
            30,
            f"today, {words.days(int(on_hand))}",
            "ink",
            11.5,
            "end" if late else "",
            600,
        )
    )
    for on, tone, label in ((p.run_out, "harm", "runs out"), (p.next_run_out, "care", "next run-out")):
        if on is None:
            continue
        parts.append(diamond(x(on), ground - 1, 6, tone))
        flip = x(on) > right - 90
        parts.append(
            text(
                x(on) + (-9 if flip else 9),
                ground - 14,
                f"{label} {_short(on)}",
                tone,
                anchor="end" if flip else "",
                weight=600,
            )
        )
    parts += _spans(p.spans, x, left, right, ground + 32)
    return svg(width, ground + 40 + 24 * len(p.spans), parts, title=p.title, desc=p.finding, key=key, only=only)


def _spans(spans: Sequence[Span], x: Callable[[date], float], left: float, right: float, first: float) -> Iterable[str]:
    for row, span in enumerate(spans):
        y, start, end = first + 24 * row, x(span.start), x(span.end)
        accent = span.state == "accent"
        ground = "accent-weak" if accent else f"{span.state}-bg"
        yield rect(start, y, max(4.0, end - start), 16, ground, span.state, 1, 2)
        tone = "ink" if accent else span.state
        roomy = end - start > 6.2 * len(span.inside) + 12
        if span.inside and roomy:
            yield text(start + 6, y + 12, span.inside, tone, weight=500)
        outside = span.beside if roomy else " · ".join(filter(None, (span.inside, span.beside)))
        if not outside:
            continue
        fits_after = end + 6 + 6.2 * len(outside) <= right + 14
        fits_before = start - 6 - 6.2 * len(outside) >= 0
        if fits_after or not fits_before:
            yield text(
                end + 6 if fits_after else left, y + 12, outside, "2" if roomy else tone
            )
        else:
            yield text(start - 6, y + 12, outside, "2" if roomy else tone, anchor="end")


# ---------- Small pictures ----------


def page_thumb() -> Markup:
    """A sheet of paper, for a page or file that was handed in."""
    parts = [rect(0.5, 0.5, 71, 95, "surface", "edge", r=2), rect(9, 10, 30, 5, "ink")]
    parts += [rect(9, 22 + 6.4 * row, 34 if row % 4 == 3 else 54, 2, "edge") for row in range(9)]
    drawn = svg(72, 96, parts)
    return Markup(drawn.replace("<svg ", '<svg class="page-thumb" ', 1))


def qr_code(drawn: str, label: str) -> Markup:
    """The square code of an authenticator key, redrawn into the page: no ``data:`` address, so a strict policy holds.

    :param drawn: the SVG text that the ``qrcode`` library made; only its box and its path are taken.
    :raises ValueError: when the text is not such a drawing.
    """
    box = re.search(r'viewBox="([0-9. ]+)"', drawn)
    path = re.search(r'\sd="([MHVLZmhvlz0-9,. -]+)"', drawn)
    if not box or not path:
        raise ValueError("This is not a square code drawn as one path.")
    return Markup('<svg class="qr" viewBox="{}" role="img" aria-label="{}"><path d="{}" fill="#000"/></svg>').format(
        box[1], label, path[1]
    )
