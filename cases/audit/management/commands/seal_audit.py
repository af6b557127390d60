"""`manage.py seal_audit`: take a checkpoint of all audit chains, to be kept outside the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.audit.checkpoints import BadCheckpoint, BadSealKey
from cases.audit.sealer import SealRefused, seal_if_grown, shelf, write_whole


class Command(BaseCommand):
    """``manage.py seal_audit [--out FILE]``: exit status 0, 1 when the database has lost something, 2 for bad usage."""

    help = "Seal the heads of all audit chains into a checkpoint; signed when NPP_SEAL_KEY is set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", metavar="FILE", help="also write the newest checkpoint here, - for standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kept = shelf()
        try:
            file = seal_if_grown()
            newest = file or (kept.newest() if kept else None)
        except BadSealKey as error:
            raise CommandError(f"NPP_SEAL_KEY: {error}", returncode=2) from error
        except BadCheckpoint as error:
            raise CommandError(f"The newest checkpoint file: {error}", returncode=2) from error
        except SealRefused as refusal:
            for finding in refusal.findings:
                self.stderr.write(f"  {finding.sentence()}")
            raise CommandError(str(refusal), returncode=1) from refusal
        except OSError as error:
            raise CommandError(f"The checkpoint cannot be kept: {error}.", returncode=2) from error
        assert newest is not None  # noqa: S101 - either just made, or nothing was added since this one
        if options["out"] == "-":
            self.stdout.write(newest.to_json())
            return
        if options["out"]:
            try:
                write_whole(Path(options["out"]), newest.to_json())
            except OSError as error:
                raise CommandError(
                    f"The checkpoint cannot be written to {options['out']}: {error.strerror}.", returncode=2
                ) from error
        signed = "signed" if newest.signature else "not signed, since NPP_SEAL_KEY is not set"
        where = options["out"] or (kept.folder if kept else "the database alone: set NPP_CHECKPOINT_DIR")
        if file is None:
            self.stdout.write(f"Nothing was added since the newest checkpoint ({len(newest.heads)} chains, {signed}).")
        else:
            self.stdout.write(f"{len(newest.heads)} chains sealed into {where}, {signed}.")
