"""The databases that the tests themselves stand on."""

import os
import subprocess
import sys

import psycopg
import pytest
import requests
from django.db import connection

from config.embedded.places import CLONE
from tests.databases import shape_of_the_code


def who(cursor_of=connection) -> tuple[str, str]:
    with cursor_of.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        return cursor.fetchone()


@pytest.mark.django_db
def test_tests_connect_as_the_role_that_owns_nothing():
    assert who()[0] == "npp_app"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchone() == (0,)


def test_a_fresh_database_is_migrated_and_its_own(fresh_database):
    assert who() == ("npp_app", fresh_database.name)
    with psycopg.connect(fresh_database.owner_url) as owner:
        assert owner.execute("SELECT current_user").fetchone() == ("npp_owner",)
        assert owner.execute("SELECT count(*) > 20 FROM django_migrations").fetchone() == (True,)
    with psycopg.connect(fresh_database.superuser_url) as superuser:
        assert superuser.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)


def test_what_a_fresh_database_commits_is_gone_with_it(fresh_database, database_server):
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE left_behind (id int)")

    other = database_server.clone()
    with psycopg.connect(other.owner_url) as owner:
        assert owner.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)
    database_server.drop(other.name)


def test_two_connections_see_each_others_commits(fresh_database):
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE seen (id int); GRANT SELECT ON seen TO npp_app; INSERT INTO seen VALUES (7)")

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM seen")
        assert cursor.fetchone() == (7,)


def test_pages_are_served_on_a_fresh_database(live_server, fresh_database):
    answer = requests.get(f"{live_server.url}/account/login/", timeout=30)

    assert answer.status_code == 200
    assert who()[1] == fresh_database.name


def test_a_redis_of_its_own_comes_back_at_the_same_address(redis_server):
    import redis

    client = redis.Redis.from_url(redis_server.url)
    client.set("rung", 1)
    redis_server.kill()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    redis_server.start()

    assert client.get("rung") is None


def test_the_template_is_migrated_anew_only_when_the_shape_changed(tmp_path):
    app = tmp_path / "cases"
    (app / "migrations").mkdir(parents=True)
    (app / "migrations" / "0001_initial.py").write_text("one")
    (app / "models.py").write_text("class Case(models.Model): ...")
    (app / "views.py").write_text("def page(request): ...")
    (tmp_path / "requirements.txt").write_text("django==5.2.19")
    before = shape_of_the_code.__wrapped__(tmp_path)

    (app / "views.py").write_text("def other_page(request): ...")
    assert shape_of_the_code.__wrapped__(tmp_path) == before

    shapes = {before}
    for name in ("migrations/0001_initial.py", "models.py", "../requirements.txt"):
        path = app / name
        path.write_text(path.read_text() + "  # changed")
        shapes.add(shape_of_the_code.__wrapped__(tmp_path))
    assert len(shapes) == 4


@pytest.fixture
def elsewhere(tmp_path):
    """A folder of tests under the rules of this suite, and how pytest is run over it."""
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import fresh_database, pytest_runtest_makereport, pytest_runtest_setup\n"
    )
    return [sys.executable, "-m", "pytest", "-c", str(CLONE / "pyproject.toml"), "--rootdir", str(CLONE), str(tmp_path)]


@pytest.mark.slow
def test_emptying_tables_and_both_kinds_at_once_are_refused_with_a_sentence(elsewhere, tmp_path):
    (tmp_path / "test_wrong.py").write_text(
        "import pytest\n\n\n"
        "@pytest.mark.django_db(transaction=True)\ndef test_one():\n    pass\n\n\n"
        "def test_two(transactional_db):\n    pass\n\n\n"
        "def test_three(db, fresh_database):\n    pass\n"
    )

    done = subprocess.run(
        elsewhere,
        cwd=CLONE,
        # Where CI is set, pytest repeats each reason unshortened in its summary, and the count would be wrong.
        env={name: value for name, value in os.environ.items() if name != "CI"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.count("Ask for the fixture `fresh_database` instead of a django_db mark") == 2
    assert "Ask for either `db` (it rolls back) or `fresh_database`" in done.stdout
    assert "passed" not in done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_what_must_be_there_is_not_skipped(elsewhere, tmp_path):
    (tmp_path / "test_skips.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef chromium():\n    pytest.skip('no Chromium')\n\n\n"
        "@pytest.mark.browser\ndef test_page(chromium):\n    pass\n"
    )

    done = subprocess.run(
        elsewhere,
        cwd=CLONE,
        env={"PATH": "/usr/bin:/bin", "NPP_REQUIRE_BROWSER": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Skipped although NPP_REQUIRE_BROWSER=1" in done.stdout
    assert done.returncode == 1
