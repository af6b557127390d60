"""``manage.py temperature FILE --mapping NAME --storage CLASS``: the figures of a logger's file and the finding."""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.custody.cold_chain.figures import assess
from cases.custody.cold_chain.kinetic import METHODS
from cases.custody.cold_chain.logger_files import LoggerFileRefused, read_logger_file
from cases.custody.cold_chain.mappings import mappings
from cases.custody.cold_chain.record import record_of
from cases.custody.cold_chain.storage import RULES


class Command(BaseCommand):
    help = "Judge a logger's file without touching a case. Exit status 1 when nothing can be read from it."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own attribute; nothing but a file is read

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", required=True, help=f"layout of the file: {', '.join(mappings())}")
        parser.add_argument("--storage", required=True, help=f"storage class: {', '.join(RULES)}")
        parser.add_argument("--method", default="trapezoid", help=f"between readings: {', '.join(METHODS)}")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, file: Path, mapping: str, storage: str, method: str, **options: Any) -> None:
        layout = _known("--mapping", mapping, mappings())
        _known("--storage", storage, RULES)
        way = _known("--method", method, {one: one for one in METHODS})
        try:
            content = file.read_bytes()
        except OSError as fault:
            raise CommandError(f"{file}: {fault.strerror}. Name a file that can be read.") from None
        try:
            read = read_logger_file(content, layout, storage=storage)
        except LoggerFileRefused as refusal:
            told = {"error": refusal.code, "line": refusal.line, "sentence": str(refusal)}
            self.stdout.write(json.dumps(told) if options["json"] else f"{refusal.code}: {refusal}")
            raise SystemExit(1) from None
        figures = assess(read.series, storage, method=way)
        if options["json"]:
            digest = hashlib.sha256(content).hexdigest()
            self.stdout.write(json.dumps(record_of(figures, read, layout, digest)))
        else:
            self.stdout.write("\n".join([f"{figures.finding.replace('_', ' ')}:", *figures.reasons]))


def _known(option: str, given: str, known: Any) -> Any:
    if given not in known:
        raise CommandError(f"{option}: {given!r} is not known. Use one of {', '.join(known)}.", returncode=2)
    return known[given]
