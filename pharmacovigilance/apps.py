from django.apps import AppConfig


class PharmacovigilanceConfig(AppConfig):
    name = "pharmacovigilance"
    label = "pharmacovigilance"
    verbose_name = "Pharmacovigilance"
    default_auto_field = "django.db.models.BigAutoField"
