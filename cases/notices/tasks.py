"""The sender as a Celery task: the doorbell only; what is to be sent stands in PostgreSQL."""

from celery import shared_task

from cases import clock
from cases.notices.heartbeat import beating
from cases.notices.models import Heartbeat
from cases.notices.sender import send_due


@shared_task(name="cases.notices.tasks.send_notices", ignore_result=True)
def send_notices() -> None:
    """Send what is due. Safe to run twice, at once and at any time."""
    with clock.one_reading():
        now = clock.now()
        with beating(Heartbeat.Loop.SENDER, business_at=now) as beat:
            beat.counts.update(send_due(now=now))
