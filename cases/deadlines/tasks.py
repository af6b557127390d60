"""The sweep as a Celery task: the doorbell only; what is due stands in PostgreSQL."""

from celery import shared_task

from cases import clock
from cases.deadlines.loops import run_sweep


@shared_task(name="cases.deadlines.tasks.sweep_deadlines", ignore_result=True)
def sweep_deadlines() -> None:
    """Do one sweep. Safe to run twice, at once and at any time."""
    with clock.one_reading():
        run_sweep(now=clock.now())
