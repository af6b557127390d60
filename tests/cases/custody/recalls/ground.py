"""Recalls of the lot that the custody builders allocate, opened and carried on through the services."""

from datetime import datetime, timedelta
from typing import Any

from cases.custody.models import Recall
from cases.custody.recalls.reach import Reach
from cases.custody.recalls.services import Notice, open_recall, stop_recall, tell_recall
from tests.cases.custody.builders import DISPENSED, GTIN, Supply

LOT = "7K04B8"
OPENED = DISPENSED + timedelta(hours=1)
STOPPED = OPENED + timedelta(minutes=4)
TOLD = OPENED + timedelta(minutes=20)
NOTICE = Notice(
    source="manufacturer",
    source_reference="INV-RC-2026-11 of 6 March 2026",
    recall_class="class_1",
    level="a",
    reason="Particles were seen in vials of this lot.",
    instruction="Keep the packs in quarantine. Invented Biologics has them collected.",
)


def opened(supply: Supply, *, drill: bool = False, lots: list[Reach] | None = None, **more: Any) -> Recall:
    return open_recall(
        NOTICE, lots or [Reach(GTIN, LOT)], is_drill=drill, by=supply.house.coordinator, now=more.get("now", OPENED)
    )


def stopped(supply: Supply, **more: Any) -> Recall:
    return stop_recall(opened(supply, **more), by=supply.house.coordinator, now=STOPPED)


def told(supply: Supply, **more: Any) -> Recall:
    return tell_recall(stopped(supply, **more), by=supply.house.coordinator, now=TOLD)


def answer_all(supply: Supply, recall: Recall, *, at: datetime) -> None:
    """A pharmacist records what each reader told."""
    for part in recall.parts.all():
        for letter in part.letters.filter(state="waiting"):
            supply.take(
                "custody.recall_letter.answer", by=supply.house.coordinator, now=at, subject=letter,
                answer="Read. Nothing of it is given.", answered_at=at,
            )  # fmt: skip


def locate(supply: Supply, recall: Recall, outcome: str, *serials: str, at: datetime) -> None:
    """The receiving pharmacist says what became of these packs."""
    supply.take(
        "custody.recall.locate", by=supply.house.receiving, now=at, subject=recall.parts.get(),
        packs=[f"{GTIN} {serial}" for serial in serials], outcome=outcome, seen_at=at, remark="Ward 4, refrigerator.",
    )  # fmt: skip
