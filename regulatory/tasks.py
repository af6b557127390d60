"""What the worker does for this branch. Each runs safely twice; a run that is lost is made good by the next."""

from celery import shared_task

from cases import clock
from cases.people.models import User
from regulatory.publishing import carry_out_ordered
from regulatory.review_watch import tell_of_reviews_due
from regulatory.triage.forgetting import forget_expired


@shared_task(name="regulatory.tasks.forget_triages", ignore_result=True)
def forget_triages() -> None:
    """Empty the answers and letters whose twelve months are over."""
    with clock.one_reading():
        forget_expired(by=User.objects.service("triage-wizard"), now=clock.now())


@shared_task(name="regulatory.tasks.watch_reviews", ignore_result=True)
def watch_reviews() -> None:
    """Tell the keepers of pathways whose review falls due."""
    with clock.one_reading():
        tell_of_reviews_due(by=User.objects.service("deadline-sweep"), now=clock.now())


@shared_task(name="regulatory.tasks.publish_ordered", ignore_result=True)
def publish_ordered() -> None:
    """Carry out the signed orders to publish a version that wait."""
    with clock.one_reading():
        carry_out_ordered(now=clock.now())
