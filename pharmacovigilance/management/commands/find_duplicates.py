"""`manage.py find_duplicates --by EMAIL --json`: compare every pair of safety cases of that person's pharmacy.

Pairs that may be one event wait for a decision at /safety/duplicates/; run again it changes nothing that stands. Exit
status: 0, or 1 when nobody of a pharmacy has that address.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.duplicates.services import find_all


class Command(BaseCommand):
    help = "Find safety cases that may tell of one event."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", metavar="EMAIL", required=True, help="the pharmacist who has them compared")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["by"].lower()
        person = User.objects.select_related("pharmacy").filter(email=email, is_active=True).first()
        if person is None or person.pharmacy is None or person.role not in PHARMACISTS:
            raise CommandError(f"find_duplicates: no pharmacist of a pharmacy has the address {options['by']}.")
        found = find_all(person.pharmacy, by=person, now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found)))
        else:
            self.stdout.write(
                f"{found.compared} pairs compared: {found.new} new, {found.again} asked again for a new ground."
            )
