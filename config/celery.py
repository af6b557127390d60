"""The Celery application: `celery -A config worker` and `celery -A config beat`."""

import os

from celery import Celery

from config.env import settings_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())

app = Celery("npp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
