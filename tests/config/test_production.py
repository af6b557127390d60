"""Production refuses to start on anything that would not be safe."""

import os
import subprocess
import sys

import pytest

from config.embedded.places import CLONE
from config.env import Environment, production_faults

GOOD = {
    "NPP_ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://npp_app:pw@db.invalid/npp",
    "DATABASE_OWNER_URL": "postgresql://npp_owner:pw@db.invalid/npp",
    "REDIS_URL": "rediss://cache.invalid/0",
    "NPP_SECRET_KEY": "J4u8w0qLk2Zr7Tn5Xy9Pb3Vd6Hs1Mf0GcEaRoKiUjWlQzSxNvBt",
    "NPP_MASTER_KEY": "dGVzdC1vbmx5LW1hc3Rlci1rZXktb2YtMzItYnl0ZXM=",
    "NPP_INDEX_KEY": "dGVzdC1vbmx5LWluZGV4LWtleS1vZi0zMi1ieXRlcy4=",
    "NPP_SEAL_KEY": "dGVzdC1vbmx5LXNlYWwta2V5LW9mLTMyLWJ5dGVzLi4=",
    "NPP_ALLOWED_HOSTS": "cases.pharmacy.invalid",
    "EMAIL_URL": "smtps://user:pw@mail.invalid:465",
}

BAD = [
    ({"DATABASE_URL": ""}, "DATABASE_URL is missing, and the embedded servers are for demonstration and test"),
    ({"REDIS_URL": ""}, "REDIS_URL is missing, and the embedded servers are for demonstration and test"),
    ({"NPP_EMBEDDED": "1"}, "NPP_EMBEDDED is set"),
    ({"DATABASE_URL": "postgresql://npp_app@/npp?host=/tmp/npp-0123456789ab"}, "DATABASE_URL points at an embedded"),
    ({"DATABASE_URL": "postgresql://npp_cluster@db.invalid/npp"}, "DATABASE_URL points at an embedded server"),
    ({"REDIS_URL": "unix:///tmp/npp-0123456789ab/redis.sock?db=0"}, "REDIS_URL points at an embedded server"),
    ({"DATABASE_OWNER_URL": "postgresql://npp_app:pw@db.invalid/npp"}, "name the same role"),
    ({"NPP_SECRET_KEY": ""}, "NPP_SECRET_KEY is missing"),
    ({"NPP_SECRET_KEY": "django-insecure-" + GOOD["NPP_SECRET_KEY"]}, "NPP_SECRET_KEY is a default one"),
    ({"NPP_SECRET_KEY": "test-only-key-that-protects-nothing-key-that-protects-nothing-"}, "is a default one"),
    ({"NPP_SECRET_KEY": "J4u8w0qLk2Zr7Tn5Xy9Pb3Vd6Hs1Mf0GcEaRoKiUjWlQzSxNv"[:49]}, "too short or too even"),
    ({"NPP_SECRET_KEY": "ab" * 40}, "too short or too even"),
    ({"EMAIL_URL": ""}, "EMAIL_URL is missing: reminders would stay in the demonstration mailbox"),
    ({"NPP_DEBUG": "1"}, "NPP_DEBUG is on"),
    ({"NPP_ALLOWED_HOSTS": ""}, "NPP_ALLOWED_HOSTS is missing"),
    ({"NPP_ALLOWED_HOSTS": " , "}, "NPP_ALLOWED_HOSTS is missing"),
    ({"NPP_ALLOWED_HOSTS": "cases.pharmacy.invalid,*"}, "NPP_ALLOWED_HOSTS allows every host"),
    ({"NPP_MASTER_KEY": ""}, "NPP_MASTER_KEY is missing"),
    ({"NPP_MASTER_KEY": "c2hvcnQ="}, "NPP_MASTER_KEY has 5 bytes instead of 32"),
    ({"NPP_INDEX_KEY": ""}, "NPP_INDEX_KEY is missing"),
    ({"NPP_INDEX_KEY": GOOD["NPP_MASTER_KEY"]}, "NPP_INDEX_KEY equals NPP_MASTER_KEY"),
    ({"NPP_SEAL_KEY": ""}, "NPP_SEAL_KEY is missing"),
    ({"NPP_SEAL_KEY": GOOD["NPP_INDEX_KEY"]}, "NPP_SEAL_KEY equals NPP_INDEX_KEY"),
]


@pytest.fixture
def environment(monkeypatch):
    """Set the variables of an environment and read it."""

    def read(**changes: str) -> Environment:
        for name in [*os.environ]:
            if name.startswith("NPP_") or name in GOOD:
                monkeypatch.delenv(name)
        for name, value in (GOOD | changes).items():
            monkeypatch.setenv(name, value)
        return Environment()

    return read


@pytest.mark.parametrize(("change", "words"), BAD)
def test_refuses(change, words, environment):
    faults = production_faults(environment(**change))

    assert len(faults) == 1
    assert words in faults[0]


def test_accepts_servers_and_keys_of_its_own(environment):
    assert production_faults(environment()) == []


def test_tells_all_faults_at_once(environment):
    everything = dict.fromkeys(GOOD, "") | {"NPP_ENVIRONMENT": "production", "NPP_DEBUG": "1"}

    faults = production_faults(environment(**everything))

    named = [fault.split()[0] for fault in faults]
    assert named == [
        "DATABASE_URL",
        "REDIS_URL",
        "NPP_SECRET_KEY",
        "NPP_DEBUG",
        "EMAIL_URL",
        "NPP_ALLOWED_HOSTS",
        "NPP_MASTER_KEY",
        "NPP_INDEX_KEY",
        "NPP_SEAL_KEY",
    ]


def test_a_command_as_the_owner_needs_the_owners_address(environment, monkeypatch):
    read = environment(DATABASE_OWNER_URL="")
    monkeypatch.setenv("NPP_DATABASE_ROLE", "owner")

    assert production_faults(read) == [
        "DATABASE_OWNER_URL is missing: set it to the role that owns the database for this command."
    ]


DOORS = {
    "wsgi": ["-c", "import config.wsgi"],
    "worker": ["-m", "celery", "-A", "config", "worker"],
    "beat": ["-m", "celery", "-A", "config", "beat"],
    "manage": ["manage.py", "check"],
    "shell": ["manage.py", "shell", "-c", "pass"],
    "migrate": ["manage.py", "migrate"],
    "up": ["manage.py", "up", "--port", "0"],
}


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_no_door_opens_on_the_embedded_servers(door, tmp_path):
    kept = {name: value for name, value in os.environ.items() if name not in GOOD and not name.startswith("NPP_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    env = kept | {"NPP_ENVIRONMENT": "production", "NPP_NO_BOOTSTRAP": "1", "NPP_DATA_DIR": str(tmp_path / "data")}

    done = subprocess.run(
        [sys.executable, *DOORS[door]], cwd=CLONE, env=env, capture_output=True, text=True, timeout=60, check=False
    )

    said = done.stdout + done.stderr
    assert done.returncode != 0
    if door == "up":
        assert "Production does not start on the embedded servers. Set DATABASE_URL" in said
    else:
        assert "Production does not start. DATABASE_URL is missing" in said
        assert "NPP_MASTER_KEY is missing" in said
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("module", ["local", "test"])
def test_other_settings_are_not_used_in_production(module, tmp_path):
    env = {"PATH": os.defpath, "NPP_ENVIRONMENT": "production", "NPP_DATA_DIR": str(tmp_path / "data")}
    env["DJANGO_SETTINGS_MODULE"] = f"config.settings.{module}"

    done = subprocess.run(
        [sys.executable, "-m", "django", "check"], cwd=CLONE, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "unset DJANGO_SETTINGS_MODULE or set it to config.settings.production" in done.stderr
    assert not (tmp_path / "data" / "secrets.json").exists()
