"""kill -9 of web, worker, beat, Redis and PostgreSQL in turn during a run of `up` with due reminders.

Nothing is lost, nothing is sent twice by key, and everything is back without help; then one SIGTERM ends it all.
"""

# ruff: noqa: S608 - the queries are put together from the constants below

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from cases.audit.context import acting
from cases.audit.verify import verify
from cases.deadlines.services import Ball, Promise, open_deadline
from cases.people.roles import Role
from tests.cases.deadlines.ground import ROUTINE, lay_ground, person
from tests.databases import pointed_at
from tests.faults.running import PATIENCE, Running, runs, wait_until

DATES = 24
SPREAD = timedelta(seconds=4)
LEAD = timedelta(seconds=2)
ROUNDS = int(os.environ.get("NPP_FAULT_ROUNDS", "1"))
PEOPLE = 12

pytestmark = [pytest.mark.faults, pytest.mark.slow]

# Of the demonstration's own dates and mails nothing is asked here.
OURS = "SELECT id FROM deadlines_deadline WHERE key LIKE 'tests.routine:%'"
MINE = (
    "SELECT id FROM people_user WHERE email LIKE 'holder.%@tests.invalid' OR email LIKE 'coordinator.%@tests.invalid'"
)
SAID = f"SELECT count(*) FROM deadlines_reminder WHERE deadline_id IN ({OURS})"
OPEN = f"SELECT count(*) FROM deadlines_deadline WHERE state = 'running' AND id IN ({OURS})"
UNSENT = f"SELECT count(*) FROM notices_notice WHERE state IN ('planned', 'claimed') AND recipient_id IN ({MINE})"
DELIVERED = f"""
    SELECT count(*) FROM deadlines_reminder r
    JOIN notices_notice n ON n.id = r.notice_id JOIN notices_mailboxmessage m ON m.message_id = n.message_id
    WHERE n.state = 'delivered' AND r.deadline_id IN ({OURS})
"""
MAILS = f"""
    SELECT {{}} FROM notices_mailboxmessage m JOIN notices_notice n ON n.message_id = m.message_id
    WHERE n.recipient_id IN ({MINE})
"""


def test_nothing_is_lost_and_nothing_is_sent_twice_by_key(
    up: Running, django_db_blocker: DjangoDbBlocker, capsys: pytest.CaptureFixture[str]
) -> None:
    here = up.database()
    with django_db_blocker.unblock(), pointed_at(here):
        street = Street()
    dates = kills = 0
    for _ in range(ROUNDS):
        for name in ("web", "worker", "beat", "redis", "postgres"):
            with django_db_blocker.unblock(), pointed_at(here):
                street.open_dates(DATES)
            done, dates = dates, dates + DATES
            # In the middle of it: some of this batch are said, the others fall due within the next seconds.
            soon(lambda done=done: 2 * done < up.ask(SAID), f"a reminder before the kill of {name}")
            assert up.ask(OPEN) > 0, f"the kill of {name} came after everything was done"
            kill(up, name)
            kills += 1
            soon(
                lambda dates=dates: up.ask(SAID) == 2 * dates and up.ask(UNSENT) == 0,
                f"all is said after the kill of {name}",
            )

    handed_over, mails = up.ask(MAILS.format("sum(m.handed_over)")), up.ask(MAILS.format("count(*)"))
    with capsys.disabled():
        print(f"\n{kills} kills, {dates} dates, {mails} mails, {handed_over - mails} handed over again by key")
    assert up.ask(f"SELECT count(*) FROM deadlines_deadline WHERE state = 'missed' AND id IN ({OURS})") == dates
    moves = f"SELECT count(*) FROM deadlines_deadlinemove WHERE what = 'missed' AND deadline_id IN ({OURS})"
    assert up.ask(moves) == dates
    # Holder and coordinator of each date, once.
    told = f"SELECT count(DISTINCT (deadline_id, recipient_id)) FROM deadlines_reminder WHERE deadline_id IN ({OURS})"
    assert up.ask(told) == 2 * dates
    assert up.ask(DELIVERED) == 2 * dates
    ended_otherwise = "SELECT count(*) FROM notices_notice WHERE state IN ('failed', 'bounced', 'withdrawn')"
    assert up.ask(f"{ended_otherwise} AND recipient_id IN ({MINE})") == 0
    # A mail may be handed over again with the same Message-ID after a kill in between; at most one a kill.
    assert handed_over - mails <= kills
    with django_db_blocker.unblock(), pointed_at(here):
        assert not verify().findings


def test_one_sigterm_stops_everything_and_leaves_no_process(up: Running) -> None:
    """Last of all, since it ends the shared `up`."""
    assert up.stop(signal.SIGTERM) == set()

    assert up.process.returncode == 0, up.said()
    assert not (up.places.run / "up.json").exists()
    assert not up.places.sockets.exists()
    assert up.said().endswith("Stopping ...\nStopped.\n")


def kill(up: Running, name: str) -> None:
    """kill -9; it is started again at once, without a pause, and the pages answer."""
    before = up.pid(name)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: up.pid(name) != before and runs(up.pid(name)), within=PATIENCE, what=f"{name} started again")
    assert not runs(before)
    assert f"{name}: killed by signal 9; starting it again\n" in up.said()
    soon(lambda: up.page() < 500, f"pages after the kill of {name}")


def soon(condition: Callable[[], bool], what: str) -> None:
    """Wait for it, also while the database is being started again."""

    def holds() -> bool:
        try:
            return condition()
        except psycopg.OperationalError:
            return False

    wait_until(holds, within=PATIENCE, what=what)


class Street:
    """A dozen people and twenty cases, on which dates are opened that fall due one after the other."""

    def __init__(self) -> None:
        self.ground = lay_ground()
        with acting(by=self.ground.pic, verb="tests.people.entered"):
            self.holders = [
                person("Holder", 500 + number, Role.COORDINATING_PHARMACIST, pharmacy=self.ground.pharmacy)
                for number in range(PEOPLE)
            ]
        self.cases = [self.ground.another_case() for _ in range(20)]
        self.opened = 0

    def open_dates(self, most: int) -> None:
        """Open so many, in one transaction; the first falls due at once, the last after `SPREAD`."""
        now = datetime.now(UTC)
        with acting(by=self.ground.pic, verb="tests.dates.opened"):
            for number in range(most):
                due_at = now + LEAD + SPREAD * number / most
                open_deadline(
                    case=self.cases[number % len(self.cases)],
                    key=f"tests.routine:{self.opened + number}",
                    kind=ROUTINE.code,
                    due=Promise(due_at.date(), "UTC", "given for the test", at=due_at),
                    ball=Ball(user=self.holders[number % PEOPLE].pk),
                    by=self.ground.pic,
                    now=now,
                )
        self.opened += most
