"""The figures of one journey and the finding, with the method and every parameter, so that they come out alike again.

What the label range says decides: outside it is an excursion. The kinetic mean is information; there is none for frozen
product, none below the range (freezing is no ageing), and none where too much was not measured (domain.md, edge case
62; custody facts 8.2, I11).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cases.custody.cold_chain.kinetic import USP, Ageing, Arrhenius, Method
from cases.custody.cold_chain.series import Series, instant_of
from cases.custody.cold_chain.storage import HOUR, RULES, StorageRule

METHOD_VERSION = "exposure 1"
# Between readings further apart than so many usual steps nobody knows what the temperature was.
GAP_STEPS = 2.0
MOST_UNMONITORED = HOUR  # seconds; more, and the record is not complete (house rule)

Finding = Literal["in_range", "excursion", "unmonitored"]
Side = Literal["too cold", "too warm"]


@dataclass(frozen=True, slots=True)
class Excursion:
    """One stretch outside the label range; ``extreme`` in °C. Between readings the line is straight, or a step."""

    side: Side
    begins: datetime
    ends: datetime
    extreme: float

    @property
    def minutes(self) -> float:
        return (self.ends - self.begins).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Figures:
    """Temperatures in °C, durations in minutes, budget in minutes outside the range."""

    storage: str
    method: Method
    readings: int
    begins: datetime
    ends: datetime
    interval: float
    lowest: float
    highest: float
    mean: float
    above: float
    below: float
    unmonitored: float
    gaps: tuple[tuple[datetime, datetime], ...]
    excursions: tuple[Excursion, ...]
    kinetic_mean: float | None
    worst_kinetic_mean: float | None
    no_kinetic_mean: str
    finding: Finding
    reasons: tuple[str, ...]
    budget_before: float | None
    budget_after: float | None

    @property
    def outside(self) -> float:
        return self.above + self.below


def assess(
    series: Series,
    storage: str,
    *,
    method: Method = "trapezoid",
    constants: Arrhenius = USP,
    budget: float | None = None,
    covers: tuple[datetime | None, datetime | None] = (None, None),
) -> Figures:
    """Figures and finding of a series of at least one reading.

    :param covers: from when to when it had to be measured; what is missing at either end is unmonitored too.
    :param budget: minutes outside the range that are left before this journey, over all legs (PDA TR 53).
    :raises KeyError: for a storage class that is not known. :raises ValueError: for an empty series.
    """
    if not len(series):
        raise ValueError("A series without a reading has no figures.")
    rule = RULES[storage]
    step = series.usual_step
    longest = GAP_STEPS * step if step else math.inf
    gaps = (*_missing_before(series, covers[0], longest), *_gaps(series, longest))
    gaps = (*gaps, *_missing_after(series, covers[1], longest))
    excursions = tuple(_excursions(series, rule, method, longest))
    unmonitored = sum((end - begin).total_seconds() for begin, end in gaps)
    lowest, highest = min(series.celsius), max(series.celsius)
    above, below = (sum(one.minutes for one in excursions if one.side == side) for side in ("too warm", "too cold"))
    none, mean, worst = _why_no_mean(rule, lowest, unmonitored), None, None
    if not none and rule.window_hours is not None:
        ageing = Ageing(series, method, longest=longest, constants=constants)
        mean, worst = ageing.mean(), ageing.worst(rule.window_hours * HOUR)
    finding: Finding = (
        "excursion"
        if excursions
        else "unmonitored"
        if unmonitored > MOST_UNMONITORED or len(series) < 2
        else "in_range"
    )
    return Figures(
        storage=storage,
        method=method,
        readings=len(series),
        begins=series.begins,
        ends=series.ends,
        interval=step / 60,
        lowest=lowest,
        highest=highest,
        mean=math.fsum(series.celsius) / len(series),
        above=above,
        below=below,
        unmonitored=unmonitored / 60,
        gaps=gaps,
        excursions=excursions,
        kinetic_mean=mean,
        worst_kinetic_mean=worst,
        no_kinetic_mean=none,
        finding=finding,
        reasons=tuple(_reasons(rule, len(series), lowest, highest, above, below, unmonitored / 60, worst, none)),
        budget_before=budget,
        budget_after=None if budget is None else budget - above - below,
    )


def _missing_before(series: Series, begins: datetime | None, longest: float) -> Iterator[tuple[datetime, datetime]]:
    if begins is not None and (series.begins - begins).total_seconds() > min(longest, MOST_UNMONITORED):
        yield begins, series.begins


def _missing_after(series: Series, ends: datetime | None, longest: float) -> Iterator[tuple[datetime, datetime]]:
    if ends is not None and (ends - series.ends).total_seconds() > min(longest, MOST_UNMONITORED):
        yield series.ends, ends


def _gaps(series: Series, longest: float) -> Iterator[tuple[datetime, datetime]]:
    steps = series.steps
    if not steps or max(steps) <= longest:
        return
    for index, step in enumerate(steps):
        if step > longest:
            yield instant_of(series.at[index]), instant_of(series.at[index + 1])


def _excursions(series: Series, rule: StorageRule, method: Method, longest: float) -> Iterator[Excursion]:
    """Stretches outside the range; a gap ends one, since nobody knows how long it went on."""
    low, high = -math.inf if rule.low is None else rule.low, rule.high
    celsius = series.celsius
    outside = [index for index, value in enumerate(celsius) if value > high or value < low]
    last = -2
    run: list[int] = []
    for index in [*outside, -1]:
        follows = run and index == last + 1 and _side(celsius[index], high) == _side(celsius[last], high)
        if run and not (follows and series.at[index] - series.at[last] <= longest):
            yield _stretch(series, run[0], run[-1], low, high, method, longest)
            run = []
        run.append(index)
        last = index


def _side(value: float, high: float) -> Side:
    return "too warm" if value > high else "too cold"


def _stretch(
    series: Series, first: int, last: int, low: float, high: float, method: Method, longest: float
) -> Excursion:
    at, celsius = series.at, series.celsius
    side = _side(celsius[first], high)
    limit = high if side == "too warm" else low
    begins, ends = at[first], at[last]
    if first > 0 and method == "trapezoid" and at[first] - at[first - 1] <= longest:
        begins = _crossing(series, first - 1, limit)
    if last + 1 < len(at) and at[last + 1] - at[last] <= longest:
        ends = _crossing(series, last, limit) if method == "trapezoid" else at[last + 1]
    within = celsius[first : last + 1]
    return Excursion(side, instant_of(begins), instant_of(ends), max(within) if side == "too warm" else min(within))


def _crossing(series: Series, index: int, limit: float) -> float:
    """When the straight line from this reading to the next meets the limit."""
    left, right = series.celsius[index], series.celsius[index + 1]
    return series.at[index] + (series.at[index + 1] - series.at[index]) * (limit - left) / (right - left)


def _why_no_mean(rule: StorageRule, lowest: float, unmonitored: float) -> str:
    if rule.mean_limit is None:
        return "There is no kinetic mean for frozen product."
    if rule.low is not None and lowest < rule.low:
        return "There is no kinetic mean below the range: cold does not age a product, it may freeze it."
    if unmonitored > MOST_UNMONITORED:
        return f"{unmonitored / 60:.0f} minutes were not measured: a mean would leave them out."
    return ""


def _reasons(
    rule: StorageRule,
    readings: int,
    lowest: float,
    highest: float,
    above: float,
    below: float,
    unmonitored: float,
    worst: float | None,
    none: str,
) -> Iterator[str]:
    """Each fact beside its limit, in words."""
    is_outside = highest > rule.high or (rule.low is not None and lowest < rule.low)
    yield f"{lowest:.1f} to {highest:.1f} °C; the label allows {rule.words}."
    if above or below:
        parts = [
            f"{minutes:.0f} min {words}" for minutes, words in ((above, "too warm"), (below, "too cold")) if minutes
        ]
        yield f"Outside the range for {' and '.join(parts)}."
    elif is_outside:
        yield "A single reading lies outside the range."
    if rule.permitted is not None and is_outside:
        floor, ceiling = rule.permitted
        if lowest < floor or highest > ceiling:
            yield f"Outside {floor:g} to {ceiling:g} °C, which no duration permits ({rule.source})."
        else:
            hours = rule.permitted_hours
            words = "" if hours is None else f" for at most {hours:g} hours"
            longer = "; it was longer" if hours is not None and above + below > hours * 60 else ""
            yield f"Within {floor:g} to {ceiling:g} °C, permitted{words}{longer} ({rule.source})."
    if unmonitored:
        yield f"{unmonitored:.0f} min were not measured."
    if readings < 2:
        yield "One reading says nothing of the time before and after it."
    if none:
        yield none
    elif worst is not None and rule.window_hours is not None:
        relation = "at most" if worst <= rule.mean_limit else "above"  # type: ignore[operator]  # set with the window
        window = f"{rule.window_hours:g} hours" if rule.window_hours <= 72 else f"{rule.window_hours / 24:g} days"
        yield (
            f"Mean kinetic temperature of the warmest {window}: {worst:.2f} °C, {relation} {rule.mean_limit:g} °C. "
            "It is information and releases nothing."
        )
