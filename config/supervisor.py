"""`python3 manage.py up`: PostgreSQL, Redis, web, worker and beat under one command.

Everything that `up` starts is its direct child, is restarted when it ends, and ends with it: on one Ctrl-C or SIGTERM
in order, and by the kernel's doing (Linux) when `up` itself is killed.
"""

from __future__ import annotations

import argparse
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from config.bootstrap import progress
from config.embedded.accounts import adopt_orphans, server_account, spawn
from config.embedded.keeper import users_lock
from config.embedded.places import CLONE, Places, places
from config.embedded.postgres import Postgres
from config.embedded.redis import Redis
from config.embedded.session import up_lock, up_state
from config.embedded.watch import Program, Stopped, Watch, trim
from config.env import settings_module
from config.refusals import Refusal

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
LAST_PORT = 65535
STOP_ORDER = (("web", "beat", "worker"), ("redis",), ("postgres",))


def main(arguments: list[str]) -> int:
    """Run `up` until it is stopped; return the exit status."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start everything on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="the port of the pages (default 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    options = parser.parse_args(arguments)
    return Up(places(), host=options.host, port=options.port).run()


class Up:
    """One run of `up`."""

    def __init__(self, at: Places, *, host: str, port: int) -> None:
        self.at = at
        self.host = host
        self.port = port
        self.began = time.monotonic()
        self.watch = Watch(say=self.say, step=self.step, changed=self.note)
        self.shown = ""
        self.database = "starting"
        self.listener: socket.socket | None = None
        self.env = dict(os.environ)
        self.env.setdefault("DJANGO_SETTINGS_MODULE", settings_module())

    def say(self, line: str) -> None:
        try:
            self.shown = progress("", self.shown, last=True)
            print(line, flush=True)
        except OSError:  # the terminal is gone; the logs are still there
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - stays open to the end

    def step(self, line: str) -> None:
        with suppress(OSError):
            self.shown = progress(line, self.shown)

    # -- the run

    def run(self) -> int:
        self.at.make()
        lock, users = up_lock(self.at), users_lock(self.at)
        if not lock.take():
            state = up_state(self.at)
            raise Refusal(
                f"`up` already runs in this clone (process {state.get('pid', '?')}) at {state.get('address', '?')}.",
                remedy="Stop it with Ctrl-C there, or use another clone with --port.",
            )
        self.listener = listen(self.host, self.port)
        self.watch.listen()
        adopt_orphans()
        try:
            self.take_database(users.take)
            self.start_servers()
            self.prepare()
            self.start_programs()
            self.greet()
            self.watch.until_stopped()
        except Stopped:
            pass
        finally:
            running = bool(self.watch.children)
            if running:
                self.say("Stopping ...")
            if self.listener is not None:
                self.listener.close()
            self.watch.stop_all(STOP_ORDER)
            self.at.remove_sockets()
            (self.at.run / "up.json").unlink(missing_ok=True)
            users.release()
            lock.release()
            if running:
                self.say("Stopped.")
        return 0

    def take_database(self, take: Callable[[], bool]) -> None:
        """Wait for commands that use a database of their own in this data folder."""
        if take():
            return
        self.say("Waiting for another command of this clone to finish with the database (Ctrl-C to give up) ...")
        self.watch.wait_for(take, within=float("inf"))

    def note(self) -> None:
        """Write down what runs, for commands that want to join and for a second `up`."""
        words = {
            "pid": os.getpid(),
            "address": self.address,
            "database": self.database,
            "processes": {child.program.name: child.process.pid for child in self.watch.children},
        }
        unfinished = self.at.run / f"up.{os.getpid()}"
        unfinished.write_text(json.dumps(words))
        unfinished.rename(self.at.run / "up.json")

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.host in WILDCARDS else self.host
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    # -- servers

    def start_servers(self) -> None:
        """Start the embedded servers that no DATABASE_URL or REDIS_URL replaces."""
        if settings_module() == "config.settings.production" and not (
            self.env.get("DATABASE_URL") and self.env.get("REDIS_URL")
        ):
            raise Refusal(
                "Production does not start on the embedded servers.",
                remedy="Set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL to your own servers (docs/operations.md).",
            )
        account = server_account(self.at.data / "postgres")
        if not self.env.get("DATABASE_URL"):
            postgres = Postgres(self.at)
            account = postgres.account
            postgres.end_leftover()
            if postgres.prepare():
                self.say(f"Made the database folder {postgres.cluster}")
            child = self.watch.start(
                Program(
                    "postgres",
                    postgres.start,
                    self.at.logs / "postgres.log",
                    stop_signal=signal.SIGINT,
                    stop_within=15.0,
                    hard_signal=signal.SIGQUIT,
                )
            )
            postgres.wait_ready(child.process)
            postgres.provision()
            self.env |= {
                "DATABASE_URL": postgres.app_url(),
                "DATABASE_OWNER_URL": postgres.owner_url(),
                "NPP_EMBEDDED": "1",
            }
            self.say("PostgreSQL answers")
        if not self.env.get("REDIS_URL"):
            redis = Redis(self.at, account=account)
            log = self.at.logs / "redis.log"
            child = self.watch.start(Program("redis", redis.start, log, stop_within=5.0, tells=None))
            redis.wait_ready(child.process)
            self.env |= {"REDIS_URL": redis.url, "NPP_EMBEDDED": "1"}
            self.say("Redis answers")

    def prepare(self) -> None:
        """Bring the database up to date as its owner, then load what the product ships as the application."""
        steps = {"owner": "Bringing the database up to date ...", "app": "Loading pathways and cases ..."}
        for role, sentence in steps.items():
            self.say(sentence)
            env = self.env | {"NPP_DATABASE_ROLE": role}
            log = self.at.logs / "prepare.log"
            status = self.watch.run_once(
                [sys.executable, "-m", "config.prepare", role], env=env, cwd=CLONE, log=log, show="  "
            )
            if status:
                raise Refusal(f"This step failed with status {status}.", remedy=f"The lines above and {log} say why.")
        self.database = "ready"
        self.note()

    # -- programs

    def start_programs(self) -> None:
        """Start beat, worker and web, and wait until a page is answered."""
        assert self.listener is not None  # noqa: S101 - bound before anything was started
        listener = self.listener
        web_env = dict(self.env)
        if self.host in WILDCARDS and settings_module() == "config.settings.local":
            web_env.setdefault("NPP_ALLOWED_HOSTS", "*")
        elif settings_module() == "config.settings.local":
            web_env.setdefault("NPP_ALLOWED_HOSTS", self.host)
        celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]
        worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", "2", "--hostname", "npp@%h"]
        worker += ["--without-gossip", "--without-mingle"]
        beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]
        web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{listener.fileno()}"]
        # The code is read once, by the master; its workers are forks, so that a killed one is back at once.
        web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket"]
        web += ["--timeout", "60", "--graceful-timeout", "8", "--log-level", "warning", "--name", "npp-web"]
        self.watch.start(self.program("beat", beat, self.env, stop_within=5.0))
        self.watch.start(self.program("worker", worker, self.env, stop_within=15.0))
        self.watch.start(self.program("web", web, web_env, stop_within=12.0, pass_fds=(listener.fileno(),)))
        if not self.watch.wait_for(self.page_is_answered, within=60.0):
            raise Refusal("The pages do not answer.", remedy=f"See {self.at.logs / 'web.log'}.")

    def program(
        self, name: str, argv: list[str], env: dict[str, str], *, stop_within: float, pass_fds: tuple[int, ...] = ()
    ) -> Program:
        log = self.at.logs / f"{name}.log"
        trim(log)

        def start() -> subprocess.Popen[bytes]:
            with log.open("ab") as out:
                return spawn(argv, log=out, env=env, cwd=CLONE, pass_fds=pass_fds)

        return Program(name, start, log, stop_within=stop_within)

    def page_is_answered(self) -> bool:
        host = "127.0.0.1" if self.host in WILDCARDS else self.host
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": f"127.0.0.1:{self.port}"})
            return connection.getresponse().status > 0  # any answer is an answer
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def greet(self) -> None:
        """Say where it is and who can sign in."""
        self.say("")
        self.say(f"Ready after {time.monotonic() - self.began:.0f} s: {self.address}")
        if self.host not in {"127.0.0.1", "localhost", "::1"}:
            self.say(f"Everybody who can reach this machine can reach it: it listens on {self.host}.")
        accounts = self.at.run / "accounts.txt"
        if accounts.exists():
            self.say("")
            self.say(accounts.read_text().rstrip())
        self.say("")
        self.say(f"Stop with Ctrl-C. Logs: {self.at.logs}")


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done, so that a taken one is told at once.

    The socket is handed to the web server; while that is restarted, callers wait instead of being refused.
    """
    try:
        if not 0 <= port <= LAST_PORT:  # the C library would cut it to 16 bits
            raise OverflowError(port)
        family, kind, protocol, _, target = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (socket.gaierror, OverflowError) as error:
        raise Refusal(f"{host}:{port} is no address to listen on.", remedy="Choose with --host and --port.") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(target)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise listen_refusal(error, host, port) from error
    return listener


def listen_refusal(error: OSError, host: str, port: int) -> Refusal:
    """The one sentence for a port that cannot be had."""
    if error.errno == errno.EADDRINUSE:
        return Refusal(
            f"Port {port} on {host} is taken by another program.",
            remedy=f"Stop that one, or choose another port: `python3 manage.py up --port {port + 1}`.",
        )
    if error.errno == errno.EACCES:
        return Refusal(f"Port {port} is for the system only.", remedy="Choose one above 1023 with --port.")
    return Refusal(f"{host}:{port} cannot be listened on ({error.strerror}).", remedy="Choose with --host and --port.")
