"""Writing what a command made into a file: whole or not at all, so that a reader never sees half of it."""

import os
from pathlib import Path

from django.core.management.base import CommandError


def write_whole(out: Path, content: bytes) -> None:
    """Put the bytes where they are wanted in one step.

    :raises CommandError: naming the file and what the system says; nothing is left behind.
    """
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(out)
    except OSError as fault:
        raise CommandError(f"{out} cannot be written: {fault.strerror}.") from None
