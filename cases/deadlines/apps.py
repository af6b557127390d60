from importlib import import_module

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "cases.deadlines"
    label = "deadlines"
    verbose_name = "Deadlines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The composers of reminders make themselves known to the sender.
        import_module("cases.deadlines.reminders")
