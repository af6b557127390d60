"""Each line of theirs and each case of ours stands once, in the list of what it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacovigilance.reconciling.columns import NAMES
from pharmacovigilance.reconciling.matching import Ours, match
from pharmacovigilance.reconciling.reading import Line

SENT = {"received_on": "2026-03-18", "sent_on": "2026-03-19", "acknowledged": "accepted"}


def ours(key: int, *, numbers: tuple[str, ...] = (), is_due: bool = True, **cells: str) -> Ours:
    held = dict.fromkeys(NAMES, "") | {"our_number": f"US-{key}", "acknowledged": "none"} | cells
    return Ours(key, held, frozenset(numbers), is_due)


def line(number: int, **cells: str) -> Line:
    return Line(number, dict.fromkeys(NAMES, "") | cells)


def told(lines: list[Line], held: list[Ours]) -> list[tuple[Any, ...]]:
    return [
        (one.result, one.ours and one.ours.key, one.theirs and one.theirs.number, one.differs)
        for one in match(lines, held)
    ]


def test_the_same_in_both_is_matched() -> None:
    assert told([line(2, our_number="US-1", **SENT)], [ours(1, **SENT)]) == [("matched", 1, 2, ())]


def test_gaps_come_first() -> None:
    lines = [line(2, our_number="US-1", **SENT), line(3, our_number="US-9"), line(4, our_number="US-3", **SENT)]
    held = [ours(1, **SENT), ours(2, **SENT), ours(3, **SENT | {"sent_on": "2026-03-20"})]

    assert told(lines, held) == [
        ("only_ours", 2, None, ()),
        ("only_theirs", None, 3, ()),
        ("differs", 3, 4, ("sent_on",)),
        ("matched", 1, 2, ()),
    ]


def test_a_line_without_our_number_is_found_by_theirs() -> None:
    assert told([line(2, their_number="INV-1")], [ours(1, numbers=("INV-1",))]) == [("matched", 1, 2, ())]


@pytest.mark.parametrize(
    ("cells", "differs"),
    [
        ({}, ()),
        ({"sent_on": "2026-03-20"}, ("sent_on",)),
        ({"acknowledged": "rejected"}, ("acknowledged",)),
        ({"received_on": "2026-03-17", "sent_on": "2026-03-20"}, ("received_on", "sent_on")),
        ({"their_number": "INV-2"}, ("their_number",)),
        ({"sent_on": "", "acknowledged": ""}, ("sent_on", "acknowledged")),  # they never had it
    ],
)
def test_each_field_that_differs_is_named(cells: dict[str, str], differs: tuple[str, ...]) -> None:
    other = line(3, our_number="US-2", **SENT)
    lines = [line(2, our_number="US-1", **SENT | {"their_number": "INV-1"} | cells), other]
    held = [ours(1, numbers=("INV-1",), **SENT), ours(2, **SENT)]
    assert ("differs" if differs else "matched", 1, 2, differs) in told(lines, held)


def test_a_column_that_is_empty_throughout_is_not_compared() -> None:
    assert told([line(2, our_number="US-1", received_on="2026-03-18")], [ours(1, **SENT)]) == [("matched", 1, 2, ())]


def test_a_case_of_another_period_is_found_by_its_number_and_not_missed() -> None:
    assert told([line(2, our_number="US-1")], [ours(1, is_due=False), ours(2, is_due=False)]) == [("matched", 1, 2, ())]


def test_two_lines_that_lead_to_one_case_leave_one_over() -> None:
    lines = [line(2, our_number="US-1"), line(3, their_number="INV-1")]
    assert [row[0] for row in told(lines, [ours(1, numbers=("INV-1",))])] == ["only_theirs", "matched"]


@given(st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)))
def test_nothing_is_lost_and_nothing_counted_twice(theirs: set[int], held: set[int]) -> None:
    found = told([line(number, our_number=f"US-{number}") for number in sorted(theirs)], [ours(k) for k in held])

    assert sorted(row[2] for row in found if row[2]) == sorted(theirs)
    assert sorted(row[1] for row in found if row[1]) == sorted(held)
    assert {row[1] for row in found if row[0] == "only_ours"} == held - theirs
    assert {row[2] for row in found if row[0] == "only_theirs"} == theirs - held
