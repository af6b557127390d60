"""``manage.py exception_report CASE C-1``: the differences of one consignment as the message partners exchange."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.custody.dscsa.message import report_of
from cases.custody.models import Consignment, SupplyException


class Command(BaseCommand):
    help = "Write the exceptions of a consignment as one DSCSA exception report message (JSON)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="the reference of the case, NP-...")
        parser.add_argument("consignment", help="its label, C-1")
        parser.add_argument("--out", type=Path, metavar="FILE", help="instead of printing it")

    def handle(self, *args: Any, case: str, consignment: str, out: Path | None, **options: Any) -> None:
        found = Consignment.objects.filter(case__reference=case, number=_number(consignment)).first()
        if found is None:
            raise CommandError(f"{case} has no consignment {consignment}.")
        known = SupplyException.objects.filter(consignment=found).select_related("record__epcis_file")
        rows = list(known.order_by("number"))
        if not rows:
            raise CommandError(f"{consignment} of {case} has no exception: there is nothing to report.")
        report = report_of(
            rows, case=case, order=found.order_number, email=settings.DEFAULT_FROM_EMAIL, made_at=clock.now()
        )
        text = json.dumps(report, indent=2, ensure_ascii=False)
        if out is None:
            self.stdout.write(text)
            return
        try:
            out.write_text(text + "\n")
        except OSError as fault:
            raise CommandError(f"{out} cannot be written: {fault.strerror}.") from None
        self.stdout.write(f"{out}: {len(rows)} exceptions.")


def _number(label: str) -> int:
    number = label.removeprefix("C-")
    if not (number.isascii() and number.isdigit()):
        raise CommandError(f"{label!r} is no consignment; they are called C-1, C-2 and so on.")
    return int(number)
