"""Loggers' files for tests, and keeping one in a case through the services."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from cases.custody.logger_drafts import Draft, keep_file
from cases.custody.models import ExposureAssessment
from cases.documents.media import TABLE
from cases.people.models import User
from tests.cases.custody.builders import ARRIVED, DISPATCHED, INSPECTED, Supply

EVERY = timedelta(minutes=10)
STEPS = int((ARRIVED - DISPATCHED) / EVERY)


def exported(celsius: Iterable[float], *, begins: datetime = DISPATCHED, every: timedelta = EVERY) -> bytes:
    """Of the layout ``iso-comma``."""
    rows = (f"{begins + every * index:%Y-%m-%dT%H:%M:%S},{value}" for index, value in enumerate(celsius))
    return "\n".join(["timestamp,temperature", *rows, ""]).encode()


def journey(peak: float = 5.0, *, steps: int = 0) -> bytes:
    """From dispatch to arrival at 5 °C, and at ``peak`` for so many steps a third of the way."""
    warm = range(STEPS // 3, STEPS // 3 + steps)
    return exported(peak if index in warm else 5.0 for index in range(STEPS + 1))


def keep(
    supply: Supply, content: bytes, *, by: User | None = None, now: datetime = INSPECTED, number: int = 1, **facts: Any
) -> ExposureAssessment:
    """Keep a file as the page does, and give what was assessed."""
    consignment = supply.consignment(number)
    draft = Draft(consignment, content, "logger.csv", TABLE.media_type, {})
    keep_file(draft, {"mapping": "iso-comma:1"} | facts, by=by or supply.house.receiving, now=now)
    return consignment.exposure_assessments.latest("id")
