"""Settings of an `up` in a fault test: a demonstration's, with loops of a second and short leases."""

from datetime import timedelta

from config.schedule import BEAT_SCHEDULE
from config.settings.local import *  # noqa: F403 - a settings module is its base and its differences

SWEEP_INTERVAL = timedelta(seconds=1)
NOTICE_LEASE = timedelta(seconds=3)
CELERY_BEAT_SCHEDULE = {
    name: entry | {"schedule": timedelta(seconds=1), "options": {"expires": 5}} for name, entry in BEAT_SCHEDULE.items()
}
