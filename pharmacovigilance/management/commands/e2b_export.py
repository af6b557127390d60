"""`manage.py e2b_export VERSION --profile ich|fda|eu --out FILE`: a locked version as an E2B(R3) message.

VERSION is the case's reference and the version's number (`REFERENCE/V-1`), or the version's key. From the locked
snapshot only: the same version gives the same bytes. With `--transmission T-1` the file kept with that transmission is
written. Exit status: 0 written, 2 there is no such version, it is not locked, or the file cannot be written.
"""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pharmacovigilance.artefacts import FORMS, NotKept, kept_bytes
from pharmacovigilance.e2b.exporting import NotExportable, is_coded, recipients
from pharmacovigilance.management.naming import version_named
from pharmacovigilance.messages import NotLocked, export_of
from pharmacovigilance.models import CaseVersion, Transmission
from pharmacovigilance.senders import SenderUnreadable


class Command(BaseCommand):
    help = "Write a locked version of a safety case as an E2B(R3) message; without a MedDRA code it is a draft."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", help="REFERENCE/V-1, or the key of the version")
        parser.add_argument("--profile", choices=sorted(recipients()), required=True)
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--transmission", metavar="T-1", help="the file that was kept with this transmission")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        version = version_named(options["version"], command="e2b_export")
        try:
            content = _content(version, options["profile"], options["transmission"])
            options["out"].write_bytes(content)
        except (NotLocked, NotKept, NotExportable, SenderUnreadable) as fault:
            raise CommandError(f"e2b_export: {fault} Nothing was written.", returncode=2) from fault
        except OSError as fault:
            raise CommandError(
                f"e2b_export: {options['out']} cannot be written: {fault.strerror}.", returncode=2
            ) from fault
        told = {
            "version": f"{version.case.reference}/{version.label}",
            "profile": options["profile"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "snapshot_sha256": version.snapshot_sha256,
            "bytes": len(content),
            "draft": not is_coded(version.snapshot or {}),
        }
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            words = "a draft, since the reaction has no MedDRA code" if told["draft"] else "coded"
            self.stdout.write(f"{told['version']} for {told['profile']}: {words}; SHA-256 {told['sha256']}.")


def _content(version: CaseVersion, profile: str, transmission: str | None) -> bytes:
    if not transmission:
        return export_of(version, profile=profile)
    found = next(
        (one for one in Transmission.objects.filter(obligation__version=version) if one.label == transmission), None
    )
    if found is None or found.format not in FORMS or FORMS[found.format].profile != profile:
        raise CommandError(
            f"e2b_export: {transmission} is no transmission of {version.label} with a message for {profile}.",
            returncode=2,
        )
    return kept_bytes(found)
