from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """People come after the audit app in ``INSTALLED_APPS``, so that capture is on when the first account is made."""

    name = "cases.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.mfa import signals as factors
        from axes.signals import user_locked_out

        from cases.people import sign_in
        from cases.people.service_accounts import ensure_service_accounts

        factors.authenticator_added.connect(sign_in.factor_added, dispatch_uid="cases.people.factor_added")
        factors.authenticator_removed.connect(sign_in.factor_removed, dispatch_uid="cases.people.factor_removed")
        factors.authenticator_reset.connect(sign_in.codes_made, dispatch_uid="cases.people.codes_made")
        user_locked_out.connect(sign_in.sign_in_shut, dispatch_uid="cases.people.sign_in_shut")
        post_migrate.connect(ensure_service_accounts, sender=self, dispatch_uid="cases.people.service_accounts")
