"""The unit in which a letter counts, and what it comes to in the unit in which the medicine is kept. Pure.

A ledger is kept in the medicine's own unit, so that packs and vials add up exactly. What the letter said stays beside
it, with the conversion as a person stated it: domain.md 6, "unit conversions are recorded with their factor".
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

# In which units letters count; a medicine's own unit is offered beside them.
UNITS = (
    "pack", "box", "bottle", "vial", "ampoule", "syringe", "pen", "cartridge", "tablet", "capsule", "sachet", "dose",
    "mL", "mg", "g", "IU",
)  # fmt: skip
# Which of the two holds several of the other.
LETTER_HOLDS, MEDICINE_HOLDS = "letter_holds", "medicine_holds"
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Converted:
    """A letter's quantity in the medicine's unit, rounded down to thousandths; ``factor`` is medicine units for one."""

    quantity: Decimal
    factor: Decimal
    told: str


def convert(quantity: Decimal, *, unit: str, own: str, holds: Decimal, way: str) -> Converted:
    """What a letter's quantity comes to.

    :param unit: the letter's unit; ``own``: the medicine's.
    :param holds: how many of the smaller one the larger one holds, above zero.
    :param way: ``letter_holds`` (1 pack = 10 vials) or ``medicine_holds`` (1 vial = 150 mg).
    """
    large, small = (unit, own) if way == LETTER_HOLDS else (own, unit)
    factor = holds if way == LETTER_HOLDS else 1 / holds
    exact = quantity * holds if way == LETTER_HOLDS else quantity / holds
    # Never over what was allowed: a part of a vial that the letter does not reach is not given.
    told = f"1 {large} = {holds.normalize():f} {small}"
    return Converted(exact.quantize(THOUSANDTH, ROUND_DOWN), factor.quantize(Decimal("0.000001")), told)
