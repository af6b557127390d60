"""Write one pathway as one file of JSON."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from regulatory.models import ProfileVersion
from regulatory.profiles.files import written


class Command(BaseCommand):
    """``manage.py profile_export PROFILE [--of VERSION] [--to FILE]``.

    Without ``--of`` the version in use, else the newest. The same version gives the same bytes every time. Exit
    status 0; 2 with a sentence for a pathway, version or file that cannot be used.
    """

    help = "Write a version of a pathway as one JSON file, to standard output or to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("profile", metavar="PROFILE", help="key of the pathway, for example UK-SPECIALS")
        parser.add_argument("--of", default="", metavar="VERSION", help="which version; the one in use when left out")
        parser.add_argument("--to", type=Path, metavar="FILE", help="where to; standard output when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = list(ProfileVersion.objects.filter(profile_key=options["profile"]).order_by("id"))
        if not rows:
            raise CommandError(f"There is no pathway {options['profile']!r} here.", returncode=2)
        if options["of"]:
            found = [row for row in rows if row.version == options["of"]]
        else:
            found = [row for row in rows if row.status == ProfileVersion.Status.ACTIVE] or rows[-1:]
        if not found:
            known = ", ".join(row.version for row in rows)
            message = f"{options['profile']} has no version {options['of']!r}. Known here: {known}."
            raise CommandError(message, returncode=2)
        content = written(found[-1].data)
        if options["to"] is None:
            self.stdout.write(content.decode(), ending="")
            return
        try:
            options["to"].write_bytes(content)
        except OSError as wrong:
            raise CommandError(f"--to {str(options['to'])!r} cannot be written: {wrong}", returncode=2) from wrong
        self.stdout.write(f"{found[-1]}: {len(content):,} bytes, fingerprint {found[-1].data_sha256[:12]}.")
