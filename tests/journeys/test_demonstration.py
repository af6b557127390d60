"""The demonstration: forty-one invented cases through the services, and the evidence they leave."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q, QuerySet

from cases.audit.verify import verify
from cases.deadlines.models import Deadline
from cases.models import Case, CaseEvent, Stage
from config.demonstration.load import load_demonstration, morning_before
from config.demonstration.stories import ORDERING, STORIES
from regulatory.lists.models import ListEdition
from regulatory.models import Enquiry, ProfileVersion
from tests.databases import FreshDatabase

pytestmark = [pytest.mark.demonstration, pytest.mark.slow]

# On whatever day and at whatever hour it is loaded.
STAGES = {
    "AE-UNREG": ["determination", "dispensing"],
    "AU-SAS-A": ["follow_up", "shipment"],
    "AU-SAS-B": ["authorization"] * 2 + ["determination"] * 2 + ["follow_up"] + ["shipment"],
    "CA-SAP-PATIENT": ["authorization", "determination", "sourcing"],
    "DE-73-3": ["determination"],
    "FR-AAC": ["closed", "determination"],
    "HK-NPP": ["determination"] * 2 + ["shipment"],
    "IE-EMP": ["determination"],
    "IL-29-PHARMACY": ["authorization", "determination"],
    "MX-010-D": ["authorization", "determination"],
    "MY-REG15-6": ["determination"] * 2,
    "NZ-S29": ["determination"],
    "SA-PERSONAL": ["determination", "filing"],
    "SG-SAR-NAMED": ["authorization", "determination"],
    "TR-FOREIGN": ["closed", "determination"],
    "UK-SPECIALS": ["authorization"] * 5 + ["determination"],
    "ZA-S21-NAMED": ["authorization", "determination"],
}

Cases = QuerySet[Case]


def owing(cases: Cases, kind: str, *, within: timedelta, now: datetime) -> Cases:
    """Those with a running date of that kind that is due between now and then."""
    return cases.filter(
        Q(deadlines__kind=kind, deadlines__state="running", deadlines__due_at__range=(now, now + within))
    )


# The situations that the demonstration promises, each on at least one case.
SITUATIONS: dict[str, Callable[[Cases, datetime], Cases]] = {
    "waits in the silent window of the United Kingdom": lambda cases, now: owing(
        cases.filter(profile_version__profile_key="UK-SPECIALS", filings__state="acknowledged"),
        "regulatory.objection_window",
        within=timedelta(days=28),
        now=now,
    ),
    "Australian emergency, supplied, with its notice of 28 days still open": lambda cases, now: owing(
        cases.filter(profile_version__profile_key="AU-SAS-A", consignments__state="dispensed"),
        "regulatory.post_supply_notification",
        within=timedelta(days=28),
        now=now,
    ),
    "renewal about to be late": lambda cases, now: owing(
        cases, "regulatory.renewal_lead", within=timedelta(days=7), now=now
    ),
    "question from the authority": lambda cases, now: owing(
        cases.filter(filings__state="question"), "regulatory.question", within=timedelta(days=10), now=now
    ),
    "temperature excursion in quarantine": lambda cases, now: cases.filter(
        exposure_assessments__finding="excursion", consignments__state="arrived", holds__lifted_at=None
    ),
    "serious event with a running clock": lambda cases, now: owing(
        cases.filter(safety_reports__seriousness="hospitalisation", obligations__isnull=False),
        "pharmacovigilance.report.obligation",
        within=timedelta(days=1),
        now=now,
    ),
    "refusal under appeal": lambda cases, now: cases.filter(filings__state="appealed"),
}


def test_it_is_whole_real_and_verifiable_and_a_second_load_changes_nothing(served_database: FreshDatabase) -> None:
    """What it tells while it is loaded is seen where `up` loads it (tests/faults)."""
    now = datetime.now(UTC)
    assert Case.objects.count() == len(STORIES) == 41
    assert set(Case.objects.values_list("stage", flat=True)) == set(Stage.values)
    stages: dict[str, list[str]] = {}
    for pathway, stage in Case.objects.values_list("profile_version__profile_key", "stage").order_by("stage"):
        stages.setdefault(pathway, []).append(stage)
    assert stages == STAGES
    assert Case.objects.filter(consignments__isnull=False).count() == sum(one.plot in ORDERING for one in STORIES) == 8
    assert ProfileVersion.objects.filter(copied_from=None, status="draft_unreviewed").count() == 48
    assert Enquiry.objects.filter(state="open").count() == 3
    assert set(ListEdition.objects.values_list("edition", "state")) == {
        ("Invented, first", "confirmed"),
        ("Invented, second", "entered"),
    }
    assert [name for name, found in SITUATIONS.items() if not found(Case.objects.all(), now).exists()] == []
    assert not Deadline.objects.filter(kind="pharmacovigilance.report.obligation", state="missed").exists()

    report = verify()
    assert report.ok, report.findings[:5]

    events = CaseEvent.objects.count()
    assert load_demonstration(now=now) == 0
    assert CaseEvent.objects.count() == events


@pytest.mark.parametrize(
    ("instant", "morning"),
    [
        ("2026-11-25T08:59:59+00:00", "2026-11-24T09:00:00+00:00"),
        ("2026-11-25T09:00:00+00:00", "2026-11-25T06:00:00+00:00"),
        ("2026-11-25T11:59:59+00:00", "2026-11-25T06:00:00+00:00"),
        ("2026-11-25T12:00:00+00:00", "2026-11-25T09:00:00+00:00"),
        ("2026-11-25T23:59:00+00:00", "2026-11-25T09:00:00+00:00"),
        ("2026-11-25T03:00:00-08:00", "2026-11-25T06:00:00+00:00"),
    ],
)
def test_every_story_begins_in_the_morning_whatever_the_hour_it_is_loaded_at(instant: str, morning: str) -> None:
    """One that began at 16:40 crossed midnight before its acknowledgement, and its window ended a day too late.

    Loaded at 09:16, one that began at 09:00 ended in the future.
    """
    assert morning_before(datetime.fromisoformat(instant)) == datetime.fromisoformat(morning)
