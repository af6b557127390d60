"""The verbs on which the pathway is asked, by what they do."""

from decimal import Decimal

SHIPPING = ("custody.consignment.release", "custody.consignment.dispatch")
USING = ("custody.consignment.accept", "custody.consignment.dispense")
SUPPLY_STAGES = ("cases.case.begin_sourcing", "cases.case.resupply")


def plain(number: Decimal) -> str:
    """A quantity without idle zeros."""
    return f"{number.normalize():f}"
