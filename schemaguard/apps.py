"""The Django app."""

from django.apps import AppConfig
from django.core.checks import register


class SchemaguardConfig(AppConfig):
    name = "schemaguard"
    verbose_name = "Schemaguard"

    def ready(self) -> None:
        from schemaguard.checks import check_settings

        register(check_settings, "schemaguard")
