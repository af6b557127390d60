"""`manage.py safety_inspection_pack REFERENCE/SC-1 --out FILE`: everything on record of a safety case as one archive.

Prints each file as it is packed, and what was left out. Exit status: 0 written, 2 there is no such safety case, or the
file cannot be written.
"""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pharmacovigilance.inspection import pack_of
from pharmacovigilance.models import SafetyCase


class Command(BaseCommand):
    help = "Write timeline, versions, obligations, transmissions, follow-up and audit trail of a safety case as a ZIP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("safety_case", help="REFERENCE/SC-1")
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        named = options["safety_case"]
        reference, _, label = named.rpartition("/")
        cases = SafetyCase.objects.select_related("case__pharmacy").filter(case__reference=reference)
        found = next((one for one in cases if one.label == label.upper()), None)
        if found is None:
            raise CommandError(
                f"safety_inspection_pack: there is no safety case {named}; write REFERENCE/SC-1.", returncode=2
            )
        packed = pack_of(found, progress=lambda name: self.stdout.write(f"  {name}"))
        try:
            options["out"].write_bytes(packed.content)
        except OSError as fault:
            raise CommandError(
                f"safety_inspection_pack: {options['out']} cannot be written: {fault.strerror}.", returncode=2
            ) from fault
        for sentence in packed.left_out:
            self.stdout.write(f"  left out: {sentence}")
        digest = hashlib.sha256(packed.content).hexdigest()
        self.stdout.write(f"{found.case.reference}/{found.label}: {packed.files} files; SHA-256 {digest}.")
