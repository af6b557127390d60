"""What each storage class allows: label range, what a rule permits for a while, and the window of its kinetic mean.

Drafts from published summaries, to be confirmed by a qualified person; the manufacturer's own statement stands above
every line here. A peak outside ``permitted`` is outside whatever the mean says, and no mean releases anything.
"""

from dataclasses import dataclass

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class StorageRule:
    """Temperatures in °C, hours; ``None`` where there is no such rule. ``low`` to ``high`` is what the label says."""

    storage: str
    low: float | None
    high: float
    permitted: tuple[float, float] | None
    permitted_hours: float | None
    mean_limit: float | None
    window_hours: float | None
    source: str
    confidence: str
    reviewed: bool = False

    @property
    def words(self) -> str:
        return f"at most {self.high:g} °C" if self.low is None else f"{self.low:g} to {self.high:g} °C"


_WINDOW = "USP <659>; USP <1079.2>, window of {}"
_NO_MEAN = "label range; no kinetic mean for frozen product (USP <1079.2>)"
RULES: dict[str, StorageRule] = {
    rule.storage: rule
    for rule in (
        StorageRule("refrigerated", 2, 8, (2, 15), 24, 8, 24, _WINDOW.format("24 hours"), "medium"),
        StorageRule("room", 15, 25, (15, 30), None, 25, 30 * 24, _WINDOW.format("30 days"), "medium"),
        StorageRule("frozen", -25, -15, None, None, None, None, _NO_MEAN, "recalled"),
        StorageRule("cryo", None, -150, None, None, None, None, _NO_MEAN, "recalled"),
    )
}
