"""The Safety tab: reports, versions, who must be told by when, follow-up; and what is new on Today."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.custody.models import DoseAdministered
from cases.custody.origins import origins_of
from cases.deadlines.models import OPEN_STATES
from cases.models import Case
from cases.people.models import User
from cases.web.registries import Arrived, arrives
from cases.web.tabs import Tab, register_tab
from pharmacovigilance.clocks.intake import PROVISIONAL
from pharmacovigilance.models import SafetyReport
from pharmacovigilance.terms import OPEN_VERSION


def _safety(case: Case, user: User, now: datetime) -> dict[str, Any]:
    reports = list(
        case.safety_reports.select_related("entered_by", "safety_case", "dose__unit__lot__supplier").order_by("-number")
    )
    versions = list(case.case_versions.select_related("safety_case", "lot__supplier").order_by("-number"))
    doses = [report.dose_id for report in reports if report.dose_id]
    return {
        "reports": reports,
        "origins": origins_of(DoseAdministered.objects.filter(pk__in=doses)) if doses else {},
        "versions": versions,
        # The law's clocks run before anybody locks a version.
        "first": case.deadlines.filter(kind=PROVISIONAL.code, state__in=OPEN_STATES).order_by("due_at").first()
        if any(version.state in OPEN_VERSION for version in versions)
        else None,
        "obligations": list(
            case.obligations.select_related("version", "deadline").order_by("deadline__due_at", "number")
        ),
        "follow_ups": list(
            case.follow_ups.select_related("consignment", "report")
            .prefetch_related("attempts")
            .order_by("due_on", "number")
        ),
    }


register_tab(
    Tab("safety", "Safety", 45, "pharmacovigilance/safety.html", _safety, lambda case: case.safety_reports.count())
)


@arrives
def new_reports(user: User, now: datetime) -> list[Arrived]:
    """Safety reports that no pharmacist has read, for Today."""
    rows = (
        SafetyReport.objects.filter(case__pharmacy=user.pharmacy_id, state=SafetyReport.State.RECEIVED)
        .select_related("case")
        .order_by("received_at")[:50]
    )
    return [
        Arrived(
            reference=f"{row.case.reference} {row.label}",
            url=reverse("case_tab", args=[row.case.reference, "safety"]),
            kind="Safety report",
            what=f"{row.get_channel_display()}, not triaged",
            arrived_at=row.received_at,
            acknowledge_by=None,
        )
        for row in rows
    ]
