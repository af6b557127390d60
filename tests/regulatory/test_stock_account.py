"""Whatever is drawn, put back and destroyed in whatever order: the account sums up, and no pack is in two places."""

from collections import Counter
from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.custody.models import Consignment, StockMove, StockPack, Unit
from cases.custody.stock import account_of, stock_for, uses_of_stock
from cases.lifecycle.errors import Refused
from cases.models import Case
from regulatory.quantities import balance
from tests.journeys.walk import Walk, start
from tests.laid import laid

DEEDS = st.lists(
    st.tuples(st.sampled_from(("draw", "put_back", "destroy")), st.integers(0, 1), st.integers(1, 2)), max_size=7
)


@laid
def people(db: None) -> tuple[Walk, Walk, Walk]:
    """Stock of two packs, and two patients who may draw of it."""
    home = start("CA-SAP-FUTURE")
    home.bring_in()
    found = [home.patient(number) for number in (1, 2)]
    for one in found:
        one.take("cases.case.begin_sourcing")
    return home, found[0], found[1]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS)
def test_it_always_sums_up(people: tuple[Walk, Walk, Walk], deeds: list[tuple[str, int, int]]) -> None:
    home, *patients = people
    with transaction.atomic():
        clock = max(one.tick() for one in people)
        for word, who, packs in deeds:
            for one in people:
                one.ground.now = clock = one.tick() if one.tick() > clock else clock
            with suppress(Refused), transaction.atomic():
                take(home, patients[who], word, packs)
            judge(home.ground.case)
        transaction.set_rollback(True)


def take(home: Walk, patient: Walk, word: str, packs: int) -> None:
    if word == "draw":
        if stock_for(patient.ground.case).exists():
            patient.draw(packs=packs)
        return
    box = Consignment.objects.filter(case=patient.ground.case, state="accepted").order_by("-pk").first()
    if word == "put_back" and box is not None:
        patient.ground.take("custody.consignment.put_back", now=patient.tick(), subject=box, reason="Not needed.")
    stock = Consignment.objects.get(case=home.ground.case)
    if word == "destroy" and stock.state == "accepted":
        witness = home.ground.house.doctor
        home.ground.take(
            "custody.consignment.destroy", now=patient.tick(), subject=stock, witness=witness, reason="No patient."
        )


def judge(case: Case) -> None:
    account = account_of(case)
    assert account.total == 2
    # Each physical pack stands in one place, in one case.
    there = Unit.objects.exclude(state__in=("drawn", "cancelled"))
    assert set(Counter(there.values_list("gtin", "serial")).values()) == {1}
    assert there.count() == 2
    with_patients = there.filter(case__patient__isnull=False).count()
    assert account.at["drawn"] == with_patients
    assert with_patients == sum(len(one.serials) for one in uses_of_stock(case) if not one.is_back)
    # The ledger of the authorization says the same: what patients have stays received, whatever becomes of the rest.
    ledger = balance(case.authorizations.get()).accounts
    assert sum(ledger.values()) == 2
    assert ledger.get("destroyed", 0) == account.at["destroyed"]
    assert ledger.get("received", 0) == account.at["on_hand"] + account.at["drawn"]
    stock = Consignment.objects.get(case=case)
    assert (stock.state == "drawn") is (with_patients == 2)


def test_the_database_lets_no_pack_go_twice(people: tuple[Walk, Walk, Walk]) -> None:
    home, first, _ = people
    drawn = first.draw()
    move = StockMove.objects.get()
    left, came = home.ground.case.units.get(state="drawn"), drawn.units.get()
    other = home.ground.case.units.get(state="accepted")
    with acting(by=home.ground.house.coordinator, verb="tests.goes_round"):
        # The same pack once more, another pack than left, and a pack that is still on hand.
        for wrong in (
            {"left": left, "entered": came, "serial": left.serial},
            {"left": left, "entered": other, "serial": left.serial},
            {"left": other, "entered": came, "serial": other.serial},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                StockPack.objects.create(case=first.ground.case, move=move, **wrong)
        with pytest.raises(IntegrityError), transaction.atomic():
            Unit.objects.create(
                case=first.ground.case, consignment=drawn, lot=other.lot, gtin=other.gtin, serial=other.serial
            )
    assert StockPack.objects.count() == 1
