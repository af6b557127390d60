"""``manage.py epcis_export CASE``: the custody of a case as trading partners read it, without any person."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.custody.epcis.giving import FORMATS, document_of
from cases.custody.epcis.writing import PrefixUnknown
from cases.custody.management.whole import write_whole
from cases.models import Case


class Command(BaseCommand):
    help = "Write the custody events of a case as EPCIS 2.0 JSON or EPCIS 1.2 XML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="the reference of the case, NP-...")
        parser.add_argument("--format", choices=FORMATS, default="json", dest="form")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--company-prefix",
            action="append",
            default=[],
            metavar="DIGITS",
            help="for xml12: a GS1 company prefix, as the labeller of the GTINs states it; may be repeated",
        )

        parser.add_argument(
            "--event-ids",
            choices=("uuid", "hash"),
            default="uuid",
            help="for json: name each event by a number of this house, or by the hash of what it says (CBV 2.0, 8.9)",
        )

    def handle(
        self,
        *args: Any,
        case: str,
        form: str,
        out: Path,
        company_prefix: list[str],
        event_ids: str = "uuid",
        **options: Any,
    ) -> None:
        found = Case.objects.select_related("pharmacy").filter(reference=case).first()
        if found is None:
            raise CommandError(f"There is no case {case}.")
        if wrong := [prefix for prefix in company_prefix if not (prefix.isdigit() and 6 <= len(prefix) <= 12)]:
            raise CommandError(f"A company prefix has 6 to 12 digits; {wrong[0]!r} was given.")
        by_hash = event_ids == "hash"
        if by_hash and form != "json":
            raise CommandError(f"--event-ids hash is of EPCIS 2.0 JSON; --format {form} was given. Use --format json.")
        try:
            document = document_of(found, form=form, now=clock.now(), company_prefixes=company_prefix, by_hash=by_hash)
        except PrefixUnknown as fault:
            raise CommandError(str(fault)) from None
        write_whole(out, document)
        self.stdout.write(f"{out}: {len(document)} bytes.")
