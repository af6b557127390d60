"""Days in hand against days needed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.custody.continuity import Continuity, Needs, runs_out_after

DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2035, 12, 31))


@pytest.mark.parametrize(
    ("dispensed_on", "days", "runs_out_on", "expected"),
    [
        (date(2026, 3, 6), 28, None, date(2026, 4, 2)),
        (date(2026, 3, 6), 1, None, date(2026, 3, 6)),
        (date(2026, 3, 6), 28, date(2026, 3, 5), date(2026, 4, 2)),
        (date(2026, 3, 6), 28, date(2026, 3, 6), date(2026, 4, 3)),
        (date(2026, 3, 6), 28, date(2026, 3, 20), date(2026, 4, 17)),
        (date(2028, 2, 28), 2, None, date(2028, 2, 29)),
    ],
)
def test_counts_the_run_out_from_dispensing(
    dispensed_on: date, days: int, runs_out_on: date | None, expected: date
) -> None:
    assert runs_out_after(dispensed_on=dispensed_on, days_of_therapy=days, runs_out_on=runs_out_on) == expected


@given(DAYS, st.integers(1, 120), DAYS)
def test_never_shortens_what_is_in_hand(dispensed_on: date, days: int, runs_out_on: date) -> None:
    after = runs_out_after(dispensed_on=dispensed_on, days_of_therapy=days, runs_out_on=runs_out_on)

    assert after - max(runs_out_on, dispensed_on - timedelta(days=1)) == timedelta(days=days)


def test_gives_the_slack_of_the_case_card() -> None:
    card = Continuity(
        today=date(2026, 12, 2),
        runs_out_on=date(2026, 12, 17),
        needs=Needs(renewal_days=6, shipping_days=5, receiving_days=1),
    )

    assert (card.on_hand_days, card.slack_days, card.begin_by) == (16, 4, date(2026, 12, 5))
    assert card.as_sentence() == "Slack 4 days: 16 days in hand, 12 still needed"


def test_says_that_what_is_on_the_way_is_counted() -> None:
    card = Continuity(date(2026, 12, 2), date(2026, 12, 2), Needs(margin_days=7), with_under_way=True)

    assert (card.slack_days, card.begin_by) == (-6, date(2026, 11, 25))
    assert card.as_sentence() == "Slack −6 days: 1 day in hand or on the way, 7 still needed"


def test_shows_a_negative_slack() -> None:
    card = Continuity(today=date(2026, 12, 2), runs_out_on=date(2026, 12, 1), needs=Needs(sourcing_days=1))

    assert (card.on_hand_days, card.slack_days) == (0, -1)
    assert card.as_sentence() == "Slack −1 day: 0 days in hand, 1 still needed"


@given(DAYS, DAYS, st.integers(0, 200))
def test_has_no_slack_left_after_the_last_day_to_begin(today: date, runs_out_on: date, needed: int) -> None:
    card = Continuity(today=today, runs_out_on=runs_out_on, needs=Needs(sourcing_days=needed))

    assert (card.slack_days >= 1) == (today <= card.begin_by)
