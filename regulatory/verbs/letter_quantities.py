"""What the letter of a grant says of its quantity: how much, in which unit, and what that comes to."""

from decimal import Decimal
from typing import Any

from cases.lifecycle.verbs import Ask, Situation
from regulatory.models import Filing
from regulatory.units import LETTER_HOLDS, MEDICINE_HOLDS, UNITS, Converted, convert
from regulatory.verbs.filings import LEAST_QUANTITY


def same_unit(quantity: Decimal | None) -> Converted | None:
    """A quantity that needs no conversion."""
    return None if quantity is None else Converted(quantity, Decimal(1), "")


def counted_by_the_letter(situation: Situation) -> Converted | None:
    """The letter's quantity in the unit of the medicine; that it can be converted, a requirement has seen to."""
    facts, own = situation.facts, situation.case.medicine.unit
    quantity, unit = facts.get("quantity"), facts.get("unit") or own
    if quantity is None or unit == own:
        return same_unit(quantity)
    return convert(quantity, unit=unit, own=own, holds=facts["unit_holds"], way=facts["unit_way"])


def stated_by_the_letter(situation: Situation, counted: Converted | None) -> dict[str, Any]:
    """What the letter said, where it counts in a unit of its own."""
    if counted is None or not counted.told:
        return {}
    facts = situation.facts
    return {"stated_quantity": facts["quantity"], "stated_unit": facts["unit"], "conversion": counted.told}


def _units(situation: Situation) -> list[tuple[str, str]]:
    own = situation.case.medicine.unit
    return [(unit, unit) for unit in dict.fromkeys((own, *UNITS))]


def _ways(situation: Situation) -> list[tuple[str, str]]:
    own = situation.case.medicine.unit
    return [
        (LETTER_HOLDS, f"One of the letter's unit holds so many of the medicine's: 1 pack = 10 {own}"),
        (MEDICINE_HOLDS, f"One {own} holds so many of the letter's unit: 1 {own} = 150 mg"),
    ]


def _quantity_asked(situation: Situation) -> Decimal | None:
    filing = situation.subject
    return filing.quantity if isinstance(filing, Filing) else None


OF_THE_QUANTITY = (
    Ask(
        "quantity",
        "Quantity authorized",
        "decimal",
        required=False,
        least=LEAST_QUANTITY,
        initial=_quantity_asked,
        hint="As the letter says, in the unit of the letter. Empty when the letter sets none.",
    ),
    Ask(
        "unit",
        "Unit of the letter",
        "choice",
        required=False,
        options=_units,
        initial=lambda situation: situation.case.medicine.unit,
        hint="Where it is not the unit of the medicine, say below how the two convert.",
    ),
    Ask(
        "unit_holds",
        "How many one holds of the other",
        "decimal",
        required=False,
        least=LEAST_QUANTITY,
        hint="Only where the units differ: 10 for a pack of 10 vials, 150 for a vial of 150 mg. Kept with the "
        "quantity.",
    ),
    Ask("unit_way", "Which one holds the other", "choice", required=False, options=_ways),
)
