"""What pages ask about deadlines, and what it costs."""

from datetime import UTC, date, datetime, timedelta

from cases.deadlines.models import Deadline
from cases.deadlines.queries import (
    count_open,
    has_run_out,
    moves_of,
    next_deadlines,
    why,
)
from cases.deadlines.services import Ball, cancel, pause, recompute, resume
from cases.models import Case
from tests.cases.deadlines.ground import START, WINDOW, Ground, ruled

ALL = Case.objects


def day(number: int) -> date:
    return date(2026, 3, number)


class TestTheCasePage:
    def test_has_the_first_three_open_dates(self, ground: Ground):
        made = [ground.promise(day(number)) for number in (20, 11, 15, 12)]
        cancel(deadline=made[1], reason="withdrawn", by=ground.pic, now=START)

        assert next_deadlines(ground.case, 3) == [made[3], made[2], made[0]]

    def test_needs_two_queries_with_every_ledger(self, ground: Ground, django_assert_num_queries):
        for number in (11, 12, 13):
            resume(
                deadline=pause(
                    deadline=ground.promise(day(number)), at=START, because="question", by=ground.pic, now=START
                ),
                at=START,
                by=ground.pic,
                now=START,
            )

        with django_assert_num_queries(2):
            lines = [(deadline.ball, why(deadline)) for deadline in next_deadlines(ground.case, 3)]
        assert len(lines) == 3


class TestWhyThisDate:
    def test_is_the_arithmetic_the_sum_and_every_move(self, ground: Ground):
        deadline = ground.promise(
            day(2), kind=WINDOW.code, due=ruled(28, day(2), kind="waiting_window"), ball=Ball(party="MHRA")
        )
        deadline = recompute(
            deadline=deadline,
            anchor=day(4),
            because="acknowledged on 4 March",
            by=ground.pic,
            now=datetime(2026, 3, 5, 9, tzinfo=UTC),
        )

        lines = why(deadline)

        assert [(line.label, line.value) for line in lines[:3]] == [
            ("Event: acknowledged", "Wed 4 Mar 2026"),
            ("Day 1: the day after", "Thu 5 Mar 2026"),
            ("+ 28 calendar days: day 28", "Wed 1 Apr 2026"),
        ]
        total, moved = lines[-2:]
        assert (total.label, total.value, total.detail, total.total) == (
            "Last day of the window",
            "Wed 1 Apr 2026",
            "to the end of the day in Europe/London",
            True,
        )
        assert (moved.label, moved.value, moved.detail, moved.moved) == (
            f"Computed anew on Thu 5 Mar 2026 by {ground.pic.display_name}",
            "Mon 30 Mar 2026",
            "acknowledged on 4 March",
            True,
        )

    def test_of_a_date_given_names_who_gave_it(self, ground: Ground):
        lines = why(ground.promise(day(10)))

        assert [(line.label, line.value, line.detail) for line in lines] == [
            ("Date given", "Tue 10 Mar 2026", "given for the test"),
            ("Due", "Tue 10 Mar 2026", "to the end of the day in UTC"),
        ]


def test_a_date_has_run_out_before_the_sweep_says_so(ground: Ground):
    deadline = ground.promise(day(10))

    assert not has_run_out(deadline, now=deadline.due_at)
    assert has_run_out(deadline, now=deadline.due_at + timedelta(microseconds=1))
    assert Deadline.objects.get(pk=deadline.pk).state == "running"


def test_open_and_overdue_are_counted_in_one_query(ground: Ground, django_assert_num_queries):
    ground.promise(day(1))
    ground.promise(day(10))
    ground.promise(day(1), kind=WINDOW.code)

    with django_assert_num_queries(1):
        assert count_open(ALL.all(), now=START) == {"open": 3, "overdue": 1}


def test_the_moves_of_a_case_come_newest_first(ground: Ground):
    first = ground.promise(day(10))
    cancel(deadline=first, reason="withdrawn", by=ground.pic, now=START + timedelta(hours=1))

    assert [move.what for move in moves_of(ground.case)] == ["cancelled", "opened"]
