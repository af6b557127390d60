"""Reports say the day of receipt as day 0 is counted: at the pharmacy, not in UTC."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pharmacovigilance.artefacts import locked_of
from pharmacovigilance.e2b.exporting import _received
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.messages import export_of
from pharmacovigilance.papers.cioms import boxes
from pharmacovigilance.papers.sheets import told
from tests.pharmacovigilance.builders import ASSESSED, DAY, LOCKED, Safety

# The evening of 19 March in New York.
EVENING = datetime(2026, 3, 20, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("profile", ["ich", "fda", "eu"])
def test_what_was_heard_in_the_evening_is_of_that_day(profile: str, safety: Safety) -> None:
    safety.attach(safety.receive(received_at=EVENING))
    safety.assess(now=ASSESSED)
    version = safety.lock()

    batch = parts_of(root_of(export_of(version, profile=profile)))
    (report,) = batch.parts("report")

    assert version.day0.isoformat() == "2026-03-19"
    assert (report.text("C.1.4"), report.text("C.1.5")) == ("20260319", "20260319")


def test_a_further_version_tells_the_first_and_the_last_day(safety: Safety) -> None:
    safety.attach(safety.receive(received_at=EVENING))
    safety.assess(now=ASSESSED)
    safety.lock()
    safety.follow_up(now=LOCKED + DAY, received_at=EVENING + DAY)
    safety.assess(2, now=LOCKED + DAY)
    version = safety.lock(2, now=LOCKED + DAY)

    rows = [row for part in boxes(told(locked_of(version), profile="ich")) for row in part.rows]

    assert version.day0.isoformat() == "2026-03-20"
    assert [row.says for row in rows if row.label == "Received first, and last"] == [("2026-03-19, 2026-03-20",)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ({}, "20260320"),  # locked before the zone was kept: the same bytes as ever
        ({"zone": "America/New_York"}, "20260319"),
        ({"zone": "UTC"}, "20260320"),
        ({"zone": "Asia/Tokyo"}, "20260320"),
    ],
)
def test_a_version_locked_without_its_zone_keeps_the_day_it_was_sent_with(zone: dict[str, Any], day: str) -> None:
    assert _received(EVENING.isoformat(), zone) == day
