"""The WSGI application: `gunicorn --preload config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.env import settings_module
from config.waste import look_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())

application = get_wsgi_application()
# All pages are read now, by the master before it forks, and not by each worker at its first request.
get_resolver().url_patterns  # noqa: B018 - asking is what reads them

# Imported so that a task named in a request finds the application's broker, not Celery's default one.
from config.celery import app as celery_app  # noqa: E402 - the settings come first

__all__ = ["application", "celery_app"]

look_seldom()
