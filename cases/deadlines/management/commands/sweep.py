"""One pass of the deadline sweep and, unless told otherwise, of the sender."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.deadlines.loops import run_sender, run_sweep


class Command(BaseCommand):
    """``manage.py sweep [--at INSTANT] [--no-send] [--json]``.

    With ``--json`` one line::

        {"at": "2026-03-02T09:00:00+00:00",
         "sweep": {"claimed": 3, "reminders": 4, "late": 0, "collapsed": 0, "missed": 1, "windows_ended": 0,
                   "notices": 2, "unheard": 0, "left_locked": 0},
         "sent": {"handed_over": 0, "delivered": 2, "postponed": 0, "bounced": 0, "failed": 0, "withdrawn": 0}}

    ``claimed`` deadlines were looked at; ``late`` and ``collapsed`` come from an outage; ``unheard`` rungs had nobody
    to tell; ``left_locked`` ones come with the next pass. ``sent`` is null with ``--no-send``. Exit status 0; 2 when
    the instant cannot be read.
    """

    help = "Do one pass over due deadlines, then send what is due; prints the counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", metavar="INSTANT", help="business time of the pass, ISO 8601 with zone; now if left out"
        )
        parser.add_argument("--no-send", action="store_true", help="leave the outbox to the sender")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = _instant(options["at"]) if options["at"] else clock.now()
        swept = run_sweep(now=now)
        sent = None if options["no_send"] else run_sender(now=now)
        if options["json"]:
            counts = {"at": now.isoformat(), "sweep": dict(swept), "sent": None if sent is None else dict(sent)}
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write(f"Swept at {now.isoformat()}: {_words(swept)}.")
        if sent is not None:
            self.stdout.write(f"Sent: {_words(sent)}.")


def _instant(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"--at {text!r} is no instant: write it as 2026-03-02T09:00:00+00:00.", returncode=2
        ) from None
    if read.tzinfo is None:
        raise CommandError(f"--at {text!r} has no zone: write it as {text}+00:00 for UTC.", returncode=2)
    return read.astimezone(UTC)


def _words(counts: Any) -> str:
    told = [f"{amount} {name.replace('_', ' ')}" for name, amount in counts.items() if amount]
    return ", ".join(told) or "nothing to do"
