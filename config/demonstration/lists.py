"""Invented editions of a dated list: one that stands, and a later one that waits for a second person."""

from datetime import datetime, timedelta

from config.demonstration.stage import House
from regulatory.lists.services import confirm_edition, enter_edition, place_medicine

LIST = "nz_pharmac_alternative"
SOURCE = "Invented for the demonstration; no authority published it"


def load_lists(house: House, now: datetime) -> None:
    """Enter both, confirm the first, and place the medicines that stand in it."""
    stood, later = now - timedelta(days=200), now - timedelta(days=2)
    entries = [
        {"key": "P-101", "words": "orvelumab, solution for injection (invented)"},
        {"key": "P-102", "words": "brenzatinib, tablet (invented)"},
    ]
    coordinator, second = house.staff["coordinator"], house.staff["second"]
    first = enter_edition(
        name=LIST,
        edition="Invented, first",
        from_on=stood.date(),
        entries=entries,
        source=SOURCE,
        by=coordinator,
        now=stood,
    )
    confirm_edition(first, by=second, now=stood)
    enter_edition(
        name=LIST,
        edition="Invented, second",
        from_on=(now + timedelta(days=5)).date(),
        entries=[*entries, {"key": "P-103", "words": "pirelastat, capsule (invented)"}],
        source=SOURCE,
        by=coordinator,
        now=later,
    )
    for product, key in (("orv", "P-101"), ("bre", "P-102")):
        place_medicine(
            house.medicines[product],
            name=LIST,
            key=key,
            reading="Same substance, form and route, as invented.",
            by=coordinator,
            now=later,
        )
