"""``manage.py form_3911 CASE I-1``: the fields of Form FDA 3911, to be copied into FDA's form or portal."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.custody.dscsa.form_3911 import fields_of
from cases.custody.models import SuspectProduct


class Command(BaseCommand):
    help = "Print the field sheet of Form FDA 3911 for one illegitimate product."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="the reference of the case, NP-...")
        parser.add_argument("suspect", help="its label, I-1")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, case: str, suspect: str, json: bool, **options: Any) -> None:
        number = suspect.removeprefix("I-")
        rows = SuspectProduct.objects.filter(case__reference=case).select_related(
            "unit__lot", "case__medicine", "case__pharmacy", "consignment__institution"
        )
        found = rows.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
        if found is None:
            raise CommandError(f"{case} has no suspect product {suspect}.")
        if found.state in (SuspectProduct.State.SUSPECT, SuspectProduct.State.CLEARED):
            raise CommandError(f"{suspect} was not determined illegitimate: FDA is told of what is.")
        self.stdout.write(_as_text(fields_of(found), as_json=json))


def _as_text(fields: list[tuple[str, str]], *, as_json: bool) -> str:
    if as_json:
        return json.dumps(dict(fields), ensure_ascii=False, indent=2)
    return "\n".join(f"{name:44} {value}" for name, value in fields)
