"""``manage.py clock [--forward 28d]``: show business time, or move it forward (demonstration and tests only)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import clock
from cases.clock.amounts import parse_amount


class Command(BaseCommand):
    help = "Show business time; --forward 28d moves it forward in demonstration and test settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forward", metavar="AMOUNT", help="for example 28d, 36h or 90m")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forward"]:
            try:
                clock.forward(by_amount=parse_amount(options["forward"]), moved_by="command line")
            except (ValueError, clock.ClockIsFixed) as refusal:
                raise CommandError(str(refusal)) from refusal
        ahead = clock.offset()
        self.stdout.write(f"{clock.now():%Y-%m-%dT%H:%M:%SZ} business time, {ahead} ahead of true time")
