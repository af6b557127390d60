"""The quantity ledger: never negative, never over the ceiling, also with many writers at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Prefetch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.custody.models import Consignment
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.models import Case
from cases.people.models import User
from regulatory import quantities
from regulatory.models import Authorization, QuantityEntry
from tests.databases import FreshDatabase
from tests.factories import add_partner, build_case, build_house, sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, at

NOW = at("2026-03-02 10:00")

# Issue 3: fifty parallel orders against one authorization, without an overdraw and without a deadlock.
AT_ONCE = 50


def build_authorization(*, quantity: str = "10", unit: str = "vial") -> Ground:
    """A case with an authorization as a letter would give it; the filing is not what these tests are about."""
    house = build_house(now=NOW, country="AU", zone="Australia/Sydney")
    case = build_case(house, "AU-SAS-A", now=NOW)
    with acting(by=house.coordinator, verb="regulatory.filing.granted", business_at=NOW):
        authorization = Authorization.objects.create(
            case=case,
            number=1,
            ground="decision",
            prescriber=case.prescriber,
            medicine=case.medicine,
            indication=case.indication,
            valid_from=NOW.date(),
            quantity=Decimal(quantity),
            unit=unit,
        )
        QuantityEntry.objects.create(
            case=case, authorization=authorization, account="authorized", quantity=Decimal(quantity), happened_at=NOW
        )
    return Ground(house, case, NOW)


@laid
def ground(db: None) -> Ground:
    return build_authorization()


def entry(ground: Ground, account: str, quantity: str) -> QuantityEntry:
    with acting(by=ground.house.coordinator, verb="tests.quantity.written"):
        return QuantityEntry.objects.create(
            case=ground.case,
            authorization=ground.authorization,
            account=account,
            quantity=Decimal(quantity),
            happened_at=NOW,
        )


@pytest.mark.parametrize(
    ("account", "quantity", "told"),
    [("reserved", "10.001", "allows 10.000"), ("reserved", "-0.001", "would have -0.001 reserved"),
     ("shipped", "11", "allows 10.000"), ("authorized", "-11", "would have -1.000 authorized")],
)  # fmt: skip
def test_the_database_refuses_what_breaks_the_ledger(ground: Ground, account: str, quantity: str, told: str) -> None:
    with pytest.raises(DatabaseError, match=told):
        entry(ground, account, quantity)
    assert QuantityEntry.objects.filter(case=ground.case).count() == 1


def test_the_database_takes_exactly_the_ceiling(ground: Ground) -> None:
    entry(ground, "reserved", "10")
    assert quantities.balance(ground.authorization).remaining == Decimal(0)


@pytest.mark.parametrize(
    "statement", ["UPDATE regulatory_quantityentry SET quantity = 99", "DELETE FROM regulatory_quantityentry"]
)
def test_a_line_is_never_changed(ground: Ground, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="Cannot"),
        acting(by=ground.house.coordinator, verb="tests.quantity.changed"),
    ):
        connection.cursor().execute(statement)
    assert [line.quantity for line in QuantityEntry.objects.all()] == [Decimal("10.000")]


def test_the_balance_is_the_same_however_the_entries_were_fetched(ground: Ground) -> None:
    box = planned(ground, "4", 1)
    follow(ground, box, "planned", "ordered")
    lines = QuantityEntry.objects.order_by("happened_at", "id")
    with_lines = Authorization.objects.prefetch_related(Prefetch("quantity_entries", lines))
    stands = quantities.balance(with_lines.get(pk=ground.authorization.pk))
    assert (stands.accounts, stands.remaining) == ({"ordered": Decimal("4.000")}, Decimal("6.000"))


def test_a_lost_consignment_stays_used(ground: Ground) -> None:
    consignment = planned(ground, "4")
    follow(ground, consignment, "planned", "ordered", "allocated", "released", "in_transit", "lost")
    stands = quantities.balance(ground.authorization)
    assert (stands.accounts, stands.remaining) == ({"shipped": Decimal("4.000")}, Decimal("6.000"))


def test_doing_it_again_changes_nothing(ground: Ground) -> None:
    consignment = planned(ground, "4")
    follow(ground, consignment, "planned", "planned", "planned")
    assert QuantityEntry.objects.filter(consignment=consignment).count() == 1


def test_units_that_differ_need_a_factor(db: None) -> None:
    ground = build_authorization(quantity="1000", unit="mg")
    consignment = planned(ground, "4")
    with pytest.raises(quantities.UnitsDiffer), acting(by=ground.house.coordinator, verb="tests.booked"):
        quantities.book(consignment, authorization=ground.authorization, at=NOW)
    with acting(by=ground.house.coordinator, verb="tests.booked"):
        quantities.book(consignment, authorization=ground.authorization, at=NOW, factor=Decimal(150))
    line = QuantityEntry.objects.get(consignment=consignment)
    assert (line.quantity, line.factor, line.note) == (
        Decimal("600.000"),
        Decimal("150.000000"),
        "1 vial counts 150 mg",
    )


def planned(ground: Ground, quantity: str, number: int = 1) -> Consignment:
    with acting(by=ground.house.coordinator, verb="custody.consignment.planned", business_at=NOW):
        return Consignment.objects.create(
            case=ground.case,
            number=number,
            institution=ground.house.institution,
            quantity=Decimal(quantity),
            unit="vial",
            planned_dispatch_on=NOW.date(),
            planned_arrival_on=NOW.date(),
            authorization=ground.authorization,
        )


def follow(ground: Ground, consignment: Consignment, *states: str) -> None:
    """Book the consignment as if it stood in each of these states, one after the other."""
    for state in states:
        consignment.__dict__["state"] = state
        if state == "in_transit":
            consignment.dispatched_at = NOW
        with acting(by=ground.house.coordinator, verb="tests.booked"):
            quantities.book(consignment, authorization=ground.authorization, at=NOW)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(sorted(quantities.ACCOUNT_OF_STATE))), max_size=12))
def test_no_order_of_states_breaks_the_ledger(ground: Ground, steps: list[tuple[int, str]]) -> None:
    """Whatever consignments do, accounts are never below zero and the sum is never over the ceiling."""
    with transaction.atomic():
        boxes: dict[int, Consignment] = {}
        for number, state in steps:
            box = boxes.setdefault(number, None) or planned(ground, str(number), number)  # type: ignore[arg-type]
            boxes[number] = box
            with suppress(NotPossible):
                follow(ground, box, state)
            stands = quantities.balance(ground.authorization)
            assert all(total > 0 for total in stands.accounts.values())
            assert 0 <= (stands.remaining or Decimal(0)) <= 10
        transaction.set_rollback(True)


def test_fifty_orders_at_once_never_overdraw(fresh_database: FreshDatabase) -> None:
    ground = build_authorization()
    house, case, authorization = ground.house, ground.case, ground.authorization
    supplier = add_partner(house.pharmacy, "supplier", now=NOW)
    sign_determination(house, case, now=NOW)
    advance(case, "cases.case.begin_sourcing", by=house.coordinator, now=NOW)
    with acting(by=house.coordinator, verb="custody.consignment.planned", business_at=NOW):
        boxes = [
            Consignment.objects.create(
                case=case,
                number=number,
                institution=house.institution,
                quantity=Decimal(3),
                unit="vial",
                planned_dispatch_on=NOW.date(),
                planned_arrival_on=NOW.date(),
            ).pk
            for number in range(1, AT_ONCE + 1)
        ]
    ids = (case.pk, house.coordinator.pk, supplier.pk, authorization.pk)

    def order(pk: int) -> str:
        try:
            advance(
                Case.objects.get(pk=ids[0]),
                "custody.consignment.order",
                by=User.objects.get(pk=ids[1]),
                now=NOW,
                subject=Consignment.objects.get(pk=pk),
                facts={"supplier": ids[2], "order_number": f"PO-{pk}", "authorization": ids[3]},
            )
            return "ordered"
        except RequirementsUnmet as refused:
            return ",".join(line.code for line in refused.unmet)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        ends = sorted(pool.map(order, boxes))
    assert ends == ["QuantityWithinAuthorization"] * (AT_ONCE - 3) + ["ordered"] * 3
    stands = quantities.balance(Authorization.objects.get(pk=authorization.pk))
    assert (stands.accounts, stands.remaining) == ({"ordered": Decimal("9.000")}, Decimal("1.000"))


def test_writers_beside_the_door_cannot_overdraw_either(fresh_database: FreshDatabase) -> None:
    ground = build_authorization()
    ids = (ground.case.pk, ground.authorization.pk, ground.house.coordinator.pk)

    def write(_: int) -> str:
        try:
            with acting(by=User.objects.get(pk=ids[2]), verb="tests.quantity.written"):
                QuantityEntry.objects.create(
                    case_id=ids[0], authorization_id=ids[1], account="reserved", quantity=Decimal(3), happened_at=NOW
                )
            return "written"
        except DatabaseError as refused:
            return "refused" if "allows 10.000" in str(refused) else str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        ends = sorted(pool.map(write, range(AT_ONCE)))
    assert ends == ["refused"] * (AT_ONCE - 3) + ["written"] * 3
