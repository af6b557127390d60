"""``manage.py create_token PERSON --label NAME``: make an API token for a person and print it once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import clock
from cases.people.models import User
from cases.people.tokens import LIFETIME, create_token


class Command(BaseCommand):
    help = "Make an API token for a person (by e-mail address) and print it; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--label", default="command line", help="what the token is for; end_token ends it by this")
        parser.add_argument("--days", type=int, default=LIFETIME.days, help="how long it stands, 1 to 365 days")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email__iexact=options["email"], is_service=False, is_active=True).first()
        if person is None:
            raise CommandError(f"No active person has the address {options['email']!r}. See the list of people.")
        if not 1 <= options["days"] <= LIFETIME.days:
            raise CommandError(
                f"--days {options['days']}: a token stands 1 to {LIFETIME.days} days. Give such a number."
            )
        label = options["label"].strip()
        if not 1 <= len(label) <= 80:
            raise CommandError(f"--label has {len(label)} characters: give it 1 to 80, and say what the token is for.")
        token = create_token(
            user=person,
            label=label,
            by=User.objects.service("setup"),
            now=clock.now(),
            lifetime=timedelta(days=options["days"]),
        )
        self.stdout.write(token)
