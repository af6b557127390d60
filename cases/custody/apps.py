from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import module_has_submodule


class CustodyConfig(AppConfig):
    name = "cases.custody"
    label = "custody"
    verbose_name = "Custody"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for room in (
            "verbs",
            "requirements",
            "clocks",
            "stock_clocks",
            "running_out",
            "journeys",
            "partners.dates",
            "receiving.letters",
            "recalls.clocks",
            "web.tabs",
            "web.stock_panel",
            "web.house_dates",
        ):
            if module_has_submodule(self.module, room):
                import_module(f"{self.name}.{room}")
