"""Settings of the tests. The database's address is filled in by tests/conftest.py when the first test needs it."""

import os
import tempfile
from pathlib import Path

from config.env import broker_url, refuse_production
from config.settings.base import *  # noqa: F403 - a settings module is its base and its differences
from config.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS, STORAGES, env

refuse_production(env)
ENVIRONMENT = "test"
# Fixed, since a test may start processes of its own; they protect nothing.
NPP_SECRET_KEY = SECRET_KEY = "test-only-" + "key-that-protects-nothing-" * 2
NPP_MASTER_KEY = env.master_key or "dGVzdC1vbmx5LW1hc3Rlci1rZXktb2YtMzItYnl0ZXM="
NPP_INDEX_KEY = env.index_key or "dGVzdC1vbmx5LWluZGV4LWtleS1vZi0zMi1ieXRlcy4="
NPP_SEAL_KEY = env.seal_key or "dGVzdC1vbmx5LXNlYWwta2V5LW9mLTMyLWJ5dGVzLi4="
# One folder a user: who runs the tests second on a machine may not write into the first one's.
_OWN = Path(tempfile.gettempdir()) / f"npp-test-data-{os.getuid()}"
NPP_DATA_DIR = env.data_dir if "data_dir" in env.model_fields_set else _OWN
NPP_CHECKPOINT_DIR = None  # each test has another database; those about checkpoints name a folder of their own
STORAGES = STORAGES | {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": NPP_DATA_DIR / "files"},
    },
}
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; protects nothing here
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None  # type: ignore[assignment]  # nothing is collected here
WHITENOISE_AUTOREFRESH = True
CELERY_BROKER_URL = broker_url(env.redis_url)
CELERY_BROKER_TRANSPORT_OPTIONS = {} if not env.redis_url else CELERY_BROKER_TRANSPORT_OPTIONS
