"""Ask the reporting rules on standard input: by when, or who must be told at all."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pharmacovigilance.library import rule_library
from pharmacovigilance.reporting_clock import NotAnswerable, answer
from regulatory.profiles.loader import load

MOST_CHARACTERS = 100_000


class Command(BaseCommand):
    """``manage.py reporting_clock --json < QUESTION``.

    One object ``{"rule_id", "inputs": {"received_at" | "day0_date", "zone", ...}}`` is answered with the dates of that
    rule::

        {"day0", "due_date", "due_before" | "due_at", "second_stage_due_date", "second_stage_strict_due_date"}

    and one object ``{"jurisdictions", "pathway", "facts"}`` with ``{"matched": [rule ids], "undecided": [rule ids]}``.
    Every rule is a research draft until a qualified person has signed it. Nothing is read from a database. Exit status
    0; 2 with a sentence for each field that cannot be used.
    """

    help = "By when a reporting rule wants a report, or which rules some facts meet; the question is standard input."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        text = sys.stdin.read(MOST_CHARACTERS + 1)
        if len(text) > MOST_CHARACTERS:
            raise CommandError(f"The question has more than {MOST_CHARACTERS:,} characters.", returncode=2)
        library = rule_library()
        try:
            told = answer(_read(text), library=library, pathways=load().profiles)
        except NotAnswerable as refusal:
            raise CommandError("\n".join(refusal.faults), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            words = (", ".join(value) or "none") if isinstance(value, list) else str(value)
            self.stdout.write(f"{name.replace('_', ' ')}: {words}")
        self.stdout.write(f"Rules {library.version}: a research draft that nobody has reviewed.")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        where = f"line {wrong.lineno}, column {wrong.colno}" if isinstance(wrong, json.JSONDecodeError) else "its depth"
        raise NotAnswerable(f"Standard input is no JSON ({where}). Write one object, as in the examples.") from wrong
