"""`manage.py forget_triages`: empty the answers and letters whose twelve months are over. Safe to run twice."""

from typing import Any

from django.core.management.base import BaseCommand

from cases import clock
from cases.people.models import User
from regulatory.triage.forgetting import forget_expired


class Command(BaseCommand):
    help = "Forget triage answers and letters that were kept for their time and became no case."

    def handle(self, *args: Any, **options: Any) -> None:
        done = forget_expired(by=User.objects.service("triage-wizard"), now=clock.now())
        self.stdout.write(f"{done} forgotten." if done else "Nothing was due.")
