"""manage.py rotate_master_key: wrap every patient's keys under the master key that is set now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.clock import now
from cases.people.erasure import rotate_master_key
from cases.people.keys import KeyNotUsable
from cases.people.models import User


class Command(BaseCommand):
    help = (
        "Wraps every patient's keys under the current master key. First set NPP_MASTER_KEY to the new key and "
        "NPP_MASTER_KEY_PREVIOUS to the old one; afterwards remove the old one. Safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotate_master_key(by=User.objects.service("setup"), now=now())
        except KeyNotUsable as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"{done} keys wrapped under the current master key; none is left under an earlier one.")
