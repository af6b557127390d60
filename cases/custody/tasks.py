"""What the worker does for custody. Each runs safely twice; a run that is lost is made good by the next."""

from datetime import date

from celery import shared_task

from cases import clock
from cases.custody.partners.watch import tell_of_credentials_that_end
from cases.custody.run_out_watch import count_anew
from cases.people.models import User


@shared_task(name="cases.custody.tasks.watch_credentials", ignore_result=True)
def watch_credentials() -> None:
    """Tell the owners of partners' credentials and checks that end."""
    with clock.one_reading():
        tell_of_credentials_that_end(by=User.objects.service("deadline-sweep"), now=clock.now())


_COUNTED: dict[int, date] = {}


@shared_task(name="cases.custody.tasks.count_next_supplies", ignore_result=True)
def count_next_supplies() -> None:
    """Count anew, once a day each, when the work before a run-out day begins."""
    with clock.one_reading():
        count_anew(by=User.objects.service("deadline-sweep"), now=clock.now(), counted=_COUNTED)
