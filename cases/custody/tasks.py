"""What the worker does for custody. Each runs safely twice; a run that is lost is made good by the next."""

from celery import shared_task

from cases import clock
from cases.custody.partners.watch import tell_of_credentials_that_end
from cases.people.models import User


@shared_task(name="cases.custody.tasks.watch_credentials", ignore_result=True)
def watch_credentials() -> None:
    """Tell the owners of partners' credentials and checks that end."""
    with clock.one_reading():
        tell_of_credentials_that_end(by=User.objects.service("deadline-sweep"), now=clock.now())
