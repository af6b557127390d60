"""`python3 manage.py test`: the tests of some seconds; `--long`: the rest; or what pytest's arguments name (ADR 28)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from config.embedded.places import CLONE

# What takes longer than some seconds each: a real browser, whole products started and killed, walks of thousands of
# steps, whole journeys. CI runs both halves; whoever changes the code runs the first in the time of a coffee.
LONG = "browser or faults or slow"
# Of the long ones, what starts and kills whole products waits more than it works, and the long walk is as long as
# hundreds of other tests. Each has a run of its own, beside the workers, so that none of these waits for it at the end.
BY_ITSELF = ("faults", "machine")
# One worker a core, on a large machine not more than the database server is made for.
FEWEST_WORKERS, MOST_WORKERS = 2, 8


def run_tests(arguments: list[str]) -> int:
    """Hand over to pytest; the first test that needs a database starts a throw-away one.

    :param arguments: none for the quick half, ``--long`` for the other, or pytest's own.
    """
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "NPP_ENVIRONMENT", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)  # tests never come near a database that somebody uses
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a run starts this code some hundred times: compiled once will do
    os.chdir(CLONE)
    command = [sys.executable, "-m", "pytest"]
    workers = min(max(os.cpu_count() or 1, FEWEST_WORKERS), MOST_WORKERS)
    # A worker that is done takes over from one that is not, so that the longest tests at the end share the cores.
    shared = [*command, "-n", str(workers), "--dist", "worksteal", "-m"]
    if not arguments:
        return subprocess.run([*shared, f"not ({LONG})"], check=False).returncode
    if arguments == ["--long"]:
        return _long(command, shared)
    os.execv(sys.executable, [*command, *arguments])  # noqa: S606 - our own interpreter, no shell


def _long(command: list[str], shared: list[str]) -> int:
    with ExitStack() as kept:
        told = {room: kept.enter_context(tempfile.TemporaryFile()) for room in BY_ITSELF}
        beside = {
            room: subprocess.Popen([*command, "-m", LONG, f"tests/{room}"], stdout=out, stderr=subprocess.STDOUT)
            for room, out in told.items()
        }
        others = [f"--ignore=tests/{room}" for room in BY_ITSELF]
        status = subprocess.run([*shared, LONG, *others], check=False).returncode
        for room, run in beside.items():
            print(f"\nBeside them: tests/{room}", flush=True)
            status = run.wait() or status
            told[room].seek(0)
            shutil.copyfileobj(told[room], sys.stdout.buffer)
            sys.stdout.buffer.flush()
    return status
