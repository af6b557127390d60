"""`manage.py e2b_acknowledge FILE --by EMAIL --json`: give a recipient's acknowledgement to the transmission it names.

Changes only the transmissions it names, each in the name of whoever took the file. What names none of ours, or is
for another sender, is kept apart (UnmatchedAcknowledgement) and changes nothing. Exit status: 0 every answer found its
transmission; 1 one did not, or the file is none; 2 the file cannot be read, or nobody has that address.
"""

import hashlib
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cases import clock
from cases.lifecycle.errors import Refused
from cases.people.models import User
from pharmacovigilance.e2b.acknowledging import read
from pharmacovigilance.e2b.findings import Unreadable
from pharmacovigilance.messages import Answered, take_acknowledgement
from pharmacovigilance.models import UnmatchedAcknowledgement
from pharmacovigilance.senders import SenderUnreadable


class Command(BaseCommand):
    help = "Take a recipient's acknowledgement (ACK) of E2B(R3) messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", metavar="EMAIL", required=True, help="the pharmacist who takes it")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.select_related("pharmacy").filter(email=options["by"].lower(), is_active=True).first()
        if person is None or person.pharmacy is None:
            raise CommandError(f"e2b_acknowledge: nobody of a pharmacy has the address {options['by']}.", returncode=2)
        try:
            data = options["file"].read_bytes()
        except OSError as fault:
            words = fault.strerror or str(fault)
            raise CommandError(f"e2b_acknowledge: {options['file']} cannot be read: {words}.", returncode=2) from fault
        try:
            with transaction.atomic():
                answers = take_acknowledgement(
                    read(data), sha256=hashlib.sha256(data).hexdigest(), pharmacy=person.pharmacy, by=person,
                    now=clock.now(),
                )  # fmt: skip
        except Unreadable as fault:
            self.stdout.write(json.dumps({"error": fault.finding.to_json()}) if options["json"] else str(fault))
            sys.exit(1)
        except (Refused, SenderUnreadable) as fault:
            raise CommandError(f"e2b_acknowledge: {fault} Nothing was changed.", returncode=1) from fault
        told = [_told(answer) for answer in answers]
        if options["json"]:
            self.stdout.write(json.dumps({"answers": told}))
        else:
            for one in told:
                named = one["transmission"] or f"kept apart: {one['why']}"
                self.stdout.write(f"{one['message_number']} {one['report']}: {one['code']}, {named}.")
        if any(one["why"] for one in told):
            sys.exit(1)


def _told(answer: Answered) -> dict[str, str]:
    found = answer.transmission
    return {
        "message_number": answer.message_number,
        "report": answer.report,
        "code": answer.code,
        "transmission": f"{found.case.reference}/{found.label}" if found else "",
        "why": UnmatchedAcknowledgement.Why(answer.why).label if answer.why else "",
    }
