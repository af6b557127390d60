"""The machines as docs/state-machines.md draws them, and which of their moves were taken. Knows no model's method."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps

# (table, from, to); to is "state (act)" for an act that leaves its record where it stands
Move = tuple[str, str, str]
DRAWN = Path(__file__).parents[2] / "docs" / "state-machines.md"
_LINE = re.compile(r"    (\S+) --> (\w+)(?:: (\w+))?")


@dataclass(frozen=True)
class Machine:
    """One drawn machine, with the table and the column that hold it."""

    name: str
    table: str
    column: str
    born: frozenset[str]
    moves: frozenset[tuple[str, str, str]]

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset((source, target) for source, target, _ in self.moves)

    @property
    def states(self) -> frozenset[str]:
        return frozenset({*self.born, *(state for pair in self.pairs for state in pair)})

    @property
    def ends(self) -> frozenset[str]:
        """From where nothing leads on."""
        return self.states - {source for source, _ in self.pairs}

    def sources(self, move: str) -> frozenset[str]:
        return frozenset(source for source, _, name in self.moves if name == move)


def _tables() -> dict[str, tuple[str, str]]:
    """Where each heading's machine is kept: the table of that name in words, and its column."""
    named = {}
    for model in apps.get_models():
        column = next((f.column for f in model._meta.fields if f.column in ("state", "stage", "status")), None)
        if column is not None:
            named[str(model._meta.verbose_name).capitalize()] = (model._meta.db_table, column)
    return named


def read(text: str) -> dict[str, Machine]:
    """Every machine of the document, by its table."""
    tables, found = _tables(), {}
    for part in text.split("\n## ")[1:]:
        name, _, drawing = part.partition("\n")
        moves = [match.groups() for line in drawing.splitlines() if (match := _LINE.fullmatch(line))]
        born = frozenset(target for source, target, _ in moves if source == "[*]")
        table, column = tables[name]
        drawn = frozenset((source, target, move) for source, target, move in moves if source != "[*]")
        found[table] = Machine(name, table, column, born, drawn)
    return found


MACHINES = read(DRAWN.read_text())
# An act that leaves its record where it stands is told by its name, since the column cannot tell it.
DECLARED = frozenset(
    (table, source, target if source != target else f"{target} ({name})")
    for table, machine in MACHINES.items()
    for source, target, name in machine.moves
)


def coverage(taken: Counter[Move]) -> str:
    """How often each declared move was taken, a line each; those never taken first."""
    lines = [
        f"{taken[move]:>6}  {MACHINES[move[0]].name}: {move[1]} -> {move[2]}"
        for move in sorted(DECLARED, key=lambda move: (taken[move] > 0, move))
    ]
    missing = sum(taken[move] == 0 for move in DECLARED)
    return "\n".join([f"{len(DECLARED) - missing} of {len(DECLARED)} declared moves were taken", *lines])
