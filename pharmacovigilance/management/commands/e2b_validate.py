"""`manage.py e2b_validate FILE --profile ich|fda|eu --json`: a message against schema, ICH's and its recipient's rules.

Looks into no database. Exit status: 0 accepted (warnings may stand), 1 at least one finding that the recipient rejects,
2 the file cannot be opened or the schema folder cannot be used.
"""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pharmacovigilance.e2b.schema import NoSchema
from pharmacovigilance.e2b.validating import PROFILES, Checked, check_file

SENT = {"initial": True, "follow-up": False, None: None}


class Command(BaseCommand):
    help = "Check an E2B(R3) message: published schema (NPP_ICH_SCHEMA_DIR), ICH's rules, its recipient's rules."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--profile", choices=sorted(PROFILES), default="ich", help="whose rules; ich by default")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--report", choices=("initial", "follow-up"), help="whether it is sent for the first time, for R0011, R0101"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checked = check_file(
                options["file"], profile=options["profile"], now=datetime.now(UTC),
                schemas=settings.NPP_ICH_SCHEMA_DIR, is_initial=SENT[options["report"]],
            )  # fmt: skip
        except OSError as fault:
            words = fault.strerror or str(fault)
            raise CommandError(f"e2b_validate: {options['file']} cannot be read: {words}.", returncode=2) from fault
        except NoSchema as fault:
            raise CommandError(f"e2b_validate: {fault}", returncode=2) from fault
        if options["json"]:
            self.stdout.write(json.dumps(checked.to_json(), ensure_ascii=False, indent=1))
        else:
            self._tell(checked)
        if not checked.is_accepted:
            sys.exit(1)

    def _tell(self, checked: Checked) -> None:
        for finding in checked.findings:
            self.stdout.write(f"{finding.severity:<9} {finding.rule:<18} {finding.sentence}\n{'':29}{finding.xpath}")
        self.stdout.write(f"Schema: {checked.schema}.")
        self.stdout.write(f"{'Accepted' if checked.is_accepted else 'Not accepted'} by profile {checked.profile}.")
