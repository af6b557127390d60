"""The Supply tab: consignments, their units, custody line, exposure and decisions."""

from datetime import datetime
from typing import Any

from cases.models import Case
from cases.people.models import User
from cases.web.tabs import Tab, register_tab


def _supply(case: Case, user: User, now: datetime) -> dict[str, Any]:
    consignments = case.consignments.select_related("supplier", "carrier", "authorization", "institution")
    return {
        "consignments": list(
            consignments.prefetch_related(
                "units__lot__supplier",
                "inspections__inspected_by",
                "exposure_assessments",
                "dispositions__decided_by",
                "doses",
            ).order_by("-number")
        ),
        "line": list(
            case.custody_events.select_related("consignment", "recorded_by").order_by("-event_at", "-id")[:60]
        ),
    }


register_tab(Tab("supply", "Supply", 40, "custody/supply.html", _supply, lambda case: case.consignments.count()))
