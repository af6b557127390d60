"""What a logger's extremes mean for one storage class. Pure: no database, no clock.

Only the label range decides here; mean kinetic temperature and stability budgets never release a unit by themselves
(USP <659>, USP <1079.2>). A shipment that nobody measured counts as an excursion until it is shown otherwise.
"""

from decimal import Decimal
from typing import Literal

Finding = Literal["in_range", "excursion", "unmonitored"]

RANGES: dict[str, tuple[Decimal | None, Decimal]] = {
    "room": (Decimal(15), Decimal(25)),
    "refrigerated": (Decimal(2), Decimal(8)),
    "frozen": (Decimal(-25), Decimal(-15)),
    "cryo": (None, Decimal(-150)),
}


def judge_exposure(
    storage: str, *, lowest: Decimal | None, highest: Decimal | None, minutes_outside: int
) -> tuple[Finding, str]:
    """The finding and the sentence that explains it.

    :param storage: storage class of the medicine: room, refrigerated, frozen or cryo.
    :param lowest, highest: extremes in °C; ``None`` when they were not recorded.
    :param minutes_outside: whole minutes outside the range, by the logger's own count.
    :raises KeyError: for a storage class that is not known.
    """
    floor, ceiling = RANGES[storage]
    allowed = f"{floor} to {ceiling} °C" if floor is not None else f"at most {ceiling} °C"
    if lowest is None or highest is None:
        return "unmonitored", f"No complete record of the temperature: it counts as an excursion. Allowed: {allowed}."
    below = floor is not None and lowest < floor
    above = highest > ceiling
    if below or above or minutes_outside > 0:
        where = " and ".join(
            words
            for words, holds in ((f"{lowest} °C is too cold", below), (f"{highest} °C is too warm", above))
            if holds
        )
        return (
            "excursion",
            f"{where or 'The extremes lie in range'}; {minutes_outside} min outside. Allowed: {allowed}.",
        )
    return "in_range", f"{lowest} to {highest} °C, never outside. Allowed: {allowed}."
