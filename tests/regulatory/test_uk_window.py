"""UK-SPECIALS: silence for 28 days after the acknowledgement opens import; an objection shuts it again."""

import pytest

from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Hold
from regulatory.models import Authorization, PathwayEvent
from tests.regulatory.ground import Ground, at, build_ground

SUBMITTED, ACKNOWLEDGED = at("2026-02-26 11:00"), at("2026-03-02 10:04")
DAY_28, DAY_29 = at("2026-03-30 23:30"), at("2026-03-31 08:00")


@pytest.fixture
def acknowledged(db: None) -> Ground:
    ground = build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")
    ground.ready(quantity="6")
    ground.submit(SUBMITTED)
    ground.acknowledge(ACKNOWLEDGED)
    return ground


def test_the_window_ends_on_its_28th_day(acknowledged: Ground) -> None:
    window = acknowledged.deadline("objection_window")
    assert (window.due_on.isoformat(), window.force, window.holder_party) == ("2026-03-30", "waiting_window", "MHRA")
