"""What the worker does for this branch. Each runs safely twice; a run that is lost is made good by the next."""

from celery import shared_task

from cases import clock
from pharmacovigilance.coding.importing import carry_on_imports


@shared_task(name="pharmacovigilance.tasks.import_dictionaries", ignore_result=True)
def import_dictionaries() -> None:
    """Keep the terms of dictionaries whose import was ordered."""
    with clock.one_reading():
        carry_on_imports(now=clock.now())
