"""`manage.py seal_audit`: take a checkpoint of all audit chains, to be kept outside the database."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.audit.checkpoints import BadSealKey, seal


class Command(BaseCommand):
    help = "Seal the heads of all audit chains into a checkpoint; signed when NPP_SEAL_KEY is set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", metavar="FILE", help="where the file goes (standard output without it)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = seal(seal_key=getattr(settings, "NPP_SEAL_KEY", "") or "")
        except BadSealKey as error:
            raise CommandError(f"NPP_SEAL_KEY: {error}", returncode=2) from error
        if not options["out"]:
            self.stdout.write(file.to_json())
            return
        path = Path(options["out"])
        partial = path.with_name(path.name + ".part")
        try:
            with partial.open("w", encoding="utf-8") as stream:
                stream.write(file.to_json())
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        except OSError as error:
            raise CommandError(
                f"The checkpoint cannot be written to {path}: {error.strerror}.", returncode=2
            ) from error
        signed = "signed" if file.signature else "not signed, since NPP_SEAL_KEY is not set"
        self.stdout.write(f"{len(file.heads)} chains sealed into {path}, {signed}.")
