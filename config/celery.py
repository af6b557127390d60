"""The Celery application: `celery -A config worker` and `celery -A config beat`."""

import os

from celery import Celery
from celery.signals import worker_init

from config.env import settings_module
from config.waste import look_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())

app = Celery("npp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def settle(**_: object) -> None:
    """Before a worker forks."""
    look_seldom()
