from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import module_has_submodule

from cases.deadlines.calendars import install
from regulatory.profiles.loader import load

# Each registers something; consequences follow a verb in this order.
ROOMS = (
    "verbs", "requirements", "clocks", "holds", "second_person", "standing_clocks", "stages", "supply_times", "offered",
    "web.tabs", "web.stock_on_hand", "web.told_abroad",
)  # fmt: skip


class RegulatoryConfig(AppConfig):
    name = "regulatory"
    label = "regulatory"
    verbose_name = "Regulatory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Here, since the trunk's date arithmetic counts in calendars whose facts only this app holds.
        install(load().calendars)
        for room in ROOMS:
            if module_has_submodule(self.module, room):
                import_module(f"{self.name}.{room}")
