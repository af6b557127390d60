"""A partner's lines against our cases. Pure: by our number first, then by theirs.

A column that a list leaves empty throughout is not told and not compared; in one that it fills an empty cell says that
there was none, so that a case which we sent and they never had is seen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pharmacovigilance.reconciling.columns import ACKNOWLEDGED, OUR_NUMBER, THEIR_NUMBER, TOLD_OF_EACH
from pharmacovigilance.reconciling.reading import Line

MATCHED, DIFFERS, ONLY_OURS, ONLY_THEIRS = "matched", "differs", "only_ours", "only_theirs"
# What an empty cell says, where it says more than "none".
NOTHING: Final = {ACKNOWLEDGED: "none"}
GAPS: Final = (ONLY_OURS, ONLY_THEIRS, DIFFERS)


@dataclass(frozen=True, slots=True)
class Ours:
    """One of our cases as a list would have it.

    :param cells: by column; ``their_number`` is the first number that the partner gave it.
    :param numbers: all numbers that others gave it.
    :param is_due: whether the partner's list of this period should have it.
    """

    key: int
    cells: Mapping[str, str]
    numbers: frozenset[str] = frozenset()
    is_due: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """One case in both lists, or in one of them; ``differs`` names the fields that do."""

    result: str
    ours: Ours | None
    theirs: Line | None
    differs: tuple[str, ...] = field(default=())


def match(lines: Sequence[Line], ours: Iterable[Ours]) -> list[Result]:
    """Every line of theirs once, and every case of ours that their list should have once; gaps first."""
    held = list(ours)
    by_our_number = {one.cells[OUR_NUMBER]: one for one in held}
    by_their_number = {number: one for one in reversed(held) for number in one.numbers}
    told = {name for name in TOLD_OF_EACH if any(line.cells[name] for line in lines)}
    found: list[Result] = []
    taken: set[int] = set()
    for line in lines:
        one = by_our_number.get(line.cells[OUR_NUMBER]) or by_their_number.get(line.cells[THEIR_NUMBER])
        if one is None or one.key in taken:
            found.append(Result(ONLY_THEIRS, None, line))
            continue
        taken.add(one.key)
        differs = tuple(_differing(one, line, told))
        found.append(Result(DIFFERS if differs else MATCHED, one, line, differs))
    found += [Result(ONLY_OURS, one, None) for one in held if one.is_due and one.key not in taken]
    order = (*GAPS, MATCHED)
    return sorted(found, key=lambda result: order.index(result.result))


def _differing(ours: Ours, line: Line, told: Collection[str]) -> Iterator[str]:
    if line.cells[OUR_NUMBER] and line.cells[OUR_NUMBER] != ours.cells[OUR_NUMBER]:
        yield OUR_NUMBER
    if line.cells[THEIR_NUMBER] and ours.numbers and line.cells[THEIR_NUMBER] not in ours.numbers:
        yield THEIR_NUMBER
    for name in TOLD_OF_EACH:
        if name in told and (line.cells[name] or NOTHING.get(name, "")) != ours.cells[name]:
            yield name
