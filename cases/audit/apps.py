from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "cases.audit"
    label = "audit"
    verbose_name = "Audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases.audit.capture import check_captures
        from cases.audit.install import install_after_migrate

        checks.register(check_captures, checks.Tags.models)
        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="cases.audit.install")
