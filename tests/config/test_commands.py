"""Commands on a database that is not ready say so in one line, with the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.places import CLONE


def manage(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=CLONE,
        env=kept | {"NPP_NO_BOOTSTRAP": "1"} | env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_database_without_its_tables_is_told_with_the_remedy(tmp_path: Path) -> None:
    done = manage("sweep", "--json", NPP_DATA_DIR=str(tmp_path / "data"))

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("manage.py: The database is not up to date: ")
    assert done.stderr.endswith(
        " migrations have not been applied. Run `python3 manage.py migrate`, or `python3 manage.py up` for a"
        " demonstration.\n"
    )
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_server_that_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    address = f"postgresql://npp_app@/npp?host={tmp_path}"

    done = manage("verify_audit", DATABASE_URL=address, NPP_DATA_DIR=str(tmp_path / "data"))

    assert done.returncode == 2
    assert done.stderr.startswith("manage.py: The database cannot be reached (")
    assert done.stderr.endswith("). Check DATABASE_URL, and that the server runs.\n")
    assert done.stderr.count("\n") == 1
