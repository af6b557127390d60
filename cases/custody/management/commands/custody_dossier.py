"""``manage.py custody_dossier CASE --out FILE``: everything on record of a case's packs, as one PDF."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.custody.dossier.making import dossier_of
from cases.custody.management.whole import write_whole
from cases.models import Case
from cases.print.typeset import NotPrintable


class Command(BaseCommand):
    help = "Set the custody dossier of a case as PDF. The same state gives the same bytes; no patient is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="the reference of the case, NP-...")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, case: str, out: Path, **options: Any) -> None:
        found = Case.objects.with_people().filter(reference=case).first() if "\x00" not in case else None
        if found is None:
            raise CommandError(f"There is no case {case!r}.", returncode=2)
        try:
            content = dossier_of(found)
        except NotPrintable as fault:
            raise CommandError(str(fault)) from None
        write_whole(out, content)
        self.stdout.write(f"{out}: {len(content)} bytes.")
