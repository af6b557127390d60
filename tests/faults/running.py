"""A real `up` of a copy of the code, and what a test asks of it and of its processes."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from config.embedded.places import CLONE, Places
from config.embedded.postgres import APP, SUPERUSER

CHILDREN = ("postgres", "redis", "beat", "worker", "web")
COPIED = ("cases", "config", "pharmacovigilance", "regulatory", "manage.py", "requirements.txt")
# How long a busy machine may take; nothing is judged by it.
PATIENCE = 900
# `up` with loops of a second, in a copy of the code.
FAST = {"DJANGO_SETTINGS_MODULE": "fast_settings"}


class Running:
    """One `up` of a copy of the code, with a data folder and a port of its own."""

    def __init__(self, clone: Path, *, python: str = sys.executable, uid: int | None = None, **env: str) -> None:
        self.clone = clone
        self.port = free_port()
        self.places = Places(Path(env.get("NPP_DATA_DIR", clone / ".npp")))
        self.log = clone / f"up-{self.port}.log"
        # The folder of the sockets bears the account's number, which is another's here where we are root.
        key = hashlib.sha256(f"{os.geteuid() if uid is None else uid}:{self.places.data}".encode()).hexdigest()[:12]
        self.sockets = self.places.sockets.with_name(f"npp-{key}")
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        self.env = kept | {"NPP_NO_BOOTSTRAP": "1", "HOME": str(clone)} | env
        account: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [python, "manage.py", "up", "--port", str(self.port)],
                cwd=clone,
                env=self.env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **account,
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_said(self, words: str) -> None:
        wait_until(
            lambda: words in self.said() or self.process.poll() is not None, within=PATIENCE, what=f"it says {words!r}"
        )
        assert self.process.poll() is None, self.said()

    def wait_ready(self) -> None:
        self.wait_said("Stop with Ctrl-C")

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command of the same clone."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=self.clone,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def pid(self, name: str) -> int:
        state = json.loads((self.places.run / "up.json").read_text())
        pid: int = state["processes"][name]
        return pid

    def page(self) -> int:
        return requests.get(f"http://127.0.0.1:{self.port}/", timeout=30).status_code

    def database(self, role: str = APP) -> str:
        """The address of its database, as that role."""
        return f"postgresql://{role}@/npp?host={self.sockets}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What its database answers."""
        with psycopg.connect(self.database(SUPERUSER), connect_timeout=2) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]

    def ask(self, query: str) -> int:
        """One number of its database."""
        return int(self.rows(query)[0][0])

    def stop(self, number: signal.Signals) -> set[int]:
        """Ask it once to stop and wait for its end; returns the processes of it that are left."""
        everybody = descendants(self.process.pid)
        assert len(everybody) >= len(CHILDREN)
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        return {pid for pid in everybody if runs(pid)}

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


def wait_until(condition: Callable[[], object], *, within: float, what: str) -> None:
    """Wait on a condition, not on the clock."""
    pause = threading.Event()
    for _ in range(int(within / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail(f"not within {within} s: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def runs(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """The process numbers of all that a process has started, directly or not."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found: set[int] = set()
    level = {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


def copy_code(folder: Path) -> Path:
    """The code in a folder of its own, with the settings of a faster `up` beside it."""
    clone = folder / "clone"
    clone.mkdir(mode=0o755)
    for name in COPIED:
        source = CLONE / name
        if source.is_dir():
            shutil.copytree(source, clone / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, clone / name)
    shutil.copy(Path(__file__).with_name("fast_settings.py"), clone)
    return clone
