"""The databases of a test run: one migrated template, a clone per worker, a clone per test that needs real commits.

The tests connect as the application's role, which owns nothing and may not TRUNCATE, as in production. Tables are
therefore never emptied: a test either rolls back (`db`) or has a database of its own (`fresh_database`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.embedded.locks import FileLock
from config.embedded.places import CLONE, test_places
from config.embedded.postgres import APP, OWNER, TEMPLATE_PREFIX, create_database, provision
from config.embedded.session import Attached, attach
from config.env import database_settings
from config.migrating import plain_history
from tests import laid


class FreshDatabase(str):
    """The address of a database of one test's own, as the application's role; also as the owner and the superuser."""

    name: str
    owner_url: str
    superuser_url: str


# What marks a file outside `migrations` and `audit` as one that shapes the database.
SHAPING = (b"regulated(", b"guarded(", b"pgtrigger", b"post_migrate", b"models.Model")


@dataclass
class Server:
    """A PostgreSQL server on which the tests may make roles and databases."""

    superuser_url: str
    run: str
    _attached: Attached | None = None

    @property
    def template(self) -> str:
        """Migrated once for the code as it is: the same code finds it again in the next run."""
        return f"{TEMPLATE_PREFIX}{shape_of_the_code()}"

    def url(self, database: str, *, role: str | None = None) -> str:
        """The address of a database, as a role (the superuser's own when none is given)."""
        parts = urlsplit(self.superuser_url)
        host = parts.netloc.rpartition("@")[2]
        netloc = parts.netloc if role is None else f"{role}:{role}@{host}" if parts.hostname else f"{role}@{host}"
        return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))

    def make(self, name: str, *, template: str = "template0") -> FreshDatabase:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            create_database(connection, name, template=template, strategy="file_copy")
        return self.named(name)

    def named(self, name: str) -> FreshDatabase:
        """The addresses of a database that there is."""
        address = FreshDatabase(self.url(name, role=APP))
        address.name = name
        address.owner_url = self.url(name, role=OWNER)
        address.superuser_url = self.url(name)
        return address

    def made_once(
        self, name: str, fill: Callable[[FreshDatabase], None], *, template: str = "template0"
    ) -> FreshDatabase:
        """A database that the first worker fills while the others wait; it has its name only once it is whole."""
        lock = FileLock(test_places().run / f"{name}.lock")
        lock.take(wait=True)
        try:
            with psycopg.connect(self.superuser_url, autocommit=True) as connection:
                if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                    return self.named(name)
                unfinished = self.make(f"npp_{self.run}_unfinished_{secrets.token_hex(4)}", template=template)
                try:
                    fill(unfinished)
                except BaseException:
                    self.drop(unfinished.name)
                    raise
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(unfinished.name), sql.Identifier(name)
                    )
                )
        finally:
            lock.release()
        return self.named(name)

    def wait_idle(self, name: str) -> None:
        """Give a page server's last request two seconds to let its connection go."""
        pause = threading.Event()
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for _ in range(40):
                count = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name])
                if count.fetchone() == (0,):
                    return
                pause.wait(0.05)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def clone(self, *, of: str = "") -> FreshDatabase:
        """A new database with everything that the template has, or another database to which nobody is connected."""
        return self.make(f"npp_{self.run}_{secrets.token_hex(4)}", template=of or self.template)

    def close(self) -> None:
        if self._attached is not None:
            self._attached.close()


@cache
def shape_of_the_code(root: Path = CLONE) -> str:
    """A hash over all files that shape a migrated database: migrations, triggers, what is registered for capture."""
    digest = hashlib.sha256()
    for app in ("cases", "regulatory", "pharmacovigilance"):
        for path in sorted((root / app).rglob("*")):
            if path.suffix not in {".py", ".sql"} or not path.is_file():
                continue
            content = path.read_bytes()
            parts = path.relative_to(root).parts
            if "migrations" in parts or "audit" in parts or any(mark in content for mark in SHAPING):
                digest.update(str(parts).encode() + hashlib.sha256(content).digest())
    digest.update((root / "requirements.txt").read_bytes())
    return digest.hexdigest()[:16]


def run_name() -> str:
    """One name for all workers of this run, no other run's."""
    shared = os.environ.setdefault("NPP_TEST_RUN", secrets.token_hex(4))
    return (os.environ.get("PYTEST_XDIST_TESTRUNUID") or shared)[:12]


def connect_server() -> Server:
    """The server of NPP_TEST_DATABASE_URL (a superuser's address), else the embedded throw-away one.

    DATABASE_URL is never looked at: tests must not come near a database that somebody uses.
    """
    given = os.environ.get("NPP_TEST_DATABASE_URL")
    if given:
        server = Server(given, run_name())
        provision(given)
        if urlsplit(given).hostname:
            with psycopg.connect(given, autocommit=True) as connection:
                for role in (OWNER, APP):
                    connection.execute(
                        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(role))
                    )
        return server
    attached = attach(test_places(), durable=False)
    return Server(attached.superuser_url, run_name(), attached)


def point_at(url: str) -> None:
    """Let every connection of Django's, in every thread, go to this database from now on."""
    laid.take_up()
    connections.close_all()
    settings = connections.settings["default"]
    wanted = database_settings(url)
    wanted["CONN_MAX_AGE"] = 0
    settings.update(wanted)
    connections["default"].settings_dict.update(wanted)


@contextmanager
def pointed_at(url: str) -> Iterator[None]:
    """Go to another database for a while, and back."""
    before = {key: connections.settings["default"][key] for key in database_settings(url)}
    point_at(url)
    try:
        yield
    finally:
        connections.close_all()
        connections.settings["default"].update(before)
        connections["default"].settings_dict.update(before)


def ensure_template(server: Server) -> None:
    """Migrate the template as the owner role: the first worker does it, the others wait for it."""

    def migrate(empty: FreshDatabase) -> None:
        with pointed_at(empty.owner_url), plain_history():
            call_command("createcachetable")
            call_command("migrate", verbosity=0, interactive=False)

    server.made_once(server.template, migrate)
