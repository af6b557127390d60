from importlib import import_module

from django.apps import AppConfig

from cases.columns import hash_columns_by_name


class CasesConfig(AppConfig):
    """The trunk. Branches register their verbs, requirements and clocks in the same way."""

    name = "cases"
    label = "cases"
    verbose_name = "Cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        hash_columns_by_name()
        for room in (
            "verbs.stages",
            "verbs.holds",
            "verbs.determinations",
            "verbs.documents",
            "verbs.patients",
            "services",
            "requirements",
            "clocks",
        ):
            import_module(f"{self.name}.{room}")
