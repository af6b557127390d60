"""Settings of a pharmacy that works with real patients. Refuses to start on anything that would not be safe."""

from django.core.exceptions import ImproperlyConfigured

from config.env import production_faults
from config.settings.base import *  # noqa: F403 - a settings module is its base and its differences
from config.settings.base import STORAGES, env

_faults = production_faults(env)
if _faults:
    raise ImproperlyConfigured("Production does not start. " + " ".join(_faults))

ENVIRONMENT = "production"
DEBUG = False

REQUIRE_SECOND_FACTOR = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-npp_session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-npp_csrf"
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if env.behind_proxy:
    # Only with a proxy in front that sets (and never passes on) this header; docs/operations.md.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
