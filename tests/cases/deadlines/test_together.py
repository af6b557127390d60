"""Two at once, on two real connections."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connections, transaction

from cases.audit.context import acting
from cases.deadlines.models import Deadline, DeadlineMove, Reminder
from cases.deadlines.services import Ball, Promise, meet, open_deadline
from cases.deadlines.sweep import sweep
from cases.models import Case, Note
from cases.notices.models import DeliveryAttempt, MailboxMessage, Notice
from cases.notices.sender import send_due
from cases.notices.services import plan_notice
from tests.cases.deadlines.ground import START, Ground, lay_ground

DUE_ON = date(2026, 3, 20)
OVERDUE = datetime(2026, 3, 21, 0, 0, 5, tzinfo=UTC)
CASES = 30
PATIENCE = 30


@pytest.fixture
def ground(fresh_database: str, settings) -> Ground:
    settings.EMAIL_BACKEND = "cases.notices.backends.MailboxBackend"
    return lay_ground()


def on_its_own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run them at the same time, each on a connection of its own; raises what they raise."""
    barrier = Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        return on_its_own_connection(work)

    with ThreadPoolExecutor(len(works)) as pool:
        futures: list[Future[Any]] = [pool.submit(begin, work) for work in works]
        return [future.result(PATIENCE) for future in futures]


def many(ground: Ground, number: int = CASES) -> list[Deadline]:
    return [ground.promise(DUE_ON, case=ground.another_case(), key=f"tests.routine:{index}") for index in range(number)]


def test_four_sweeps_say_everything_once(ground: Ground):
    many(ground)

    counts = sum((Counter(found) for found in together(*[lambda: sweep(now=OVERDUE, batch=4)] * 4)), Counter())
    counts += Counter(sweep(now=OVERDUE))  # what one of them had locked while another looked

    assert counts["claimed"] == CASES
    assert counts["missed"] == CASES
    assert counts["reminders"] == Reminder.objects.count() == CASES
    assert Deadline.objects.filter(state="missed").count() == CASES
    assert DeadlineMove.objects.filter(what="missed").count() == CASES


def test_three_senders_send_everything_once(ground: Ground):
    many(ground, 12)
    sweep(now=OVERDUE)
    with acting(by=ground.pic, verb="tests.split"):
        # A digest is one notice; the race needs many.
        for index in range(40):
            plan_notice(
                key=f"tests.note:{index}",
                kind="tests.plain",
                by=ground.pic,
                now=START,
                recipient=ground.pic,
                case=ground.case,
            )

    counts = sum((Counter(found) for found in together(*[lambda: send_due(now=OVERDUE)] * 3)), Counter())

    assert counts["delivered"] == 41
    assert set(MailboxMessage.objects.values_list("handed_over", flat=True)) == {1}
    assert MailboxMessage.objects.count() == 41
    assert DeliveryAttempt.objects.count() == 41
    assert not Notice.objects.exclude(state="delivered").exists()


def test_the_sweep_does_not_wait_for_a_person_and_comes_back(ground: Ground):
    held, free = many(ground, 2)
    is_held, may_go = Event(), Event()

    def person() -> None:
        with transaction.atomic():
            list(Case.objects.select_for_update().filter(pk=held.case_id))
            is_held.set()
            may_go.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(on_its_own_connection, person)
        is_held.wait(PATIENCE)
        assert sweep(now=OVERDUE)["claimed"] == 1
        may_go.set()
        holding.result(PATIENCE)

    assert list(Reminder.objects.values_list("deadline_id", flat=True)) == [free.pk]
    assert sweep(now=OVERDUE)["claimed"] == 1
    assert Reminder.objects.count() == 2


def test_the_sweep_gives_way_to_somebody_in_the_evidence_chain_and_does_the_others(ground: Ground):
    """A note locks the chain of its case and not the case: only that one case is left for the next sweep."""
    deadlines = many(ground, 5)
    is_held, may_go = Event(), Event()

    def person() -> None:
        with acting(by=ground.pic, verb="cases.note.written"):
            Note.objects.create(case_id=deadlines[2].case_id, text="invented", written_by=ground.pic, written_at=START)
            is_held.set()
            may_go.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(on_its_own_connection, person)
        is_held.wait(PATIENCE)
        counts = sweep(now=OVERDUE)
        may_go.set()
        holding.result(PATIENCE)

    assert (counts["claimed"], counts["left_locked"]) == (4, 1)
    assert sweep(now=OVERDUE)["claimed"] == 1
    assert Reminder.objects.count() == 5


def test_meeting_while_the_sweep_calls_it_missed_ends_in_one_truth(ground: Ground):
    """Whichever comes first, the fact decides: it happened in time."""
    deadlines = many(ground, 10)
    in_time = OVERDUE - timedelta(hours=1)

    def record() -> None:
        for deadline in deadlines:
            meet(deadline=deadline, on=in_time, by=ground.pic, now=OVERDUE)

    together(record, lambda: sweep(now=OVERDUE, batch=1))
    sweep(now=OVERDUE)

    assert set(Deadline.objects.values_list("state", flat=True)) == {"met"}
    assert not Case.objects.exclude(next_due_at=None).exists()
    for deadline in deadlines:
        numbers = list(DeadlineMove.objects.filter(deadline=deadline).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def test_opening_the_same_key_twice_at_once_is_one_deadline(ground: Ground):
    def open_it() -> int:
        return open_deadline(
            case=ground.case,
            key="tests.routine:F-1",
            kind="tests.routine",
            due=Promise(DUE_ON, "UTC", "given for the test"),
            ball=Ball(user=ground.coordinator.pk),
            by=ground.coordinator,
            now=START,
        ).pk

    assert len(set(together(open_it, open_it, open_it))) == 1
    assert DeadlineMove.objects.count() == 1
