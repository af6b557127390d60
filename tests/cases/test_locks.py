"""What a deed has locked, its consequences neither lock nor read again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.deadlines.ledger import lock_case
from cases.documents.receiving import store_text
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import Refused
from cases.lifecycle.verbs import Situation, after, consequences_of
from cases.locks import held_case, holding
from cases.models import Case, CaseEvent
from tests.factories import House, build_case, build_house
from tests.laid import laid

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLACED = "cases.hold.place"


@pytest.fixture
def seen() -> Iterator[list[Case | None]]:
    """What a consequence of placing a hold finds held."""
    found: list[Case | None] = []

    def look(situation: Situation, event: CaseEvent) -> None:
        found.append(held_case(situation.case.pk))

    after(PLACED)(look)
    yield found
    consequences_of(PLACED).remove(look)


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


def locks(queries: CaptureQueriesContext) -> int:
    return sum("cases_case" in query["sql"] and " FOR " in query["sql"] for query in queries)


def test_a_consequence_finds_the_case_that_the_deed_locked_and_nobody_after(
    house: House, case: Case, seen: list[Case | None]
) -> None:
    facts = {"kind": "payment", "until": "the deposit has arrived", "reason": "Invoice 1 is open."}
    advance(case, PLACED, by=house.coordinator, now=NOW, facts=facts)
    assert [found and (found.pk, found.event_seq) for found in seen] == [(case.pk, case.event_seq + 1)]
    assert seen[0] is not case  # as it stands in the database, not as the caller knew it
    assert held_case(case.pk) is None


def test_nothing_is_held_after_a_refusal(house: House, case: Case, seen: list[Case | None]) -> None:
    with pytest.raises(Refused):
        advance(case, PLACED, by=house.coordinator, now=NOW, facts={})
    assert (seen, held_case(case.pk)) == ([], None)


def test_what_is_held_is_locked_once_and_what_is_not_each_time(house: House, case: Case) -> None:
    other = build_case(house, number=2)
    with acting(by=house.coordinator, verb="tests.locked"), holding(case):
        with CaptureQueriesContext(connection) as queries:
            lock_case(case.pk)
            store_text(case=case, doc_type="determination", text="one", by=house.coordinator, now=NOW)
        assert locks(queries) == 0
        with CaptureQueriesContext(connection) as queries:
            lock_case(other.pk)
            store_text(case=other, doc_type="determination", text="one", by=house.coordinator, now=NOW)
        assert locks(queries) == 2


def test_an_inner_deed_leaves_what_the_outer_one_holds(house: House, case: Case) -> None:
    other, again = build_case(house, number=2), Case.objects.get(pk=case.pk)
    with holding(case):
        with holding(other), holding(again):
            assert (held_case(case.pk), held_case(other.pk)) == (again, other)
            assert held_case(case.pk) is again
        assert held_case(case.pk) is case
        assert held_case(other.pk) is None
