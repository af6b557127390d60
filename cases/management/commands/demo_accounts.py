"""``manage.py demo_accounts``: who may sign in to the demonstration, and with what."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "List the demonstration's accounts; refused in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("Production has no demonstration accounts.")
        for account in import_module("config.demonstration.accounts").accounts():
            self.stdout.write(f"{account['email']:<28} {account['password']:<20} {account['role']}: {account['what']}")
