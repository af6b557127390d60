"""Adding entries up, forwards and backwards: plain functions over plain values, no database."""

from collections.abc import Iterable
from typing import Any, Protocol

Row = dict[str, Any]
State = dict[str, dict[str, Row]]


class Step(Protocol):
    """What folding needs of an entry."""

    @property
    def table_name(self) -> str: ...
    @property
    def row_pk(self) -> str: ...
    @property
    def op(self) -> str: ...
    @property
    def old(self) -> Row | None: ...
    @property
    def new(self) -> Row | None: ...


def forward(state: State, step: Step) -> State:
    """The state after one entry: table to key to row; the given state is left as it is."""
    rows = dict(state.get(step.table_name, {}))
    if step.op == "D":
        rows.pop(step.row_pk, None)
    elif step.op == "I":
        rows[step.row_pk] = dict(step.new or {})
    else:
        rows[step.row_pk] = {**rows.get(step.row_pk, {}), **(step.new or {})}
    return _with_rows(state, step.table_name, rows)


def backward(state: State, step: Step) -> State:
    """The state before one entry, given the state after it: what makes an old value findable (21 CFR 11.10(e)).

    An entry 'S' (columns carried over by a migration) has no old values: its columns are taken away again.
    """
    rows = dict(state.get(step.table_name, {}))
    if step.op == "I":
        rows.pop(step.row_pk, None)
    elif step.op == "D":
        rows[step.row_pk] = dict(step.old or {})
    elif step.op == "S":
        rows[step.row_pk] = {k: v for k, v in rows.get(step.row_pk, {}).items() if k not in (step.new or {})}
    else:
        rows[step.row_pk] = {**rows.get(step.row_pk, {}), **(step.old or {})}
    return _with_rows(state, step.table_name, rows)


def fold(steps: Iterable[Step]) -> State:
    """The state after all entries, in order of their numbers. One pass, no copies."""
    state: State = {}
    for step in steps:
        rows = state.setdefault(step.table_name, {})
        if step.op == "D":
            rows.pop(step.row_pk, None)
        elif step.op == "I":
            rows[step.row_pk] = dict(step.new or {})
        else:
            rows.setdefault(step.row_pk, {}).update(step.new or {})
    return {table: rows for table, rows in state.items() if rows}


def _with_rows(state: State, table: str, rows: dict[str, Row]) -> State:
    if rows:
        return {**state, table: rows}
    return {name: kept for name, kept in state.items() if name != table}
