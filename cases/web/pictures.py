"""One SVG writer for page and paper: numbers and a width go in, text comes out (the look, section 6).

Every shape carries a class (the page's style sheet colours it, dark too) and the light colour as an attribute (paper
uses that). Solid is recorded, dashed or hatched is forecast; nothing is told by colour alone. Type is never below 11
units; a picture for a wide page and one for a phone are drawn, not scaled.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup, escape

from cases.web import words

# The light colours of tokens.css; a test compares the two.
COLOURS = {
    "ink": "#1b2529",
    "2": "#465459",
    "3": "#5c696e",
    "surface": "#ffffff",
    "sunken": "#ebe9e1",
    "rule": "#dcd9cf",
    "edge": "#768286",
    "accent": "#0e5569",
    "accent-weak": "#e1edef",
    "harm": "#b8402f",
    "care": "#b0761a",
    "good": "#3b8459",
    "wait": "#5b78b0",
    "hold": "#8f56a0",
    "draft": "#7d8587",
    "harm-bg": "#fbe9e4",
    "care-bg": "#fbefd6",
    "good-bg": "#e4f1e7",
    "wait-bg": "#e6edf8",
    "hold-bg": "#f3e9f6",
    "draft-bg": "#efeee9",
}
TEXT_COLOURS = COLOURS | {
    "harm": "#94261a",
    "care": "#744600",
    "good": "#1d5c39",
    "wait": "#2e4c85",
    "hold": "#662f75",
    "draft": "#4d5456",
}
WIDE, NARROW = 1150, 328


# ---------- The writer ----------


def _n(value: float) -> str:
    """A coordinate: one decimal at most, no trailing nought, no minus nought."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _paint(fill: str = "", stroke: str = "", width: float = 1, dash: str = "") -> str:
    classes = [f"f-{fill}"] if fill else []
    classes += [f"s-{stroke}"] if stroke else []
    parts = [f'class="{" ".join(classes)}"'] if classes else []
    if fill:
        parts.append(f'fill="{"none" if fill == "none" else COLOURS[fill]}"')
    if stroke:
        parts.append(f'stroke="{COLOURS[stroke]}" stroke-width="{_n(width)}"')
    if dash:
        parts.append(f'stroke-dasharray="{dash}"')
    return " ".join(parts)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str = "") -> str:
    """A straight line."""
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" {_paint(stroke=stroke, width=width, dash=dash)}/>'


def rect(
    x: float, y: float, w: float, h: float, fill: str, stroke: str = "", width: float = 1, r: float = 0, dash: str = ""
) -> str:
    """A rectangle; never of negative width."""
    corner = f' rx="{_n(r)}"' if r else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(0.0, w))}" height="{_n(h)}"{corner} {_paint(fill, stroke, width, dash)}/>'


def diamond(x: float, y: float, size: float, fill: str) -> str:
    """A harm date or a hand-over."""
    return (
        f'<path d="M{_n(x)} {_n(y - size)}L{_n(x + size)} {_n(y)}L{_n(x)} {_n(y + size)}L{_n(x - size)} {_n(y)}Z" '
        f'{_paint(fill, "surface")} stroke-linejoin="round"/>'
    )


def polyline(points: Sequence[tuple[float, float]], stroke: str, width: float = 2, dash: str = "") -> str:
    """An open line through points."""
    return f'<path d="{_path(points)}" {_paint("none", stroke, width, dash)} stroke-linejoin="round"/>'


def area(points: Sequence[tuple[float, float]], fill: str = "", hatch: str = "") -> str:
    """A filled shape, or one filled with the hatch of that id."""
    paint = f'fill="url(#{hatch})"' if hatch else _paint(fill)
    return f'<path d="{_path(points)}Z" {paint}/>'


def text(x: float, y: float, content: str, tone: str = "3", size: float = 11, anchor: str = "", weight: int = 0) -> str:
    """A line of text, never below 11 units."""
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    heavy = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(max(11, size))}" class="t-{tone}" '
        f'fill="{TEXT_COLOURS[tone]}"{anchored}{heavy}>{escape(content)}</text>'
    )


def hatch(identity: str, stroke: str = "accent", ground: str = "") -> str:
    """The pattern for what is forecast or still needed."""
    under = f'<rect width="6" height="6" {_paint(ground)}/>' if ground else ""
    return (
        f'<defs><pattern id="{identity}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)">{under}{line(0, 0, 0, 6, stroke, 2)}</pattern></defs>'
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _svg(width: float, height: float, parts: Iterable[str], *, title: str = "", desc: str = "", key: str = "", only: str = "") -> Markup:
    shown = f'class="{only}" ' if only else ""
    if not title:
        head = f'<svg {shown}viewBox="0 0 {_n(width)} {_n(height)}" aria-hidden="true" focusable="false">'
    else:
        head = (
            f'<svg {shown}viewBox="0 0 {_n(width)} {_n(height)}" role="img" aria-labelledby="{key}-t {key}-d">'
            f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(desc)}</desc>'
        )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  (every text above went through escape())


# ---------- The slack bar of a row ----------

_BAR_WIDTH, _SIX_WEEKS_AT = 128.0, 112.0
_PER_DAY = _SIX_WEEKS_AT / 42


def slack_axis() -> Markup:
    """The head of the column of slack bars: now, 2, 4 and 6 weeks."""
    marks = [text(0, 11, "now")] + [
        text(_PER_DAY * 14 * step, 11, f"{2 * step} wk", anchor="middle") for step in (1, 2, 3)
    ]
    return _svg(_BAR_WIDTH, 14, marks)


def slack_bar(*, needed_days: float, days_to_harm: float, key: str, care_days: float = 7) -> Markup:
    """Time still needed (hatched) against the day of harm (diamond), 48 days wide.

    What is left over is slack: green, amber under ``care_days``; what is missing is a solid bar behind the diamond.
    Hidden from screen readers, because the row already says it. ``key`` is unique on the page.
    """
    at = min(_BAR_WIDTH - 5, max(0.0, days_to_harm) * _PER_DAY)
    need = min(_BAR_WIDTH - 5, max(0.0, needed_days) * _PER_DAY)
    parts = [hatch(f"{key}h"), line(0, 19, _BAR_WIDTH, 19, "rule")]
    parts += [line(0.5 + _PER_DAY * 14 * step, 16, 0.5 + _PER_DAY * 14 * step, 21, "edge") for step in range(4)]
    parts.append(f'<rect x="0" y="6" width="{_n(min(need, at))}" height="10" fill="url(#{key}h)" {_paint(stroke="accent")}/>')
    if need > at:
        parts.append(rect(at, 5, need - at, 12, "harm"))
    elif days_to_harm - needed_days < care_days:
        parts.append(rect(need, 6, at - need, 10, "care-bg", "care"))
    else:
        parts.append(rect(need, 6, at - need, 10, "good-bg", "good"))
    parts.append(diamond(at, 11, 5, "ink"))
    return _svg(_BAR_WIDTH, 22, parts)


# ---------- Small pictures ----------


def page_thumb() -> Markup:
    """A sheet of paper, for a page or file that was handed in."""
    parts = [rect(0.5, 0.5, 71, 95, "surface", "edge", r=2), rect(9, 10, 30, 5, "ink")]
    parts += [rect(9, 22 + 6.4 * row, 34 if row % 4 == 3 else 54, 2, "edge") for row in range(9)]
    drawn = _svg(72, 96, parts)
    return Markup(drawn.replace("<svg ", '<svg class="page-thumb" ', 1))  # noqa: S704  (our own markup)


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
