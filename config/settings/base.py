"""Settings that hold everywhere. What differs is in local, test and production."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config.env import CLONE, broker_url, database_role, database_settings, email_settings, read_environment
from config.schedule import BEAT_SCHEDULE, SWEEP_EVERY

env = read_environment()

BASE_DIR = CLONE
ENVIRONMENT = env.kind
DEBUG = False
NPP_DATA_DIR: Path = env.data_dir.expanduser().absolute()
NPP_PHARMACY_NAME = env.pharmacy_name
NPP_CLAMD = env.clamd
# The published schemas of E2B(R3) are not ours to ship; without the folder the other checks still run.
NPP_SAFETY_SENDER: Path | None = env.safety_sender
# Pathways in whose programme nobody asks for events: their reports are spontaneous.
NPP_SAFETY_SPONTANEOUS: list[str] = env.spontaneous
NPP_ICH_SCHEMA_DIR: Path | None = env.ich_schema_dir
NPP_SECRET_KEY = env.secret_key
# Base64 of 32 bytes each: the key that wraps the patients' keys, the key of the blind index, the key of audit seals.
NPP_MASTER_KEY = env.master_key
NPP_INDEX_KEY = env.index_key
NPP_SEAL_KEY = env.seal_key
# Checkpoints of the audit trail, outside the database.
NPP_CHECKPOINT_DIR: Path | None = (env.checkpoint_dir or NPP_DATA_DIR / "checkpoints").expanduser().absolute()
SECRET_KEY = env.secret_key or ""
ALLOWED_HOSTS = env.hosts
CSRF_TRUSTED_ORIGINS = env.origins

# -- apps, outer to inner

INSTALLED_APPS = [
    "pharmacovigilance",
    "regulatory",
    "cases.custody",
    "cases",
    "cases.documents",
    "cases.deadlines",
    "cases.notices",
    "cases.audit",
    "cases.people",
    "cases.clock",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "pgtrigger",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.headers.permissions_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "cases.web.middleware.one_unit_of_work",
    "cases.api.problems.errors_are_problems",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cases.web.middleware.refusals_are_pages",
    "cases.web.middleware.idle_sign_out",
    "cases.web.middleware.second_factor_first",
    "cases.web.middleware.auditors_are_logged",
    "cases.web.middleware.readers_do_not_write",
    "cases.web.middleware.accounts_act",
    "django_htmx.middleware.HtmxMiddleware",
    # Last, as its documentation asks: it turns a lock-out raised by the backend into the answer.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- pages: Jinja2 is the only engine (docs/adr/0004-template-engine.md)

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / app / "templates" for app in ("cases", "regulatory", "pharmacovigilance")],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "cases.web.jinja.environment", "context_processors": ["cases.web.chrome.chrome"]},
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
STATIC_URL = "/static/"
STATIC_ROOT = NPP_DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": NPP_DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# -- database: the application's role owns nothing; only commands that change the shape run as the owner

DATABASE_ROLE = database_role()


def _database() -> dict[str, Any]:
    url = env.database_url
    if DATABASE_ROLE == "owner" and env.database_owner_url:
        url = env.database_owner_url
    settings = database_settings(url or "postgresql://npp_app@/npp?host=/nonexistent/npp")
    settings["OPTIONS"].setdefault("application_name", "npp")
    return settings


DATABASES = {"default": _database()}

# Counted attempts (allauth's rate limits) must be shared by every process and outlive Redis, hence a table.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}

# -- people

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are entered by the pharmacy; nobody signs up
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_ADAPTER = "cases.web.sign_in_words.HouseAccountAdapter"
# Beside allauth's own limits: links of letters that are opened or renewed from one address.
ACCOUNT_RATE_LIMITS = {"access_link": "20/m/ip"}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = NPP_PHARMACY_NAME
# One step of 30 seconds either way, for clocks that differ and slow typing (RFC 6238, 5.2); a code serves once.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Lock-out by account and address together, so that a stranger cannot lock a pharmacist out; counted in PostgreSQL.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "cases.web.lockout.name_tried"
AXES_SENSITIVE_PARAMETERS = ["login", "email", "password", "code", "ip_address"]
AXES_LOCKOUT_CALLABLE = "cases.web.errors.locked_out"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False  # it would write addresses and e-mails into the log

# Staff and auditors set up a second factor before anything else; a demonstration may do without.
REQUIRE_SECOND_FACTOR = False

# Staff set up a second factor before anything else; a demonstration lets its visitors in with a password alone.
REQUIRE_SECOND_FACTOR = ENVIRONMENT == "production"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cases.web.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- what a browser may do with our pages

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# The first parses the body itself: names as they were sent, nothing kept of what is too large, a cut noticed.
FILE_UPLOAD_HANDLERS = [
    "cases.documents.handlers.UploadGate",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Uploads stream to disk above this; the real limits and their sentences are the document service's.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
# Larger ones pass through a folder of our own (0700), never the machine's shared temporary one.
FILE_UPLOAD_TEMP_DIR = NPP_DATA_DIR / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880

# -- the API, named here because its document is a page of the trunk

API = "config.api.api"

# -- language and time

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# -- mail: SMTP when EMAIL_URL is set, else the demonstration mailbox, where sent mail can be read in the product

DEFAULT_FROM_EMAIL = env.email_from
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if env.email_url else "cases.notices.backends.MailboxBackend"
)
locals().update(email_settings(env.email_url))

# -- Celery is the doorbell; PostgreSQL is the memory. Nothing is lost when a message is.

REDIS_URL = env.redis_url
CELERY_BROKER_URL = broker_url(env.redis_url)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_PUBLISH_RETRY = False  # a doorbell that does not ring is not waited for; the sweep finds the work
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_keepalive": not (env.redis_url or "").startswith("unix:"),
    "socket_connect_timeout": 3,
}
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # two fixed intervals need no file of their own
SWEEP_INTERVAL = SWEEP_EVERY

# -- logs: one line per record, and nothing about a person in it (no addresses, no query strings, no bodies)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.log_level},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # SQL with its values appears at DEBUG only; keep it shut whatever the root level.
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
    },
}
