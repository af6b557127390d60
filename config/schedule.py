"""What beat runs: two things only. Every deadline is a row, never a scheduled task."""

from datetime import timedelta
from typing import Any

SWEEP_EVERY = timedelta(seconds=15)

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep deadlines": {
        "task": "cases.deadlines.tasks.sweep_deadlines",
        "schedule": SWEEP_EVERY,
        # A sweep that waited longer than an interval is not worth running: the next one does its work.
        "options": {"expires": 15},
    },
    "send notices": {
        "task": "cases.notices.tasks.send_notices",
        "schedule": SWEEP_EVERY,
        "options": {"expires": 15},
    },
}
