"""Mean kinetic temperature (USP <1079.2>): the one steady temperature that would have done as much as the journey did.

``T = (dH / R) / -ln(mean of exp(-dH / (R T_i)))`` in kelvin. How readings become a mean is the method, and is kept with
the figure: *trapezoid* (straight between readings), *step* (a reading holds until the next) or *equal* (each counts as
one). Between them lie degrees.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import mul, sub
from typing import Literal

from cases.custody.cold_chain.series import Series

Method = Literal["trapezoid", "step", "equal"]
METHODS: tuple[Method, ...] = ("trapezoid", "step", "equal")
KELVIN = 273.15


@dataclass(frozen=True, slots=True)
class Arrhenius:
    """Activation energy in kJ/mol (USP: 83.144 unless the product's is known) and gas constant in kJ/(mol K)."""

    activation: float = 83.144
    gas_constant: float = 8.3144621e-3

    @property
    def kelvin(self) -> float:
        return self.activation / self.gas_constant

    def rates(self, celsius: Sequence[float]) -> list[float]:
        """How fast the product ages at each temperature, in units of its own."""
        kelvin = -self.kelvin
        known = {value: math.exp(kelvin / (value + KELVIN)) for value in set(celsius)}  # loggers read in tenths
        return [known[value] for value in celsius]

    def temperature(self, rate: float) -> float:
        """The temperature in °C at which it ages at that rate."""
        return self.kelvin / -math.log(rate) - KELVIN


USP = Arrhenius()


class Ageing:
    """The areas under the rates of one series, so that any window of it costs no more than two look-ups.

    :param longest: seconds; what lies between readings further apart was not measured and counts neither way.
    """

    def __init__(
        self, series: Series, method: Method, *, longest: float = math.inf, constants: Arrhenius = USP
    ) -> None:
        self.series, self.method, self.constants, self.longest = series, method, constants, longest
        self.rates = constants.rates(series.celsius)
        self.steps = series.steps
        self.has_gaps = bool(self.steps) and max(self.steps) > longest
        self.times = [0.0 if step > longest else step for step in self.steps] if self.has_gaps else self.steps
        self.heights = (
            [(left + right) / 2 for left, right in zip(self.rates, islice(self.rates, 1, None), strict=False)]
            if method == "trapezoid"
            else self.rates[:-1]
        )

    def mean(self) -> float:
        """Mean kinetic temperature of the whole series in °C."""
        measured = math.fsum(self.times)
        if self.method == "equal" or measured == 0:
            return self.constants.temperature(math.fsum(self.rates) / len(self.rates))
        return self.constants.temperature(math.fsum(map(mul, self.heights, self.times)) / measured)

    def worst(self, window: float) -> float:
        """The highest mean of any stretch of ``window`` seconds that ends with a reading; of all when it is shorter.

        A window of its own for each kind of product keeps a long cool time from thinning out a short warm one.
        """
        at = self.series.at
        if len(at) < 2 or at[-1] - at[0] <= window or self.method == "equal":
            return self.mean()
        areas = [0.0, *accumulate(map(mul, self.heights, self.times))]
        step = self.steps[0]
        if not self.has_gaps and window % step == 0 and self.steps.count(step) == len(self.steps):
            count = int(window // step)
            return self.constants.temperature(max(map(sub, islice(areas, count, None), areas)) / window)
        return self.constants.temperature(self._worst_rate(window, areas))

    def _worst_rate(self, window: float, areas: list[float]) -> float:
        at, steps, times = self.series.at, self.steps, self.times
        covered = [0.0, *accumulate(times)]
        low, worst = 0, 0.0
        for high in range(1, len(at)):
            begins = at[high] - window
            if begins < at[0]:
                continue
            while at[low + 1] <= begins:
                low += 1
            area, time = areas[high] - areas[low + 1], covered[high] - covered[low + 1]
            left = at[low + 1] - begins
            if times[low]:
                area, time = area + self._end_of(low, left / steps[low]) * left, time + left
            if time:
                worst = max(worst, area / time)
        return worst

    def _end_of(self, index: int, part: float) -> float:
        """The mean rate over the last ``part`` of the interval that begins with this reading."""
        if self.method == "step":
            return self.rates[index]
        left, right = self.rates[index], self.rates[index + 1]
        return right - (right - left) * part / 2
