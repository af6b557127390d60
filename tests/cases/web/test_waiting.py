"""What goes to others by itself: a person is nudged, an authority is not, a window ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.deadlines.models import Deadline
from cases.deadlines.services import Ball, pause
from cases.web.waiting import next_automatic_step, waiting_rows
from tests.cases.deadlines.ground import START, WINDOW, Ground, lay_ground
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def ground() -> Ground:
    return lay_ground()


def told(deadline: Deadline, *, now: datetime = START) -> str:
    return next_automatic_step(
        Deadline.objects.select_related("holder", "case__coordinator").get(pk=deadline.pk), now=now
    )


def test_a_person_abroad_is_nudged_so_many_times_and_it_says_when_and_where(ground: Ground) -> None:
    asked = ground.promise(date(2026, 3, 10), zone="Europe/London", ball=Ball(user=ground.prescriber.user_id))
    assert told(asked) == "Nudge 1 of 5 goes tomorrow 23:59 London."
    assert told(asked, now=datetime(2026, 3, 3, 8, tzinfo=UTC)) == "Nudge 1 of 5 goes today 23:59 London."
    assert told(asked, now=START - timedelta(days=9)) == "Nudge 1 of 5 goes Tue 3 Mar 23:59 London."
    assert told(asked, now=datetime(2026, 3, 4, 8, tzinfo=UTC)) == "Nudge 1 of 5 goes with the next sweep."


def test_an_outside_party_is_not_nudged_and_it_says_who_is_reminded_instead(ground: Ground) -> None:
    owed = ground.promise(date(2026, 3, 10), ball=Ball(party="MHRA (its department of very long names)"))
    coordinator = ground.coordinator.display_name
    assert told(owed) == f"MHRA is not nudged; {coordinator} is reminded tomorrow 23:59 UTC."


def test_a_window_reminds_the_house_before_it_ends_by_itself(ground: Ground) -> None:
    window = ground.promise(date(2026, 3, 10), kind=WINDOW.code, ball=Ball(party="MHRA"))
    assert told(window).startswith("MHRA is not nudged; ")
    window.next_rung_at = None
    assert next_automatic_step(window, now=START) == "MHRA is not nudged; the window ends by itself."


def test_nothing_goes_while_the_clock_is_stopped(ground: Ground) -> None:
    owed = ground.promise(date(2026, 3, 10), ball=Ball(party="MHRA"))
    pause(deadline=owed, at=START, because="question", by=ground.pic, now=START)
    assert told(owed) == "None while the clock is stopped."


def test_rows_of_nobody_ask_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert waiting_rows([], now=START) == []
