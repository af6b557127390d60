"""The environment, as the settings read it."""

import pytest

from config import env
from config.env import BadEnvironment, broker_url, database_role, database_settings, email_settings, key_fault


@pytest.mark.parametrize(
    ("url", "name", "user", "password", "host", "port", "options"),
    [
        ("postgresql://ada:p%40ss@db.invalid:6432/npp", "npp", "ada", "p@ss", "db.invalid", "6432", {}),
        ("postgres://ada@db.invalid/npp", "npp", "ada", "", "db.invalid", "", {}),
        ("postgresql://npp_app@/npp?host=/run/npp-1", "npp", "npp_app", "", "/run/npp-1", "", {}),
        (
            "postgresql://ada@db.invalid/npp?sslmode=verify-full&port=5433",
            "npp",
            "ada",
            "",
            "db.invalid",
            "5433",
            {"sslmode": "verify-full"},
        ),
    ],
)
def test_a_database_address_becomes_settings(url, name, user, password, host, port, options):
    settings = database_settings(url)

    assert (settings["NAME"], settings["USER"], settings["PASSWORD"]) == (name, user, password)
    assert (settings["HOST"], settings["PORT"], settings["OPTIONS"]) == (host, port, options)
    assert settings["ENGINE"] == "django.db.backends.postgresql"


@pytest.mark.parametrize("url", ["mysql://ada@db.invalid/npp", "sqlite:///npp.db", "db.invalid/npp"])
def test_another_database_is_refused_with_a_pattern_to_follow(url):
    with pytest.raises(BadEnvironment, match=r"use postgresql://user:password@host/name"):
        database_settings(url)


@pytest.mark.parametrize(
    ("redis_url", "broker"),
    [
        (None, "memory://"),
        ("", "memory://"),
        ("redis://cache.invalid:6379/2", "redis://cache.invalid:6379/2"),
        ("rediss://:secret@cache.invalid/0", "rediss://:secret@cache.invalid/0"),
        ("unix:///run/npp/redis.sock?db=3", "redis+socket:///run/npp/redis.sock?virtual_host=3"),
        ("unix:///run/npp/redis.sock", "redis+socket:///run/npp/redis.sock?virtual_host=0"),
    ],
)
def test_a_redis_address_becomes_a_broker_address(redis_url, broker):
    assert broker_url(redis_url) == broker


@pytest.mark.parametrize(
    ("url", "host", "port", "ssl", "tls"),
    [
        ("smtp://mail.invalid", "mail.invalid", 25, False, False),
        ("smtp://ada:s3cret@mail.invalid:587?tls=1", "mail.invalid", 587, False, True),
        ("smtps://ada:s3cret@mail.invalid", "mail.invalid", 465, True, False),
    ],
)
def test_a_mail_address_becomes_settings(url, host, port, ssl, tls):
    settings = email_settings(url)

    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == (host, port)
    assert (settings["EMAIL_USE_SSL"], settings["EMAIL_USE_TLS"]) == (ssl, tls)


def test_no_mail_address_changes_nothing():
    assert email_settings(None) == {}


def test_a_mail_address_of_another_kind_is_refused():
    with pytest.raises(BadEnvironment, match="EMAIL_URL cannot be understood"):
        email_settings("http://mail.invalid")


@pytest.mark.parametrize(
    ("argv", "role"),
    [
        (["manage.py", "migrate"], "owner"),
        (["manage.py", "createcachetable"], "owner"),
        (["manage.py", "showmigrations"], "owner"),
        (["/usr/bin/django-admin", "migrate"], "owner"),
        (["manage.py", "shell"], "app"),
        (["manage.py", "sweep"], "app"),
        (["manage.py", "load_demo"], "app"),
        (["manage.py"], "app"),
        (["gunicorn", "migrate"], "app"),
        (["pytest", "migrate"], "app"),
        ([], "app"),
    ],
)
def test_only_commands_that_change_the_shape_run_as_the_owner(argv, role, monkeypatch):
    monkeypatch.delenv("NPP_DATABASE_ROLE", raising=False)

    assert database_role(argv) == role


@pytest.mark.parametrize("role", ["owner", "app"])
def test_the_role_can_be_said(role, monkeypatch):
    monkeypatch.setenv("NPP_DATABASE_ROLE", role)

    assert database_role(["manage.py", "shell"]) == role


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "NPP_MASTER_KEY is missing"),
        ("", "NPP_MASTER_KEY is missing"),
        ("not base64!", "NPP_MASTER_KEY is not base64"),
        ("c2hvcnQ=", "NPP_MASTER_KEY has 5 bytes instead of 32"),
    ],
)
def test_a_bad_key_is_told_with_the_way_to_make_one(value, words):
    fault = key_fault("NPP_MASTER_KEY", value)

    assert fault.startswith(words)
    assert "secrets.token_bytes(32)" in fault


def test_a_key_of_32_bytes_is_good():
    assert key_fault("NPP_MASTER_KEY", "dGVzdC1vbmx5LW1hc3Rlci1rZXktb2YtMzItYnl0ZXM=") is None


def test_an_unknown_environment_is_refused_with_the_known_ones(monkeypatch):
    monkeypatch.setenv("NPP_ENVIRONMENT", "staging")

    with pytest.raises(BadEnvironment, match="demonstration, test, production"):
        env.settings_module()


def test_every_variable_that_cannot_be_understood_is_named(monkeypatch):
    monkeypatch.setenv("NPP_DEBUG", "perhaps")
    monkeypatch.setenv("NPP_LOG_LEVEL", "LOUD")

    with pytest.raises(BadEnvironment) as caught:
        env.read_environment()

    assert "NPP_DEBUG" in str(caught.value)
    assert "NPP_LOG_LEVEL" in str(caught.value)
