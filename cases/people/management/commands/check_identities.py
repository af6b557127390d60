"""manage.py check_identities: does every identity open, and do pseudonym and blind index follow from it?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.people.erasure import identity_faults
from cases.people.keys import KeyNotUsable
from cases.people.patients import Patient


class Command(BaseCommand):
    help = "Checks that every identity opens and matches its pseudonym and search index; shows references only."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            faults = list(identity_faults(Patient.objects.order_by("id").iterator()))
        except KeyNotUsable as fault:
            raise CommandError(str(fault)) from None
        for reference, sentence in faults:
            self.stdout.write(f"{reference} {sentence}")
        if faults:
            raise CommandError(f"{len(faults)} of {Patient.objects.count()} identities are not in order.")
        self.stdout.write(f"{Patient.objects.count()} identities are in order.")
