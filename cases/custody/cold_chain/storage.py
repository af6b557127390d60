"""What each storage class allows: label range, what a rule permits for a while, and the window of its kinetic mean.

Drafts from published summaries, to be confirmed by a qualified person; the manufacturer's own statement stands above
every line here. A peak outside ``permitted`` is outside whatever the mean says, and no mean releases anything.
"""

from dataclasses import dataclass

from cases.custody.exposure import RANGES

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class StorageRule:
    """Temperatures in °C, hours; ``None`` where there is no such rule. The label range is that of the exposure."""

    storage: str
    permitted: tuple[float, float] | None
    permitted_hours: float | None
    mean_limit: float | None
    window_hours: float | None
    source: str
    confidence: str
    reviewed: bool = False

    @property
    def low(self) -> float | None:
        floor = RANGES[self.storage][0]
        return None if floor is None else float(floor)

    @property
    def high(self) -> float:
        return float(RANGES[self.storage][1])

    @property
    def words(self) -> str:
        return f"at most {self.high:g} °C" if self.low is None else f"{self.low:g} to {self.high:g} °C"


_NO_MEAN = "label range; no kinetic mean for frozen product (USP <1079.2>)"
RULES: dict[str, StorageRule] = {
    rule.storage: rule
    for rule in (
        StorageRule("refrigerated", (2, 15), 24, 8, 24, "USP <659>; USP <1079.2>, window of 24 hours", "medium"),
        StorageRule("room", (15, 30), None, 25, 30 * 24, "USP <659>; USP <1079.2>, window of 30 days", "medium"),
        StorageRule("frozen", None, None, None, None, _NO_MEAN, "recalled"),
        StorageRule("cryo", None, None, None, None, _NO_MEAN, "recalled"),
    )
}
