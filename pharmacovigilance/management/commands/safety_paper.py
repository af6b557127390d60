"""`manage.py safety_paper VERSION --form cioms|medwatch|notice|notice_json --out FILE`: a locked version on paper.

VERSION is the case's reference and the version's number (`REFERENCE/V-1`), or the version's key. From the locked
snapshot only: the same version gives the same bytes. Exit status: 0 written, 2 there is no such version, it is not
locked, or the file cannot be written.
"""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.print.typeset import NotPrintable
from pharmacovigilance.artefacts import FORMS, artefact_of
from pharmacovigilance.e2b.exporting import NotExportable, is_coded
from pharmacovigilance.management.naming import version_named
from pharmacovigilance.messages import NotLocked
from pharmacovigilance.senders import SenderUnreadable


class Command(BaseCommand):
    help = "Write a locked version of a safety case as a labelled report or as the notice to the manufacturer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", help="REFERENCE/V-1, or the key of the version")
        papers = [code for code, form in FORMS.items() if not form.profile]
        parser.add_argument("--form", choices=papers, required=True)
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        version, form = version_named(options["version"], command="safety_paper"), options["form"]
        try:
            content = artefact_of(version, form)
            options["out"].write_bytes(content)
        except (NotLocked, NotExportable, NotPrintable, SenderUnreadable) as fault:
            raise CommandError(f"safety_paper: {fault} Nothing was written.", returncode=2) from fault
        except OSError as fault:
            raise CommandError(
                f"safety_paper: {options['out']} cannot be written: {fault.strerror}.", returncode=2
            ) from fault
        told = {
            "version": f"{version.case.reference}/{version.label}",
            "form": form,
            "sha256": hashlib.sha256(content).hexdigest(),
            "snapshot_sha256": version.snapshot_sha256,
            "bytes": len(content),
            "coded": is_coded(version.snapshot or {}),
        }
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            words = "coded" if told["coded"] else "not coded in MedDRA"
            self.stdout.write(f"{told['version']}, {FORMS[form].words}: {words}; SHA-256 {told['sha256']}.")
