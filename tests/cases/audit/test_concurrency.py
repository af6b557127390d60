"""Chains under concurrent writers: one case serialises, two cases do not, and nobody deadlocks."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg

from cases.audit.models import AuditChain, AuditEntry
from cases.audit.verify import verify
from tests.cases.audit.conftest import make_case
from tests.databases import FreshDatabase

ACT = "SELECT set_config('npp.actor', 'P-WRITER', true), set_config('npp.verb', 't.written', true)"


def write(connection: psycopg.Connection[Any], note: int, text: str) -> None:
    connection.execute("UPDATE cases_note SET text = %s WHERE id = %s", [text, note])


def test_writers_on_two_cases_do_not_wait_for_each_other(fresh_database: FreshDatabase) -> None:
    (_, (one,)), (_, (two,)) = make_case("a"), make_case("b")
    with psycopg.connect(fresh_database) as first, psycopg.connect(fresh_database) as second:
        first.execute(ACT)
        write(first, one.pk, "open")
        second.execute("SET lock_timeout = '5s'")
        second.execute(ACT)
        write(second, two.pk, "through")
        second.commit()
        first.commit()
    assert verify().findings == []


def test_writers_on_one_case_wait_and_are_numbered_without_a_gap(fresh_database: FreshDatabase) -> None:
    case, (one, two) = make_case("a", "b")
    with psycopg.connect(fresh_database) as first, psycopg.connect(fresh_database) as second:
        first.execute(ACT)
        write(first, one.pk, "first")
        second.execute("SET lock_timeout = '100ms'")
        second.commit()
        second.execute(ACT)
        try:
            write(second, two.pk, "too early")
        except psycopg.errors.LockNotAvailable:
            second.rollback()
        else:
            raise AssertionError("the second writer did not wait for the first")
        first.commit()
        second.execute(ACT)
        write(second, two.pk, "second")
        second.commit()

    written = AuditEntry.objects.filter(chain=f"case:{case.pk}", verb="t.written").order_by("seq")
    assert [(entry.seq, entry.new) for entry in written] == [(4, {"text": "first"}), (5, {"text": "second"})]
    assert verify().findings == []


def test_two_first_writers_of_a_chain_make_one_head(fresh_database: FreshDatabase) -> None:
    sql = "INSERT INTO people_institution (name, country, city, time_zone) VALUES ('x', 'NZ', '', 'UTC')"
    _in_threads(
        fresh_database,
        4,
        lambda connection, number: [(connection.execute(ACT), connection.execute(sql)) for _ in range(5)],
    )
    chains = AuditChain.objects.filter(key__startswith="institution:")
    assert [chain.last_seq for chain in chains] == [1] * 20


def test_many_writers_over_two_cases_in_order_never_deadlock(fresh_database: FreshDatabase) -> None:
    (low, (first,)), (high, (second,)) = make_case("a"), make_case("b")

    def work(connection: psycopg.Connection[Any], number: int) -> None:
        for turn in range(25):
            connection.execute(ACT)
            # As the services do: the cases' rows first, in order of their keys.
            connection.execute(
                "SELECT 1 FROM cases_case WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [[low.pk, high.pk]]
            )
            write(connection, first.pk, f"{number}-{turn}")
            write(connection, second.pk, f"{number}-{turn}")
            connection.commit()

    _in_threads(fresh_database, 4, work)

    heads = dict(AuditChain.objects.filter(key__startswith="case:").values_list("key", "last_seq"))
    assert heads == {f"case:{low.pk}": 102, f"case:{high.pk}": 102}
    assert verify().findings == []


def _in_threads(address: str, count: int, work: Callable[[psycopg.Connection[Any], int], Any]) -> None:
    faults: list[BaseException] = []

    def run(number: int) -> None:
        try:
            with psycopg.connect(address) as connection:
                work(connection, number)
        except psycopg.Error as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    assert not any(thread.is_alive() for thread in threads)
