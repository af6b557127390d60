"""What `up` does to the database before the pages open, each part as the role that may do it.

    python -m config.prepare owner   # the shape: cache table, migrations (and static files where they are collected)
    python -m config.prepare app     # the content: pathways, reporting rules, demonstration cases and accounts

Every part may be run again; a second run changes nothing.
"""

from __future__ import annotations

import io
import sys

import django
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands

from config.migrating import plain_history


def shape() -> None:
    """Bring the database's shape up to date. The cache table comes first, so that the migrations' grants cover it."""
    call_command("createcachetable", verbosity=0)
    out = io.StringIO()
    with plain_history():
        call_command("migrate", interactive=False, stdout=out)
    applied = [line for line in out.getvalue().splitlines() if line.strip().startswith("Applying")]
    print(f"{len(applied)} migrations applied" if applied else "nothing to migrate", flush=True)
    if "Manifest" in str(settings.STORAGES["staticfiles"]):
        call_command("collectstatic", interactive=False, verbosity=0)


def content() -> None:
    """Load what the product ships; demonstration cases and accounts only in a demonstration."""
    known = get_commands()
    for command in ("load_profiles", "load_reporting_rules"):
        if command in known:
            call_command(command)
    if settings.ENVIRONMENT != "demonstration":
        return
    if "load_demo" in known:
        call_command("load_demo")
    seal()
    if "demo_accounts" in known:
        out = io.StringIO()
        call_command("demo_accounts", stdout=out)
        accounts = settings.NPP_DATA_DIR / "run" / "accounts.txt"
        accounts.write_text(out.getvalue())


def seal() -> None:
    """Take the first checkpoint, so that a tail cut off later is found from the first minute on; beat goes on."""
    try:
        call_command("seal_audit", stdout=io.StringIO(), stderr=sys.stdout)
    except CommandError as refusal:  # the pages must open all the same: they are where an auditor looks
        print(refusal, flush=True)


if __name__ == "__main__":
    django.setup()
    {"owner": shape, "app": content}[sys.argv[1]]()
