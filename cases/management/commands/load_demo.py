"""``manage.py load_demo``: load the demonstration's invented people and cases once."""

from importlib import import_module
from os import cpu_count
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock

AT_ONCE = 4  # stories played at once, however many processors there are: one database answers all of them


class Command(BaseCommand):
    help = "Load the demonstration's invented people and cases; a second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        # By name: the trunk's skin knows the outermost rooms by name only.
        loading = import_module("config.demonstration.load")
        began = monotonic()
        try:
            made = loading.load_demonstration(
                now=clock.now(),
                say=self._tell if options["verbosity"] else lambda line: None,
                processes=min(cpu_count() or 1, AT_ONCE),
            )
        except loading.NotADemonstration as refusal:
            raise CommandError(str(refusal)) from refusal
        took = f"{monotonic() - began:.1f} s"
        self.stdout.write(
            f"{made} demonstration cases loaded in {took}" if made else "The demonstration is loaded already"
        )

    def _tell(self, line: str) -> None:
        """At once, also through a pipe: somebody waits for it."""
        self.stdout.write(line)
        self.stdout.flush()
