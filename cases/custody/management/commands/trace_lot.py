"""``manage.py trace_lot GTIN LOT``: every pack of a lot, where it is and which case it is for."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.custody.tracing import WHEREABOUTS, NotTraceable, TracedUnit, cases_of, counted, trace_lot


class Command(BaseCommand):
    help = "Trace every pack of a lot to its case. Exit status 2 for a GTIN or lot that is not known."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gtin", help="14 digits, as on the pack")
        parser.add_argument("lot", help="the lot number, as on the pack")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, gtin: str, lot: str, json: bool, **options: Any) -> None:
        try:
            units = trace_lot(gtin, lot)
        except NotTraceable as fault:
            raise CommandError(fault.sentence, returncode=2) from None
        self.stdout.write(_as_json(gtin, lot, units) if json else _as_text(units))


def _as_json(gtin: str, lot: str, units: list[TracedUnit]) -> str:
    told = {
        "gtin": gtin,
        "lot": lot,
        "units": [unit.as_json() for unit in units],
        "counts": counted(units),
        "cases": cases_of(units),
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _as_text(units: list[TracedUnit]) -> str:
    lines = [
        f"{unit.serial:20} {unit.where_said:24} {unit.case} {unit.consignment}; {unit.holder} at {unit.place}; "
        f"from {unit.supplier}"
        + (f"; {unit.doses} {'dose' if unit.doses == 1 else 'doses'} given" if unit.doses else "")
        for unit in units
    ]
    counts = counted(units)
    said = ", ".join(f"{counts[code]} {words}" for code, words in WHEREABOUTS.values() if counts[code])
    packs, cases = (
        f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((len(units), "pack"), (len(cases_of(units)), "case"))
    )
    return "\n".join([*lines, f"{packs} in {cases}: {said}."])
