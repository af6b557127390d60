"""What servers and commands do about waste is done in each of them, before they fork."""

import subprocess
import sys

import pytest

from config.embedded.places import CLONE

SEEN = "import gc; print(gc.get_threshold(), gc.get_freeze_count() > 100_000)"


@pytest.mark.parametrize(
    "started",
    [
        "import config.wsgi",
        "import config.celery; config.celery.app.loader.import_default_modules();"
        " from celery.signals import worker_init; worker_init.send(None)",
    ],
    ids=["web", "worker"],
)
def test_a_server_looks_for_waste_seldom_and_not_among_what_it_imported(started: str) -> None:
    environment = {"NPP_ENVIRONMENT": "test", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-c", f"{started}; {SEEN}"], cwd=CLONE, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout == "(20000, 20, 20) True\n"
