"""`python3 manage.py test`: the whole test suite, or the part that pytest's arguments name."""

from __future__ import annotations

import os
import sys

from config.embedded.places import CLONE


def run_tests(arguments: list[str]) -> int:
    """Hand over to pytest with these arguments; the first test that needs a database starts a throw-away one."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "NPP_ENVIRONMENT", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)  # tests never come near a database that somebody uses
    os.chdir(CLONE)
    if not any(argument.startswith(("-n", "--numprocesses")) for argument in arguments):
        arguments = ["-n", "2", *arguments]  # one worker a core of the smallest machine we support
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])  # noqa: S606 - our own interpreter, no shell
