"""One SVG writer for page and paper: numbers and a width go in, text comes out (the look, section 6).

Every shape carries a class (the page's style sheet colours it, dark too) and the light colour as an attribute (paper
uses that). Solid is recorded, dashed or hatched is forecast; nothing is told by colour alone. Type is never below 11
units; a picture for a wide page and one for a phone are drawn, not scaled.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from markupsafe import Markup

from cases.print.svg import (
    diamond,
    hatch,
    line,
    n,
    paint,
    rect,
    svg,
    text,
)
from cases.web import words

NARROW = 328


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
    """A waiting window or a clock as a row of days, 328 wide, so that its type stays legible on a phone.

    Days that have passed are filled, the day of ``today`` is ringed in ink, days ahead are dashed; paused days are
    hatched and stand at the end, because they were added there. ``length`` counts them in.

    :raises ValueError: for a window without a day.
    """
    if length < 1:
        raise ValueError("A window has at least one day.")
    passed = min(length, max(0, (today - first_day).days))
    last_day = first_day + timedelta(days=length - 1)
    running = first_day <= today <= last_day
    if running:
        finding = f"Day {passed + 1} of {length}; the last day is {words.day_with_year(last_day)}."
    elif today < first_day:
        finding = f"{length} days from {words.day_with_year(first_day)} to {words.day_with_year(last_day)}; not begun."
    else:
        finding = f"All {length} days have passed; the last was {words.day_with_year(last_day)}."
    step = NARROW / length
    gap = min(2.0, step / 4)
    parts = [hatch(f"{key}h", "hold", "hold-bg")]
    for nth in range(length):
        box = f'x="{n(nth * step)}" y="22" width="{n(step - gap)}" height="24"'
        if nth >= length - paused_days:
            parts.append(f'<rect {box} fill="url(#{key}h)" {paint(stroke="hold")}/>')
        elif nth < passed:
            parts.append(f"<rect {box} {paint('wait', 'wait', 0.8)}/>")
        else:
            parts.append(f"<rect {box} {paint('wait-bg', 'wait', 0.8, '2 2')}/>")
    if running:
        parts += _today_in_window(passed * step, step - gap, f"today, day {passed + 1} of {length}")
    parts.append(text(0, 64, f"day 1, {short_day(first_day)}", "2"))
    parts.append(text(NARROW, 64, f"day {length}, {short_day(last_day)}", "2", anchor="end"))
    return svg(NARROW, 70, parts, title=title, desc=finding, key=key, classes="pic__window")


def _today_in_window(x: float, width: float, label: str) -> list[str]:
    anchor = "start" if x < NARROW * 0.3 else "end" if x > NARROW * 0.7 else "middle"
    at = {"start": x, "middle": x + width / 2, "end": x + width}[anchor]
    return [rect(x, 19, width, 30, "none", "ink", 1.6), text(at, 12, label, "ink", 11.5, anchor, 600)]


def short_day(on: date) -> str:
    """``Fri 18 Dec``: a label in a picture whose caption names the years."""
    return f"{words.weekday(on)} {on.day} {words.month(on)}"


# ---------- Moments of a record ----------

_TRACK = 640.0


def ticks(moments: Sequence[datetime], *, at: datetime | None) -> Markup:
    """Every moment with entries as a line over a track, and where ``at`` stands on it; hidden, the words say it."""
    if not moments:
        return Markup("")
    first, last = moments[0], max(moments[-1], at or moments[-1])
    seconds = max((last - first).total_seconds(), 1.0)

    def place(moment: datetime) -> float:
        return 8 + (_TRACK - 16) * min(1.0, max(0.0, (moment - first).total_seconds() / seconds))

    places = sorted({round(place(moment)) for moment in moments})
    parts = [line(x, 0, x, 9, "wait", 1.5) for x in places]
    parts.append(rect(8, 14, _TRACK - 16, 7, "surface", "wait", r=3.5))
    if at is not None:
        parts.append(rect(8, 14, place(at) - 8, 7, "accent", r=3.5))
        parts.append(diamond(place(at), 17.5, 7, "accent"))
    return svg(_TRACK, 26, parts)


# ---------- Small pictures ----------


def page_thumb() -> Markup:
    """A sheet of paper, for a page or file that was handed in."""
    parts = [rect(0.5, 0.5, 71, 95, "surface", "edge", r=2), rect(9, 10, 30, 5, "ink")]
    parts += [rect(9, 22 + 6.4 * row, 34 if row % 4 == 3 else 54, 2, "edge") for row in range(9)]
    return svg(72, 96, parts, classes="page-thumb")


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
