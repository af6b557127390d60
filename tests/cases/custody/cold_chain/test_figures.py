"""The figures of a journey, to the second, and the finding."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.custody.cold_chain.figures import Figures, assess
from cases.custody.cold_chain.series import Series
from cases.custody.cold_chain.storage import RULES
from cases.models import Medicine

USP = "USP <659>; USP <1079.2>, window of 24 hours"
BEGINS = datetime(2026, 3, 2, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return BEGINS + timedelta(minutes=minutes)


def series(*celsius: float, every: int = 60) -> Series:
    return Series.of((at(every * index).timestamp(), value) for index, value in enumerate(celsius))


def judged(*celsius: float, storage: str = "refrigerated", **more: object) -> Figures:
    return assess(series(*celsius), storage, **more)  # type: ignore[arg-type]


def test_every_storage_class_has_its_rule() -> None:
    assert set(RULES) == set(Medicine.Storage.values)
    assert all(rule.source and rule.confidence and rule.reviewed is False for rule in RULES.values())


def test_a_journey_in_range() -> None:
    found = judged(4, 5, 6, 5)
    assert (found.finding, found.lowest, found.highest, found.mean, found.outside) == ("in_range", 4, 6, 5, 0)
    assert (found.begins, found.ends, found.readings, found.interval) == (at(0), at(180), 4, 60)
    assert found.kinetic_mean == pytest.approx(5.19, abs=0.01)
    assert found.reasons[0] == "4.0 to 6.0 °C; the label allows 2 to 8 °C."


def test_between_readings_the_line_is_straight() -> None:
    """7 to 9 °C crosses 8 half way, 9 to 5 °C after a quarter: 30 minutes of warmth before, 15 after."""
    (one,) = judged(7, 9, 5).excursions
    assert (one.side, one.begins, one.ends, one.extreme) == ("too warm", at(30), at(75), 9)
    assert one.minutes == 45


def test_or_a_reading_holds_until_the_next() -> None:
    found = judged(7, 9, 5, method="step")
    assert [(one.begins, one.ends) for one in found.excursions] == [(at(60), at(120))]
    assert (found.above, found.below) == (60, 0)


def test_cold_and_warm_are_told_apart() -> None:
    found = judged(5, 1, 9, 5)
    assert [(one.side, one.extreme) for one in found.excursions] == [("too cold", 1), ("too warm", 9)]
    assert found.below == pytest.approx(15 + 7.5)
    assert found.above == pytest.approx(7.5 + 15)
    assert (found.kinetic_mean, found.worst_kinetic_mean) == (None, None)
    assert found.no_kinetic_mean.startswith("There is no kinetic mean below the range")


def test_one_hour_at_25_is_rejected_though_its_mean_is_under_8() -> None:
    found = judged(*[5.0] * 23, 25.0, method="equal")
    assert found.worst_kinetic_mean == pytest.approx(7.7564, abs=0.0005)
    assert found.finding == "excursion"
    assert (
        "Outside 2 to 15 °C, which no duration permits (USP <659>; USP <1079.2>, window of 24 hours)." in found.reasons
    )
    assert found.reasons[-1] == (
        "Mean kinetic temperature of the warmest 24 hours: 7.76 °C, at most 8 °C. "
        "It is information and releases nothing."
    )


def test_longer_than_permitted_is_said() -> None:
    found = judged(*[9.0] * 30)
    assert f"Within 2 to 15 °C, permitted for at most 24 hours; it was longer ({USP})." in found.reasons


@pytest.mark.parametrize("storage", ["frozen", "cryo"])
def test_there_is_no_mean_for_frozen_product(storage: str) -> None:
    celsius = {"frozen": -20.0, "cryo": -160.0}[storage]
    found = judged(celsius, celsius, storage=storage)
    assert (found.finding, found.kinetic_mean, found.worst_kinetic_mean) == ("in_range", None, None)
    assert found.no_kinetic_mean == "There is no kinetic mean for frozen product."


def test_a_gap_is_time_that_nobody_measured() -> None:
    readings = Series.of((at(minute).timestamp(), 5.0) for minute in (0, 10, 20, 30, 40, 60, 130, 140))
    found = assess(readings, "refrigerated")
    assert found.gaps == ((at(60), at(130)),)
    assert (found.unmonitored, found.finding) == (70, "unmonitored")
    assert found.no_kinetic_mean == "70 minutes were not measured: a mean would leave them out."
    assert "70 min were not measured." in found.reasons


def test_an_excursion_ends_where_the_measuring_ends() -> None:
    readings = Series.of([(at(m).timestamp(), v) for m, v in [(0, 5), (10, 9), (20, 9), (95, 9), (105, 5), (115, 5)]])
    found = assess(readings, "refrigerated")
    assert [(one.begins, one.ends) for one in found.excursions] == [
        (at(7.5), at(20)),
        (at(95), at(97.5)),
    ]
    assert (found.above, found.unmonitored) == (15, 75)


def test_the_budget_falls_by_the_time_outside() -> None:
    found = judged(7, 9, 5, budget=60)
    assert (found.budget_before, found.budget_after) == (60, 15)


def test_one_reading_is_no_record() -> None:
    assert judged(5).finding == "unmonitored"
    assert "One reading says nothing of the time before and after it." in judged(5).reasons
    assert "One reading" not in " ".join(judged(5, 5).reasons)
    with pytest.raises(ValueError, match="without a reading"):
        assess(Series.of([]), "refrigerated")


def test_packing_and_opening_cut_the_journey_out() -> None:
    cut = series(20, 5, 5, 20).between(at(60), at(120))
    assert assess(cut, "refrigerated").finding == "in_range"


@given(st.lists(st.integers(-30, 300).map(lambda tenth: tenth / 10), min_size=2, max_size=50))
def test_times_outside_are_those_of_a_count_by_the_second(celsius: list[float]) -> None:
    found = judged(*celsius)
    warm = cold = 0
    for left, right in pairwise(celsius):
        for second in range(3600):
            value = left + (right - left) * (second + 0.5) / 3600
            warm, cold = warm + (value > 8), cold + (value < 2)
    assert found.above == pytest.approx(warm / 60, abs=len(celsius) / 60)
    assert found.below == pytest.approx(cold / 60, abs=len(celsius) / 60)
    assert found == judged(*celsius)
    outside = any(value > 8 or value < 2 for value in celsius)
    assert found.finding == ("excursion" if outside else "in_range")


def test_what_is_missing_at_either_end_was_not_measured() -> None:
    found = judged(5, 5, 5, 5, covers=(at(-180), at(180 + 300)))
    assert found.gaps == ((at(-180), at(0)), (at(180), at(480)))
    assert (found.unmonitored, found.finding) == (480, "unmonitored")


def test_a_journey_that_is_covered_has_no_gap_at_its_ends() -> None:
    assert judged(5, 5, 5, 5, covers=(at(-60), at(240))).gaps == ()
    assert judged(5, covers=(at(-59), at(59))).gaps == ()
    assert judged(5, covers=(at(-61), at(0))).gaps == ((at(-61), at(0)),)
