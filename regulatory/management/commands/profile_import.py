"""Make a draft of a file of a pathway."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.people.models import User
from regulatory.drafts import import_profile
from regulatory.profiles.files import MOST_BYTES
from regulatory.profiles.schema import ProfileDataError


class Command(BaseCommand):
    """``manage.py profile_import FILE [--profile PROFILE] --by EMAIL``.

    The import is a draft in that person's name, never a version in use; a file whose data are here already is said to
    be so and writes nothing. Exit status 0; 2 with a line for each problem: profile, path, value, remedy.
    """

    help = "Make a draft version of a pathway from a JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a file as profile_export writes it")
        parser.add_argument("--profile", default="", metavar="PROFILE", help="refuse the file of any other pathway")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the person who imports it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        except OSError as wrong:
            raise CommandError(f"{str(options['file'])!r} cannot be read: {wrong.strerror}.", returncode=2) from wrong
        person = User.objects.filter(email__iexact=options["by"], is_active=True, is_service=False).first()
        if person is None:
            raise CommandError(f"--by {options['by']!r}: there is no such person here.", returncode=2)
        try:
            done = import_profile(content, by=person, now=clock.now(), key=options["profile"])
        except ProfileDataError as wrong:
            lines = [*(str(problem) for problem in wrong.problems), "Nothing was imported."]
            raise CommandError("\n".join(lines), returncode=2) from wrong
        for remark in done.remarks:
            self.stdout.write(remark)
        if done.is_new:
            self.stdout.write(f"{done.version} is a draft now; nobody has reviewed it.")
        else:
            self.stdout.write(f"These data are here already as {done.version}; nothing was imported.")
