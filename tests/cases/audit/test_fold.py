"""Adding entries up: forward and backward are each other's inverse, and equal what really happened."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cases.audit.fold import State, backward, fold, forward


@dataclass(frozen=True)
class Step:
    table_name: str
    row_pk: str
    op: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


COLUMNS = ("a", "b", "c")
values = st.none() | st.integers(0, 3) | st.text(max_size=2)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Step], list[State]]:
    """What happened to some rows: the entries that the trigger would write, and the state after each."""
    state: State = {}
    steps: list[Step] = []
    states: list[State] = [state]
    for number in range(draw(st.integers(0, 25))):
        rows = [(table, key) for table, held in state.items() for key in held]
        op = draw(st.sampled_from("IUUD")) if rows else "I"
        state = {table: {key: dict(row) for key, row in held.items()} for table, held in state.items()}
        if op == "I":
            table, key = draw(st.sampled_from(["filing", "note"])), str(number)
            row = {column: draw(values) for column in COLUMNS}
            state.setdefault(table, {})[key] = row
            steps.append(Step(table, key, "I", None, dict(row)))
        else:
            table, key = draw(st.sampled_from(rows))
            row = state[table][key]
            if op == "D":
                steps.append(Step(table, key, "D", dict(row), None))
                del state[table][key]
                if not state[table]:
                    del state[table]
            else:
                new = draw(st.dictionaries(st.sampled_from(COLUMNS), values, min_size=1))
                steps.append(Step(table, key, "U", {name: row[name] for name in new}, dict(new)))
                row.update(new)
        states.append(state)
    return steps, states


@given(lives())
def test_forward_gives_the_state_after_every_entry(life: tuple[list[Step], list[State]]) -> None:
    steps, states = life
    state: State = {}
    for step, after in zip(steps, states[1:], strict=True):
        state = forward(state, step)
        assert state == after
    assert fold(steps) == states[-1]


@given(lives())
def test_backward_gives_the_state_before_every_entry(life: tuple[list[Step], list[State]]) -> None:
    steps, states = life
    state = states[-1]
    for step, before in zip(reversed(steps), reversed(states[:-1]), strict=True):
        state = backward(state, step)
        assert state == before


@given(lives(), st.data())
def test_folding_leaves_the_given_state_alone(life: tuple[list[Step], list[State]], data: st.DataObject) -> None:
    steps, states = life
    if not steps:
        return
    place = data.draw(st.integers(0, len(steps) - 1))
    kept = repr(states[place])
    forward(states[place], steps[place])
    assert repr(states[place]) == kept


def test_a_column_that_a_migration_added_comes_and_goes() -> None:
    made = Step("note", "1", "I", None, {"a": 1})
    carried = Step("note", "1", "S", None, {"b": 0})

    assert fold([made, carried]) == {"note": {"1": {"a": 1, "b": 0}}}
    assert backward(fold([made, carried]), carried) == {"note": {"1": {"a": 1}}}
