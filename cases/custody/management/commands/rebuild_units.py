"""Compare every unit with the fold of its custody events, and put it right if asked."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cases.audit.context import acting
from cases.custody.fold import IllegalMovement, fold
from cases.custody.ledger import differing, faults_of_chain, movements_of, project
from cases.custody.models import Consignment, Unit
from cases.people.models import User


class Command(BaseCommand):
    help = "Fold the custody ledger anew and compare it with the units. Exit status 1 when --check finds a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, check: bool, json: bool, **options: Any) -> None:
        found = Report()
        for consignment in Consignment.objects.order_by("pk").iterator():
            found.look_at(consignment, repair=not check)
        self.stdout.write(found.as_json() if json else found.as_text())
        if found.faults or (check and found.differences):
            raise SystemExit(1)


class Report:
    """What one run saw: units looked at, projections that differed, ledgers that cannot be folded."""

    def __init__(self) -> None:
        self.units = 0
        self.differences: list[str] = []
        self.faults: list[str] = []

    def look_at(self, consignment: Consignment, *, repair: bool) -> None:
        units = list(consignment.units.order_by("pk"))
        self.units += len(units)
        try:
            positions = fold(movements_of(units))
        except IllegalMovement as fault:
            self.faults.append(f"{consignment.case.reference} {consignment.label}: {fault}")
            return
        for unit in units:
            if unit.pk not in positions:
                self.faults.append(
                    f"{consignment.case.reference} {consignment.label}: {unit.serial} has no custody event."
                )
        where = f"{consignment.case.reference} {consignment.label}"
        self.faults += [f"{where}: {fault}" for fault in faults_of_chain(units)]
        wrong = differing(units, positions)
        for unit, position in wrong:
            self.differences.append(
                f"{consignment.case.reference} {consignment.label}: {unit.serial} says {unit.state} with "
                f"{unit.holder} at {unit.place}; its events say {position.state} with {position.holder} at "
                f"{position.place}."
            )
        if wrong and repair:
            self._repair([unit for unit, _ in wrong])

    def _repair(self, units: list[Unit]) -> None:
        reason = "The projection differed from its custody events."
        with acting(by=User.objects.service("setup"), verb="custody.unit.rebuilt", reason=reason):
            project(units)

    def as_text(self) -> str:
        lines = [*self.faults, *self.differences]
        return "\n".join([*lines, f"{self.units} units, {len(self.differences)} differ, {len(self.faults)} faults."])

    def as_json(self) -> str:
        return json.dumps(
            {"units": self.units, "differences": self.differences, "faults": self.faults}, ensure_ascii=False, indent=2
        )
