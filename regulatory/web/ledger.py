"""The quantity ledger of an authorization as a picture: what is gone, under way and left, up to the ceiling."""

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from cases.print.svg import hatch, line, n, paint, rect, svg, text
from cases.web import words
from cases.web.pictures import NARROW
from regulatory.models import Authorization, QuantityEntry
from regulatory.quantities import Balance

WIDE = 760
_TOP, _TALL = 8.0, 26.0
_LETTER = 6.2  # how wide a letter of 11 units is, on average
Account = QuantityEntry.Account
# From what is over to what is only promised; each has a ground of its own, and its name and number beside it.
ORDER: tuple[tuple[str, str, str], ...] = (
    (Account.DISPENSED, "dispensed", "good"),
    (Account.DESTROYED, "destroyed", "edge"),
    (Account.RETURNED, "returned", "edge"),
    (Account.RECEIVED, "received", "accent"),
    (Account.SHIPPED, "shipped", "accent-weak"),
    (Account.ORDERED, "ordered", "hatch"),
    (Account.RESERVED, "reserved", "hatch"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of the bar."""

    name: str
    quantity: Decimal
    look: str


def parts_of(stands: Balance) -> list[Part]:
    """The stretches of the bar in their order, the rest last; nothing for an account that holds nothing."""
    found = [
        Part(name, stands.accounts[account], look) for account, name, look in ORDER if stands.accounts.get(account)
    ]
    left = stands.remaining
    return [*found, Part("left", left, "none")] if left else found


def finding(stands: Balance, unit: str) -> str:
    """The bar in a sentence."""
    told = ", ".join(f"{words.quantity(part.quantity, unit)} {part.name}" for part in parts_of(stands))
    return f"Of {words.quantity(stands.authorized or Decimal(0), unit)} authorized: {told}."


def drawing(authorization: Authorization, stands: Balance) -> Markup:
    """The bar, drawn for a wide page and for a phone; empty where the letter sets no quantity."""
    if not stands.authorized:
        return Markup("")
    told = finding(stands, authorization.unit)
    title = f"Quantity ledger of {authorization.label}"
    return Markup("").join(
        svg(
            width,
            height,
            drawn,
            title=title,
            desc=told,
            key=f"q{authorization.number}{shown[0]}",
            classes=f"{shown}-only",
        )
        for shown, width in (("wide", WIDE), ("narrow", NARROW))
        for drawn, height in [_drawn(stands, width, f"q{authorization.number}{shown[0]}h")]
    )


def _drawn(stands: Balance, width: float, key: str) -> tuple[list[str], float]:
    whole = float(stands.authorized or 1)
    parts = parts_of(stands)
    shapes = [hatch(key), rect(0.5, _TOP, width - 1, _TALL, "none", "edge")]
    x = 0.5
    for part in parts:
        long = (width - 1) * float(part.quantity) / whole
        if part.look == "hatch":
            shapes.append(
                f'<rect x="{n(x)}" y="{n(_TOP)}" width="{n(long)}" height="{n(_TALL)}" fill="url(#{key})" '
                f"{paint(stroke='accent')}/>"
            )
        elif part.look != "none":
            shapes.append(rect(x, _TOP, long, _TALL, part.look, "accent" if part.look.startswith("accent") else ""))
        x += long
    labels, height = _labels(parts, whole, width)
    return [*shapes, *labels], height


def _labels(parts: list[Part], whole: float, width: float) -> tuple[list[str], float]:
    """Name and number under each stretch, on the first row with room for it, joined to it by a line."""
    shapes: list[str] = []
    rows: list[float] = []
    x = 0.5
    for part in parts:
        long = (width - 1) * float(part.quantity) / whole
        told = f"{words.number(part.quantity)} {part.name}"
        need = _LETTER * len(told)
        at = max(0.0, min(x + long / 2 - need / 2, width - need))
        row = next((number for number, end in enumerate(rows) if end + 8 <= at), len(rows))
        rows[row : row + 1] = [at + need]
        base = _TOP + _TALL + 16 + 15 * row
        shapes += [
            line(x + long / 2, _TOP + _TALL, x + long / 2, base - 10, "rule"),
            text(at, base, told, tone="2"),
        ]
        x += long
    return shapes, _TOP + _TALL + 8 + 15 * max(1, len(rows)) + 4
