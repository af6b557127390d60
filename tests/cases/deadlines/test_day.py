"""The day: what breaks next, one row a case; what others owe; how many there are of each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.deadlines.day import Narrowed, Place, Tally, breaks_next, tally, waits_on_others
from cases.deadlines.models import Deadline, Harm
from cases.deadlines.services import Ball, cancel, meet, pause
from cases.models import Case
from tests.cases.deadlines.ground import ROUTINE, START, TARGET, URGENT, WINDOW, Ground, lay_ground

ALL = Case.objects


def day(number: int) -> date:
    return date(2026, 3, number)


def everything(ground: Ground) -> Narrowed:
    return Narrowed(reader=ground.coordinator)


class TestBreaksNext:
    def test_is_by_the_day_work_must_begin_and_the_worse_harm_within_a_day(self, ground: Ground):
        made = {
            "routine on the 10th": ground.promise(day(10), case=ground.another_case()),
            "patient on the 10th": ground.promise(day(10), kind=URGENT.code, case=ground.another_case()),
            "target on the 9th": ground.promise(day(9), kind=TARGET.code, case=ground.another_case()),
            "paper on the 20th that needs 12 days": ground.promise(
                day(20), lead=timedelta(days=12), case=ground.another_case()
            ),
            "overdue": ground.promise(day(1), kind=TARGET.code, case=ground.another_case()),
        }

        rows = breaks_next(ALL.all(), narrowed=everything(ground), now=START, limit=10)

        names = {deadline.pk: name for name, deadline in made.items()}
        assert [names[row.deadline.pk] for row in rows] == [
            "overdue",
            "paper on the 20th that needs 12 days",
            "target on the 9th",
            "patient on the 10th",
            "routine on the 10th",
        ]

    def test_shows_a_case_once_with_its_worst_date_and_counts_the_others(self, ground: Ground):
        ground.promise(day(12))
        ground.promise(day(10))
        worst = ground.promise(day(10), kind=URGENT.code)
        ground.promise(day(9), kind=WINDOW.code)

        (row,) = breaks_next(ALL.all(), narrowed=everything(ground), now=START, limit=10)

        assert (row.deadline, row.more, row.harm) == (worst, 2, "A patient is without medicine.")

    def test_says_slack_from_the_last_instant_to_begin(self, ground: Ground):
        ground.promise(day(20), lead=timedelta(days=12))

        at = datetime(2026, 3, 6, 23, 59, 59, 999999, tzinfo=UTC)
        (row,) = breaks_next(ALL.all(), narrowed=everything(ground), now=at, limit=10)

        assert (row.slack, row.case, row.harm) == (timedelta(days=2), ground.case, "A licence or paper lapses.")

    def test_leaves_out_windows_and_what_is_paused_or_over(self, ground: Ground):
        ground.promise(day(10), kind=WINDOW.code)
        ended = [ground.promise(day(10)) for _ in range(3)]
        meet(deadline=ended[0], on=START, by=ground.pic, now=START)
        cancel(deadline=ended[1], reason="withdrawn", by=ground.pic, now=START)
        pause(deadline=ended[2], at=START, because="question", by=ground.pic, now=START)

        assert breaks_next(ALL.all(), narrowed=everything(ground), now=START, limit=10) == []

    def test_shows_only_the_cases_it_is_given(self, ground: Ground):
        ground.promise(day(10))
        other = lay_ground()
        mine = other.promise(day(11))

        own = Case.objects.filter(pharmacy=other.pharmacy)
        (row,) = breaks_next(own, narrowed=everything(other), now=START, limit=10)

        assert row.deadline == mine

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_have_every_case_once_in_order(self, ground: Ground, size):
        for number, kind in enumerate([ROUTINE, URGENT, TARGET, ROUTINE, URGENT, ROUTINE, TARGET]):
            case = ground.another_case()
            ground.promise(day(10 + number // 3), kind=kind.code, case=case)
            ground.promise(day(14 - number // 2), case=case)
        narrowed = everything(ground)
        whole = [row.case.pk for row in breaks_next(ALL.all(), narrowed=narrowed, now=START, limit=100)]

        paged: list[int] = []
        rows = breaks_next(ALL.all(), narrowed=narrowed, now=START, limit=size)
        while rows:
            paged += [row.case.pk for row in rows]
            after = Place.read(str(rows[-1].place))
            assert after == rows[-1].place
            rows = breaks_next(ALL.all(), narrowed=narrowed, now=START, limit=size, after=after)

        assert paged == whole
        assert len(set(whole)) == 7

    def test_is_two_queries_however_many(self, ground: Ground, django_assert_num_queries):
        for _ in range(20):
            ground.promise(day(10), case=ground.another_case())

        with django_assert_num_queries(2):
            rows = breaks_next(ALL.all(), narrowed=everything(ground), now=START, limit=20)
            told = [(row.case.reference, row.case.patient.initials, str(row.case.medicine)) for row in rows]
        assert len(told) == 20


NARROWINGS = [
    ({}, "statutory late in March"),
    ({"statutory": True}, "statutory late in March"),
    ({"harm": Harm.PATIENT}, "patient"),
    ({"ball": "me"}, "statutory late in March"),
    ({"ball": "colleague"}, "of the pharmacist in charge"),
    ({"ball": "outside"}, "of the prescriber"),
    ({"until": day(20)}, "of the prescriber"),
    ({"until": day(11)}, None),
    ({"ball": "outside", "harm": Harm.PATIENT}, None),
]


class TestNarrowed:
    @pytest.mark.parametrize(("asked", "first"), NARROWINGS)
    def test_the_worst_of_what_was_asked_for_stands_for_the_case(self, ground: Ground, asked, first):
        made = {
            "of the prescriber": ground.promise(
                day(14), kind=TARGET.code, lead=timedelta(days=1), ball=Ball(user=ground.prescriber.user_id)
            ),
            "of the pharmacist in charge": ground.promise(
                day(13), kind=TARGET.code, ball=Ball(role="pharmacist_in_charge")
            ),
            "of the authority": ground.promise(day(25), kind=TARGET.code, ball=Ball(party="MHRA")),
            "statutory late in March": ground.promise(day(24), lead=timedelta(days=13)),
            "patient": ground.promise(day(26), kind=URGENT.code),
        }
        if asked.get("until") == day(20) or asked.get("until") == day(11):
            cancel(deadline=made.pop("statutory late in March"), reason="test", by=ground.pic, now=START)

        rows = breaks_next(ALL.all(), narrowed=Narrowed(reader=ground.coordinator, **asked), now=START, limit=5)

        names = {deadline.pk: name for name, deadline in made.items()}
        assert [names[row.deadline.pk] for row in rows] == ([first] if first else [])
        assert all(row.more == len(made) - 1 for row in rows)

    def test_a_role_is_the_ball_of_those_who_have_it(self, ground: Ground):
        ground.promise(day(13), ball=Ball(role="pharmacist_in_charge"))

        for reader, ball in ((ground.pic, "me"), (ground.coordinator, "colleague")):
            assert len(breaks_next(ALL.all(), narrowed=Narrowed(reader, ball=ball), now=START, limit=5)) == 1


def test_a_tally_counts_cases_not_dates(ground: Ground):
    ground.promise(day(10))
    ground.promise(day(11))
    other = ground.another_case()
    ground.promise(day(12), kind=TARGET.code, case=other)
    ground.promise(day(30), case=ground.another_case())

    assert tally(ALL.all(), narrowed=everything(ground)) == Tally(everyone=3, mine=3, statutory=2)
    assert tally(ALL.all(), narrowed=Narrowed(ground.pic, until=day(12))) == Tally(everyone=2, mine=0, statutory=1)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-03-10~1~2026-03-10T00:00:00+00:00", "2026-03-10~1~2026-03-10T00:00:00~4",
             "2026-03-10~99~2026-03-10T00:00:00+00:00~4", "0001-01-01~1~2026-03-10T00:00:00+00:00~4",
             "2026-03-10~1~2026-03-10T00:00:00+00:00~99999999999999999999"]
)  # fmt: skip
def test_a_place_that_cannot_be_read_is_none(text):
    assert Place.read(text) is None


def test_what_waits_on_others_is_by_its_end_and_counted(ground: Ground):
    ground.promise(day(10))
    authority = ground.promise(day(12), ball=Ball(party="MHRA"))
    window = ground.promise(day(11), kind=WINDOW.code, ball=Ball(party="MHRA"))
    doctor = ground.promise(day(14), ball=Ball(user=ground.prescriber.user_id))

    assert waits_on_others(ALL.all(), limit=2) == ([window, authority], 3)
    assert waits_on_others(ALL.all(), limit=5) == ([window, authority, doctor], 3)
    assert Deadline.objects.count() == 4
