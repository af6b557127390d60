"""`python3 manage.py test`: the whole test suite, or the part that pytest's arguments name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from config.embedded.places import CLONE

# What starts and kills whole products waits more than it works; the long walk is as long as hundreds of other tests.
# Each has a run of its own, beside the workers, so that none of these waits for it at the end.
BY_ITSELF = ("faults", "machine")
# One worker a core, on a large machine not more than the database server is made for.
FEWEST_WORKERS, MOST_WORKERS = 2, 8


def run_tests(arguments: list[str]) -> int:
    """Hand over to pytest with these arguments; the first test that needs a database starts a throw-away one."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "NPP_ENVIRONMENT", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)  # tests never come near a database that somebody uses
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a run starts this code some hundred times: compiled once will do
    os.chdir(CLONE)
    command = [sys.executable, "-m", "pytest"]
    if arguments:
        os.execv(sys.executable, [*command, *arguments])  # noqa: S606 - our own interpreter, no shell
    workers = min(max(os.cpu_count() or 1, FEWEST_WORKERS), MOST_WORKERS)
    # A worker that is done takes over from one that is not, so that the long browser tests at the end share the cores.
    shared = ["-n", str(workers), "--dist", "worksteal", *(f"--ignore=tests/{room}" for room in BY_ITSELF)]
    with ExitStack() as kept:
        told = {room: kept.enter_context(tempfile.TemporaryFile()) for room in BY_ITSELF}
        beside = {
            room: subprocess.Popen([*command, f"tests/{room}"], stdout=out, stderr=subprocess.STDOUT)
            for room, out in told.items()
        }
        status = subprocess.run([*command, *shared], check=False).returncode
        for room, run in beside.items():
            print(f"\nBeside them: tests/{room}", flush=True)
            status = run.wait() or status
            told[room].seek(0)
            shutil.copyfileobj(told[room], sys.stdout.buffer)
            sys.stdout.buffer.flush()
    return status
