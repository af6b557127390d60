"""``manage.py create_token PERSON --label NAME``: make an API token for a person and print it once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import clock
from cases.people.models import User
from cases.people.tokens import create_token


class Command(BaseCommand):
    help = "Make an API token for a person (by e-mail address) and print it; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--label", default="command line", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email__iexact=options["email"], is_service=False, is_active=True).first()
        if person is None:
            raise CommandError(f"No active person has the address {options['email']!r}. See the list of people.")
        token = create_token(user=person, label=options["label"], by=User.objects.service("setup"), now=clock.now())
        self.stdout.write(token)
