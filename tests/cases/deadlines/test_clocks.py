"""Kinds of deadline and their ladders: pure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.deadlines.clocks import (
    INSTANT,
    DeadlineKind,
    Hearer,
    UnknownKind,
    declare,
    first_rung_at,
    kind_of,
    kind_or_usual,
    ladder,
    next_step,
)
from cases.deadlines.models import Force

DUE = datetime(2026, 3, 30, 22, 59, 59, 999999, tzinfo=UTC)
DAY = timedelta(days=1)
KIND = DeadlineKind("tests.ladder", "Ladder", Force.STATUTORY, ladder("-7d", "-3d", "-1d", "+0d", "+1d:pic"))
RUNS_OUT = DeadlineKind("tests.runs_out", "Window", Force.WAITING_WINDOW, ladder("-1d", "+0d", "+1d"))


def step(kind: DeadlineKind, *, from_day: float, to_day: float, has_turned: bool = False):
    """What is due between two days relative to the due instant."""
    return next_step(kind, due_at=DUE, from_at=DUE + from_day * DAY, now=DUE + to_day * DAY, has_turned=has_turned)


@pytest.mark.parametrize(
    ("text", "code", "offset", "to"),
    [
        ("-3d", "-3d", timedelta(days=-3), (Hearer.HOLDER,)),
        ("+0d:holder+coordinator", "+0d", timedelta(0), (Hearer.HOLDER, Hearer.COORDINATOR)),
        ("-12h:pic", "-12h", timedelta(hours=-12), (Hearer.PIC,)),
        ("+030m", "+30m", timedelta(minutes=30), (Hearer.HOLDER,)),
    ],
)
def test_a_rung_is_read(text, code, offset, to):
    (rung,) = ladder(text)

    assert (rung.code, rung.offset, rung.to) == (code, offset, to)


@pytest.mark.parametrize("text", ["3d", "-3", "-3w", "-3d:", "-3d:nobody", "-3d:holder,pic", ""])
def test_what_is_no_rung_is_refused(text):
    with pytest.raises(ValueError, match="rung"):
        ladder(text)


def test_two_rungs_at_one_instant_are_refused():
    with pytest.raises(ValueError, match="fall on one instant"):
        ladder("-1d", "-24h:pic")


def test_a_ladder_is_in_order_of_time():
    assert [rung.code for rung in ladder("+1d", "-3d", "+0d")] == ["-3d", "+0d", "+1d"]


def test_a_kind_is_declared_once():
    declare(KIND)
    assert declare(KIND) is KIND
    with pytest.raises(ValueError, match="declared twice"):
        declare(DeadlineKind("tests.ladder", "Another", Force.STATUTORY, KIND.ladder))


def test_a_kind_has_an_owner():
    with pytest.raises(ValueError, match="has no owner"):
        declare(DeadlineKind("renewal", "Renewal", Force.STATUTORY, ()))


def test_an_unknown_kind_names_those_there_are():
    declare(KIND)
    with pytest.raises(UnknownKind, match=r"tests\.ladder"):
        kind_of("tests.unknown")


def test_a_kind_that_is_no_longer_declared_still_reminds():
    usual = kind_or_usual("gone.with.a.release", force="statutory")

    assert [rung.code for rung in usual.ladder] == ["-7d", "-3d", "-1d", "+0d", "+1d", "+7d"]


@pytest.mark.parametrize(
    ("opened_day", "first_day"),
    [(-30, -7), (-7, -3), (-6.9, -3), (-0.5, 0), (0, 0), (3, 0)],
    ids=["long before", "on a rung", "just after a rung", "last day", "at the due instant", "already overdue"],
)
def test_the_first_look_is_the_next_rung_or_the_due_instant(opened_day, first_day):
    assert first_rung_at(KIND, due_at=DUE, now=DUE + opened_day * DAY) == DUE + first_day * DAY


def test_a_missed_date_is_not_looked_at_for_its_due_instant_again():
    assert first_rung_at(KIND, due_at=DUE, now=DUE + 2 * DAY, has_turned=True) is None


@pytest.mark.parametrize(
    ("kind", "from_day", "to_day", "has_turned", "said", "collapsed", "turns", "next_day"),
    [
        (KIND, -7, -7, False, "-7d", 0, False, -3),
        (KIND, -7, -2, False, "-3d", 1, False, -1),
        (KIND, -7, 0.5, False, "+0d", 3, True, 1),
        (KIND, -7, 9, False, "+1d", 4, True, None),
        (KIND, 1, 1, True, "+1d", 0, False, None),
        (KIND, 0, 3, False, "+1d", 1, True, None),
        (RUNS_OUT, -1, -0.5, False, "-1d", 0, False, 0),
        (RUNS_OUT, -1, 0.5, False, "+0d", 1, True, None),
    ],
)
def test_one_look(kind, from_day, to_day, has_turned, said, collapsed, turns, next_day):
    found = step(kind, from_day=from_day, to_day=to_day, has_turned=has_turned)

    assert found.rung is not None
    assert (found.rung.code, found.collapsed, found.turns) == (said, collapsed, turns)
    assert found.rung_at == DUE + found.rung.offset
    assert found.next_rung_at == (None if next_day is None else DUE + next_day * DAY)


def test_a_collapsed_rung_is_heard_by_everybody_who_should_have_heard_the_others():
    kind = DeadlineKind("tests.heard", "Heard", Force.STATUTORY, ladder("-1d:holder", "+0d:pic", "+1d:coordinator"))

    assert step(kind, from_day=-1, to_day=2).to == (Hearer.HOLDER, Hearer.PIC, Hearer.COORDINATOR)
    assert step(kind, from_day=1, to_day=2, has_turned=True).to == (Hearer.COORDINATOR,)


def test_at_the_last_instant_it_is_not_missed_yet():
    found = step(KIND, from_day=0, to_day=0)

    assert (found.turns, found.next_rung_at) == (False, DUE + INSTANT)


def test_in_the_first_microsecond_after_it_is_missed():
    found = next_step(KIND, due_at=DUE, from_at=DUE + INSTANT, now=DUE + INSTANT, has_turned=False)

    assert (found.turns, found.rung, found.next_rung_at) == (True, None, DUE + DAY)


offsets = st.integers(-20, 20)
ladders = st.lists(offsets, unique=True, max_size=6).map(
    lambda hours: ladder(*(f"{'-' if hour < 0 else '+'}{abs(hour)}h" for hour in hours))
)


@given(rungs=ladders, opened=st.integers(-30, 30), looks=st.lists(st.integers(0, 12), max_size=12))
def test_however_often_one_looks_every_rung_passes_once_and_the_date_turns_once(rungs, opened, looks):
    """Between two looks any time may pass: said and collapsed rungs together are exactly those that passed."""
    kind = DeadlineKind("tests.any", "Any", Force.STATUTORY, rungs)
    now = DUE + timedelta(hours=opened)
    planned = first_rung_at(kind, due_at=DUE, now=now)
    began, has_turned, passed, turned = now, False, 0, 0
    for hours in [*looks, 100, 0]:
        now += timedelta(hours=hours)
        while planned is not None and planned <= now:
            found = next_step(kind, due_at=DUE, from_at=planned, now=now, has_turned=has_turned)
            passed += found.collapsed + (found.rung is not None)
            turned += found.turns
            has_turned = has_turned or found.turns
            assert found.next_rung_at is None or found.next_rung_at > now
            planned = found.next_rung_at

    due_ones = [rung for rung in rungs if DUE + rung.offset > began or (began >= DUE and rung.offset >= timedelta(0))]
    assert passed == len(due_ones)
    assert turned == 1
    assert planned is None
