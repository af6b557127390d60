"""Joining a deed that runs, or beginning one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from cases.audit.context import Actor, acting, current_deed


@contextmanager
def deed(*, by: Actor, verb: str, now: datetime, reason: str = "") -> Iterator[None]:
    """One transaction with an actor. Inside a running deed its verb stays, since that is the cause of what follows."""
    if current_deed() is not None:
        with transaction.atomic():
            yield
    else:
        with acting(by=by, verb=verb, reason=reason, business_at=now):
            yield
