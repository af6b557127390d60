"""Settings of an `up` in a fault test: a demonstration's, which sweeps and sends every second, with short leases.

What no fault test waits for keeps its usual interval: every pass of it would take time from the tests beside.
"""

from datetime import timedelta

from config.schedule import BEAT_SCHEDULE
from config.settings.local import *  # noqa: F403 - a settings module is its base and its differences

SWEEP_INTERVAL = timedelta(seconds=1)
NOTICE_LEASE = timedelta(seconds=3)
EVERY_SECOND = ("sweep deadlines", "send notices")
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE | {
    name: BEAT_SCHEDULE[name] | {"schedule": timedelta(seconds=1), "options": {"expires": 5}} for name in EVERY_SECOND
}
