"""What a partner's list tells of a case: the columns, in the order of the template, and how each is read."""

from dataclasses import dataclass
from typing import Final

OUR_NUMBER, THEIR_NUMBER = "our_number", "their_number"
RECEIVED_ON, SENT_ON, ACKNOWLEDGED = "received_on", "sent_on", "acknowledged"


@dataclass(frozen=True, slots=True)
class Column:
    """One column by its heading. ``words`` are those that it takes, for others than texts and days none."""

    name: str
    label: str
    explained: str
    kind: str = "text"
    words: tuple[str, ...] = ()


COLUMNS: Final = (
    Column(
        OUR_NUMBER, "our number", "The number of the case as we sent it (C.1.1). Empty where they have none of ours."
    ),
    Column(THEIR_NUMBER, "their number", "The partner's own number of the case. Empty where they gave none."),
    Column(RECEIVED_ON, "received", "The day on which the first report of the case was received (C.1.4).", "day"),
    Column(SENT_ON, "sent", "The day on which the case was first sent between us; empty says never.", "day"),
    Column(
        ACKNOWLEDGED,
        "acknowledged",
        "What became of the last sending; empty says none.",
        "words",
        ("accepted", "rejected", "none"),
    ),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
# What both know of every case; the numbers are what a line is found by.
TOLD_OF_EACH: Final = (RECEIVED_ON, SENT_ON, ACKNOWLEDGED)
LONGEST: Final = 100  # characters of a number, as in C.1.1 and C.1.9.1.r.2
EXAMPLE: Final = ("US-HSP-NP-0000-0000-0-1", "INV-2026-0001", "2026-03-18", "2026-03-19", "accepted")
