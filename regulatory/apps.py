from importlib import import_module

from django.apps import AppConfig


class RegulatoryConfig(AppConfig):
    name = "regulatory"
    label = "regulatory"
    verbose_name = "Regulatory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for room in ("verbs", "requirements", "clocks"):
            import_module(f"{self.name}.{room}")
