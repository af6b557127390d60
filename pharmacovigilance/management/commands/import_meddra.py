"""`manage.py import_meddra FOLDER --version 29.0 --licensee-confirms --by EMAIL`: keep a licensee's own copy of MedDRA.

Reads llt.asc and pt.asc of the folder for the pharmacy of that person: whole, or not at all with every fault named.
Exit status: 0; 1 when a file is faulty, held already or nobody confirms the licence.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.lifecycle.errors import FactsInvalid, Refused
from cases.people.models import User
from pharmacovigilance.coding.files import LLT, PT
from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.coding.services import Kind
from pharmacovigilance.refusing import ListRefused


class Command(BaseCommand):
    help = "Import the pharmacy's own copy of MedDRA."

    def create_parser(self, prog_name: str, subcommand: str, **more: Any) -> Any:
        # ``--version`` is the dictionary's here, not Django's.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **more)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--version", dest="release", default="", help="as it stands on the files, for example 29.0")
        parser.add_argument("--licensee-confirms", action="store_true", help="the licence is the pharmacy's own")
        parser.add_argument("--by", metavar="EMAIL", required=True, help="who says so")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["by"].lower()
        person = User.objects.select_related("pharmacy").filter(email=email, is_active=True).first()
        if person is None:
            raise CommandError(f"import_meddra: nobody has the address {options['by']}.")
        try:
            files = [(options["folder"] / name).read_bytes() for name in (LLT, PT)]
        except OSError as fault:
            words = fault.strerror or str(fault)
            raise CommandError(f"import_meddra: {fault.filename} cannot be read: {words}.") from fault
        try:
            held = import_dictionary(
                Kind.MEDDRA, files, version=options["release"], licensee_confirms=options["licensee_confirms"],
                by=person, now=clock.now(), progress=self._told,
            )  # fmt: skip
        except ListRefused as refusal:
            told = [f"{one.column} line {one.line}: {one.problem} {one.remedy}" for one in refusal.faults]
            more = [f"And {refusal.more} more."] if refusal.more else []
            raise CommandError("\n".join(["import_meddra: nothing was imported.", *told, *more])) from refusal
        except FactsInvalid as refusal:
            raise CommandError(f"import_meddra: {refusal.sentence} {refusal.in_a_line}") from refusal
        except Refused as refusal:
            raise CommandError(f"import_meddra: {refusal}") from refusal
        self.stdout.write(f"{held}: {held.size} terms are kept for {held.pharmacy}.")

    def _told(self, done: int, of: int) -> None:
        self.stdout.write(f"  {done} of {of} terms")
