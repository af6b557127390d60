"""A database for the time of one command: that of a running `up`, or one of our own that ends with its last user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from config.embedded.keeper import note, users_lock
from config.embedded.locks import FileLock
from config.embedded.places import CLONE, Places
from config.embedded.postgres import Postgres
from config.refusals import Refusal

PATIENCE_SECONDS = 90


@dataclass
class Attached:
    """A database that answers, held until `close()` or the end of the process."""

    superuser_url: str
    owner_url: str
    app_url: str
    redis_url: str | None
    _lock: FileLock | None = None

    def close(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def up_lock(places: Places) -> FileLock:
    """Held alone by the running `up` of this data folder."""
    return FileLock(places.run / "up.lock")


def up_state(places: Places) -> dict[str, object]:
    """What the running `up` says of itself: pid, address, whether its database is ready; empty when there is none."""
    try:
        state = json.loads((places.run / "up.json").read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def attach(places: Places, *, durable: bool = True, database: str = "npp") -> Attached:
    """Come to the database of `up` when it runs, else to a kept server, which is started when there is none."""
    places.make()
    users = users_lock(places)
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.05)):
        if users.take(shared=True):
            _ensure_keeper(places, durable=durable)
            return _attached(Postgres(places, durable=durable), database, redis_url=None, lock=users)
        if up_lock(places).held_alone_by_another() and up_state(places).get("database") == "ready":
            return _attached(Postgres(places), database, redis_url=places.redis_url, lock=None)
        pause.wait(0.05)  # a keeper is stopping, or an `up` is starting
    raise Refusal(
        f"The embedded database of {places.data} was busy for {PATIENCE_SECONDS} seconds.",
        remedy=f"See {places.logs}; stop the other command and try again.",
    )


def _attached(server: Postgres, database: str, *, redis_url: str | None, lock: FileLock | None) -> Attached:
    return Attached(
        superuser_url=server.superuser_url(),
        owner_url=server.owner_url(database),
        app_url=server.app_url(database),
        redis_url=redis_url,
        _lock=lock,
    )


def _ensure_keeper(places: Places, *, durable: bool) -> None:
    """Start the keeper unless one runs; the caller holds the users' lock, so that a ready one cannot end meanwhile."""
    starting = FileLock(places.run / "keeper.starting")
    starting.take(wait=True)
    try:
        words = _read_note(places)
        pid = words.get("pid")
        if isinstance(pid, int) and _runs(pid):
            return
        note(places).unlink(missing_ok=True)
        argv = [sys.executable, "-m", "config.embedded.keeper", str(places.data)]
        if not durable:
            argv.append("--throw-away")
        with (places.logs / "keeper.log").open("wb") as log:
            keeper = subprocess.Popen(  # not spawn(): it must outlive us while others use its server
                argv,
                cwd=CLONE,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        pause = threading.Event()
        for _ in range(int(PATIENCE_SECONDS / 0.02)):
            words = _read_note(places)
            if "problem" in words:
                note(places).unlink(missing_ok=True)
                raise Refusal(str(words["problem"]), remedy=str(words["remedy"]))
            if words.get("pid") == keeper.pid:
                return
            if keeper.poll() is not None and not _read_note(places):
                break
            pause.wait(0.02)
        if keeper.poll() is None:
            keeper.send_signal(signal.SIGTERM)
        raise Refusal("The embedded database did not start.", remedy=f"See {places.logs / 'keeper.log'}.")
    finally:
        starting.release()


def _read_note(places: Places) -> dict[str, object]:
    try:
        words = json.loads(note(places).read_text())
    except (OSError, ValueError):
        return {}
    return words if isinstance(words, dict) else {}


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a zombie answers to signal 0
        with Path(f"/proc/{pid}/stat").open() as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return True


__all__ = ["Attached", "attach", "up_lock", "up_state"]
