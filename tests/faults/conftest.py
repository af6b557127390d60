"""One `up` from nothing for all fault tests; what it made is then taken up again by two others, side by side."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.running import FAST, Running, copy_code, descendants, runs, wait_until

SOMEBODY = 65534


@dataclass
class First:
    """What the `up` from nothing was, before its supervisor was killed."""

    clone: Path
    uid: int
    said: str
    page: int
    owners: set[int]
    events: int
    left: set[int]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that every account can come to, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="npp-up-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def first(folder: Path) -> First:
    """Everything made from nothing, by an ordinary user where we are root; then the supervisor is killed."""
    clone = copy_code(folder)
    python, env, uid = sys.executable, {}, os.geteuid()
    system = python_for_everybody() if os.geteuid() == 0 else None
    if system is not None:
        python, uid = system, SOMEBODY
        env["PYTHONPATH"] = next(path for path in sys.path if path.endswith("site-packages"))
        give_to(clone, SOMEBODY)
    running = Running(clone, python=python, uid=uid if system else None, **env)
    running.wait_ready()
    everybody = descendants(running.process.pid)
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in everybody}
    page, events = running.page(), running.ask("SELECT count(*) FROM cases_caseevent")
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(map(runs, everybody)), within=20, what="children gone with their supervisor")
    if system is not None:  # the cluster stays with the account that made it, as it may
        give_to(clone, os.geteuid(), but=clone / ".npp" / "postgres")
    return First(clone, uid, running.said(), page, owners, events, {pid for pid in everybody if runs(pid)})


@pytest.fixture(scope="session")
def neighbour(first: First, folder: Path) -> Iterator[Running]:
    """The `up` of another clone with the same content, beside `up`."""
    beside = folder / "beside"
    shutil.copytree(first.clone, beside, symlinks=True, ignore=shutil.ignore_patterns(".npp"))
    subprocess.run(["cp", "-a", str(first.clone / ".npp"), str(beside / ".npp")], check=True)
    running = Running(beside)
    yield running
    running.end()


@pytest.fixture(scope="session")
def up(first: First, neighbour: Running) -> Iterator[Running]:
    """The second `up` of the first one's clone, with loops of a second, while the neighbour's starts as well."""
    running = Running(first.clone, **FAST)
    running.wait_ready()
    yield running
    running.end()


def python_for_everybody() -> str | None:
    """An interpreter of our version that any account can run; None when the machine has none."""
    python = shutil.which("python3", path="/usr/bin:/bin")
    code = "import ssl, sys; sys.exit(sys.version_info[:2] != " + repr(sys.version_info[:2]) + ")"
    if python is None or subprocess.run([python, "-c", code], check=False, capture_output=True).returncode:
        return None
    return python


def give_to(folder: Path, uid: int, *, but: Path | None = None) -> None:
    for path in (folder, *folder.rglob("*")):
        if but is None or not path.is_relative_to(but):
            os.chown(path, uid, uid, follow_symlinks=False)
