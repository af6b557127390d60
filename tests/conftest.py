"""Fixtures that every test may ask for: databases, a Redis, and what must be present rather than skipped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connections
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from config.embedded.accounts import server_account
from config.embedded.locks import FileLock
from config.embedded.places import CLONE, Places, test_places
from config.embedded.redis import Redis
from config.waste import look_seldom
from tests import laid
from tests.databases import FreshDatabase, Server, connect_server, ensure_template, point_at, pointed_at

# The browser serves tests of two rooms (browser, journeys); one session starts it once, so it is a plug-in of all.
pytest_plugins = ["tests.browser.fixtures"]

# How long a generated example takes says how busy the machine is, and nothing about the product.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")

NO_TRANSACTION = (
    "transaction=True empties tables with TRUNCATE, which the application's role may not do. "
    "Ask for the fixture `fresh_database` instead of a django_db mark: it gives the test a database of its own."
)


EITHER = "Ask for either `db` (it rolls back) or `fresh_database` (it commits), not for both."


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    mark = item.get_closest_marker("django_db")
    names = set(getattr(item, "fixturenames", ()))
    if (mark and mark.kwargs.get("transaction")) or "transactional_db" in names:
        pytest.fail(NO_TRANSACTION, pytrace=False)
    if names & {"fresh_database", "served_database"} and (mark or "db" in names):
        pytest.fail(EITHER, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    """Before the transaction of a test opens, what it begins with is laid below."""
    if fixturedef.argname == "_django_db_helper":
        with request.getfixturevalue("django_db_blocker").unblock():
            laid.lay_for(request.node)
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = laid.together(items)


def pytest_collection_finish() -> None:
    """As the servers do."""
    look_seldom()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where the machine must have what the test needs (CI)."""
    report = yield
    needed = {"browser": "NPP_REQUIRE_BROWSER", "standards": "NPP_REQUIRE_STANDARDS"}
    if report.skipped and not hasattr(report, "wasxfail"):
        for mark, variable in needed.items():
            if item.get_closest_marker(mark) and os.environ.get(variable) == "1":
                report.outcome = "failed"
                report.longrepr = f"Skipped although {variable}=1: {report.longrepr}"
    return report


# -- what others published


@pytest.fixture(scope="session")
def standards() -> Path:
    """The folder of schemas and examples that nobody here wrote (architecture: `standards/`)."""
    folder = Path(os.environ.get("NPP_STANDARDS_DIR", CLONE / "../shared/standards")).resolve()
    if not folder.is_dir():
        pytest.skip(f"No published examples at {folder}: set NPP_STANDARDS_DIR.")
    return folder


# -- databases


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    """The PostgreSQL server of this run (embedded unless NPP_TEST_DATABASE_URL names another)."""
    server = connect_server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def template_database(database_server: Server, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of the migrated database from which all others are cloned."""
    with django_db_blocker.unblock():
        ensure_template(database_server)
    return database_server.template


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    database_server: Server,
    template_database: str,
) -> Iterator[None]:
    """The worker's own clone of the template, for tests that roll back."""
    clone = database_server.clone()
    with django_db_blocker.unblock():
        point_at(clone)
    yield
    with django_db_blocker.unblock():
        point_at(clone)
    database_server.drop(clone.name)


@pytest.fixture
def fresh_database(
    django_db_blocker: DjangoDbBlocker,
    database_server: Server,
    template_database: str,
) -> Iterator[FreshDatabase]:
    """A database of the test's own, for real commits, several connections, a live server or other processes.

    Yields its address (a DATABASE_URL as the application's role) with `owner_url`, `superuser_url` and `name`.
    """
    from django.contrib.contenttypes.models import ContentType  # models can be imported once Django is set up

    clone = database_server.clone()
    with django_db_blocker.unblock(), pointed_at(clone):
        ContentType.objects.clear_cache()
        yield clone
    ContentType.objects.clear_cache()
    database_server.drop(clone.name)


@pytest.fixture(scope="session")
def loaded_demonstration(
    django_db_blocker: DjangoDbBlocker, database_server: Server, template_database: str
) -> Iterator[FreshDatabase]:
    """A database into which the demonstration was loaded once in this run, as of now; cloned, never served.

    Whichever worker needs it first loads it for all; whichever is the last to need it drops it.
    """
    from cases.models import Case  # it and the loading's models need Django to be set up
    from config.demonstration.load import load_demonstration
    from config.demonstration.stories import STORIES

    def cut_off(line: str) -> None:
        if line.startswith("  3 of "):
            raise InterruptedError

    def load(empty: FreshDatabase) -> None:
        now = datetime.now(UTC)
        with django_db_blocker.unblock(), pointed_at(empty):
            # Cut off on the way; the second load goes on with the cases that are not there, and begins none anew.
            with suppress(InterruptedError):
                load_demonstration(now=now, say=cut_off)
            there = Case.objects.count()  # those of the place that is played first
            assert 3 <= there < len(STORIES)
            assert load_demonstration(now=now) == len(STORIES) - there

    name = f"npp_{database_server.run}_demonstration"
    users = FileLock(test_places().run / f"{name}.users.lock")
    users.take(shared=True, wait=True)
    yield database_server.made_once(name, load, template=template_database)
    users.release()
    if users.take():
        database_server.drop(name)
        users.release()


@pytest.fixture(scope="module")
def demonstration(
    django_db_blocker: DjangoDbBlocker, database_server: Server, loaded_demonstration: FreshDatabase
) -> Iterator[FreshDatabase]:
    """The module's own copy of the loaded demonstration: what one test commits, the next ones of its module see."""
    copy = database_server.clone(of=loaded_demonstration.name)
    yield copy
    database_server.drop(copy.name)


@pytest.fixture
def served_database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[FreshDatabase]:
    """What `live_server` serves: under the mark `demonstration` the module's copy of it, else a `fresh_database`."""
    if request.node.get_closest_marker("demonstration") is None:
        yield request.getfixturevalue("fresh_database")
        return
    from django.contrib.contenttypes.models import ContentType  # models can be imported once Django is set up

    copy: FreshDatabase = request.getfixturevalue("demonstration")
    with django_db_blocker.unblock(), pointed_at(copy):
        ContentType.objects.clear_cache()
        yield copy
    ContentType.objects.clear_cache()


@pytest.fixture
def process_environment(fresh_database: FreshDatabase, tmp_path: Path) -> dict[str, str]:
    """Variables for other processes (a worker, a command) that shall use the test's own database."""
    return dict(os.environ) | {
        "NPP_ENVIRONMENT": "test",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": str(fresh_database),
        "DATABASE_OWNER_URL": fresh_database.owner_url,
        "NPP_DATA_DIR": str(tmp_path),
        "NPP_NO_BOOTSTRAP": "1",
        "PYTHONPATH": str(CLONE),
    }


@pytest.fixture(scope="session")
def _server_thread() -> Iterator[LiveServer]:
    # Head and body of an answer are two writes; without this the second waits 40 ms for the first one's receipt.
    WSGIRequestHandler.disable_nagle_algorithm = True
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def live_server(
    served_database: FreshDatabase, database_server: Server, _server_thread: LiveServer
) -> Iterator[LiveServer]:
    """The pages over HTTP (`live_server.url`), on the `served_database`."""
    yield _server_thread
    connections.close_all()
    database_server.wait_idle(served_database.name)


@pytest.fixture(autouse=True)
def _live_server_helper() -> None:
    """Keep pytest-django from asking for `transactional_db` beside `live_server`."""


# -- Redis


@dataclass
class RedisServer:
    """A Redis of the test's own."""

    url: str
    process: subprocess.Popen[bytes]
    _redis: Redis

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def start(self) -> None:
        """Start it again, at the same address, empty."""
        self.process = self._redis.start()
        self._redis.wait_ready(self.process)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis on a private socket: `redis_server.url` is a REDIS_URL."""
    places = Places(tmp_path / "redis")
    places.make()
    redis = Redis(places, account=server_account(places.data))
    process = redis.start()
    server = RedisServer(redis.url, process, redis)
    redis.wait_ready(process)
    yield server
    if server.process.poll() is None:
        server.process.terminate()
        server.process.wait()
    places.redis_socket.unlink(missing_ok=True)
    places.sockets.rmdir()


# -- commands


@pytest.fixture
def python() -> str:
    """The interpreter of the environment, for tests that start processes."""
    return sys.executable
