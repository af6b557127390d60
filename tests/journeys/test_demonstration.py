"""The demonstration: forty invented cases through the services, and the evidence they leave."""

from datetime import UTC, datetime

import pytest

from cases.audit.verify import verify
from cases.deadlines.models import Deadline
from cases.models import Case, CaseEvent, Stage
from config.demonstration.load import load_demonstration
from config.demonstration.stories import STORIES
from regulatory.models import Enquiry, ProfileVersion

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_it_is_whole_real_and_verifiable_and_a_second_load_changes_nothing() -> None:
    now = datetime.now(UTC)
    assert load_demonstration(now=now) == len(STORIES) == 41
    assert Case.objects.count() == 41
    assert set(Case.objects.values_list("stage", flat=True)) == set(Stage.values)
    assert Case.objects.values("profile_version__profile_key").distinct().count() >= 12
    assert ProfileVersion.objects.filter(copied_from=None, status="draft_unreviewed").count() == 48
    assert Enquiry.objects.filter(state="open").count() == 3

    # The situations that the demonstration promises.
    assert Case.objects.filter(filings__state="question").exists()
    assert Case.objects.filter(filings__state="appealed").exists()
    assert Case.objects.filter(exposure_assessments__finding="excursion", consignments__state="arrived").exists()
    notices = Deadline.objects.filter(case__profile_version__profile_key="AU-SAS-A", state="running")
    assert notices.filter(force="statutory").exists()
    assert Deadline.objects.filter(state="running", force="waiting_window").exists()
    assert Case.objects.filter(safety_reports__seriousness="hospitalisation").exists()
    assert Case.objects.filter(holds__lifted_at=None).exists()

    report = verify()
    assert report.ok, report.findings[:5]

    events = CaseEvent.objects.count()
    assert load_demonstration(now=now) == 0
    assert CaseEvent.objects.count() == events
