from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """People come after the audit app in ``INSTALLED_APPS``, so that capture is on when the first account is made."""

    name = "cases.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases.people.service_accounts import ensure_service_accounts

        post_migrate.connect(ensure_service_accounts, sender=self, dispatch_uid="cases.people.service_accounts")
