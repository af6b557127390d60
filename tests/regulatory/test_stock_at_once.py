"""Many who draw the same packs at the same instant: no pack goes twice, nobody waits for ever, the rest are told."""

from collections.abc import Callable
from typing import Any

import pytest

from cases.custody.models import Consignment, StockMove, StockPack
from cases.custody.stock import account_of, stock_for
from cases.lifecycle.engine import advance
from cases.models import Case
from cases.people.models import User
from tests.databases import FreshDatabase
from tests.journeys.walk import Walk, start
from tests.regulatory.test_standing_at_once import at_once

pytestmark = pytest.mark.slow


def stocked() -> Walk:
    walk = start("CA-SAP-FUTURE")
    walk.bring_in()
    return walk


def drawing(walk: Walk, by: User, packs: int = 1) -> Callable[[], Any]:
    case, stock, now = walk.ground.case.pk, stock_for(walk.ground.case).first(), walk.tick()
    facts = {"stock": stock.pk if stock else 0, "packs": packs, "days_of_therapy": 28, "reason": "In need."}
    return lambda: advance(
        Case.objects.get(pk=case), "custody.consignment.draw", by=User.objects.get(pk=by.pk), now=now, facts=facts
    )


def test_five_patients_for_two_packs(fresh_database: FreshDatabase) -> None:
    home = stocked()
    patients = [home.patient(number) for number in range(1, 6)]
    for one in patients:
        one.take("cases.case.begin_sourcing")
    by = home.ground.house.coordinator
    answers = at_once(*(drawing(one, by) for one in patients))
    # Who came too late is told what is left: nothing that this form could still name, or too few packs.
    assert sorted(answers)[-2:] == ["done", "done"]
    assert set(answers) <= {"done", "RequirementsUnmet", "FactsInvalid"}
    assert answers.count("done") == 2
    assert StockPack.objects.values("serial").distinct().count() == StockPack.objects.count() == 2
    stock = Case.objects.get(pk=home.ground.case.pk)
    assert {**account_of(stock).at}["drawn"] == 2
    assert Consignment.objects.get(case=stock).state == "drawn"
    assert Consignment.objects.filter(case__patient__isnull=False, state="accepted").count() == 2


def test_drawing_and_putting_back_at_once(fresh_database: FreshDatabase) -> None:
    home = stocked()
    first, second = home.patient(1), home.patient(2)
    for one in (first, second):
        one.take("cases.case.begin_sourcing")
    drawn, by = first.draw(packs=1), home.ground.house.coordinator
    second.ground.now = first.tick()
    back = lambda: advance(  # noqa: E731
        Case.objects.get(pk=first.ground.case.pk), "custody.consignment.put_back", by=User.objects.get(pk=by.pk),
        now=second.tick(), subject=Consignment.objects.get(pk=drawn.pk), facts={"reason": "Not needed."},
    )  # fmt: skip
    assert at_once(drawing(second, by), back) == ["done", "done"]
    stock = Case.objects.get(pk=home.ground.case.pk)
    assert {place: packs for place, packs in account_of(stock).at.items() if packs} == {"on_hand": 1, "drawn": 1}
    assert StockMove.objects.count() == 3
