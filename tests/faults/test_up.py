"""`up` for real: from nothing and again, side by side, joined by commands, stopped with nothing left behind."""

import json
import signal
from pathlib import Path

import pytest
import requests

from tests.faults.conftest import First
from tests.faults.running import PATIENCE, Running, wait_until
from tests.journeys.test_demonstration import STAGES

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_an_ordinary_user_needs_nothing_of_root(first: First) -> None:
    assert first.owners == {first.uid}
    assert first.page == 200
    assert first.events > 400


def test_tells_what_it_does_and_who_can_sign_in(first: First) -> None:
    said = first.said
    steps = ("PostgreSQL answers", "Redis answers", "Bringing the database up to date ...", "migrations applied")
    steps += ("Loading pathways and cases ...", "   10 of 41: NP-", "   40 of 41: NP-", "41 demonstration cases loaded")
    steps += ("Ready after ", "demonstration-only", "doctor.gb@example.org", "Stop with Ctrl-C. Logs: ")
    assert [step for step in steps if step not in said] == []
    assert sorted(steps, key=said.index) == list(steps)


def test_a_killed_supervisor_takes_its_children_along(first: First) -> None:
    assert first.left == set()


def test_starting_again_changes_nothing(first: First, up: Running) -> None:
    assert "nothing to migrate" in up.said()
    assert "The demonstration is loaded already" in up.said()
    assert up.ask("SELECT count(*) FROM cases_caseevent") == first.events


def test_the_demonstration_has_the_same_cases_on_any_day(up: Running) -> None:
    """Loaded by `up` now and in a test of its own at another hour: the same stories in the same stages."""
    stages: dict[str, list[str]] = {}
    query = "SELECT p.profile_key, c.stage FROM cases_case c JOIN regulatory_profileversion p"
    for pathway, stage in sorted(up.rows(f"{query} ON p.id = c.profile_version_id")):
        stages.setdefault(pathway, []).append(stage)

    assert stages == STAGES


def test_two_clones_run_side_by_side(up: Running, neighbour: Running) -> None:
    neighbour.wait_ready()

    assert (up.page(), neighbour.page()) == (200, 200)
    assert up.places.sockets != neighbour.places.sockets
    assert requests.get(f"http://127.0.0.1:{neighbour.port}/account/login/", timeout=30).status_code == 200


def test_one_ctrl_c_stops_everything_and_leaves_the_neighbour_alone(up: Running, neighbour: Running) -> None:
    neighbour.wait_ready()

    assert neighbour.stop(signal.SIGINT) == set()

    assert neighbour.process.returncode == 0, neighbour.said()
    assert neighbour.said().endswith("Stopping ...\nStopped.\n")
    assert not neighbour.places.sockets.exists()
    assert up.page() == 200


def test_every_other_command_works_with_nothing_running(up: Running, neighbour: Running) -> None:
    """The neighbour was stopped above: its database runs for the time of one command."""
    assert neighbour.process.poll() == 0

    done = neighbour.manage("sweep", "--json", "--no-send")

    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"at", "sweep", "sent"}
    cluster = neighbour.places.data / "postgres"
    wait_until(lambda: not (cluster / "postmaster.pid").exists(), within=PATIENCE, what="the database ended")


def test_ctrl_c_while_it_sets_up_stops_it_as_well(up: Running, folder: Path) -> None:
    another = Running(up.clone, NPP_DATA_DIR=str(folder / "given-up"))
    another.wait_said("Bringing the database up to date")

    another.process.send_signal(signal.SIGINT)
    another.process.wait(PATIENCE)

    assert another.process.returncode == 0, another.said()
    assert another.said().endswith("Stopping ...\nStopped.\n")
    assert not another.places.sockets.exists()


def test_a_command_joins_the_running_database(up: Running) -> None:
    done = up.manage("shell", "-c", "from django.db import connection as c; c.ensure_connection()")

    assert done.returncode == 0, done.stderr
    assert not (up.places.run / "keeper.json").exists()


def test_the_first_checkpoint_is_there_and_the_evidence_agrees(up: Running) -> None:
    done = up.manage("verify_audit", "--json")

    told = json.loads(done.stdout)
    assert done.returncode == 0, told["findings"]
    assert told["checkpoint"]["signed_by"] != ""


def test_a_second_up_says_in_one_line_that_one_runs(up: Running) -> None:
    done = up.manage("up")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"manage.py: `up` already runs in this clone (process {up.process.pid}) at http://127.0.0.1:{up.port}/. "
        "Stop it with Ctrl-C there, or use another clone with --port.\n"
    )


def test_the_servers_listen_on_nothing_but_a_private_socket(up: Running) -> None:
    assert sorted(entry.name for entry in up.places.sockets.iterdir()) == [
        ".s.PGSQL.5432",
        ".s.PGSQL.5432.lock",
        "redis.sock",
    ]
    assert up.places.sockets.stat().st_mode & 0o077 == 0


def test_the_password_free_socket_and_the_keys_stay_out_of_the_logs(up: Running) -> None:
    secrets = json.loads((up.places.data / "secrets.json").read_text())
    logs = "".join(path.read_text(errors="replace") for path in up.places.logs.glob("*.log*"))

    assert not [name for name, value in secrets.items() if value in logs]


def test_a_port_that_is_taken_is_told_before_anything_is_started(up: Running, folder: Path) -> None:
    data = folder / "no-port"
    up.env["NPP_DATA_DIR"] = str(data)

    done = up.manage("up", "--port", str(up.port))

    del up.env["NPP_DATA_DIR"]
    assert done.returncode == 2
    assert done.stderr == (
        f"manage.py: Port {up.port} on 127.0.0.1 is taken by another program. "
        f"Stop that one, or choose another port: `python3 manage.py up --port {up.port + 1}`.\n"
    )
    assert not (data / "postgres").exists()
