"""As days go by: the day to begin is counted anew, and whoever begins hears of it before the ladder does."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.custody import next_supply as rooms
from cases.custody import run_out_watch
from cases.custody.next_supply import Asked, Part
from cases.custody.run_out_watch import KIND, count_anew, rung_reached
from cases.custody.tasks import count_next_supplies
from cases.deadlines.models import Deadline, DeadlineMove
from cases.deadlines.sweep import sweep
from cases.models import Case
from cases.notices.letters import compose
from cases.notices.models import Notice
from cases.people.models import User
from config.schedule import BEAT_SCHEDULE
from tests.cases.custody.builders import DISPENSED, Supply
from tests.written import rows

pytestmark = pytest.mark.usefixtures("dispensed")
LABEL = "Leave of the authority"


def leave(monkeypatch: pytest.MonkeyPatch, days: Any) -> None:
    """``days`` of the day on which it is asked."""
    monkeypatch.setattr(rooms, "_LEAVE", [lambda case, asked: Part(LABEL, days(asked), "stated")])


def thirty(asked: Asked) -> int:
    return 30


def run_out(supply: Supply, on: str = "2026-06-01") -> Deadline:
    supply.take("cases.case.note_run_out", by=supply.house.coordinator, now=DISPENSED, runs_out_on=on)
    return Deadline.objects.get(kind="custody.run_out")


def at(day: date) -> datetime:
    return DISPENSED + timedelta(days=(day - DISPENSED.date()).days)


def count(day: date, counted: dict[int, date] | None = None) -> int:
    by = User.objects.service("deadline-sweep")
    return count_anew(by=by, now=at(day), counted={} if counted is None else counted)


def told() -> list[tuple[str, int]]:
    """(reader, rung) of every letter, in order."""
    rows = Notice.objects.filter(kind=KIND).select_related("recipient").order_by("pk")
    return [(row.recipient.display_name if row.recipient else "", int(row.key.split(":")[3])) for row in rows]


def test_the_day_to_begin_follows_the_days_that_go_by(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 20 March an authorization no longer reaches the next supply: its 30 days are needed from then on."""
    leave(monkeypatch, lambda asked: 30 if asked.now.date() >= date(2026, 3, 20) else 0)
    assert run_out(supply).act_on == date(2026, 5, 11)

    count(date(2026, 3, 19))
    assert Deadline.objects.get(kind="custody.run_out").act_on == date(2026, 5, 11)
    moves = DeadlineMove.objects.count()

    count(date(2026, 3, 20))
    standing = Deadline.objects.get(kind="custody.run_out")
    assert (standing.lead, standing.act_on, standing.due_on) == (
        timedelta(days=50),
        date(2026, 4, 12),
        date(2026, 6, 1),
    )
    assert DeadlineMove.objects.count() == moves + 1
    assert DeadlineMove.objects.latest("pk").reason == "A day went by."
    count(date(2026, 3, 21))
    assert DeadlineMove.objects.count() == moves + 1


def test_each_is_looked_at_once_a_day(
    supply: Supply, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    leave(monkeypatch, thirty)
    run_out(supply)
    by, counted = User.objects.service("deadline-sweep"), dict[int, date]()
    count(date(2026, 3, 19), counted)
    assert set(counted.values()) == {date(2026, 3, 19)}

    with django_assert_num_queries(1):
        count_anew(by=by, now=at(date(2026, 3, 19)), counted=counted)


def test_a_day_on_which_nothing_changed_writes_nothing(
    supply: Supply, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    leave(monkeypatch, thirty)
    run_out(supply)
    before = rows(), AuditEntry.objects.count()
    with django_assert_max_num_queries(20):
        count(date(2026, 3, 19))
    assert (rows(), AuditEntry.objects.count()) == before


def test_who_begins_hears_a_week_before_on_the_day_and_each_fortnight_until_the_ladder_begins(
    supply: Supply, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, thirty)
    run_out(supply)
    ostby, lindqvist = supply.house.coordinator.display_name, supply.house.pic.display_name

    assert [count(day) for day in (date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 6), date(2026, 4, 11))] == [
        0, 1, 0, 0,
    ]  # fmt: skip
    assert told() == [(ostby, 7)]
    assert [count(date(2026, 4, day)) for day in (12, 13, 25)] == [2, 0, 0]
    assert [count(date(2026, 4, day)) for day in (26, 27)] == [2, 0]
    assert told() == [(ostby, 7), (ostby, 0), (lindqvist, 0), (ostby, -14), (lindqvist, -14)]
    # From four weeks before the day on, the ladder of the run-out day itself speaks.
    assert [count(date(2026, 5, day)) for day in (4, 10, 24)] == [0, 0, 0]


def test_what_the_ladder_tells_in_time_is_not_told_twice(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(monkeypatch, lambda asked: 0)
    assert run_out(supply).lead == timedelta(days=21)
    assert sum(count(date(2026, 5, 1) + timedelta(days=day)) for day in range(31)) == 0


def test_a_lead_that_grows_past_today_is_told_the_same_day(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(monkeypatch, lambda asked: 60 if asked.now.date() >= date(2026, 4, 20) else 0)
    run_out(supply)
    assert [count(date(2026, 4, 19)), count(date(2026, 4, 20))] == [0, 2]
    letter = compose(Notice.objects.filter(kind=KIND).earliest("pk"), now=at(date(2026, 4, 20)))
    assert letter.subject.endswith("the next supply was to begin by 2026-03-13")  # type: ignore[union-attr]
    body = letter.body  # type: ignore[union-attr]
    assert "lasts to 2026-06-01. The next supply needs 80 days, so its last day to begin was 2026-03-13." in body
    assert "Leave of the authority: 60 days; stated" in body
    assert "Receiving: 1 day; inspection and release" in body


def test_a_coordinator_who_left_is_stood_in_for(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(monkeypatch, thirty)
    run_out(supply)
    with acting(by=supply.house.pic, verb="tests.laid", business_at=DISPENSED):
        User.objects.filter(pk=supply.house.coordinator.pk).update(is_active=False)
    count(date(2026, 4, 5))
    assert told() == [(supply.house.pic.display_name, 7)]


def test_one_case_that_cannot_be_counted_keeps_no_other_from_it(
    supply: Supply, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    leave(monkeypatch, lambda asked: 1 // 0 if asked.now.date() == date(2026, 4, 5) else 30)
    standing = run_out(supply)
    counted: dict[int, date] = {}
    assert (count(date(2026, 4, 5), counted), counted) == (0, {})
    assert f"run-out day {standing.pk} could not be counted anew" in caplog.text
    assert count(date(2026, 4, 6), counted) == 1


def test_a_closed_case_is_left_alone(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(monkeypatch, thirty)
    run_out(supply)
    monkeypatch.setattr(
        run_out_watch, "Stage", type("Stage", (), {"CLOSED": Case.objects.get(pk=supply.case.pk).stage})
    )
    assert count(date(2026, 4, 12)) == 0


@pytest.mark.parametrize(
    ("days", "rung"), [(8, None), (7, 7), (1, 7), (0, 0), (-13, 0), (-14, -14), (-27, -14), (-28, -28)]
)
def test_the_rung_that_is_reached(days: int, rung: int | None) -> None:
    today = date(2026, 4, 12)
    assert rung_reached(today + timedelta(days=days), today) == rung


def test_beat_runs_it_each_minute() -> None:
    entry = BEAT_SCHEDULE["count when the next supplies begin"]
    assert (entry["task"], entry["schedule"]) == (count_next_supplies.name, timedelta(minutes=1))
    count_next_supplies()


def test_the_ladders_own_letter_says_how_much_work_it_needs_and_when_to_begin(
    supply: Supply, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, thirty)
    first = run_out(supply).next_rung_at
    assert first is not None
    sweep(now=first)
    notice = Notice.objects.get(kind="deadlines.urgent_reminder", case=supply.case)
    body = compose(notice, now=first).body  # type: ignore[union-attr]
    assert "Runs out.\nNeeds 50 days of work: was to begin by Sun 12 Apr 2026.\n" in body
