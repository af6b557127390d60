"""Stock on the page of a case: the account of a case of stock, drawn and as a table."""

from datetime import datetime
from typing import Any

from markupsafe import Markup

from cases.custody.stock import PLACES, Account, account_of, uses_of_stock
from cases.models import Case
from cases.people.models import User
from cases.print.svg import hatch, line, n, paint, rect, svg, text
from cases.web import words
from cases.web.pictures import NARROW
from cases.web.registries import overview_panel

WIDE = 760
_TOP, _TALL, _LETTER = 8.0, 26.0, 6.2
# What is here, what is with patients, what is on its way; the rest is over.
LOOKS = {"on_hand": "accent", "drawn": "good", "quarantine": "hatch", "coming": "accent-weak"}


@overview_panel("custody/stock.html")
def stock_panel(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """The account of a case of stock; nothing for any other case."""
    if not case.is_stock:
        return {}
    account, uses = account_of(case), uses_of_stock(case)
    drawn_for = Case.objects.visible_to(user, at=now).filter(pk__in={one.case.pk for one in uses})
    seen = set(drawn_for.values_list("pk", flat=True)) if uses else set()
    return {
        "account": [(words.capital(name), account.at[place]) for place, name in PLACES.items() if account.at[place]],
        "total": account.total,
        "told": told(account),
        "picture": drawing(account),
        "uses": [
            {
                "case": one.case if one.case.pk in seen else None,
                "serials": ", ".join(one.serials),
                "packs": len(one.serials),
                "on": one.move.done_at,
                "from": one.move.stock.label,
                "is_back": one.is_back,
                "reason": one.move.reason if one.case.pk in seen else "",
            }
            for one in reversed(uses)
        ],
    }


def told(account: Account) -> str:
    """The bar in a sentence."""
    parts = [f"{account.at[place]} {name}" for place, name in PLACES.items() if account.at[place]]
    return f"Of {words.counted(account.total, 'pack')}: {', '.join(parts)}." if parts else "No pack is allocated yet."


def drawing(account: Account) -> Markup:
    """The bar, drawn for a wide page and for a phone; empty while there is no pack."""
    if not account.total:
        return Markup("")
    return Markup("").join(
        svg(width, height, shapes, title="Account of the stock", desc=told(account), key=f"stock{shown[0]}",
            classes=f"{shown}-only")
        for shown, width in (("wide", WIDE), ("narrow", NARROW))
        for shapes, height in [_drawn(account, width, f"stock{shown[0]}h")]
    )  # fmt: skip


def _drawn(account: Account, width: float, key: str) -> tuple[list[str], float]:
    shapes = [hatch(key), rect(0.5, _TOP, width - 1, _TALL, "none", "edge")]
    rows: list[float] = []
    x = 0.5
    for place, name in PLACES.items():
        if not account.at[place]:
            continue
        long = (width - 1) * account.at[place] / account.total
        shapes += _stretch(place, x, long, key)
        said = f"{account.at[place]} {name}"
        need = _LETTER * len(said)
        at = max(0.0, min(x + long / 2 - need / 2, width - need))
        row = next((number for number, end in enumerate(rows) if end + 8 <= at), len(rows))
        rows[row : row + 1] = [at + need]
        base = _TOP + _TALL + 16 + 15 * row
        shapes += [line(x + long / 2, _TOP + _TALL, x + long / 2, base - 10, "rule"), text(at, base, said, tone="2")]
        x += long
    return shapes, _TOP + _TALL + 12 + 15 * max(1, len(rows))


def _stretch(place: str, x: float, long: float, key: str) -> list[str]:
    look = LOOKS.get(place, "edge")
    if look != "hatch":
        return [rect(x, _TOP, long, _TALL, look, "accent" if look.startswith("accent") else "")]
    return [
        f'<rect x="{n(x)}" y="{n(_TOP)}" width="{n(long)}" height="{n(_TALL)}" fill="url(#{key})" '
        f"{paint(stroke='accent')}/>"
    ]
