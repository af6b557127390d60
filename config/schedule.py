"""What beat runs: the sweep, the sender, and the care of papers. Every deadline is a row, never a scheduled task."""

from datetime import timedelta
from typing import Any

SWEEP_EVERY = timedelta(seconds=15)
CARE_EVERY = timedelta(hours=1)

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
    "expire papers and clear cut-off uploads": {
        "task": "cases.documents.tasks.care_for_documents",
        "schedule": CARE_EVERY,
        "options": {"expires": 3600},
    },
}
