"""A deed: who is named to the database, and for how long."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from cases.audit.context import acting, current_deed, request_defaults
from cases.audit.errors import MissingActor
from tests.cases.audit.people import PHARMACIST, PRESCRIBER

MOVED = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
NAMES = ("actor", "on_behalf_of", "verb", "reason", "request_id", "business_at")


def told() -> dict[str, str]:
    """What the database has been told, without what is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('npp.{name}', true)" for name in NAMES))
        return {name: value for name, value in zip(NAMES, cursor.fetchone(), strict=True) if value}


def test_tells_the_database_everything_in_one_query(db: None, django_assert_num_queries: Any) -> None:
    # Savepoint, settings, settings again, release: the test holds a transaction.
    with django_assert_num_queries(4), acting(by=PHARMACIST, verb="cases.case.opened", reason="First supply"):
        pass

    with acting(
        by=PHARMACIST,
        verb="cases.case.opened",
        reason="First supply",
        request_id="r-1",
        on_behalf_of=PRESCRIBER,
        business_at=MOVED,
    ):
        assert told() == {
            "actor": PHARMACIST.code,
            "on_behalf_of": PRESCRIBER.code,
            "verb": "cases.case.opened",
            "reason": "First supply",
            "request_id": "r-1",
            "business_at": "2026-03-31T09:30:00+00:00",
        }
    assert told() == {}


def test_takes_from_around_it_what_it_does_not_say_and_gives_it_back(db: None) -> None:
    with acting(by=PHARMACIST, verb="cases.case.advanced", reason="Override", request_id="r-2", business_at=MOVED):
        outer = told()
        with acting(by=PHARMACIST, verb="deadlines.deadline.opened"):
            assert told() == {**outer, "verb": "deadlines.deadline.opened"}
        assert told() == outer
        with acting(by=PRESCRIBER, verb="cases.determination.signed", reason="Mine"):
            assert told() == {
                **outer, "actor": PRESCRIBER.code, "verb": "cases.determination.signed", "reason": "Mine"
            }  # fmt: skip
        assert told() == outer
    assert told() == {}


def test_delegation_does_not_pass_to_another_actor(db: None) -> None:
    with acting(by=PHARMACIST, verb="t.outer", on_behalf_of=PRESCRIBER):
        with acting(by=PRESCRIBER, verb="t.inner"):
            assert "on_behalf_of" not in told()
        assert told()["on_behalf_of"] == PRESCRIBER.code


def test_gives_back_after_a_failure_inside(db: None) -> None:
    with acting(by=PHARMACIST, verb="t.outer"):
        outer = told()
        with pytest.raises(ZeroDivisionError), acting(by=PRESCRIBER, verb="t.inner"):
            1 / 0  # noqa: B018 - the point of the test
        assert told() == outer
        with pytest.raises(ProgrammingError), acting(by=PRESCRIBER, verb="t.inner"), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_function()")
        assert told() == outer
    assert current_deed() is None


def test_saying_the_same_again_asks_the_database_nothing(db: None, django_assert_num_queries: Any) -> None:
    with acting(by=PHARMACIST, verb="t.outer"), django_assert_num_queries(2), acting(by=PHARMACIST, verb="t.outer"):
        pass  # only the savepoint and its release


def test_defaults_of_a_request_serve_every_deed_in_it(db: None) -> None:
    with request_defaults(by=PHARMACIST, request_id="r-3", business_at=MOVED):
        with acting(verb="t.first"):
            assert told() == {
                "actor": PHARMACIST.code,
                "verb": "t.first",
                "request_id": "r-3",
                "business_at": "2026-03-31T09:30:00+00:00",
            }
        with request_defaults(request_id="r-4"), acting(verb="t.second"):
            assert told()["request_id"] == "r-4"
            assert told()["actor"] == PHARMACIST.code
    with pytest.raises(MissingActor):
        acting(verb="t.third").__enter__()


@pytest.mark.parametrize(
    "nobody", [None, SimpleNamespace(), SimpleNamespace(code=""), SimpleNamespace(code="  "), SimpleNamespace(code=7)]
)
def test_is_refused_without_somebody(nobody: Any) -> None:
    with pytest.raises(MissingActor), acting(by=nobody, verb="t.deed"):
        pass
    assert current_deed() is None


def test_is_refused_without_a_verb_or_with_a_naive_instant() -> None:
    with pytest.raises(ValueError, match="needs a verb"), acting(by=PHARMACIST, verb=""):
        pass
    naive = datetime(2026, 3, 31)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValueError, match="a time zone"), acting(by=PHARMACIST, verb="t.deed", business_at=naive):
        pass


def test_a_rolled_back_transaction_leaves_nobody_named(db: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic(), acting(by=PHARMACIST, verb="t.deed"):
        raise RuntimeError
    assert told() == {}
