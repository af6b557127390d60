"""A GS1 DataMatrix, drawn by the house: ECC 200, ASCII encodation, square symbols up to 48 modules. Pure.

Source: ISO/IEC 16022 (error correction over GF(256) with polynomial 301, placement of annex F); GS1 General
Specifications 5.6 (FNC1 first and as separator). Checked in the tests by a decoder that is not ours.
"""

from dataclasses import dataclass
from typing import Final

from cases.custody.scanning.costumes import GS

FNC1, PAD = 232, 129


@dataclass(frozen=True, slots=True)
class _Size:
    """Modules a side, data and error codewords, and regions a side."""

    side: int
    data: int
    error: int
    regions: int = 1


SIZES: Final = (
    _Size(10, 3, 5), _Size(12, 5, 7), _Size(14, 8, 10), _Size(16, 12, 12), _Size(18, 18, 14), _Size(20, 22, 18),
    _Size(22, 30, 20), _Size(24, 36, 24), _Size(26, 44, 28), _Size(32, 62, 36, 2), _Size(36, 86, 42, 2),
    _Size(40, 114, 48, 2), _Size(44, 144, 56, 2), _Size(48, 174, 68, 2),
)  # fmt: skip


class TooMuchText(ValueError):
    """More text than the largest symbol that is drawn here holds."""


def element_string(*, gtin: str, expiry: str, lot: str, serial: str) -> str:
    """The text of a pack's code: identifiers of known length first, one separator, no symbology."""
    return f"01{gtin}17{expiry}10{lot}{GS}21{serial}"


def modules_of(text: str) -> list[list[bool]]:
    """The dark modules of the GS1 DataMatrix of an element string, row by row, without quiet zone.

    :raises TooMuchText: when no symbol is large enough.
    """
    words = [FNC1, *_encoded(text)]
    size = next((one for one in SIZES if one.data >= len(words)), None)
    if size is None:
        raise TooMuchText(f"{len(text)} characters do not fit into a symbol of {SIZES[-1].side} modules.")
    words = _padded(words, size.data)
    words += _error_words(words, size.error)
    return _framed(_placed(words, size.side - 2 * size.regions), size)


def drawn(text: str, *, millimetres: float = 0.6) -> str:
    """The symbol as SVG, with its quiet zone; one module is so wide. Black on white in every theme: it is scanned."""
    grid = modules_of(text)
    side = len(grid) + 4
    path = "".join(f"M{x + 2} {y + 2}h1v1h-1z" for y, row in enumerate(grid) for x, dark in enumerate(row) if dark)
    wide = f"{side * millimetres:.1f}mm"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{wide}" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges" role="img" aria-label="GS1 DataMatrix"><rect width="{side}" height="{side}" '
        f'fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


def _encoded(text: str) -> list[int]:
    words, place = [], 0
    while place < len(text):
        pair = text[place : place + 2]
        if len(pair) == 2 and pair.isascii() and pair.isdigit():
            words.append(130 + int(pair))
            place += 2
            continue
        character = text[place]
        words.append(FNC1 if character == GS else ord(character) + 1)
        place += 1
    return words


def _padded(words: list[int], wanted: int) -> list[int]:
    padded = list(words)
    if len(padded) < wanted:
        padded.append(PAD)
    while len(padded) < wanted:
        scrambled = PAD + (149 * (len(padded) + 1)) % 253 + 1
        padded.append(scrambled if scrambled <= 254 else scrambled - 254)
    return padded


def _tables() -> tuple[list[int], list[int]]:
    powers, logs, value = [0] * 255, [0] * 256, 1
    for exponent in range(255):
        powers[exponent], logs[value] = value, exponent
        value <<= 1
        if value > 255:
            value ^= 301
    return powers, logs


_POWERS, _LOGS = _tables()


def _times(one: int, other: int) -> int:
    return 0 if one == 0 or other == 0 else _POWERS[(_LOGS[one] + _LOGS[other]) % 255]


def _error_words(data: list[int], number: int) -> list[int]:
    generator = [1]
    for exponent in range(1, number + 1):
        root = _POWERS[exponent % 255]
        longer = [*generator, 0]
        for place, coefficient in enumerate(generator):
            longer[place + 1] ^= _times(coefficient, root)
        generator = longer
    remainder = [0] * number
    for word in data:
        factor = word ^ remainder[0]
        remainder = [*remainder[1:], 0]
        for place in range(number):
            remainder[place] ^= _times(generator[place + 1], factor)
    return remainder


_UTAH: Final = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))


def _corner(number: int, rows: int, columns: int) -> list[tuple[int, int]]:
    r, c = rows, columns
    return {
        1: [(r - 1, 0), (r - 1, 1), (r - 1, 2), (0, c - 2), (0, c - 1), (1, c - 1), (2, c - 1), (3, c - 1)],
        2: [(r - 3, 0), (r - 2, 0), (r - 1, 0), (0, c - 4), (0, c - 3), (0, c - 2), (0, c - 1), (1, c - 1)],
        3: [(r - 3, 0), (r - 2, 0), (r - 1, 0), (0, c - 2), (0, c - 1), (1, c - 1), (2, c - 1), (3, c - 1)],
        4: [(r - 1, 0), (r - 1, c - 1), (0, c - 3), (0, c - 2), (0, c - 1), (1, c - 3), (1, c - 2), (1, c - 1)],
    }[number]


def _placed(words: list[int], side: int) -> list[list[bool]]:
    """Annex F: codewords run up and down the diagonals; what leaves the grid comes in on the other side."""
    grid: list[list[bool | None]] = [[None] * side for _ in range(side)]
    left = iter(words)

    def put(cells: list[tuple[int, int]]) -> None:
        word = next(left)
        for bit, (row, column) in enumerate(cells):
            if row < 0:
                row, column = row + side, column + 4 - (side + 4) % 8
            if column < 0:
                row, column = row + 4 - (side + 4) % 8, column + side
            grid[row][column] = bool(word >> (7 - bit) & 1)

    row, column = 4, 0
    while row < side or column < side:
        if row == side and column == 0:
            put(_corner(1, side, side))
        if row == side - 2 and column == 0 and side % 4:
            put(_corner(2, side, side))
        if row == side - 2 and column == 0 and side % 8 == 4:
            put(_corner(3, side, side))
        if row == side + 4 and column == 2 and not side % 8:
            put(_corner(4, side, side))
        for up in (True, False):
            while True:
                inside = (row < side and column >= 0) if up else (row >= 0 and column < side)
                if inside and 0 <= row < side and 0 <= column < side and grid[row][column] is None:
                    put([(row + down, column + right) for down, right in _UTAH])
                row, column = (row - 2, column + 2) if up else (row + 2, column - 2)
                if not ((row >= 0 and column < side) if up else (row < side and column >= 0)):
                    break
            row, column = (row + 1, column + 3) if up else (row + 3, column + 1)
    if grid[side - 1][side - 1] is None:
        # The corner that no codeword reaches is a fixed pattern.
        grid[side - 1][side - 1] = grid[side - 2][side - 2] = True
    return [[bool(cell) for cell in line] for line in grid]


def _framed(grid: list[list[bool]], size: _Size) -> list[list[bool]]:
    """Each region gets its solid left and bottom edge and its dashed top and right edge."""
    inner = len(grid) // size.regions
    full = [[False] * size.side for _ in range(size.side)]
    for y in range(size.side):
        for x in range(size.side):
            region_y, in_y = divmod(y, inner + 2)
            region_x, in_x = divmod(x, inner + 2)
            if in_x == 0 or in_y == inner + 1:
                full[y][x] = True
            elif in_y == 0:
                full[y][x] = in_x % 2 == 0
            elif in_x == inner + 1:
                full[y][x] = in_y % 2 == 1
            else:
                full[y][x] = grid[region_y * inner + in_y - 1][region_x * inner + in_x - 1]
    return full
