"""`python3 manage.py test`: the whole test suite, or the part that pytest's arguments name."""

from __future__ import annotations

import os
import subprocess
import sys

from config.embedded.places import CLONE

ALONE = ("config", "browser", "faults")


def run_tests(arguments: list[str]) -> int:
    """Hand over to pytest with these arguments; the first test that needs a database starts a throw-away one."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "NPP_ENVIRONMENT", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)  # tests never come near a database that somebody uses
    os.chdir(CLONE)
    command = [sys.executable, "-m", "pytest"]
    if arguments:
        os.execv(sys.executable, [*command, *arguments])  # noqa: S606 - our own interpreter, no shell
    # One worker a core of the smallest machine we support; what kills processes, times them or drives a browser runs
    # alone afterwards, since a neighbour's load would be measured with it.
    beside = [f"--ignore=tests/{room}" for room in ALONE]
    together = subprocess.run([*command, "-n", "2", *beside], check=False).returncode
    alone = subprocess.run([*command, *(f"tests/{room}" for room in ALONE)], check=False).returncode
    return together or alone
