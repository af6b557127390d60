"""Whether the two loops still run, judged by the database's clock: true time is what machines stop in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Func
from django.db.models.functions import Now

from cases.notices.models import Heartbeat

INTERVALS = 3
USUAL_INTERVAL = timedelta(seconds=15)


class TrueNow(Func):
    """The database's clock at this instant, also inside a transaction that began earlier."""

    function = "clock_timestamp"
    template = "clock_timestamp()"
    output_field = DateTimeField()


@dataclass(frozen=True, slots=True)
class Beat:
    """What every page shows: ``state``, when a loop last finished (true time) and a sentence."""

    state: Literal["fresh", "late", "never"]
    last_at: datetime | None
    text: str


@dataclass(slots=True)
class Counted:
    """What a pass counts while it runs; written down with its end."""

    counts: dict[str, int] = field(default_factory=dict)


def interval() -> timedelta:
    """How often beat runs the loops (setting ``SWEEP_INTERVAL``)."""
    return getattr(settings, "SWEEP_INTERVAL", USUAL_INTERVAL)


def heartbeat(now: datetime | None = None) -> Beat:
    """The state of the sweep: ``late`` when none finished for three intervals, ``never`` before the first. One query.

    ``now`` is taken for symmetry with every other question about time and does not matter: business time may stand
    still or be moved, machines stop in true time.
    """
    age = ExpressionWrapper(TrueNow() - F("finished_at"), output_field=DurationField())
    beat = (
        Heartbeat.objects.filter(loop=Heartbeat.Loop.SWEEP, finished_at__isnull=False)
        .annotate(age=age)
        .values_list("finished_at", "age")
        .first()
    )
    if beat is None:
        return Beat("never", None, "No deadline sweep has run yet: reminders are not being sent.")
    finished_at, since = beat
    if since > INTERVALS * interval():
        return Beat(
            "late",
            finished_at,
            f"The last deadline sweep ended {_words(since)} ago: reminders are not being sent. "
            "Dates on these pages are right; tell the administrator.",
        )
    return Beat("fresh", finished_at, f"Deadlines swept {_words(since)} ago.")


@contextmanager
def beating(loop: str, *, business_at: datetime) -> Iterator[Counted]:
    """Write down that a loop starts and, unless it fails, that it ended with these counts."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(loop=loop, started_at=Now(), business_at=business_at)],
        update_conflicts=True,
        unique_fields=["loop"],
        update_fields=["started_at"],
    )
    counted = Counted()
    yield counted
    Heartbeat.objects.filter(loop=loop).update(
        finished_at=TrueNow(), business_at=business_at, counts=dict(counted.counts)
    )


def last_counts(loop: str) -> Mapping[str, int]:
    """What the last finished pass of a loop counted; empty before the first."""
    counts: Mapping[str, int] | None = Heartbeat.objects.filter(loop=loop).values_list("counts", flat=True).first()
    return counts or {}


def _words(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    for size, one in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            amount = seconds // size
            return f"{amount} {one}" if amount == 1 else f"{amount} {one}s"
    return f"{seconds} seconds" if seconds != 1 else "1 second"
