"""From a lot or a supplier to who was exposed and what was reported, and back, each in one query."""

from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.custody.models import Lot
from cases.models import Case
from pharmacovigilance.exposure import LotStory, lots_of, stories
from tests.cases.custody.builders import DISPENSED, GTIN
from tests.pharmacovigilance.builders import Safety, signed_in


def story(reach: Q | None = None) -> LotStory:
    (found,) = stories(reach or Q(gtin=GTIN, number="7K04B8"), among=Case.objects.all())
    return found


def test_a_lot_tells_who_was_exposed_before_anybody_reported(safety: Safety) -> None:
    safety.dose()
    told = story()

    assert (told.supplier, told.expires_on.isoformat(), told.linked) == (
        "Northway Invented Wholesale",
        "2027-08-31",
        (),
    )
    (exposed,) = told.exposed
    assert (exposed.case, exposed.doses, exposed.first, exposed.last) == (
        safety.supply.case.reference, 1, DISPENSED, DISPENSED,
    )  # fmt: skip


def test_a_safety_case_stands_with_its_lot_and_the_lot_with_its_safety_case(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    (linked,) = story().linked

    assert (linked.case, linked.label, linked.line, linked.product) == (
        safety.supply.case.reference, "SC-1", "DL-1", "MP-1",
    )  # fmt: skip
    assert [(event["number"], event["criteria"]) for event in linked.events] == [(1, ["hospitalisation"])]
    assert lots_of(safety.supply.case) == {(GTIN, "7K04B8")}


def test_a_supplier_tells_the_same_of_all_its_lots(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    supplier = Lot.objects.get(number="7K04B8").supplier

    assert story(Q(supplier=supplier)) == story()


def test_nothing_is_told_of_cases_that_the_reader_does_not_see(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    (told,) = stories(Q(number="7K04B8"), among=Case.objects.none())

    assert (told.exposed, told.linked, told.warmed) == ((), (), ())


def test_each_way_is_one_query_however_much_there_is(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    safety.attach(safety.receive(dose=safety.dose()))
    with CaptureQueriesContext(connection) as asked:
        story(Q(supplier__name="Northway Invented Wholesale"))
    with CaptureQueriesContext(connection) as back:
        lots_of(safety.supply.case)

    assert (len(asked), len(back)) == (1, 1)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(named=st.lists(st.booleans(), max_size=4))
def test_lot_to_cases_and_case_to_lots_are_inverse(safety: Safety, named: list[bool]) -> None:
    """Invariant 5: whatever reports name a dose or none, both sides say the same."""
    try:
        with transaction.atomic():
            for with_dose in named:
                safety.attach(safety.receive(dose=safety.dose() if with_dose else None))
            every = stories(Q(), among=Case.objects.all())
            there = {(one.gtin, one.number, case) for one in every for case in one.cases}
            back = {(*lot, case.reference) for case in Case.objects.all() for lot in lots_of(case)}
            assert there == back
            assert bool(there) == any(named)
            raise Undone
    except Undone:
        pass


class Undone(Exception):
    """Each example begins from the same rows."""


def test_the_pages_show_it_and_an_unknown_lot_is_not_found(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    client, supplier = signed_in(safety.coordinator), Lot.objects.get(number="7K04B8").supplier

    for page in (f"/safety/lots/{GTIN}/7K04B8/", f"/safety/suppliers/{supplier.pk}/"):
        text = client.get(page).content.decode()
        assert f"/cases/{safety.supply.case.reference}/safety/SC-1/" in text, page
    assert client.get(f"/safety/lots/{GTIN}/NOSUCH/").status_code == 404
    assert client.get("/safety/suppliers/999999/").status_code == 404
