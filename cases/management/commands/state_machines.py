"""``manage.py state_machines [--check]``: write docs/state-machines.md from the code, or say whether it is fresh."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models
from django_fsm import FSMField

from cases.lifecycle.guard import births

HEAD = """# State machines

Made from the transitions in the code by `manage.py state_machines`; do not edit. Each machine stands in the database
too: a trigger refuses a move that is not drawn here, whoever writes it. An arrow from a state to itself is an act that
leaves the record where it stands.
"""


def drawn(model: type[models.Model], field: FSMField) -> str:
    """One machine as a mermaid state diagram."""
    lines = [f"## {str(model._meta.verbose_name).capitalize()}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {state}" for state in births(model, field.name)]
    moves = sorted(
        {(str(move.source), str(move.target or move.source), move.name) for move in field.get_all_transitions(model)}
    )
    lines += [f"    {source} --> {target}: {name}" for source, target, name in moves]
    return "\n".join([*lines, "```", ""])


def document() -> str:
    """Every machine of our apps, in order of its table."""
    ours = [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in ("cases", "regulatory", "pharmacovigilance")
    ]
    machines = [
        drawn(model, field)
        for model in sorted(ours, key=lambda one: one._meta.db_table)
        for field in model._meta.fields
        if isinstance(field, FSMField)
    ]
    return "\n".join([HEAD, *machines])


class Command(BaseCommand):
    help = "Write docs/state-machines.md from the code; --check only says whether it is fresh."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit 1 when the document is not fresh")

    def handle(self, *args: Any, **options: Any) -> None:
        place = Path(settings.BASE_DIR) / "docs" / "state-machines.md"
        wanted = document()
        if options["check"]:
            if not place.exists() or place.read_text() != wanted:
                raise CommandError("docs/state-machines.md is not fresh: run manage.py state_machines.")
            return
        place.write_text(wanted)
        self.stdout.write(f"{place.name} written")
