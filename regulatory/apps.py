from django.apps import AppConfig


class RegulatoryConfig(AppConfig):
    name = "regulatory"
    label = "regulatory"
    verbose_name = "Regulatory"
    default_auto_field = "django.db.models.BigAutoField"
