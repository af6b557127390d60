"""Load the product's pathways as unreviewed drafts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.clock import now
from cases.people.models import User
from regulatory.governance import DataChanged, load_drafts
from regulatory.profiles.schema import ProfileDataError


class Command(BaseCommand):
    help = "Load the pathways of the product as unreviewed drafts. Loading again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_drafts(by=User.objects.service("setup"), now=now())
        except User.DoesNotExist:
            raise CommandError("There is no service account “setup” yet. Run `manage.py migrate` first.") from None
        except (DataChanged, ProfileDataError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Pathways: {loaded.added} loaded as drafts, {loaded.unchanged} already there.")
