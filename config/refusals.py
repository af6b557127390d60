"""A sentence for the person at the keyboard instead of a traceback. Standard library only."""

from __future__ import annotations

import sys
from typing import NoReturn


class Refusal(Exception):
    """Why the command cannot go on, and the remedy, each one sentence."""

    def __init__(self, problem: str, *, remedy: str) -> None:
        self.problem = " ".join(problem.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.problem} {self.remedy}")


def leave(refusal: Refusal) -> NoReturn:
    """Print the refusal on one line of the error stream and end with status 2."""
    print(f"manage.py: {refusal}", file=sys.stderr)
    raise SystemExit(2)
