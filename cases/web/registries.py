"""What branches put on Today: each registers a function; the trunk's page asks them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cases.people.models import User


@dataclass(frozen=True)
class Arrived:
    """Something new that nobody has acknowledged."""

    reference: str
    url: str
    kind: str
    what: str
    arrived_at: datetime
    acknowledge_by: datetime | None


Arrivals = Callable[[User, datetime], Iterable[Arrived]]
_ARRIVALS: list[Arrivals] = []


def arrives(source: Arrivals) -> Arrivals:
    """Decorator: these are new; one query a source, at most 50 rows."""
    _ARRIVALS.append(source)
    return source


def newly_arrived(user: User, now: datetime) -> list[Arrived]:
    """What must be acknowledged first, first."""
    return sorted(
        (row for source in _ARRIVALS for row in source(user, now)), key=lambda row: row.acknowledge_by or row.arrived_at
    )
