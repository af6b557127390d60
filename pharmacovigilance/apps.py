from importlib import import_module

from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import module_has_submodule


class PharmacovigilanceConfig(AppConfig):
    name = "pharmacovigilance"
    label = "pharmacovigilance"
    verbose_name = "Pharmacovigilance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for room in ("verbs", "requirements", "clocks", "web.tabs", "web.told_abroad", "web.medicine"):
            if module_has_submodule(self.module, room):
                import_module(f"{self.name}.{room}")
        checks.register(import_module(f"{self.name}.programmes").check_programmes)
