"""What `manage.py` does once the environment is active."""

from __future__ import annotations

import os
import sys
import warnings

from config.env import BadEnvironment, settings_module
from config.refusals import Refusal, leave

# Commands that do not look into a database: they start nothing.
WITHOUT_DATABASE = frozenset(
    {
        "help",
        "version",
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "e2b_validate",
        "findstatic",
        "makemessages",
        "makemigrations",
        "pathway",
        "scan",
        "temperature",
        "triage",
    }
)


def execute(argv: list[str]) -> int:
    """Carry out one command line; return its exit status."""
    command = argv[1] if len(argv) > 1 else "help"
    try:
        if command == "up":
            from config.supervisor import main

            return main(argv[2:])
        if command == "test":
            from config.testing import run_tests

            return run_tests(argv[2:])
        return manage(command, argv)
    except Refusal as refusal:
        leave(refusal)
    except BadEnvironment as error:
        leave(Refusal(str(error), remedy="See docs/operations.md."))


def needs_database(argv: list[str]) -> bool:
    """Whether this command line looks into a database."""
    command = argv[1] if len(argv) > 1 else "help"
    return not (
        command in WITHOUT_DATABASE
        or command.startswith("-")
        or {"--help", "-h"} & set(argv[2:])
        or argv[2:] == ["--version"]
    )


def manage(command: str, argv: list[str]) -> int:
    """Any command of Django's or of the apps', on DATABASE_URL or on the embedded database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())
    embedded_allowed = settings_module() != "config.settings.production"
    if not os.environ.get("DATABASE_URL") and embedded_allowed:
        if needs_database(argv):
            from config.embedded.places import places
            from config.embedded.session import attach

            attached = attach(places())
            os.environ["DATABASE_URL"] = attached.app_url
            os.environ["DATABASE_OWNER_URL"] = attached.owner_url
            os.environ["NPP_EMBEDDED"] = "1"
            if attached.redis_url:
                os.environ.setdefault("REDIS_URL", attached.redis_url)
        else:
            # makemigrations asks a database for its history; the embedded one is rebuilt from the files anyway.
            warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    from config.waste import look_seldom

    look_seldom()
    try:
        if needs_database(argv):
            settings.INSTALLED_APPS  # noqa: B018 - some of Django's commands go on when the settings refuse
        if command == "migrate":
            from config.migrating import plain_history

            with plain_history():
                execute_from_command_line(argv)
        else:
            execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 2
    except ProgrammingError as error:
        if waiting := migrations_waiting():
            raise Refusal(
                f"The database is not up to date: {waiting} migrations have not been applied.",
                remedy="Run `python3 manage.py migrate`, or `python3 manage.py up` for a demonstration.",
            ) from error
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) is None:  # the server said nothing: it was not reached
            lines = str(error).splitlines()
            raise Refusal(
                f"The database cannot be reached ({lines[0] if lines else 'no answer'}).",
                remedy="Check DATABASE_URL, and that the server runs.",
            ) from error
        raise
    return 0


def migrations_waiting() -> int:
    """How many migrations of this code the database has not had."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if connection.in_atomic_block:
        return 0
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
