"""What pages ask about deadlines, and what it costs."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.deadlines.models import Deadline
from cases.deadlines.queries import (
    breaks_next,
    count_open,
    has_run_out,
    moves_of,
    next_deadlines,
    waits_on_others,
    why,
)
from cases.deadlines.services import Ball, cancel, meet, pause, recompute, resume
from cases.models import Case
from tests.cases.deadlines.ground import ROUTINE, START, TARGET, URGENT, WINDOW, Ground, lay_ground, ruled

ALL = Case.objects


def day(number: int) -> date:
    return date(2026, 3, number)


class TestBreaksNext:
    def test_is_by_the_day_work_must_begin_and_the_worse_harm_within_a_day(self, ground: Ground):
        made = {
            "routine on the 10th": ground.promise(day(10)),
            "patient on the 10th": ground.promise(day(10), kind=URGENT.code),
            "target on the 9th": ground.promise(day(9), kind=TARGET.code),
            "paper on the 20th that needs 12 days": ground.promise(day(20), lead=timedelta(days=12)),
            "overdue": ground.promise(day(1), kind=TARGET.code),
        }

        rows = breaks_next(ALL.all(), now=START, limit=10)

        names = {deadline.pk: name for name, deadline in made.items()}
        assert [names[row.deadline.pk] for row in rows] == [
            "overdue",
            "paper on the 20th that needs 12 days",
            "target on the 9th",
            "patient on the 10th",
            "routine on the 10th",
        ]

    def test_says_slack_why_and_who_has_the_ball(self, ground: Ground):
        ground.promise(day(20), lead=timedelta(days=12), ball=Ball(user=ground.pic))

        (row,) = breaks_next(ALL.all(), now=datetime(2026, 3, 6, 23, 59, 59, 999999, tzinfo=UTC), limit=10)

        assert row.slack == timedelta(days=2)
        assert row.what == ROUTINE.label
        assert row.why == "Due Fri 20 Mar 2026; work still needs 12 days, so begin by Sun 8 Mar 2026. Statutory."
        assert row.harm == "A licence or paper lapses."
        assert row.ball == ground.pic.display_name
        assert row.case == ground.case

    def test_leaves_out_windows_and_what_is_paused_or_over(self, ground: Ground):
        ground.promise(day(10), kind=WINDOW.code)
        ended = [ground.promise(day(10)) for _ in range(3)]
        meet(deadline=ended[0], on=START, by=ground.pic, now=START)
        cancel(deadline=ended[1], reason="withdrawn", by=ground.pic, now=START)
        pause(deadline=ended[2], at=START, because="question", by=ground.pic, now=START)

        assert breaks_next(ALL.all(), now=START, limit=10) == []

    def test_shows_only_the_cases_it_is_given(self, ground: Ground):
        ground.promise(day(10))
        other = lay_ground()
        mine = other.promise(day(11))

        (row,) = breaks_next(Case.objects.filter(pharmacy=other.pharmacy), now=START, limit=10)

        assert row.deadline == mine

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_have_every_row_once_in_order(self, ground: Ground, size):
        for number, kind in enumerate([ROUTINE, URGENT, TARGET, ROUTINE, URGENT, ROUTINE, TARGET]):
            ground.promise(day(10 + number // 3), kind=kind.code, key=f"tests.any:{number}")
        whole = [row.deadline.pk for row in breaks_next(ALL.all(), now=START, limit=100)]

        paged: list[int] = []
        rows = breaks_next(ALL.all(), now=START, limit=size)
        while rows:
            paged += [row.deadline.pk for row in rows]
            rows = breaks_next(ALL.all(), now=START, limit=size, after=rows[-1].place)

        assert paged == whole
        assert len(whole) == 7

    def test_is_one_query_however_many(self, ground: Ground, django_assert_num_queries):
        for number in range(20):
            ground.promise(day(10), case=ground.another_case(), key=f"tests.any:{number}")

        with django_assert_num_queries(1):
            rows = breaks_next(ALL.all(), now=START, limit=20)
            told = [
                (row.case.reference, row.case.patient.initials, str(row.case.medicine), row.ball, row.why)
                for row in rows
            ]
        assert len(told) == 20


def test_what_waits_on_others_is_by_its_end(ground: Ground):
    ground.promise(day(10))
    later = ground.promise(day(12), ball=Ball(party="MHRA"))
    first = ground.promise(day(11), kind=WINDOW.code, ball=Ball(party="MHRA"))

    rows = waits_on_others(ALL.all(), now=START, limit=1)
    rest = waits_on_others(ALL.all(), now=START, limit=5, after=(rows[0].deadline.due_at, rows[0].deadline.pk))

    assert [row.deadline for row in (*rows, *rest)] == [first, later]
    assert rows[0].ball == "MHRA"


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
