"""Joining a deed that runs, or beginning one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from cases.audit.context import Actor, acting, current_deed


@contextmanager
def deed(*, by: Actor, verb: str, now: datetime, reason: str = "") -> Iterator[None]:
    """One transaction with an actor. Inside a running deed its verb stays, since that is the cause of what follows.

    What is refused inside a running deed refuses that deed whole, so that it needs no savepoint of its own.
    """
    if current_deed() is not None:
        yield
    else:
        with acting(by=by, verb=verb, reason=reason, business_at=now):
            yield
