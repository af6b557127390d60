"""manage.py tidy_documents: remove orphaned files, name missing ones, let papers expire."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.clock import now
from cases.documents.reviews import expire_documents
from cases.documents.tidying import tidy_documents
from cases.people.models import User


class Command(BaseCommand):
    help = "Removes files that no document has for over 24 hours, names documents without a file, expires papers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check-bytes", action="store_true", help="also compare every file with its fingerprint")

    def handle(self, *args: Any, **options: Any) -> None:
        expired = expire_documents(by=User.objects.service("deadline-sweep"), now=now())
        tidied = tidy_documents(check_bytes=options["check_bytes"])
        self.stdout.write(
            f"{tidied.removed} orphaned files removed, {tidied.young} not yet a day old, {len(expired)} papers expired."
        )
        for named in tidied.missing:
            self.stdout.write(f"missing: {named}")
        for named in tidied.altered:
            self.stdout.write(f"altered: {named}")
        if not tidied.in_order:
            raise CommandError(
                f"{len(tidied.missing)} files are missing and {len(tidied.altered)} altered. "
                "Restore the documents folder from a backup."
            )
