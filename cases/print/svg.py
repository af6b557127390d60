"""The SVG writer: shapes as text, each with a class for the page and the light colour as an attribute for paper."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

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


def n(value: float) -> str:
    """A coordinate: one decimal at most, no trailing nought, no minus nought."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def paint(fill: str = "", stroke: str = "", width: float = 1, dash: str = "") -> str:
    classes = [f"f-{fill}"] if fill else []
    classes += [f"s-{stroke}"] if stroke else []
    parts = [f'class="{" ".join(classes)}"'] if classes else []
    if fill:
        parts.append(f'fill="{"none" if fill == "none" else COLOURS[fill]}"')
    if stroke:
        parts.append(f'stroke="{COLOURS[stroke]}" stroke-width="{n(width)}"')
    if dash:
        parts.append(f'stroke-dasharray="{dash}"')
    return " ".join(parts)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str = "") -> str:
    """A straight line."""
    return f'<line x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}" {paint(stroke=stroke, width=width, dash=dash)}/>'


def rect(
    x: float, y: float, w: float, h: float, fill: str, stroke: str = "", width: float = 1, r: float = 0, dash: str = ""
) -> str:
    """A rectangle; never of negative width."""
    corner = f' rx="{n(r)}"' if r else ""
    box = f'x="{n(x)}" y="{n(y)}" width="{n(max(0.0, w))}" height="{n(h)}"{corner}'
    return f"<rect {box} {paint(fill, stroke, width, dash)}/>"


def diamond(x: float, y: float, size: float, fill: str) -> str:
    """A harm date or a hand-over."""
    return (
        f'<path d="M{n(x)} {n(y - size)}L{n(x + size)} {n(y)}L{n(x)} {n(y + size)}L{n(x - size)} {n(y)}Z" '
        f'{paint(fill, "surface")} stroke-linejoin="round"/>'
    )


def polyline(points: Sequence[tuple[float, float]], stroke: str, width: float = 2, dash: str = "") -> str:
    """An open line through points."""
    return f'<path d="{_path(points)}" {paint("none", stroke, width, dash)} stroke-linejoin="round"/>'


def area(points: Sequence[tuple[float, float]], fill: str = "", hatch: str = "") -> str:
    """A filled shape, or one filled with the hatch of that id."""
    filled = f'fill="url(#{hatch})"' if hatch else paint(fill)
    return f'<path d="{_path(points)}Z" {filled}/>'


def text(
    x: float,
    y: float,
    content: str,
    tone: str = "3",
    size: float = 11,
    anchor: str = "",
    weight: int = 0,
    halo: bool = False,
) -> str:
    """A line of text, never below 11 units; ``halo`` clears the ground behind it, for text over a hatch."""
    extra = f' text-anchor="{anchor}"' if anchor else ""
    extra += f' font-weight="{weight}"' if weight else ""
    around = (
        f' stroke="{COLOURS["surface"]}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    )
    return (
        f'<text x="{n(x)}" y="{n(y)}" font-size="{n(max(11, size))}" class="t-{tone}{" s-surface" if halo else ""}" '
        f'fill="{TEXT_COLOURS[tone]}"{extra}{around}>{escape(content)}</text>'
    )


def hatch(identity: str, stroke: str = "accent", ground: str = "") -> str:
    """The pattern for what is forecast or still needed."""
    under = f'<rect width="6" height="6" {paint(ground)}/>' if ground else ""
    return (
        f'<defs><pattern id="{identity}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)">{under}{line(0, 0, 0, 6, stroke, 2)}</pattern></defs>'
    )


def on_paper(picture: str) -> str:
    """The picture by itself, for the typesetter: with its namespace, and the house's font instead of the page's."""
    return str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="IBM Plex Sans" ', 1)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points)


def svg(
    width: float,
    height: float,
    parts: Iterable[str],
    *,
    title: str = "",
    desc: str = "",
    key: str = "",
    classes: str = "",
) -> Markup:
    """The whole picture: with a title it speaks, without one it is hidden from assistive technology."""
    shown = f'class="{classes}" ' if classes else ""
    if not title:
        head = f'<svg {shown}viewBox="0 0 {n(width)} {n(height)}" aria-hidden="true" focusable="false">'
    else:
        head = (
            f'<svg {shown}viewBox="0 0 {n(width)} {n(height)}" role="img" aria-labelledby="{key}-t {key}-d">'
            f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(desc)}</desc>'
        )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  (every text above went through escape())
