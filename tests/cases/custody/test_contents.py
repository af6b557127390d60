"""A pack is accounted for to the last tablet: dispensed in parts, opened, wasted, brought back, destroyed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.custody.contents import KINDS, PLACES, Overdrawn, accounts, days_in_part
from cases.custody.contents_book import accounts_of, days_by_event
from cases.custody.models import ContentEntry, PackOpening, Unit
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import Case, Medicine
from tests.cases.custody.builders import ARRIVED, DISPENSED, HOUR, Supply, build_supply
from tests.laid import laid
from tests.written import refused_and_nothing_written

ENTRIES = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 40)), max_size=40)


@laid
def tablets(db: None) -> Supply:
    """Two packs of 30, accepted."""
    supply = build_supply()
    supply.plan()
    supply.order()
    supply.allocate(content="30")
    supply.release()
    supply.dispatch()
    supply.arrive()
    supply.inspect()
    supply.measure()
    supply.decide()
    supply.accept()
    return supply


def unit(supply: Supply, serial: str = "SN-1-1") -> Unit:
    return Unit.objects.get(case=supply.case, serial=serial)


def held(supply: Supply, serial: str = "SN-1-1") -> dict[str, int]:
    pack = unit(supply, serial)
    return {place: amount for place, amount in accounts_of([pack])[pack.pk].items() if amount}


def part(supply: Supply, count: int, *, serial: str = "SN-1-1", hours: int = 5) -> None:
    at = ARRIVED + hours * HOUR
    supply.do(
        "dispense_part", by=supply.house.receiving, now=at, unit=unit(supply, serial), count=count, dispensed_at=at
    )


def refused(supply: Supply, verb: str, code: str, **facts: Any) -> str:
    """Why that one requirement stands in the way; nothing is written."""
    before = ContentEntry.objects.count(), supply.case.custody_events.count()
    with pytest.raises(RequirementsUnmet) as refusal:
        supply.do(
            verb, by=facts.pop("by", supply.house.receiving), now=DISPENSED, reason="An invented reason.", **facts
        )  # type: ignore[arg-type]
    assert (ContentEntry.objects.count(), supply.case.custody_events.count()) == before
    assert [line.code for line in refusal.value.unmet] == [code]
    return str(refusal.value.unmet[0].fact)


@given(content=st.integers(1, 60), entries=ENTRIES)
def test_i2_what_was_received_is_always_somewhere_and_nothing_is_below_zero(
    content: int, entries: list[tuple[str, int]]
) -> None:
    taken: list[tuple[str, int]] = []
    for kind, amount in entries:
        there = accounts(content, taken)[KINDS[kind].source]
        if there < amount:
            with pytest.raises(Overdrawn, match=rf"^{amount} were to be taken, but {there} are"):
                accounts(content, [*taken, (kind, amount)])
            continue
        taken.append((kind, amount))
        found = accounts(content, taken)
        assert sum(found.values()) == content
        assert min(found.values()) >= 0
        assert found.keys() == PLACES.keys()


@given(days=st.integers(0, 400), parts=st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_the_days_in_all_parts_are_the_days_in_the_whole(days: int, parts: list[int]) -> None:
    before, found = 0, []
    for amount in parts:
        found.append(days_in_part(days, of=sum(parts), before=before, amount=amount))
        before += amount
    assert sum(found) == days
    assert min(found) >= 0


def test_a_part_leaves_the_shelf_and_moves_the_run_out_day_by_its_days(tablets: Supply) -> None:
    part(tablets, 20)
    assert held(tablets) == {"shelf": 10, "patient": 20}
    assert (unit(tablets).state, tablets.consignment().state) == ("accepted", "accepted")
    # 28 days in 60 tablets: 9 whole days in 20 of them, the first of them 6 March.
    assert Case.objects.get(pk=tablets.case.pk).runs_out_on == date(2026, 3, 14)


def test_the_rest_brings_exactly_the_days_that_are_left(tablets: Supply) -> None:
    part(tablets, 20)
    later = ARRIVED + 6 * HOUR
    tablets.do("dispense", by=tablets.house.receiving, now=later, dispensed_at=later)
    assert (held(tablets), held(tablets, "SN-1-2")) == ({"patient": 30}, {"patient": 30})
    assert [days for _, days in days_by_event([tablets.consignment()])] == [9, 19]
    assert Case.objects.get(pk=tablets.case.pk).runs_out_on == date(2026, 3, 6) + timedelta(days=27)


def test_the_last_of_a_pack_makes_it_dispensed_and_the_last_of_all_is_no_part(tablets: Supply) -> None:
    part(tablets, 30)
    assert (unit(tablets).state, unit(tablets, "SN-1-2").state) == ("dispensed", "accepted")
    told = refused(
        tablets, "dispense_part", "ContentCoversIt", unit=unit(tablets, "SN-1-2"), count=30, dispensed_at=DISPENSED
    )
    assert told == "30 is all that is left of the consignment: record the dispensing of it, not of a part."


def test_no_more_is_dispensed_than_is_on_the_shelf(tablets: Supply) -> None:
    part(tablets, 20)
    told = refused(tablets, "dispense_part", "ContentCoversIt", unit=unit(tablets), count=11, dispensed_at=DISPENSED)
    assert told == "10 of SN-1-1 are on the shelf; 11 to be taken."


def test_a_dose_draws_on_what_the_patient_has_and_needs_something_dispensed(tablets: Supply) -> None:
    house = tablets.house
    told = refused(tablets, "record_dose", "ContentCoversIt", amount="150 mg", given_at=DISPENSED)
    assert told == "Nothing of C-1 was dispensed yet."
    part(tablets, 3)
    other = unit(tablets, "SN-1-2")
    told = refused(tablets, "record_dose", "ContentCoversIt", unit=other, amount="150 mg", given_at=DISPENSED)
    assert told == "Nothing of SN-1-2 was dispensed yet."
    tablets.do(
        "record_dose", by=house.receiving, now=DISPENSED, unit=unit(tablets), amount="150 mg", count=2,
        given_at=DISPENSED,
    )  # fmt: skip
    assert held(tablets) == {"shelf": 27, "patient": 1, "given": 2}
    told = refused(
        tablets, "record_dose", "ContentCoversIt", unit=unit(tablets), amount="150 mg", count=2, given_at=DISPENSED
    )
    assert told == "1 of SN-1-1 is with the patient; 2 to be taken."


def test_an_opened_pack_is_used_within_its_time(tablets: Supply) -> None:
    opened = ARRIVED + 4 * HOUR
    given = {"unit": unit(tablets), "opened_at": opened}
    assert refused(tablets, "open_pack", "OpenedOnceWithAnEnd", **given) == (
        "The time in use of orvelumab 150 mg/mL is not known: type it from the leaflet, and say from where."
    )
    told = refused(tablets, "open_pack", "OpenedOnceWithAnEnd", use_before=opened + HOUR, **given)
    assert told == "Say from where that time is: the leaflet's section, or who was asked."
    tablets.do(
        "open_pack", by=tablets.house.receiving, now=DISPENSED, use_before=opened + HOUR, basis="leaflet, 6.3", **given
    )
    told = refused(tablets, "dispense_part", "OpenedPackStillGood", unit=unit(tablets), count=1, dispensed_at=DISPENSED)
    assert told == "SN-1-1 was to be used before 2026-03-06 14:20 UTC (leaflet, 6.3)."
    part(tablets, 1, hours=4)
    part(tablets, 1, serial="SN-1-2")
    assert refused(tablets, "open_pack", "OpenedOnceWithAnEnd", **given) == (
        "SN-1-1 was opened 2026-03-06 13:20 UTC already."
    )


def test_a_basis_longer_than_is_kept_with_the_opening_is_refused_and_named(tablets: Supply) -> None:
    with refused_and_nothing_written(FactsInvalid) as refusal:
        tablets.do(
            "open_pack", by=tablets.house.receiving, now=DISPENSED, unit=unit(tablets), opened_at=DISPENSED,
            use_before=DISPENSED + HOUR, basis="x" * 121,
        )  # fmt: skip

    told = "121 characters were given, at most 120 are kept. Shorten it."
    assert refusal.value.errors == {"basis": [told]}


def test_a_listed_time_in_use_is_counted_from_the_opening(tablets: Supply) -> None:
    with acting(by=tablets.house.administrator, verb="tests.medicine.listed", business_at=ARRIVED):
        Medicine.objects.filter(pk=tablets.case.medicine_id).update(in_use_hours=24)
    tablets.do("open_pack", by=tablets.house.receiving, now=DISPENSED, unit=unit(tablets), opened_at=DISPENSED)
    opening = PackOpening.objects.get()
    assert (opening.use_before, opening.basis) == (
        DISPENSED + timedelta(hours=24),
        "24 hours, as the medicine is listed",
    )


def test_waste_needs_a_second_person_and_empties_the_pack(tablets: Supply) -> None:
    house = tablets.house
    given = {"unit": unit(tablets), "what": "waste", "done_at": DISPENSED}
    told = refused(tablets, "waste", "WitnessIsAnother", count=1, witness=house.receiving, **given)
    assert told == "J. Whitlock records it, J. Whitlock witnesses."
    tablets.do("waste", by=house.receiving, now=DISPENSED, reason="Dropped.", count=30, witness=house.doctor, **given)
    assert (held(tablets), unit(tablets).state) == ({"wasted": 30}, "destroyed")
    # What is left of the consignment can still be dispensed, and has the days of what is left.
    tablets.dispense()
    assert (held(tablets, "SN-1-2"), unit(tablets, "SN-1-2").state) == ({"patient": 30}, "dispensed")
    assert [days for _, days in days_by_event([tablets.consignment()])] == [14]


def test_the_rest_of_a_pack_in_use_is_wasted_and_what_the_patient_has_can_still_be_given(tablets: Supply) -> None:
    house = tablets.house
    part(tablets, 20)
    given = {"unit": unit(tablets), "what": "destroy", "done_at": DISPENSED, "witness": house.doctor}
    tablets.do("destroy_part", by=house.receiving, now=DISPENSED, reason="Damp.", count=10, **given)
    tablets.do(
        "record_dose", by=house.receiving, now=DISPENSED, unit=unit(tablets), amount="2 tablets", count=2,
        given_at=DISPENSED,
    )  # fmt: skip
    assert (held(tablets), unit(tablets).state) == ({"patient": 18, "given": 2, "destroyed": 10}, "dispensed")


def test_what_a_patient_brings_back_is_never_stock_again(tablets: Supply) -> None:
    house = tablets.house
    part(tablets, 20)
    tablets.do(
        "bring_back", by=house.receiving, now=DISPENSED, reason="The dose was lowered.", unit=unit(tablets), count=12,
        brought_back_at=DISPENSED,
    )  # fmt: skip
    assert held(tablets) == {"shelf": 10, "patient": 8, "back": 12}
    told = refused(tablets, "dispense_part", "ContentCoversIt", unit=unit(tablets), count=12, dispensed_at=DISPENSED)
    assert told == "10 of SN-1-1 are on the shelf; 12 to be taken."
    tablets.do(
        "destroy_part", by=house.receiving, now=DISPENSED, reason="Brought back.", unit=unit(tablets), count=12,
        what="destroy_back", done_at=DISPENSED, witness=house.doctor,
    )  # fmt: skip
    assert held(tablets) == {"shelf": 10, "patient": 8, "destroyed": 12}


@pytest.mark.parametrize(("verb", "place"), [("destroy", "destroyed"), ("give_back", "returned")])
def test_the_end_of_a_consignment_ends_what_is_on_its_shelf(tablets: Supply, verb: str, place: str) -> None:
    part(tablets, 30)
    part(tablets, 20, serial="SN-1-2")
    more = {"witness": tablets.house.doctor} if verb == "destroy" else {}
    tablets.do(verb, by=tablets.house.coordinator, now=DISPENSED, reason="The therapy ended.", **more)
    assert (held(tablets), held(tablets, "SN-1-2")) == ({"patient": 30}, {"patient": 20, place: 10})
    assert (unit(tablets).state, unit(tablets, "SN-1-2").state) == ("dispensed", place)


def test_a_late_reading_puts_back_only_what_is_still_there(tablets: Supply) -> None:
    part(tablets, 30)
    tablets.measure(now=DISPENSED, lowest_c="2.9", highest_c="17.4", minutes_outside=90)
    assert (unit(tablets).state, unit(tablets, "SN-1-2").state) == ("dispensed", "quarantine")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"amount": 31}, "31 taken from shelf, where 30 are"),
        ({"kind": "give"}, "1 taken from patient, where 0 are"),
        ({"kind": "waste"}, "content_entry_is_witnessed"),
        ({"amount": 0}, "content_entry_moves_something"),
    ],
)
def test_the_database_refuses_what_the_account_does_not_cover(tablets: Supply, more: dict[str, Any], said: str) -> None:
    pack = unit(tablets)
    given: dict[str, Any] = {
        "kind": "dispense",
        "amount": 1,
        "event_seq": 1,
        "at": ARRIVED,
        "recorded_at": ARRIVED,
    } | more
    with (
        acting(by=tablets.house.coordinator, verb="tests.entry", business_at=ARRIVED),
        pytest.raises(IntegrityError, match=said),
        transaction.atomic(),
    ):
        ContentEntry.objects.create(case=tablets.case, unit=pack, recorded_by=tablets.house.coordinator, **given)
