"""What typed extremes mean: those of a logger's display or printed report, which nobody can compute again.

Only the label range decides. A journey that nobody measured counts as an excursion until it is shown otherwise
(domain.md, edge case 63).
"""

from decimal import Decimal

from cases.custody.cold_chain.figures import Finding
from cases.custody.cold_chain.storage import RULES


def judge_summary(
    storage: str, *, lowest: Decimal | None, highest: Decimal | None, minutes_outside: int
) -> tuple[Finding, str]:
    """The finding and the sentence that explains it.

    :param storage: storage class of the medicine: room, refrigerated, frozen or cryo.
    :param lowest, highest: extremes in °C; ``None`` when they were not recorded.
    :param minutes_outside: whole minutes outside the range, by the logger's own count.
    :raises KeyError: for a storage class that is not known.
    """
    rule = RULES[storage]
    if lowest is None or highest is None:
        return (
            "unmonitored",
            f"No complete record of the temperature: it counts as an excursion. Allowed: {rule.words}.",
        )
    parts = [f"{lowest} °C is too cold"] if rule.low is not None and lowest < rule.low else []
    parts += [f"{highest} °C is too warm"] if highest > rule.high else []
    if parts or minutes_outside > 0:
        where = " and ".join(parts) or "The extremes lie in range"
        return "excursion", f"{where}; {minutes_outside} min outside. Allowed: {rule.words}."
    return "in_range", f"{lowest} to {highest} °C, never outside. Allowed: {rule.words}."
