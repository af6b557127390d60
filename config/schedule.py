"""What beat runs: sweep, sender, sealer and the care of papers. Every deadline is a row, never a scheduled task."""

from datetime import timedelta
from typing import Any

SWEEP_EVERY = timedelta(seconds=15)
SEAL_EVERY = timedelta(minutes=1)
IMPORT_EVERY = timedelta(seconds=5)  # somebody waits at the page
CARE_EVERY = timedelta(hours=1)
COUNT_EVERY = timedelta(minutes=1)  # a day that went by is looked at once

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
    "seal the audit trail": {
        "task": "cases.audit.tasks.seal_audit",
        "schedule": SEAL_EVERY,
        "options": {"expires": 60},
    },
    "expire papers and clear cut-off uploads": {
        "task": "cases.documents.tasks.care_for_documents",
        "schedule": CARE_EVERY,
        "options": {"expires": 3600},
    },
    "tell of pathway reviews that fall due": {
        "task": "regulatory.tasks.watch_reviews",
        "schedule": CARE_EVERY,
        "options": {"expires": 3600},
    },
    "tell of partners' credentials that end": {
        "task": "cases.custody.tasks.watch_credentials",
        "schedule": CARE_EVERY,
        "options": {"expires": 3600},
    },
    "count when the next supplies begin": {
        "task": "cases.custody.tasks.count_next_supplies",
        "schedule": COUNT_EVERY,
        "options": {"expires": 60},
    },
    "publish versions of pathways that were ordered": {
        "task": "regulatory.tasks.publish_ordered",
        "schedule": SWEEP_EVERY,
        "options": {"expires": 15},
    },
    "import dictionaries that were ordered": {
        "task": "pharmacovigilance.tasks.import_dictionaries",
        "schedule": IMPORT_EVERY,
        "options": {"expires": 5},
    },
    "forget triage answers after their time": {
        "task": "regulatory.tasks.forget_triages",
        "schedule": CARE_EVERY,
        "options": {"expires": 3600},
    },
}
