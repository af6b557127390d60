"""kill -9 of worker, beat, Redis and PostgreSQL in turn while reminders fall due: nothing lost, nothing twice by key.

Real processes: PostgreSQL with a durable cluster of its own, Redis, ``celery worker`` and ``celery beat``. A keeper
starts again whatever is dead, as the supervisor of ``up`` does.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from cases.audit.context import acting
from cases.audit.verify import verify
from cases.deadlines.services import Ball, Promise, open_deadline
from cases.people.roles import Role
from config.embedded.accounts import server_account
from config.embedded.places import CLONE, Places
from config.embedded.postgres import Postgres
from config.embedded.redis import Redis
from tests.cases.deadlines.ground import ROUTINE, lay_ground, person
from tests.databases import pointed_at

DATES = 24
SPREAD = timedelta(seconds=6)
ROUNDS = int(os.environ.get("NPP_FAULT_ROUNDS", "1"))
PEOPLE = 12
PATIENCE = 120

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@dataclass
class House:
    """The four processes, and how to start each of them again."""

    starts: dict[str, Callable[[], subprocess.Popen[bytes]]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def keep(self) -> None:
        """Start whatever does not run."""
        for name, start in self.starts.items():
            if name not in self.running or self.running[name].poll() is not None:
                self.running[name] = start()

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all its children."""
        process = self.running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)

    def stop(self) -> None:
        for name in ("beat", "worker", "redis", "postgres"):
            if name in self.running and self.running[name].poll() is None:
                self.kill(name)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path / "npp")
    found.make()
    return found


@pytest.fixture
def postgres(places: Places) -> Postgres:
    server = Postgres(places)
    server.prepare()
    return server


@pytest.fixture
def house(places: Places, postgres: Postgres) -> Iterator[House]:
    redis = Redis(places, account=server_account(places.data))
    environment = dict(os.environ) | {
        "NPP_ENVIRONMENT": "test",
        "DJANGO_SETTINGS_MODULE": "tests.faults.fast_settings",
        "DATABASE_URL": postgres.app_url(),
        "DATABASE_OWNER_URL": postgres.owner_url(),
        "REDIS_URL": redis.url,
        "NPP_DATA_DIR": str(places.data),
        "NPP_NO_BOOTSTRAP": "1",
        "PYTHONPATH": str(CLONE),
    }
    celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]

    def process(name: str, *arguments: str) -> Callable[[], subprocess.Popen[bytes]]:
        def start() -> subprocess.Popen[bytes]:
            with (places.logs / f"{name}.log").open("ab") as log:
                return subprocess.Popen(
                    [*celery, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=CLONE,
                    env=environment,
                    start_new_session=True,
                )

        return start

    found = House({"postgres": postgres.start, "redis": redis.start})
    found.keep()
    try:
        postgres.wait_ready(found.running["postgres"])
        redis.wait_ready(found.running["redis"])
        postgres.provision()
        subprocess.run(
            [sys.executable, "-m", "config.prepare", "owner"],
            cwd=CLONE,
            env=environment | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "NPP_DATABASE_ROLE": "owner"},
            check=True,
            capture_output=True,
        )
        found.starts["worker"] = process(
            "worker", "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"
        )
        found.starts["beat"] = process("beat", "beat", "--loglevel", "WARNING", "--pidfile", "")
        yield found
    finally:
        found.stop()
        places.remove_sockets()


def until(condition: Callable[[], bool], house: House, *, within: float) -> bool:
    """Keep the house running until the condition holds; whether it came to hold within so many seconds."""
    pause, ends = threading.Event(), time.monotonic() + within
    while time.monotonic() < ends:
        house.keep()
        try:
            if condition():
                return True
        except psycopg.OperationalError:
            pass  # the database is being restarted: ask again
        pause.wait(0.1)
    return False


def count(url: str, query: str) -> int:
    with closing(psycopg.connect(url, connect_timeout=2)) as connection:
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def test_nothing_is_lost_and_nothing_is_sent_twice_by_key(
    house: House, postgres: Postgres, django_db_blocker: DjangoDbBlocker, capsys
):
    url = postgres.superuser_url("npp")
    with django_db_blocker.unblock(), pointed_at(postgres.app_url()):
        street = Street()
    dates = kills = 0
    for _ in range(ROUNDS):
        for name in ("worker", "beat", "redis", "postgres"):
            with django_db_blocker.unblock(), pointed_at(postgres.app_url()):
                street.open_dates(DATES)
            done, dates = dates, dates + DATES
            # In the middle of it: some of this batch are said, the others fall due within the next seconds.
            begun = until(lambda done=done: 2 * done < count(url, SAID), house, within=PATIENCE)
            assert begun, f"no reminder before the kill of {name}"
            open_then = count(url, OPEN)
            house.kill(name)
            kills += 1
            assert open_then > 0, f"the kill of {name} came after everything was done"
            settled = until(
                lambda dates=dates: count(url, SAID) == 2 * dates and count(url, UNSENT) == 0, house, within=PATIENCE
            )
            assert settled, f"not all was said after the kill of {name}"

    handed_over = count(url, "SELECT coalesce(sum(handed_over), 0) FROM notices_mailboxmessage")
    mails = count(url, "SELECT count(*) FROM notices_mailboxmessage")
    with capsys.disabled():
        print(f"\n{kills} kills, {dates} dates, {mails} mails, {handed_over - mails} handed over again by key")

    assert count(url, "SELECT count(*) FROM deadlines_deadline WHERE state = 'missed'") == dates
    assert count(url, "SELECT count(*) FROM deadlines_deadlinemove WHERE what = 'missed'") == dates
    # Holder and coordinator of each date, once.
    assert count(url, "SELECT count(DISTINCT (deadline_id, recipient_id)) FROM deadlines_reminder") == 2 * dates
    assert count(url, DELIVERED) == 2 * dates
    assert count(url, "SELECT count(*) FROM notices_notice WHERE state IN ('failed', 'bounced', 'withdrawn')") == 0
    # A mail may be handed over again with the same Message-ID after a kill in between; at most one a kill.
    assert handed_over - mails <= kills
    with django_db_blocker.unblock(), pointed_at(postgres.app_url()):
        assert not verify().findings


SAID = "SELECT count(*) FROM deadlines_reminder"
OPEN = "SELECT count(*) FROM deadlines_deadline WHERE state = 'running'"
DELIVERED = """
    SELECT count(*) FROM deadlines_reminder r
    JOIN notices_notice n ON n.id = r.notice_id JOIN notices_mailboxmessage m ON m.message_id = n.message_id
    WHERE n.state = 'delivered'
"""
UNSENT = "SELECT count(*) FROM notices_notice WHERE state IN ('planned', 'claimed')"


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
                due_at = now + timedelta(seconds=3) + SPREAD * number / most
                open_deadline(
                    case=self.cases[number % len(self.cases)],
                    key=f"tests.routine:{self.opened + number}",
                    kind=ROUTINE.code,
                    due=Promise(due_at.date(), "UTC", "given for the test", at=due_at),
                    ball=Ball(user=self.holders[number % PEOPLE]),
                    by=self.ground.pic,
                    now=now,
                )
        self.opened += most
