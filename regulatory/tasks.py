"""The hourly care of triage answers. Runs safely twice; a run that is lost is made good by the next."""

from celery import shared_task

from cases import clock
from cases.people.models import User
from regulatory.triage.forgetting import forget_expired


@shared_task(name="regulatory.tasks.forget_triages", ignore_result=True)
def forget_triages() -> None:
    """Empty the answers and letters whose twelve months are over."""
    with clock.one_reading():
        forget_expired(by=User.objects.service("triage-wizard"), now=clock.now())
