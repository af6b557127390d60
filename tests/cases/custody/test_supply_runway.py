"""The supply runway: what is in hand, what joins when, and the days without medicine between."""

from datetime import date

import pytest

from cases.custody.fold import ACTS
from cases.custody.said import SAID
from cases.custody.web.runway import Supply

TODAY = date(2026, 11, 25)


def test_what_was_dispensed_runs_down_day_by_day_to_what_is_in_hand() -> None:
    supply = Supply(TODAY, date(2026, 12, 10), [(date(2026, 11, 1), 28), (date(2026, 11, 20), 12)], [])
    assert supply.on_hand == 16
    assert supply.recorded() == [
        (date(2026, 11, 1), 0),
        (date(2026, 11, 1), 28),
        (date(2026, 11, 20), 9),
        (date(2026, 11, 20), 21),
        (TODAY, 16),
    ]
    assert supply.forecast() == [(TODAY, 16), (date(2026, 12, 11), 0)]


def test_a_time_without_medicine_lies_on_the_ground() -> None:
    supply = Supply(TODAY, date(2026, 12, 17), [(date(2026, 10, 1), 28), (date(2026, 11, 20), 28)], [])
    assert supply.recorded()[:4] == [
        (date(2026, 10, 1), 0),
        (date(2026, 10, 1), 28),
        (date(2026, 10, 29), 0),
        (date(2026, 11, 20), 0),
    ]


@pytest.mark.parametrize(
    ("arrival", "gap"),
    [
        (date(2026, 12, 9), None),  # given on the 10th, the last day with medicine
        (date(2026, 12, 10), None),  # given on the 11th, the first day without
        (date(2026, 12, 11), (date(2026, 12, 11), date(2026, 12, 11))),
        (date(2026, 12, 20), (date(2026, 12, 11), date(2026, 12, 20))),
    ],
)
def test_a_consignment_joins_a_day_after_it_arrives(arrival: date, gap: tuple[date, date] | None) -> None:
    supply = Supply(TODAY, date(2026, 12, 10), [], [("C-2", date(2026, 12, 1), arrival, 28, False)])
    assert supply.gap == gap


def test_what_joins_in_time_is_added_to_what_is_left_and_what_joins_late_begins_at_nought() -> None:
    in_time = Supply(TODAY, date(2026, 12, 10), [], [("C-2", TODAY, date(2026, 12, 4), 28, False)])
    assert in_time.forecast() == [
        (TODAY, 16),
        (date(2026, 12, 5), 6),
        (date(2026, 12, 5), 34),
        (date(2027, 1, 8), 0),
    ]
    late = Supply(TODAY, date(2026, 11, 30), [], [("C-2", TODAY, date(2026, 12, 4), 28, False)])
    assert late.forecast() == [
        (TODAY, 6),
        (date(2026, 12, 1), 0),
        (date(2026, 12, 5), 0),
        (date(2026, 12, 5), 28),
        (date(2027, 1, 2), 0),
    ]


def test_what_has_run_out_is_nought_in_hand_and_the_gap_goes_on() -> None:
    supply = Supply(TODAY, date(2026, 11, 20), [], [])
    assert (supply.on_hand, supply.gap) == (0, (date(2026, 11, 21), date(2026, 12, 22)))


def test_nothing_is_drawn_of_what_is_not_known() -> None:
    supply = Supply(TODAY, None, [], [])
    assert (supply.on_hand, supply.recorded(), supply.forecast(), supply.gap) == (None, [], [], None)


def test_every_act_of_the_ledger_has_its_words_at_the_desk() -> None:
    assert set(SAID) == set(ACTS)
    assert len(set(SAID.values())) == len(SAID)
