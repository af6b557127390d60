"""What a draft of a pathway would change for the open cases; nothing is published."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.models import Case
from regulatory.impact.listing import Impact, impact_of
from regulatory.models import Enquiry
from regulatory.profiles.files import MOST_BYTES, read
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.schema import ProfileDataError


class Command(BaseCommand):
    """``manage.py impact PROFILE --draft FILE [--json]``.

    With ``--json``::

        {"profile", "version", "at", "counts": {harm: lines},
         "compared_with": {version that cases pin: {"changes": [...], "same"}},
         "lines": [{"rank", "kind": "case"|"enquiry", "reference", "stage", "pinned", "harm", "proposed",
                    "effects": [{"harm", "record", "says", "fact", "on", "was", "becomes"}],
                    "bridge": {"on_hand_days", "lasts_until", "coming", "fastest", "gap_days"} or null}],
         "other_routes": [{"key", "version", "name", "first_on", "why"}]}

    Lines stand in order of harm, the worst first. Nothing is written: the draft is only read. Exit status 0; 2 with a
    sentence for an unknown pathway and for each value of the file that cannot be used.
    """

    help = "Which open cases, filings, dates, consignments and enquiries a draft touches, worst harm first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("profile", metavar="PROFILE", help="key of the pathway, for example UK-SPECIALS")
        parser.add_argument(
            "--draft", type=Path, required=True, metavar="FILE", help="a file as profile_export writes it"
        )
        parser.add_argument("--json", action="store_true", help="print one object of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        draft = self._draft(options["profile"], options["draft"])
        found = impact_of(draft, cases=Case.objects.all(), enquiries=Enquiry.objects.all(), now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(found.to_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_told(found)))

    def _draft(self, key: str, file: Path) -> Profile:
        try:
            load().profile(key)
            with file.open("rb") as opened:
                data = read(opened.read(MOST_BYTES + 1), library=load(), key=key).data
        except LookupError as unknown:
            raise CommandError(str(unknown.args[0]), returncode=2) from unknown
        except OSError as wrong:
            raise CommandError(f"--draft {str(file)!r} cannot be read: {wrong.strerror}.", returncode=2) from wrong
        except ProfileDataError as wrong:
            raise CommandError("\n".join(str(problem) for problem in wrong.problems), returncode=2) from wrong
        return Profile.from_raw(data, readings=load().readings)


def _told(found: Impact) -> list[str]:
    """The list in lines for a person."""
    against = ", ".join(found.differences) or "no version that a case pins"
    lines = [f"{found.after.key} {found.after.version} instead of {against}: {len(found.lines)} cases and enquiries"]
    for rank, line in enumerate(found.shown, start=1):
        lines.append(f"{rank}. {line.reference}: {line.harm.words}")
        lines += [f"     {_named(effect.record, effect.says)}" for effect in line.effects]
        lines += [f"     {line.bridge.in_words()}"] if line.bridge else []
    lines += [f"{len(rows)} more: {harm.words.lower()}" for harm, rows in found.folded]
    return lines


def _named(record: str, says: str) -> str:
    """A sentence with its record, which most of them name already."""
    return says if not record or record in says else f"{record}: {says}"
