"""``manage.py recompute_temperatures [--case REFERENCE]``: every computed assessment once more from its raw file."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cases.custody.assessing import recompute
from cases.custody.cold_chain.logger_files import LoggerFileRefused
from cases.custody.models import ExposureAssessment
from cases.documents.services import BytesNotIntact
from cases.people.keys import KeyErased


class Command(BaseCommand):
    help = "Reckon every assessment of a logger's file again. Exit status 1 when one is not the same. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", help="one case by its reference; all without it")

    def handle(self, *args: Any, case: str | None, **options: Any) -> None:
        rows = ExposureAssessment.objects.filter(basis="file").select_related(
            "case__patient", "consignment", "document__file__case__patient"
        )
        rows = rows.filter(case__reference=case) if case else rows
        told, count = [], 0
        for one in rows.order_by("case_id", "number").iterator():
            count += 1
            named = f"{one.case.reference} {one.consignment.label} {one.label}"
            try:
                told += [f"{named}: {words}" for words in recompute(one)]
            except KeyErased:
                self.stdout.write(f"{named}: the patient's papers were erased; it can be reckoned no more.")
            except (BytesNotIntact, LoggerFileRefused) as fault:
                told.append(f"{named}: {fault}")
        for words in told:
            self.stdout.write(words)
        if told:
            raise SystemExit(1)
        counted = (
            "1 assessment reckoned again from its file"
            if count == 1
            else (f"{count} assessments reckoned again from their files")
        )
        self.stdout.write(f"{counted}: all alike.")
