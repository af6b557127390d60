"""Whether the two loops still run."""

from datetime import timedelta

import pytest

from cases.notices.heartbeat import beating, heartbeat, last_counts
from cases.notices.models import Heartbeat
from cases.notices.services import database_now
from tests.cases.deadlines.ground import START

pytestmark = pytest.mark.django_db


def swept(ago: timedelta) -> None:
    with beating("sweep", business_at=START):
        pass
    Heartbeat.objects.update(finished_at=database_now() - ago)


def test_is_never_before_the_first_sweep():
    assert (heartbeat().state, heartbeat().last_at) == ("never", None)


@pytest.mark.parametrize(
    ("ago", "state", "words"),
    [
        (timedelta(seconds=1), "fresh", "Deadlines swept 1 second ago."),
        (timedelta(seconds=44), "fresh", "Deadlines swept 44 seconds ago."),
        (timedelta(seconds=46), "late", "The last deadline sweep ended 46 seconds ago"),
        (timedelta(minutes=2), "late", "The last deadline sweep ended 2 minutes ago"),
        (timedelta(hours=1), "late", "The last deadline sweep ended 1 hour ago"),
        (timedelta(days=3), "late", "The last deadline sweep ended 3 days ago"),
    ],
)
def test_is_late_after_three_intervals(settings, ago, state, words):
    settings.SWEEP_INTERVAL = timedelta(seconds=15)
    swept(ago)

    beat = heartbeat()

    assert beat.state == state
    assert beat.text.startswith(words)


def test_business_time_moved_forward_is_no_fault_of_the_loop():
    swept(timedelta(seconds=1))

    assert heartbeat(now=START + timedelta(days=28)).state == "fresh"


def test_a_pass_that_failed_is_none():
    with pytest.raises(ZeroDivisionError), beating("sweep", business_at=START):
        1 / 0  # noqa: B018

    assert heartbeat().state == "never"
    assert Heartbeat.objects.get().started_at is not None


def test_a_sender_s_beat_is_not_the_sweep_s():
    with beating("sender", business_at=START):
        pass

    assert heartbeat().state == "never"


def test_keeps_what_the_last_pass_counted():
    with beating("sweep", business_at=START) as beat:
        beat.counts.update({"claimed": 3})

    assert last_counts("sweep") == {"claimed": 3}
    assert last_counts("sender") == {}


def test_is_one_query(django_assert_num_queries):
    swept(timedelta(seconds=1))

    with django_assert_num_queries(1):
        heartbeat()
