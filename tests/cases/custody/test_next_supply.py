"""What the next supply needs: own times before rules of the house, each part with what it rests on."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from cases import clock
from cases.audit.context import acting
from cases.custody import next_supply as rooms
from cases.custody.models import Consignment
from cases.custody.next_supply import NextSupply, Part, continuity_of, next_supply, nine_in_ten
from cases.custody.web.runway import Supply as Drawn
from cases.deadlines.models import Deadline
from cases.models import Case
from tests.cases.custody.builders import DISPATCHED, DISPENSED, Supply

LEAVE_30 = Part("Leave of the authority", 30, "stated")
UNKNOWN = Part("Leave of the authority", None, "nobody knows")


def fresh(supply: Supply) -> Case:
    return Case.objects.get(pk=supply.case.pk)


def test_what_the_house_has_not_seen_is_a_rule_of_the_house_and_says_so(supply: Supply) -> None:
    found = next_supply(supply.case, lasts_to=None, now=DISPATCHED)

    assert [(part.label, part.days) for part in found.parts] == [
        ("Leave of the authority", 0),
        ("Sourcing", 7),
        ("Shipping", 5),
        ("Receiving", 1),
        ("Margin", 8),
    ]
    assert found.sourcing.basis == "fewer than 3 own ones were seen; house rule C-96, version 1"
    assert found.shipping.basis.endswith("; house rule C-94, version 1")
    assert [part.is_house_rule for part in found.parts] == [False, True, True, True, True]
    assert (found.needs.total_days, found.is_whole) == (21, True)


def test_own_times_come_first_and_nine_in_ten_took_no_longer(supply: Supply) -> None:
    with acting(by=supply.house.coordinator, verb="tests.laid", business_at=DISPATCHED):
        for number, (sourced, shipped) in enumerate([(2, 3), (3, 2), (19, 11)], start=1):
            one = Consignment.objects.create(
                case=supply.case,
                number=number,
                institution=supply.case.institution,
                quantity=1,
                unit="vial",
                planned_dispatch_on=DISPATCHED.date(),
                planned_arrival_on=DISPATCHED.date(),
            )
            times = {
                "ordered_at": DISPATCHED - timedelta(days=sourced),
                "dispatched_at": DISPATCHED,
                "arrived_at": DISPATCHED + timedelta(days=shipped, minutes=-30),
            }
            Consignment.objects.filter(pk=one.pk).update(**times)
    found = next_supply(supply.case, lasts_to=None, now=DISPATCHED)

    assert (found.sourcing.days, found.shipping.days, found.margin.days) == (19, 11, 7)
    assert found.sourcing.basis == "nine in ten of 3 own consignments of this medicine took no longer"
    assert found.shipping.basis == "nine in ten of 3 own consignments to United Kingdom took no longer"
    assert found.needs.total_days == 38


@pytest.mark.parametrize(("days", "told"), [([4], 4), ([9, 1, 5], 9), (range(1, 11), 9), (range(1, 21), 18)])
def test_nine_in_ten_is_the_nearest_rank(days: list[int], told: int) -> None:
    assert nine_in_ten(days) == told


@pytest.mark.parametrize(
    ("lasts_to", "arrives_on"),
    [(None, date(2026, 3, 16)), (date(2026, 3, 10), date(2026, 3, 16)), (date(2026, 5, 1), date(2026, 5, 1))],
)
def test_leave_is_asked_for_the_day_by_which_the_supply_must_be_there(
    supply: Supply, monkeypatch: pytest.MonkeyPatch, lasts_to: date | None, arrives_on: date
) -> None:
    asked: list[date] = []
    monkeypatch.setattr(rooms, "_LEAVE", [lambda case, one: asked.append(one.arrives_on) or LEAVE_30])

    next_supply(supply.case, lasts_to=lasts_to, now=DISPATCHED)

    # 4 March, and 12 days of sourcing and shipping.
    assert asked == [arrives_on]


def test_a_part_that_nobody_knows_counts_nothing_and_is_told(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_LEAVE", [lambda case, asked: UNKNOWN])
    found = next_supply(supply.case, lasts_to=None, now=DISPATCHED)

    assert (found.leave.days, found.needs.total_days, found.is_whole) == (None, 21, False)


@pytest.mark.usefixtures("dispensed")
def test_the_run_out_is_worked_for_as_long_as_the_next_supply_needs(
    supply: Supply, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_out = Deadline.objects.get(kind="custody.run_out")
    assert (run_out.due_on, run_out.act_on, run_out.lead) == (date(2026, 4, 2), date(2026, 3, 12), timedelta(days=21))
    monkeypatch.setattr(rooms, "_LEAVE", [lambda case, asked: LEAVE_30])

    supply.take("cases.case.note_run_out", by=supply.house.coordinator, now=DISPENSED, runs_out_on="2026-06-01")

    run_out = Deadline.objects.get(kind="custody.run_out")
    # 30 of leave, 7, 5 and 1, and a week.
    assert (run_out.lead, run_out.act_on) == (timedelta(days=50), date(2026, 4, 12))
    found = continuity_of(fresh(supply), lasts_to=date(2026, 6, 1), now=DISPENSED)
    assert found is not None
    assert (found[0].slack_days, found[0].begin_by) == (38, date(2026, 4, 12))


@pytest.mark.usefixtures("dispensed")
def test_what_is_under_way_needs_no_leave_and_what_came_to_nothing_begins_anew(
    supply: Supply, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lead() -> int:
        return Deadline.objects.get(kind="custody.run_out").lead.days

    monkeypatch.setattr(rooms, "_LEAVE", [lambda case, asked: LEAVE_30])
    supply.take("cases.case.note_run_out", by=supply.house.coordinator, now=DISPENSED, runs_out_on="2026-06-01")
    assert lead() == 50
    days = {"planned_dispatch_on": "2026-03-10", "planned_arrival_on": "2026-03-12"}
    facts = {"quantity": "2", "days_of_therapy": 28} | days
    supply.take("custody.consignment.plan", by=supply.house.coordinator, now=DISPENSED, **facts)
    assert lead() == 50

    order = {"supplier": supply.supplier, "order_number": "PO-2"}
    supply.do("order", by=supply.house.coordinator, now=DISPENSED, number=2, **order)
    assert lead() == 21

    supply.do("cancel", by=supply.house.coordinator, now=DISPENSED, number=2, reason="The supplier has none.")
    assert lead() == 50


def test_nothing_is_counted_while_no_run_out_day_is_known(supply: Supply) -> None:
    assert continuity_of(supply.case, lasts_to=None, now=DISPATCHED) is None


@pytest.mark.parametrize(
    ("arriving", "lasts_to"),
    [
        ([], date(2026, 12, 10)),
        ([("C-2", date(2026, 12, 1), date(2026, 12, 10), 28, False)], date(2027, 1, 7)),
        ([("C-2", date(2026, 12, 1), date(2026, 12, 11), 28, False)], None),
        (
            [
                ("C-3", date(2026, 12, 1), date(2027, 1, 7), 10, False),
                ("C-2", date(2026, 12, 1), date(2026, 12, 2), 28, True),
            ],
            date(2027, 1, 17),
        ),
    ],
)
def test_the_medicine_lasts_over_what_comes_in_time(
    arriving: list[tuple[str, date, date, int, bool]], lasts_to: date | None
) -> None:
    assert Drawn(date(2026, 11, 25), date(2026, 12, 10), [], arriving).lasts_to == lasts_to


def test_the_sum_is_of_the_parts() -> None:
    parts = [Part(str(n), n, "") for n in (1, 2, 4, 8, 16)]

    assert NextSupply(*parts).needs.total_days == 31


@pytest.mark.usefixtures("dispensed")
def test_the_page_says_of_each_part_what_it_rests_on_and_which_rule_nobody_reviewed(
    supply: Supply, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DISPENSED)
    monkeypatch.setattr(rooms, "_LEAVE", [lambda case, asked: LEAVE_30])
    client.force_login(supply.house.coordinator)

    page = client.get(f"/cases/{supply.case.reference}/supply/").content.decode()
    parts = page.split("What the next supply needs", 1)[1].split("is-total", 1)[0]
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in parts.split('<tr><th scope="row"')[1:]]

    mark = "No pharmacist has reviewed it"
    assert [row.lstrip("> ") for row in rows[:2]] == [
        "Leave of the authority 30 Stated",
        f"Sourcing 7 Fewer than 3 own ones were seen; house rule C-96, version 1 {mark}",
    ]
    assert [mark in row for row in rows] == [False, True, True, True, True]
