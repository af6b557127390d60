"""`up` for real: every child comes back, nothing stays behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import requests

from config.embedded.places import CLONE, Places

pytestmark = [pytest.mark.faults, pytest.mark.slow]

CHILDREN = ("postgres", "redis", "beat", "worker", "web")
COPIED = ("cases", "config", "pharmacovigilance", "regulatory", "manage.py", "requirements.txt")


def wait_until(condition, *, within: float, what: str) -> None:
    """Wait on a condition, not on the clock."""
    pause = threading.Event()
    for _ in range(int(within / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail(f"not within {within} s: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def runs(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """The process numbers of all that a process has started, directly or not."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found: set[int] = set()
    level = {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


class Running:
    """One `up` of a copy of the code, with a data folder and a port of its own."""

    def __init__(self, clone: Path, *, python: str = sys.executable, uid: int | None = None, **env: str) -> None:
        self.clone = clone
        self.port = free_port()
        self.places = Places(clone / ".npp")
        self.log = clone / "up.log"
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        self.env = kept | {"NPP_NO_BOOTSTRAP": "1", "HOME": str(clone)} | env
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [python, "manage.py", "up", "--port", str(self.port)],
                cwd=clone,
                env=self.env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **({} if uid is None else {"user": uid, "group": uid, "extra_groups": []}),
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_ready(self) -> None:
        wait_until(
            lambda: "Ready after" in self.said() or self.process.poll() is not None,
            within=180,
            what=f"ready; it said {self.said()}",
        )
        assert self.process.poll() is None, self.said()

    def state(self) -> dict:
        return json.loads((self.places.run / "up.json").read_text())

    def pid(self, name: str) -> int:
        return self.state()["processes"][name]

    def page(self) -> int:
        return requests.get(f"http://127.0.0.1:{self.port}/", timeout=30).status_code

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def copy_code(folder: Path) -> Path:
    clone = folder / "clone"
    clone.mkdir(mode=0o755)
    for name in COPIED:
        source = CLONE / name
        if source.is_dir():
            shutil.copytree(source, clone / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, clone / name)
    return clone


@pytest.fixture(scope="module")
def folder():
    """A folder that every account can come to, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="npp-up-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def up(folder):
    running = Running(copy_code(folder))
    running.wait_ready()
    yield running
    running.end()


@pytest.mark.parametrize("name", CHILDREN)
def test_a_killed_child_is_back_within_two_seconds(up, name):
    before = up.pid(name)

    os.kill(before, signal.SIGKILL)

    wait_until(lambda: up.pid(name) != before and runs(up.pid(name)), within=2.0, what=f"{name} started again")
    assert not runs(before)
    wait_until(lambda: up.page() < 500, within=30.0, what="pages answered")
    assert f"{name}: killed by signal 9; starting it again" in up.said()


def test_a_command_joins_the_running_database(up):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", "from django.db import connection as c; c.ensure_connection()"],
        cwd=up.clone,
        env=up.env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert not (up.places.run / "keeper.json").exists()


def test_a_second_up_says_in_one_line_that_one_runs(up):
    done = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=up.clone, env=up.env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"manage.py: `up` already runs in this clone (process {up.process.pid}) at http://127.0.0.1:{up.port}/. "
        "Stop it with Ctrl-C there, or use another clone with --port.\n"
    )


def test_the_servers_listen_on_nothing_but_a_private_socket(up):
    assert sorted(entry.name for entry in up.places.sockets.iterdir()) == [
        ".s.PGSQL.5432",
        ".s.PGSQL.5432.lock",
        "redis.sock",
    ]
    assert up.places.sockets.stat().st_mode & 0o077 == 0


def test_the_password_free_socket_and_the_keys_stay_out_of_the_logs(up):
    secrets = json.loads((up.places.data / "secrets.json").read_text())
    logs = "".join(path.read_text(errors="replace") for path in up.places.logs.glob("*.log*"))

    assert not [name for name, value in secrets.items() if value in logs]


def test_stopping_leaves_no_process_and_starting_again_changes_nothing(up):
    """Last in this module, since it ends the shared `up`."""
    everybody = descendants(up.process.pid)
    assert len(everybody) >= len(CHILDREN)

    up.process.send_signal(signal.SIGTERM)
    up.process.wait(40)

    assert up.process.returncode == 0, up.said()
    assert [pid for pid in everybody if runs(pid)] == []
    assert not (up.places.run / "up.json").exists()
    assert not up.places.sockets.exists()
    assert up.said().endswith("Stopping ...\nStopped.\n")

    again = Running(up.clone)
    again.wait_ready()
    assert "nothing to migrate" in again.said()
    everybody = descendants(again.process.pid)

    again.process.kill()
    again.process.wait()

    wait_until(lambda: not any(runs(pid) for pid in everybody), within=20, what="children gone with their supervisor")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_needs_nothing_of_root(folder):
    python = shutil.which("python3", path="/usr/bin:/bin")
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    if python is None or subprocess.run([python, "-c", "import ssl"], check=False).returncode:
        pytest.skip("no interpreter that another account can run")
    same = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
    if same.stdout.split() != [str(number) for number in sys.version_info[:2]]:
        pytest.skip("the system's interpreter is of another version than the environment's")
    other = folder / "other"
    other.mkdir()
    clone = copy_code(other)
    for path in (clone, *clone.rglob("*")):
        os.chown(path, 65534, 65534)

    running = Running(clone, python=python, uid=65534, PYTHONPATH=libraries)
    running.wait_ready()

    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in descendants(running.process.pid)}
    assert owners == {65534}
    assert running.page() < 500
    running.process.send_signal(signal.SIGINT)
    running.process.wait(40)
    assert running.process.returncode == 0
