"""Today and the case page over ten thousand open cases: counted queries, no scan of every case's rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from cases.deadlines.day import Narrowed, breaks_next
from cases.models import Case
from tests.cases.web.crowd import crowd
from tests.databases import Server, pointed_at
from tests.factories import House, build_house

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(scope="module")
def crowded(
    django_db_blocker: DjangoDbBlocker, database_server: Server, template_database: str
) -> Iterator[tuple[House, Case]]:
    """One database for the module with ten thousand open cases; its tests only read."""
    clone = database_server.clone()
    with django_db_blocker.unblock(), pointed_at(clone):
        ContentType.objects.clear_cache()
        house = build_house(now=datetime.now(UTC))
        yield house, crowd(house, clone)
    ContentType.objects.clear_cache()
    database_server.drop(clone.name)


def queries(house: House, address: str, **headers: str) -> list[str]:
    client = Client(headers=headers)
    client.force_login(house.coordinator, backend=BACKEND)
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


PINNED = [("/today/", 14), ("/cases/", 6), ("/cases/{case}/", 25)]


@pytest.mark.parametrize(("address", "count"), PINNED)
def test_a_page_takes_exactly_so_many_queries(crowded: tuple[House, Case], address: str, count: int) -> None:
    house, case = crowded
    told = queries(house, address.format(case=case.reference))
    assert len(told) == count, "\n".join(told)


def test_the_first_page_is_read_from_the_index(crowded: tuple[House, Case]) -> None:
    house, _ = crowded
    cases = Case.objects.visible_to(house.coordinator, at=house.now).open()
    narrowed = Narrowed(reader=house.coordinator, until=(house.now + timedelta(days=14)).date())
    with CaptureQueriesContext(connection) as captured:
        assert len(breaks_next(cases, narrowed=narrowed, now=house.now, limit=25)) == 25
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {captured.captured_queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "deadline_breaks_next" in plan, plan
    assert "Seq Scan on deadlines_deadline" not in plan, plan
    assert "Seq Scan on cases_case" not in plan, plan
