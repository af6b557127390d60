"""Keeps an embedded PostgreSQL for as long as some command uses it, then stops it and ends.

Each user holds a shared lock; when the keeper can have the lock alone, nobody is left. The kernel frees a killed user's
lock, so that no server lingers.

    python -m config.embedded.keeper DATA_FOLDER [--throw-away]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from config.embedded.locks import FileLock
from config.embedded.places import Places
from config.embedded.postgres import Postgres
from config.refusals import Refusal

LOOK_EVERY = 0.3


def users_lock(places: Places) -> FileLock:
    """Shared by every command that uses the keeper's server; held alone by `up` and by a keeper that is stopping."""
    return FileLock(places.run / "database.users")


def note(places: Places) -> Path:
    """The file in which a keeper says that its server is ready, or why it is not."""
    return places.run / "keeper.json"


def keep(places: Places, *, durable: bool) -> int:
    """Start the server, say so, restart it when it is killed, stop it when nobody uses it."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    server = Postgres(places, durable=durable)
    process: subprocess.Popen[bytes] | None = None
    users = users_lock(places)
    try:
        server.end_leftover()
        server.prepare()
        process = server.start()
        server.wait_ready(process)
        server.provision()
        if not durable:
            server.tidy()
        write_note(places, {"pid": os.getpid(), "server": process.pid, "superuser_url": server.superuser_url()})
        while not users.take() and not ended.is_set():
            ended.wait(LOOK_EVERY)
            if process.poll() is not None:
                process = server.start()
                server.wait_ready(process)
    except Refusal as refusal:
        write_note(places, {"problem": refusal.problem, "remedy": refusal.remedy})
        return 2
    finally:
        if process is not None:
            stop(process)
            note(places).unlink(missing_ok=True)
            places.remove_sockets()
        users.release()
    return 0


def stop(process: subprocess.Popen[bytes], *, within: float = 15.0) -> None:
    """Fast shutdown; an immediate one when it takes too long (the next start recovers)."""
    for number, seconds in ((signal.SIGINT, within), (signal.SIGQUIT, 5.0)):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            return
    if process.poll() is None:
        process.kill()
        process.wait()


def write_note(places: Places, words: dict[str, object]) -> None:
    """Write the note whole or not at all."""
    unfinished = note(places).with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(words))
    unfinished.rename(note(places))


if __name__ == "__main__":
    sys.exit(keep(Places(Path(sys.argv[1])), durable="--throw-away" not in sys.argv[2:]))
