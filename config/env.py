"""What the environment says, typed, and which faults keep production from starting."""

from __future__ import annotations

import base64
import binascii
import os
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

CLONE = Path(__file__).resolve().parent.parent

Kind = Literal["demonstration", "test", "production"]
DatabaseRole = Literal["owner", "app"]

SETTINGS_MODULES: dict[str, str] = {
    "demonstration": "config.settings.local",
    "test": "config.settings.test",
    "production": "config.settings.production",
}

# Commands that change the shape of the database run as its owner; everything else as the role that owns nothing.
OWNER_COMMANDS = frozenset({"createcachetable", "migrate", "pgtrigger", "showmigrations", "sqlmigrate"})

MASTER_KEY_BYTES = 32
SHORTEST_SECRET = 50
FEWEST_CHARACTERS = 12


class BadEnvironment(ImproperlyConfigured):
    """A variable of the environment cannot be understood; says which, and the remedy."""


class Environment(BaseSettings):
    """The variables of the environment. Each is described in docs/operations.md."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, populate_by_name=True)

    kind: Kind = Field(default="demonstration", validation_alias="NPP_ENVIRONMENT")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    database_owner_url: str | None = Field(default=None, validation_alias="DATABASE_OWNER_URL")
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    embedded: bool = Field(default=False, validation_alias="NPP_EMBEDDED")
    debug: bool = Field(default=False, validation_alias="NPP_DEBUG")
    data_dir: Path = Field(default=CLONE / ".npp", validation_alias="NPP_DATA_DIR")
    secret_key: str | None = Field(default=None, validation_alias="NPP_SECRET_KEY")
    master_key: str | None = Field(default=None, validation_alias="NPP_MASTER_KEY")
    index_key: str | None = Field(default=None, validation_alias="NPP_INDEX_KEY")
    seal_key: str | None = Field(default=None, validation_alias="NPP_SEAL_KEY")
    checkpoint_dir: Path | None = Field(default=None, validation_alias="NPP_CHECKPOINT_DIR")
    allowed_hosts: str = Field(default="", validation_alias="NPP_ALLOWED_HOSTS")
    trusted_origins: str = Field(default="", validation_alias="NPP_TRUSTED_ORIGINS")
    behind_proxy: bool = Field(default=False, validation_alias="NPP_BEHIND_PROXY")
    email_url: str | None = Field(default=None, validation_alias="EMAIL_URL")
    email_from: str = Field(default="cases@pharmacy.invalid", validation_alias="NPP_EMAIL_FROM")
    safety_sender: Path | None = Field(default=None, validation_alias="NPP_SAFETY_SENDER")
    safety_spontaneous: str = Field(default="", validation_alias="NPP_SAFETY_SPONTANEOUS")
    ich_schema_dir: Path | None = Field(default=None, validation_alias="NPP_ICH_SCHEMA_DIR")
    clamd: str | None = Field(default=None, validation_alias="NPP_CLAMD")
    pharmacy_name: str = Field(default="Harrow Street Pharmacy", validation_alias="NPP_PHARMACY_NAME")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", validation_alias="NPP_LOG_LEVEL")

    @property
    def hosts(self) -> list[str]:
        return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]

    @property
    def spontaneous(self) -> list[str]:
        return [key.strip() for key in self.safety_spontaneous.split(",") if key.strip()]

    @property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.trusted_origins.split(",") if origin.strip()]


def read_environment() -> Environment:
    """Read the variables of the environment.

    :raises BadEnvironment: naming every variable that cannot be understood.
    """
    try:
        return Environment()
    except ValidationError as error:
        faults = [f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors()]
        raise BadEnvironment("The environment cannot be understood. " + "; ".join(faults) + ".") from error


def settings_module() -> str:
    """The settings module that NPP_ENVIRONMENT asks for (demonstration when it is unset)."""
    kind = os.environ.get("NPP_ENVIRONMENT") or "demonstration"
    if kind not in SETTINGS_MODULES:
        raise BadEnvironment(f"NPP_ENVIRONMENT is {kind!r}; set it to one of: {', '.join(SETTINGS_MODULES)}.")
    return SETTINGS_MODULES[kind]


def database_role(argv: list[str] | None = None) -> DatabaseRole:
    """Which database role this process connects as.

    The owner for commands that change the database's shape (`OWNER_COMMANDS`) or when NPP_DATABASE_ROLE says so; the
    application for everything else.
    """
    said = os.environ.get("NPP_DATABASE_ROLE")
    if said == "owner":
        return "owner"
    if said == "app":
        return "app"
    words = sys.argv if argv is None else argv
    program = Path(words[0]).name if words else ""
    is_command = program in {"manage.py", "django-admin", "__main__.py"}
    return "owner" if is_command and len(words) > 1 and words[1] in OWNER_COMMANDS else "app"


def database_settings(url: str) -> dict[str, Any]:
    """Django's settings for one PostgreSQL address; query parameters go to libpq (`host`, `sslmode`, ...).

    :raises BadEnvironment: when the address is not one of PostgreSQL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadEnvironment(
            f"A database address begins with {parts.scheme or 'nothing'}://; use postgresql://user:password@host/name."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": options.pop("port", None) or str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def broker_url(redis_url: str | None) -> str:
    """Celery's spelling of a Redis address; `memory://` (this process only) when there is none."""
    if not redis_url:
        return "memory://"
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        database = dict(parse_qsl(parts.query)).get("db", "0")
        return f"redis+socket://{parts.path}?virtual_host={database}"
    return redis_url


def email_settings(url: str | None) -> dict[str, Any]:
    """Django's settings for `smtp://user:password@host:port` (`?tls=1`: STARTTLS) or `smtps://` (TLS at once)."""
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadEnvironment(
            "EMAIL_URL cannot be understood; use smtp://user:password@host:587?tls=1 or smtps://...:465."
        )
    options = dict(parse_qsl(parts.query))
    implicit = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if implicit else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": implicit,
        "EMAIL_USE_TLS": not implicit and options.get("tls") in {"1", "true"},
        "EMAIL_TIMEOUT": 20,
    }


def key_fault(name: str, value: str | None) -> str | None:
    """Why a key is not one of 32 bytes in base64, as a sentence with the remedy; None when it is."""
    remedy = (
        'make one with `python3 -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())"`'
        " and keep it apart from the backups"
    )
    if not value:
        return f"{name} is missing: {remedy}."
    try:
        size = len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return f"{name} is not base64: {remedy}."
    return None if size == MASTER_KEY_BYTES else f"{name} has {size} bytes instead of {MASTER_KEY_BYTES}: {remedy}."


def refuse_production(env: Environment) -> None:
    """Keep the settings of a demonstration or of the tests from being used for real patients.

    :raises BadEnvironment: when NPP_ENVIRONMENT says production.
    """
    if env.kind == "production":
        raise BadEnvironment(
            "NPP_ENVIRONMENT is production, but DJANGO_SETTINGS_MODULE names other settings:"
            " unset DJANGO_SETTINGS_MODULE or set it to config.settings.production."
        )


def production_faults(env: Environment) -> list[str]:
    """Every reason why this environment must not run as production, each one sentence with its remedy."""
    faults: list[str] = []
    if env.embedded:
        faults.append(
            "NPP_EMBEDDED is set: the embedded servers are for demonstration and test; use servers of your own."
        )
    for name, value in (("DATABASE_URL", env.database_url), ("REDIS_URL", env.redis_url)):
        if not value:
            faults.append(f"{name} is missing, and the embedded servers are for demonstration and test: set it.")
        elif _is_embedded_address(value):
            faults.append(f"{name} points at an embedded server: set it to a server of your own.")
    if env.database_url and env.database_owner_url:
        if urlsplit(env.database_url).username == urlsplit(env.database_owner_url).username:
            faults.append("DATABASE_URL and DATABASE_OWNER_URL name the same role: the application's must own nothing.")
    elif env.database_url and database_role() == "owner":
        faults.append("DATABASE_OWNER_URL is missing: set it to the role that owns the database for this command.")
    if not env.secret_key:
        faults.append(f"NPP_SECRET_KEY is missing: set it to {SHORTEST_SECRET} or more random characters.")
    elif env.secret_key.startswith(("django-insecure-", "test-only-", "demonstration-")):
        faults.append(f"NPP_SECRET_KEY is a default one: set it to {SHORTEST_SECRET} or more random characters.")
    elif len(env.secret_key) < SHORTEST_SECRET or len(set(env.secret_key)) < FEWEST_CHARACTERS:
        faults.append(
            f"NPP_SECRET_KEY is too short or too even: set it to {SHORTEST_SECRET} or more random characters."
        )
    if env.debug:
        faults.append("NPP_DEBUG is on: it shows what the server knows to everybody; unset it.")
    if not env.email_url:
        faults.append("EMAIL_URL is missing: reminders would stay in the demonstration mailbox; set it to your SMTP.")
    if not env.hosts:
        faults.append("NPP_ALLOWED_HOSTS is missing: set it to the host names of this pharmacy, joined by commas.")
    elif any(host == "*" for host in env.hosts):
        faults.append("NPP_ALLOWED_HOSTS allows every host: name the host names of this pharmacy instead.")
    keys = {"NPP_MASTER_KEY": env.master_key, "NPP_INDEX_KEY": env.index_key, "NPP_SEAL_KEY": env.seal_key}
    faults += [fault for name, value in keys.items() if (fault := key_fault(name, value))]
    first: dict[str, str] = {}
    for name, value in keys.items():
        if value and first.setdefault(value, name) != name:
            faults.append(f"{name} equals {first[value]}: make another one, since each key has one purpose.")
    return faults


def _is_embedded_address(url: str) -> bool:
    parts = urlsplit(url)
    folder = dict(parse_qsl(parts.query)).get("host", "") if parts.scheme != "unix" else str(Path(parts.path).parent)
    return parts.username == "npp_cluster" or Path(folder).name.startswith("npp-")
