"""Mean kinetic temperature against published figures and against what must be true of any mean."""

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.custody.cold_chain.kinetic import METHODS, Ageing, Arrhenius
from cases.custody.cold_chain.series import Series

HOUR = 3600.0


def mean(hours: list[float], celsius: list[float], method: str = "trapezoid") -> float:
    series = Series.of(zip((hour * HOUR for hour in hours), celsius, strict=True))
    return Ageing(series, method).mean()  # type: ignore[arg-type]


def hourly(celsius: list[float], method: str = "equal") -> float:
    return mean([float(hour) for hour in range(len(celsius))], celsius, method)


# name in the table -> its readings, written out
VECTORS: dict[str, tuple[list[float], list[float]]] = {
    "constant": (list(range(25)), [5.0] * 25),
    "last reading warm": (list(range(25)), [5.0] * 24 + [15.0]),
    "five warm hours": (list(range(25)), [5.0] * 10 + [15.0] * 6 + [5.0] * 9),
    "uneven": ([0, 1, 2, 12, 24], [5, 9, 12, 6, 5]),
    "one warm hour": (list(range(24)), [5.0] * 23 + [15.0]),
    "six warm hours": (list(range(24)), [5.0] * 18 + [15.0] * 6),
    "peak outside the band": (list(range(24)), [5.0] * 23 + [25.0]),
}
UNNAMED = {"4;4;4;4;16": [4, 4, 4, 4, 16], "20;25;30": [20, 25, 30]}


@pytest.mark.standards
def test_agrees_with_every_published_vector(standards: Path) -> None:
    with (standards / "mkt_vectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len(rows) == 11
    for row in rows:
        hours, celsius = VECTORS.get(row["name"]) or (list(range(9)), UNNAMED[row["celsius"]])
        assert mean(hours[: len(celsius)], celsius, row["method"]) == pytest.approx(
            float(row["mkt_celsius"]), abs=0.01
        ), row


@pytest.mark.parametrize(
    ("hours", "celsius", "method", "expected"),
    [
        ([0, 6, 7, 24], [22, 31, 38, 23], "trapezoid", 32.08),
        ([0, 6, 7, 24], [22, 31, 38, 23], "step", 35.51),
        ([0, 1, 1, 2], [5, 9, 11, 5], "trapezoid", 7.87),
        ([0, 1, 1, 2], [5, 9, 11, 5], "step", 7.87),
    ],
)
def test_agrees_with_published_code(hours: list[float], celsius: list[float], method: str, expected: float) -> None:
    """Tong and Lock 2015; two readings of one instant are averaged."""
    assert mean(hours, celsius, method) == pytest.approx(expected, abs=0.005)


def test_one_hour_at_25_is_under_8_as_a_mean() -> None:
    """Why the mean releases nothing: 25 °C is outside 2 to 15 whatever it says."""
    assert hourly([5.0] * 23 + [25.0]) == pytest.approx(7.7564, abs=0.0005)


def test_a_window_of_its_own_finds_the_warm_day_in_a_cool_month() -> None:
    celsius = [5.0] * 24 * 14 + [12.0] * 24 + [5.0] * 24 * 15
    series = Series.of((hour * HOUR, value) for hour, value in enumerate(celsius))
    ageing = Ageing(series, "step")
    assert ageing.mean() == pytest.approx(5.358, abs=0.001)
    assert ageing.worst(24 * HOUR) == pytest.approx(12.0, abs=1e-9)


def test_what_was_not_measured_counts_neither_way() -> None:
    series = Series.of([(0, 5.0), (HOUR, 5.0), (2 * HOUR, 20.0), (50 * HOUR, 20.0)])
    assert Ageing(series, "step", longest=2 * HOUR).mean() == pytest.approx(5.0, abs=1e-9)


temperatures = st.lists(st.floats(-20, 45).map(lambda value: round(value, 1)), min_size=2, max_size=60)


@given(temperatures, st.sampled_from(METHODS))
def test_lies_between_the_extremes(celsius: list[float], method: str) -> None:
    assert min(celsius) - 1e-6 <= hourly(celsius, method) <= max(celsius) + 1e-6


@given(temperatures)
def test_is_at_least_the_arithmetic_mean_and_knows_no_order(celsius: list[float]) -> None:
    assert hourly(celsius) >= math.fsum(celsius) / len(celsius) - 1e-6
    assert hourly(sorted(celsius)) == pytest.approx(hourly(celsius), abs=1e-6)


@given(temperatures, st.integers(0, 1000))
def test_a_reading_more_on_a_step_changes_nothing(celsius: list[float], place: int) -> None:
    hours = [float(hour) for hour in range(len(celsius))]
    at = place % (len(celsius) - 1)
    more = sorted([*zip(hours, celsius, strict=True), (at + 0.5, celsius[at])])
    split = mean([hour for hour, _ in more], [value for _, value in more], "step")
    assert split == pytest.approx(mean(hours, celsius, "step"), abs=1e-6)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(-5, 40)), min_size=3, max_size=40),
    st.sampled_from(["trapezoid", "step"]),
    st.integers(1, 30),
)
def test_the_worst_window_is_that_of_a_count_by_hand(
    readings: list[tuple[int, float]], method: str, hours: int
) -> None:
    """Against a sum over slices of a minute, window by window."""
    at, series = 0, []
    for step, value in readings:
        at += step * 60
        series.append((float(at), value))
    window = hours * 60
    whole = Series.of(series)
    found = Ageing(whole, method).worst(window)  # type: ignore[arg-type]
    if whole.at[-1] - whole.at[0] <= window:
        assert found == Ageing(whole, method).mean()  # type: ignore[arg-type]
        return
    rates = Arrhenius().rates(whole.celsius)
    minutes = []
    for index, (left, right) in enumerate(zip(whole.at, whole.at[1:], strict=False)):
        for minute in range(int(left), int(right), 60):
            part = (minute + 30 - left) / (right - left)
            low, high = rates[index], rates[index + 1]
            minutes.append(low if method == "step" else low + (high - low) * part)
    ends = [int(end - whole.at[0]) // 60 for end in whole.at if end - whole.at[0] >= window]
    worst = max(math.fsum(minutes[end - hours : end]) / hours for end in ends)
    assert found == pytest.approx(Arrhenius().temperature(worst), abs=1e-6)
