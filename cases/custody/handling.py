"""How a consignment must be handled on its way, as structured data: printed, and compared with the planned hours."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DRY_ICE: Final = "dry_ice"
MOST_HOURS: Final = 2_000
CONSTRAINTS: Final = {
    "no_xray": "No X-ray: open and look by hand",
    "do_not_freeze": "Do not freeze",
    "keep_dark": "Keep away from light",
    "do_not_shake": "Do not shake",
    "upright": "This side up",
    "no_opening": "Do not open before the institution",
    DRY_ICE: "Dry ice, UN1845, class 9",
}
# What is suggested by how the medicine is kept; a person ticks what goes.
BY_STORAGE: Final = {
    "room": (),
    "refrigerated": ("do_not_freeze", "no_opening"),
    "frozen": (DRY_ICE, "no_opening"),
    "cryo": ("no_xray", "upright", "no_opening"),
}


def journey_hours(leaves_at: datetime, arrives_on: date, zone: str) -> int:
    """The longest that the planned journey may last: whole hours from dispatch to the end of the day of arrival there.

    A day of arrival without an hour counts to its end.
    """
    end = datetime.combine(arrives_on, time.max, tzinfo=ZoneInfo(zone))
    return max(0, -((leaves_at - end) // timedelta(hours=1)))
