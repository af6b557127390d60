"""One pass of each loop, with its heartbeat: what tasks and commands call."""

from collections.abc import Mapping
from datetime import datetime

from cases.deadlines.sweep import sweep
from cases.notices.heartbeat import beating
from cases.notices.models import Heartbeat
from cases.notices.sender import send_due


def run_sweep(*, now: datetime) -> Mapping[str, int]:
    """Sweep once and write down that it ran; returns what `cases.deadlines.sweep.sweep` counted."""
    with beating(Heartbeat.Loop.SWEEP, business_at=now) as beat:
        beat.counts.update(sweep(now=now))
    return beat.counts


def run_sender(*, now: datetime) -> Mapping[str, int]:
    """Send once and write down that it ran; returns what `cases.notices.sender.send_due` counted."""
    with beating(Heartbeat.Loop.SENDER, business_at=now) as beat:
        beat.counts.update(send_due(now=now))
    return beat.counts
