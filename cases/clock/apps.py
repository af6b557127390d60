from django.apps import AppConfig


class ClockConfig(AppConfig):
    name = "cases.clock"
    label = "clock"
    verbose_name = "Clock"
    default_auto_field = "django.db.models.BigAutoField"
