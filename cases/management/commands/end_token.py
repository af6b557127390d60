"""``manage.py end_token PERSON --label NAME``: end a person's API tokens of that label."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import clock
from cases.people.models import ApiToken, User
from cases.people.tokens import end_tokens


class Command(BaseCommand):
    help = "End the API tokens of a person that carry a label; a call with one of them is refused from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--label", default="command line", help="the label that create_token was given")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email__iexact=options["email"], is_service=False).first()
        if person is None:
            raise CommandError(f"Nobody has the address {options['email']!r}. See the list of people.")
        by, now = User.objects.service("setup"), clock.now()
        ended = end_tokens(user=person, label=options["label"].strip(), by=by, now=now)
        if not ended:
            standing = ApiToken.objects.filter(user=person, revoked_at=None, expires_at__gt=now)
            labels = ", ".join(sorted(set(standing.values_list("label", flat=True)))) or "none"
            raise CommandError(
                f"{options['email']} has no standing token labelled {options['label']!r}. Standing labels: {labels}."
            )
        self.stdout.write(f"{ended} ended.")
