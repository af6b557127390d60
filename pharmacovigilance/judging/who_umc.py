"""The six categories of WHO-UMC, each with what must hold for it; a person chooses, nothing is added up.

Source: Uppsala Monitoring Centre, the use of the WHO-UMC system for standardised case causality assessment (facts,
pharmacovigilance 4). The wording of the criteria is ours.
"""

from dataclasses import dataclass
from typing import Final

METHOD: Final = "WHO-UMC"  # G.k.9.i.2.r.2


@dataclass(frozen=True, slots=True)
class Category:
    """One category.

    :param criteria: what must hold, in our words.
    :param text: what a message says (G.k.9.i.2.r.3).
    """

    code: str
    label: str
    criteria: tuple[str, ...]
    text: str


CATEGORIES: Final = (
    Category(
        "certain",
        "certain",
        (
            "The time between giving the product and the event is plausible.",
            "Neither a disease nor another product explains it.",
            "What happened on stopping is plausible.",
            "The event is definite by itself: a specific disorder, or an effect that pharmacology knows.",
            "Giving it again brought it back, where that was needed to decide.",
        ),
        "Certain",
    ),
    Category(
        "probable",
        "probable or likely",
        (
            "The time between giving the product and the event is reasonable.",
            "A disease or another product is an unlikely cause.",
            "What happened on stopping is clinically reasonable.",
            "Giving it again is not needed to decide.",
        ),
        "Probable/Likely",
    ),
    Category(
        "possible",
        "possible",
        (
            "The time between giving the product and the event is reasonable.",
            "A disease or another product could explain it as well.",
            "What happened on stopping may be unknown or unclear.",
        ),
        "Possible",
    ),
    Category(
        "unlikely",
        "unlikely",
        (
            "The time between giving the product and the event makes a relation improbable, though not impossible.",
            "A disease or another product gives a plausible explanation.",
        ),
        "Unlikely",
    ),
    Category(
        "conditional",
        "conditional or unclassified",
        (
            "An event is there.",
            "More must be known to judge it, or further data are being looked at: ask, and judge again.",
        ),
        "Conditional/Unclassified",
    ),
    Category(
        "unassessable",
        "unassessable or unclassifiable",
        (
            "A reaction is suspected.",
            "What is known is too little or contradicts itself.",
            "It can be neither completed nor checked.",
        ),
        "Unassessable/Unclassifiable",
    ),
)
