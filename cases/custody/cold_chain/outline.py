"""A long log in few points: of each step across, the lowest and the highest reading, in the order they were read."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cases.custody.cold_chain.series import Series

Point = tuple[float, float]


def outline(series: Series, begins: float, ends: float, *, steps: int, gaps: Sequence[float] = ()) -> list[list[Point]]:
    """Lines through what was read between two instants (seconds), one for each stretch without a gap.

    :param steps: how many steps the picture is across; each gives two points at most, and the extremes are kept.
    :param gaps: instants of the readings after which nothing was measured for a while.
    """
    at = series.at
    first, last = bisect_left(at, begins), bisect_right(at, ends)
    broken = [index for gap in gaps if first < (index := bisect_right(at, gap)) < last]
    edges = [first, *sorted(set(broken)), last]
    runs = [list(_thinned(series, low, high, begins, ends, steps)) for low, high in pairwise(edges) if low < high]
    if not runs:
        return _across(series, first, begins, ends, gaps)
    if first not in broken and first > 0 and not _is_gap(series, first - 1, gaps):
        runs[0].insert(0, (begins, _between(series, first - 1, begins)))
    if last < len(at) and not _is_gap(series, last - 1, gaps):
        runs[-1].append((ends, _between(series, last - 1, ends)))
    return runs


def _thinned(series: Series, low: int, high: int, begins: float, ends: float, steps: int) -> Iterator[Point]:
    at, celsius = series.at, series.celsius
    if high - low <= 2 * steps:
        yield from zip(at[low:high], celsius[low:high], strict=True)
        return
    wide = (ends - begins) / steps
    while low < high:
        step = int((at[low] - begins) / wide)
        until = max(low + 1, min(high, bisect_left(at, begins + (step + 1) * wide, low, high)))
        lowest = min(range(low, until), key=celsius.__getitem__)
        highest = max(range(low, until), key=celsius.__getitem__)
        for index in sorted({lowest, highest}):
            yield at[index], celsius[index]
        low = until


def _across(series: Series, index: int, begins: float, ends: float, gaps: Sequence[float]) -> list[list[Point]]:
    """A look between two readings: the straight line from one to the other, unless nothing was measured there."""
    if not 0 < index < len(series) or _is_gap(series, index - 1, gaps):
        return []
    return [[(begins, _between(series, index - 1, begins)), (ends, _between(series, index - 1, ends))]]


def _is_gap(series: Series, index: int, gaps: Sequence[float]) -> bool:
    return series.at[index] in gaps


def _between(series: Series, index: int, at: float) -> float:
    """What the straight line from a reading to the next one says for an instant between them."""
    left, right = series.celsius[index], series.celsius[index + 1]
    return left + (right - left) * (at - series.at[index]) / (series.at[index + 1] - series.at[index])
