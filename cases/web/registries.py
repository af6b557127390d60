"""What branches put on Today: each registers a function; the trunk's page asks them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cases.people.models import User


@dataclass(frozen=True)
class Waiting:
    """Something another party owes: since when, and what happens next by itself."""

    reference: str
    url: str
    patient: str
    what: str
    whom: str
    since: datetime
    next_automatic: str


@dataclass(frozen=True)
class Arrived:
    """Something new that nobody has acknowledged."""

    reference: str
    url: str
    kind: str
    what: str
    arrived_at: datetime
    acknowledge_by: datetime | None


Waiters = Callable[[User, datetime], Iterable[Waiting]]
Arrivals = Callable[[User, datetime], Iterable[Arrived]]
_WAITERS: list[Waiters] = []
_ARRIVALS: list[Arrivals] = []


def waits(source: Waiters) -> Waiters:
    """Decorator: these are waited for; one query a source, at most 50 rows."""
    _WAITERS.append(source)
    return source


def arrives(source: Arrivals) -> Arrivals:
    """Decorator: these are new; one query a source, at most 50 rows."""
    _ARRIVALS.append(source)
    return source


def waiting_on_others(user: User, now: datetime) -> list[Waiting]:
    """Oldest first."""
    return sorted((row for source in _WAITERS for row in source(user, now)), key=lambda row: row.since)


def newly_arrived(user: User, now: datetime) -> list[Arrived]:
    """What must be acknowledged first, first."""
    return sorted(
        (row for source in _ARRIVALS for row in source(user, now)), key=lambda row: row.acknowledge_by or row.arrived_at
    )
