"""The embedded database for the time of one command."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from config.embedded import places as places_module
from config.embedded.accounts import Account, may_be_reached
from config.embedded.keeper import note, users_lock
from config.embedded.locks import FileLock
from config.embedded.places import CLONE, Places
from config.embedded.postgres import Postgres
from config.embedded.secrets import demonstration_secrets
from config.embedded.session import attach, up_lock
from config.refusals import Refusal
from config.supervisor import listen


@pytest.fixture
def at(tmp_path):
    """The places of a data folder of the test's own; whatever still runs in it at the end is stopped."""
    places = Places(tmp_path / "data")
    yield places
    if (pid := Postgres(places, durable=False).leftover_pid()) is not None:
        os.kill(pid, signal.SIGQUIT)
    places.remove_sockets()


def wait_until(condition, *, within: float = 30.0) -> None:
    """Wait on a condition, not on the clock."""
    pause = threading.Event()
    for _ in range(int(within / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail(f"did not happen within {within} s")


def query(url: str, statement: str):
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()[0]


def another_command(at: Places) -> subprocess.Popen[str]:
    """A process that uses the database until its input ends."""
    code = (
        "import sys; from pathlib import Path; from config.embedded.places import Places;"
        "from config.embedded.session import attach;"
        "a = attach(Places(Path(sys.argv[1])), durable=False); print(a.app_url, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(at.data)],
        cwd=CLONE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("postgresql://npp_app@/npp?host=")
    return process


def test_serves_the_three_roles_and_ends_with_its_user(at):
    attached = attach(at, durable=False)

    assert query(attached.app_url, "SELECT current_user") == "npp_app"
    assert query(attached.owner_url, "SELECT current_user") == "npp_owner"
    flags = "SELECT string_agg(rolname || ':' || rolsuper || rolcreatedb || rolcreaterole, ' ' ORDER BY rolname)"
    assert query(attached.app_url, f"{flags} FROM pg_roles WHERE rolname IN ('npp_app', 'npp_owner')") == (
        "npp_app:falsefalsefalse npp_owner:falsefalsefalse"
    )
    assert query(attached.app_url, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(at.sockets.stat().st_mode) == 0o700

    attached.close()
    wait_until(lambda: not note(at).exists() and users_lock(at).take())
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(attached.app_url)
    assert not at.sockets.exists()


def test_the_application_can_make_nothing(at):
    attached = attach(at, durable=False)

    with psycopg.connect(attached.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")

    attached.close()


def test_several_commands_share_one_server_and_the_last_one_out_ends_it(at):
    first, second = another_command(at), another_command(at)
    url = Postgres(at, durable=False).superuser_url()
    server = query(url, "SELECT pg_postmaster_start_time()")

    first.communicate()
    assert query(url, "SELECT pg_postmaster_start_time()") == server

    second.communicate()
    wait_until(lambda: not note(at).exists())


def test_a_killed_command_leaves_no_server(at):
    command = another_command(at)

    command.kill()
    command.wait()

    wait_until(lambda: not note(at).exists())
    assert Postgres(at, durable=False).leftover_pid() is None
    command.stdin.close()
    command.stdout.close()


def test_a_killed_server_comes_back_for_its_command(at):
    command = another_command(at)
    server = Postgres(at, durable=False)
    before = server.leftover_pid()

    os.kill(before, signal.SIGKILL)

    wait_until(lambda: server.leftover_pid() not in {None, before} and server.answers())
    command.communicate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_root_gives_the_server_an_account_of_its_own_without_opening_a_folder(at):
    modes = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in at.data.parents}

    attached = attach(at, durable=False)
    server = Postgres(at, durable=False)

    owner = Path(f"/proc/{server.leftover_pid()}").stat().st_uid
    assert owner == server.account.uid
    assert owner not in {0, 65534}
    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in at.data.parents} == modes
    attached.close()


# -- refusals


def cluster(at: Places, version: str) -> Postgres:
    at.make()
    server = Postgres(at)
    server.cluster.mkdir(parents=True)
    (server.cluster / "PG_VERSION").write_text(f"{version}\n")
    return server


def test_a_data_folder_of_another_version_is_told_with_the_remedy(at):
    server = cluster(at, "13")
    server.account = Account(os.geteuid(), os.getegid())

    with pytest.raises(Refusal) as caught:
        server.prepare()

    assert caught.value.problem == (
        f"The data folder {server.cluster} was made by PostgreSQL 13; this is PostgreSQL {server.server_version()}."
    )
    assert caught.value.remedy.startswith("Dump it with PostgreSQL 13 and load it again, or move the folder away")


def test_a_data_folder_of_another_owner_is_told_with_the_remedy(at):
    server = cluster(at, "18")
    server.account = Account(os.geteuid() + 1, os.getegid())

    with pytest.raises(Refusal, match=r"belongs to another account \(number \d+\)\. Run the command as that account"):
        server.prepare()


def test_a_folder_with_something_else_in_it_is_left_alone(at):
    server = Postgres(at)
    server.cluster.mkdir(parents=True)
    (server.cluster / "letters.txt").write_text("mine")

    with pytest.raises(Refusal, match="has files, but is no PostgreSQL data folder"):
        server.prepare()

    assert (server.cluster / "letters.txt").read_text() == "mine"


def test_no_room_is_told_with_the_remedy(at, monkeypatch):
    monkeypatch.setattr("config.embedded.postgres.NEEDED_BYTES", 10**18)
    at.make()

    with pytest.raises(Refusal, match=r"MB are free for the database in .* Make room, or set NPP_DATA_DIR"):
        Postgres(at).prepare()


def test_a_socket_folder_of_a_stranger_is_not_used(at, tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory(prefix="n", dir="/tmp") as short:  # sockets need a short path
        monkeypatch.setenv("NPP_SOCKET_DIR", short)
        at.sockets.symlink_to(tmp_path)

        with pytest.raises(Refusal, match=r"was made by another account\. Remove it, or set NPP_SOCKET_DIR"):
            at.make_sockets(owner=(os.geteuid(), os.getegid()))


def test_a_socket_folder_with_a_long_path_is_told_with_the_remedy(at, monkeypatch):
    monkeypatch.setenv("NPP_SOCKET_DIR", "/tmp/" + "long/" * 20)

    with pytest.raises(Refusal, match=r"is longer than 80 bytes\. Set NPP_SOCKET_DIR to a folder with a short path"):
        at.make_sockets(owner=(os.geteuid(), os.getegid()))


def test_a_taken_port_is_told_with_a_free_neighbour():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(Refusal) as caught:
            listen("127.0.0.1", port)

    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 is taken by another program. "
        f"Stop that one, or choose another port: `python3 manage.py up --port {port + 1}`."
    )


@pytest.mark.parametrize(("host", "port"), [("nowhere.invalid", 8000), ("127.0.0.1", 70000)])
def test_an_impossible_address_is_told(host, port):
    with pytest.raises(Refusal, match=rf"{host}:{port} is no address to listen on. Choose with --host and --port"):
        listen(host, port)


def test_a_second_up_is_told_where_the_first_one_is(at):
    at.make()
    lock = up_lock(at)
    lock.take()
    (at.run / "up.json").write_text('{"pid": 4711, "address": "http://127.0.0.1:8000/"}')

    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", "0"],
        cwd=CLONE,
        env=os.environ | {"NPP_DATA_DIR": str(at.data), "NPP_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "manage.py: `up` already runs in this clone (process 4711) at http://127.0.0.1:8000/. "
        "Stop it with Ctrl-C there, or use another clone with --port.\n"
    )
    lock.release()


# -- small parts


def test_two_clones_have_different_sockets(tmp_path):
    assert Places(tmp_path / "one").sockets != Places(tmp_path / "two").sockets


def test_the_socket_folder_stays_short_when_the_temporary_one_is_long(monkeypatch, tmp_path):
    monkeypatch.delenv("NPP_SOCKET_DIR", raising=False)
    monkeypatch.setattr(places_module.tempfile, "gettempdir", lambda: "/long" * 30)

    assert Places(tmp_path).sockets.parent == Path("/tmp")


def test_a_closed_folder_is_seen_from_its_parents(tmp_path):
    inner = tmp_path / "open"
    inner.mkdir(mode=0o755)
    tmp_path.chmod(0o700)

    assert may_be_reached(inner, Account(os.geteuid(), os.getegid()))
    assert not may_be_reached(inner, Account(60_999, 60_999))


def test_the_keys_of_a_demonstration_are_made_once_and_closed_to_others(tmp_path):
    first = demonstration_secrets(tmp_path)
    second = demonstration_secrets(tmp_path)

    assert first == second
    assert len(set(first.values())) == 4
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]


def test_a_lock_is_shared_or_alone(tmp_path):
    one, two, three = (FileLock(tmp_path / "lock") for _ in range(3))

    assert one.take(shared=True)
    assert two.take(shared=True)
    assert not three.take()
    one.release()
    two.release()
    assert three.take()
    assert one.held_alone_by_another()
    three.release()
    assert not one.held_alone_by_another()
