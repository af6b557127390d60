"""A logger's file of 100,000 readings, from bytes to finding (bar: 1.5 times a plain streaming loop; issue 4).

``python -m tests.benchmarks templog [--readings N] [--rounds N]`` compares, shuffled in each round:

- *ours*: the file read by its mapping with every check, and all figures: crossings, gaps, kinetic mean, worst day;
- *limit*: a plain loop over the same file for the same figures, which checks nothing and refuses nothing;
- *bare*: a loop that knows extremes, one mean and how many excursions there were (told, not judged).

Exit status 1 above the bar, or when both do not give the same figures; 2 when the limit's interquartile spread exceeds
1.5 times.
"""

import argparse
import csv
import io
import json
import math
import random
import statistics
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.custody.cold_chain.figures import assess
from cases.custody.cold_chain.kinetic import KELVIN, USP
from cases.custody.cold_chain.logger_files import read_logger_file
from cases.custody.cold_chain.mappings import mappings
from tests.benchmarks.sweep import peak_memory

BAR, TOO_NOISY = 1.5, 1.5
LOW, HIGH, DAY = 2.0, 8.0, 86_400.0


def main(arguments: list[str]) -> int:
    """Measure, print one line of JSON, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks templog")
    parser.add_argument("--readings", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    content = journey(options.readings)
    works: dict[str, Callable[[], Any]] = {
        "ours": lambda: ours(content),
        "limit": lambda: limit(content),
        "bare": lambda: bare(content),
    }
    same = all(
        math.isclose(mine, other, abs_tol=1e-6) for mine, other in zip(ours(content), limit(content), strict=True)
    )
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(options.rounds):
        for name in random.sample(list(works), len(works)):
            began = time.perf_counter()
            works[name]()
            times[name].append((time.perf_counter() - began) * 1000)
    low, middle, high = statistics.quantiles(times["limit"], n=4)
    ratio, spread = statistics.median(times["ours"]) / middle, high / low
    print(
        json.dumps(
            {
                "readings": options.readings,
                "bar": BAR,
                "ratio": round(ratio, 2),
                "limit_spread": round(spread, 2),
                "same_figures": same,
                "memory_mb": round(peak_memory()),
                **{f"{name}_ms": round(statistics.median(values), 1) for name, values in times.items()},
            }
        )
    )
    if spread > TOO_NOISY:
        return 2
    return int(ratio > BAR or not same)


def journey(readings: int) -> bytes:
    """Readings in tenths every five minutes, mostly in range, now and then a warm stretch of some hours."""
    luck, celsius, begins = random.Random(7), 5.0, datetime(2026, 3, 2, tzinfo=UTC)
    lines = ["Serial,INV-1", "", "timestamp,temperature,mark"]
    for number in range(readings):
        celsius += (5 - celsius) * 0.05 + luck.uniform(-0.3, 0.3)
        warm = 5 if number % 20_000 in range(100, 140) else 0
        at = begins + timedelta(minutes=5 * number)
        lines.append(f"{at:%Y-%m-%dT%H:%M:%S},{min(max(celsius, 2.1), 7.4) + warm:.1f},")
    return "\n".join(lines).encode()


def ours(content: bytes) -> tuple[float, ...]:
    read = read_logger_file(content, mappings()["iso-comma"], storage="refrigerated")
    found = assess(read.series, "refrigerated")
    return (
        found.lowest, found.highest, found.above, found.below, found.unmonitored, len(found.excursions),
        found.kinetic_mean or 0.0, found.worst_kinetic_mean or 0.0,
    )  # fmt: skip


def rows_of(content: bytes) -> Any:
    rows = csv.reader(io.StringIO(content.decode()))
    for row in rows:
        if row and row[0] == "timestamp":
            return rows
    raise AssertionError("no headings")


def limit(content: bytes) -> tuple[float, ...]:
    """One pass, straight lines between readings, a running window of a day; for steps of five minutes."""
    kelvin, longest = USP.kelvin, 600.0
    lowest, highest, above, below, unmonitored, excursions = math.inf, -math.inf, 0.0, 0.0, 0.0, 0
    area = measured = in_window = worst = 0.0
    window: deque[tuple[float, float, float]] = deque()
    last_at = last = last_rate = None
    for row in rows_of(content):
        at, value = datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp(), float(row[1])
        rate = math.exp(-kelvin / (value + KELVIN))
        lowest, highest = min(lowest, value), max(highest, value)
        if last_at is not None and last is not None and last_rate is not None:
            step = at - last_at
            if step > longest:
                unmonitored += step / 60
            else:
                part = (rate + last_rate) / 2 * step
                area, measured, in_window = area + part, measured + step, in_window + part
                window.append((last_at, part, step))
                while at - window[0][0] > DAY:
                    in_window -= window.popleft()[1]
                if at - window[0][0] == DAY:
                    worst = max(worst, in_window)
                if value > HIGH or last > HIGH:
                    above += step * (
                        1 if value > HIGH and last > HIGH else (max(value, last) - HIGH) / abs(value - last)
                    )
                if value < LOW or last < LOW:
                    part = 1 if value < LOW and last < LOW else (LOW - min(value, last)) / abs(value - last)
                    below += step * part
        if not LOW <= value <= HIGH and (last is None or LOW <= last <= HIGH):
            excursions += 1
        last_at, last, last_rate = at, value, rate
    return (
        lowest, highest, above / 60, below / 60, unmonitored, excursions,
        USP.temperature(area / measured), USP.temperature(worst / DAY),
    )  # fmt: skip


def bare(content: bytes) -> tuple[float, ...]:
    """What the fewest lines know."""
    total, count, lowest, highest, excursions, was_out = 0.0, 0, math.inf, -math.inf, 0, False
    for row in rows_of(content):
        datetime.fromisoformat(row[0])
        value = float(row[1])
        total, count = total + math.exp(-10_000 / (value + KELVIN)), count + 1
        lowest, highest = min(lowest, value), max(highest, value)
        is_out = not LOW <= value <= HIGH
        excursions, was_out = excursions + (is_out and not was_out), is_out
    return lowest, highest, excursions, USP.temperature(total / count)
