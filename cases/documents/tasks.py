"""The daily care of papers. Runs safely twice; a run that is lost is made good by the next."""

from celery import shared_task

from cases import clock
from cases.documents.reviews import expire_documents
from cases.documents.tidying import tidy_documents
from cases.people.models import User


@shared_task(name="cases.documents.tasks.care_for_documents", ignore_result=True)
def care_for_documents() -> None:
    """Expire papers whose last day is over and remove files that no document has."""
    with clock.one_reading():
        expire_documents(by=User.objects.service("deadline-sweep"), now=clock.now())
    tidy_documents()
