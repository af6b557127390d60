"""Load the product's reporting rules as unreviewed drafts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.clock import now
from cases.people.models import User
from pharmacovigilance.releases import TextChanged, load_release


class Command(BaseCommand):
    help = "Load the reporting rules of the product as unreviewed drafts. Loading again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_release(by=User.objects.service("setup"), now=now())
        except User.DoesNotExist:
            raise CommandError("There is no service account “setup” yet. Run `manage.py migrate` first.") from None
        except TextChanged as error:
            raise CommandError(str(error)) from error
        if loaded.newer:
            self.stdout.write(f"Reporting rules: release {loaded.newer}, loaded before, is newer. Nothing changed.")
            return
        retired = f", {loaded.retired} retired" if loaded.retired else ""
        self.stdout.write(
            f"Reporting rules: {loaded.added} loaded as drafts{retired}, {loaded.unchanged} already there."
        )
