from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "cases.custody"
    label = "custody"
    verbose_name = "Custody"
    default_auto_field = "django.db.models.BigAutoField"
