"""The overview of pathways as a tile map: a tile a country, where it lies, and how its pathways stand.

Places are columns and rows of a small grid, drawn by the style sheet; on a narrow page the tiles stand by region. No
map is drawn and nothing is fetched. What a tile says, it says in words and shapes; colour alone says nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Region: country, column, row. Rough geography, so that a person finds a country where it would be on a map.
REGIONS: tuple[tuple[str, tuple[tuple[str, int, int], ...]], ...] = (
    ("Americas", (("CA", 1, 1), ("US", 1, 2), ("MX", 1, 3), ("BR", 2, 4))),
    (
        "Europe",
        (("IE", 3, 1), ("GB", 4, 1), ("DE", 5, 1), ("ES", 3, 2), ("FR", 4, 2), ("CH", 5, 2), ("IT", 5, 3)),
    ),
    ("Middle East", (("TR", 6, 2), ("IL", 6, 3), ("SA", 7, 3), ("AE", 8, 3))),
    ("Africa", (("NG", 4, 4), ("KE", 6, 4), ("ZA", 5, 5))),
    ("Asia", (("JP", 10, 2), ("HK", 9, 3), ("IN", 7, 4), ("PH", 10, 4), ("MY", 8, 4), ("SG", 9, 4))),
    ("Oceania", (("AU", 9, 5), ("NZ", 10, 5))),
)
ELSEWHERE = "Elsewhere"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one pathway stands, as far as the map tells it."""

    country: str
    name: str
    state: str
    stale: bool
    open_cases: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One country: how many pathways stand how, how many are overdue for review, how many open cases use them."""

    code: str
    name: str
    column: int
    row: int
    url: str
    current: bool
    pathways: int
    states: tuple[tuple[str, int], ...]
    stale: int
    open_cases: int


def tiles(
    standings: Iterable[Standing], *, order: Iterable[str], current: str, address: Callable[[str], str]
) -> list[tuple[str, list[Tile]]]:
    """Tiles by region. ``order`` is the order of states; ``address`` makes the link of a country (empty: of all)."""
    by_country: dict[str, list[Standing]] = {}
    for standing in standings:
        by_country.setdefault(standing.country, []).append(standing)
    states = list(order)

    def tile(code: str, column: int, row: int) -> Tile:
        own = by_country[code]
        counts = ((state, sum(one.state == state for one in own)) for state in states)
        return Tile(
            code=code,
            name=own[0].name,
            column=column,
            row=row,
            url=address("" if code == current else code),
            current=code == current,
            pathways=len(own),
            states=tuple((state, count) for state, count in counts if count),
            stale=sum(one.stale for one in own),
            open_cases=sum(one.open_cases for one in own),
        )

    placed = {code for _, countries in REGIONS for code, _, _ in countries}
    found = [
        (title, [tile(code, column, row) for code, column, row in countries if code in by_country])
        for title, countries in REGIONS
    ]
    # A country that has no place yet stands under the map, one beside the other.
    others = [tile(code, 1 + nth % 10, 6 + nth // 10) for nth, code in enumerate(sorted(set(by_country) - placed))]
    return [(title, shown) for title, shown in [*found, (ELSEWHERE, others)] if shown]
