"""`manage.py verify_audit`: is the evidence whole, and is every row what it says?

With --json it prints one object::

    {"format": 1, "ok": true, "scope": "all" or the chain ("case:42"),
     "checked": {"chains": n, "entries": n, "tables": n, "rows": n}, "seconds": s,
     "checkpoint": {"at": instant, "entries": n, "signed_by": key or ""} or null when none is kept here,
     "findings": [{"kind": str, "detail": str, "chain": str, "seq": int or null, "table": str, "row": str}]}

Exit status: 0 nothing found, 1 something found, 2 bad usage (unknown case, unreadable checkpoint).
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.audit.checkpoints import BadCheckpoint, BadSealKey, CheckpointFile, check_file, public_key_of
from cases.audit.findings import Finding, Report
from cases.audit.independent import verify_independently
from cases.audit.verify import verify

_SHOWN = 50


class Command(BaseCommand):
    help = "Verify the audit chains, and that every regulated row equals the fold of its entries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--case", metavar="REF", help="public reference of one case; everything without it")
        scope.add_argument("--chain", metavar="KEY", help="one chain by its key, such as person:7 or system")
        parser.add_argument("--checkpoint", metavar="FILE", help="also compare with a file made by seal_audit")
        parser.add_argument("--public-key", metavar="BASE64", help="the key that must have signed the checkpoint")
        scope.add_argument(
            "--independent",
            action="store_true",
            help="everything, by the second opinion, which uses none of the database's own functions (slower)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        chain = _case_chain(options["case"]) if options["case"] else options["chain"]
        against = _checkpoint_findings(options["checkpoint"], options["public_key"]) if options["checkpoint"] else []
        report = verify_independently() if options["independent"] else verify(chain=chain)
        report.findings.extend(finding for finding in against if chain is None or finding.chain in ("", chain))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self._tell(report)
        if not report.ok:
            raise SystemExit(1)

    def _tell(self, report: Report) -> None:
        self.stdout.write(
            f"{report.chains} chains, {report.entries} entries, {report.rows} rows of {report.tables} tables"
            f" in {report.seconds:.2f} s."
        )
        for finding in report.findings[:_SHOWN]:
            self.stdout.write(f"  {finding.sentence()}")
        if len(report.findings) > _SHOWN:
            self.stdout.write(f"  ... and {len(report.findings) - _SHOWN} more; --json prints them all.")
        self.stdout.write(
            f"Compared with the checkpoint of {report.checkpoint.at:%Y-%m-%d %H:%M:%S} UTC."
            if report.checkpoint
            else "No checkpoint is kept here: a tail cut off together with its head was not looked for."
        )
        self.stdout.write("Nothing was altered." if report.ok else f"{len(report.findings)} findings.")


def _case_chain(reference: str) -> str:
    case = apps.get_model("cases", "Case").objects.filter(reference=reference).values_list("pk", flat=True).first()
    if case is None:
        raise CommandError(
            f"There is no case {reference}. Give the public reference as it stands on the case.", returncode=2
        )
    return f"case:{case}"


def _checkpoint_findings(path: str, public_key: str | None) -> list[Finding]:
    try:
        file = CheckpointFile.from_json(Path(path).read_text(encoding="utf-8"))
        own = getattr(settings, "NPP_SEAL_KEY", "")
        return check_file(file, trusted_key=public_key or (public_key_of(own) if own else ""))
    except OSError as error:
        raise CommandError(f"The checkpoint {path} cannot be read: {error.strerror}.", returncode=2) from error
    except (BadCheckpoint, BadSealKey, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}", returncode=2) from error
