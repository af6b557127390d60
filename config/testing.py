"""`python3 manage.py test`: the whole test suite, or the part that pytest's arguments name."""

from __future__ import annotations

import os
import subprocess
import sys

from config.embedded.places import CLONE

# What kills processes runs alone afterwards: a neighbour's load would be measured with it.
ALONE = ("faults",)
# One worker a core, on a large machine not more than the database server is made for.
FEWEST_WORKERS, MOST_WORKERS = 2, 8


def run_tests(arguments: list[str]) -> int:
    """Hand over to pytest with these arguments; the first test that needs a database starts a throw-away one."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "NPP_ENVIRONMENT", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)  # tests never come near a database that somebody uses
    os.chdir(CLONE)
    command = [sys.executable, "-m", "pytest"]
    if arguments:
        os.execv(sys.executable, [*command, *arguments])  # noqa: S606 - our own interpreter, no shell
    workers = min(max(os.cpu_count() or 1, FEWEST_WORKERS), MOST_WORKERS)
    # A worker that is done takes over from one that is not, so that the long browser tests at the end share the cores.
    beside = ["-n", str(workers), "--dist", "worksteal", *(f"--ignore=tests/{room}" for room in ALONE)]
    together = subprocess.run([*command, *beside], check=False).returncode
    alone = subprocess.run([*command, *(f"tests/{room}" for room in ALONE)], check=False).returncode
    return together or alone
