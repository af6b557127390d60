"""Deeds that reach into each other's cases at the same instant wait for one another, and none of them for ever."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from cases.lifecycle.engine import advance
from cases.lifecycle.errors import Refused
from cases.models import Case, CaseEvent, Hold
from cases.people.models import User
from regulatory.models import Authorization
from regulatory.quantities import balance
from tests.databases import FreshDatabase
from tests.factories import check_partners
from tests.regulatory.ground import Ground, at
from tests.regulatory.test_au_category_a import accept
from tests.regulatory.test_standing_authority import another, filed_for_standing, granted, sourcing, supplied

NOW = at("2026-03-06 02:00")


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """What each of them came to, all begun together, each on its own connection."""
    together, answers = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        together.wait()
        try:
            deed()
            answers.append("done")
        except Refused as refused:
            answers.append(type(refused).__name__)
        except Exception as trouble:  # noqa: BLE001 - a deadlock is what this test is about, whatever its class
            answers.append(f"{type(trouble).__name__}: {trouble}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def ready_to_order(ground: Ground, authority: Authorization) -> Callable[[], Any]:
    sourcing(ground).plan("2026-03-10", "2026-03-14", quantity="3")
    supplier, box, case, by = (
        ground.partner("supplier"),
        ground.consignment,
        ground.case.pk,
        ground.house.coordinator.pk,
    )
    facts = {"supplier": supplier.pk, "order_number": f"PO-{case}", "authorization": authority.pk}
    return lambda: advance(
        Case.objects.get(pk=case),
        "custody.consignment.order",
        by=User.objects.get(pk=by),
        now=NOW,
        subject=box,
        facts=facts,
    )


def stopping(authority: Authorization, by: int) -> Callable[[], Any]:
    return lambda: advance(
        Case.objects.get(pk=authority.case_id),
        "regulatory.authorization.suspend",
        by=User.objects.get(pk=by),
        now=NOW,
        subject=Authorization.objects.get(pk=authority.pk),
        facts={"reason": "Letter of the TGA."},
    )


def test_two_suspensions_and_orders_of_many_cases_end_without_a_deadlock(fresh_database: FreshDatabase) -> None:
    home = filed_for_standing()
    other = filed_for_standing(home.house, number=9)
    first, second = granted(home, quantity="5"), granted(other, number="AP-8", quantity="50")
    grounds = [another(home, number) for number in range(2, 6)]
    orders = [ready_to_order(ground, first) for ground in grounds]
    check_partners(home.house.pharmacy, now=NOW)
    by = home.house.coordinator.pk
    answers = at_once(*orders, stopping(first, by), stopping(second, by))
    assert set(answers) <= {"done", "RequirementsUnmet", "OverTheCeiling"}
    assert answers.count("done") >= 2
    assert balance(first).used <= 5
    assert set(Authorization.objects.values_list("state", flat=True)) == {"suspended"}
    # Each authority holds its own case and the five others.
    assert Hold.objects.filter(lifted_at__isnull=True).count() == 12


def dispensing(ground: Ground) -> Callable[[], Any]:
    box, case, by = ground.consignment, ground.case.pk, ground.house.receiving.pk
    return lambda: advance(
        Case.objects.get(pk=case),
        "custody.consignment.dispense",
        by=User.objects.get(pk=by),
        now=at("2026-03-14 09:00"),
        subject=box,
        facts={"dispensed_at": at("2026-03-14 08:00")},
    )


def test_the_last_two_dispensings_at_once_end_it_once(fresh_database: FreshDatabase) -> None:
    home = filed_for_standing()
    authority = granted(home, quantity="4")
    second, third = another(home), another(home, 3)
    for ground in (second, third):
        supplied(ground, authority)
        accept(ground)
    assert at_once(dispensing(second), dispensing(third)) == ["done", "done"]
    assert Authorization.objects.get(pk=authority.pk).state == "exhausted"
    for ground, verb in (
        (home, "regulatory.authorization.exhausted"),
        (second, "regulatory.standing_authority.announced"),
        (third, "regulatory.standing_authority.announced"),
    ):
        assert CaseEvent.objects.filter(case=ground.case, verb=verb, by__code="S-LEDGER").count() == 1
