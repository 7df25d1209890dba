"""The Django app."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class SchemaguardConfig(AppConfig):
    name = "schemaguard"
    verbose_name = "Schemaguard"

    def ready(self) -> None:
        from schemaguard.checks import check_drift, check_guard, check_settings
        from schemaguard.management.migrating import take_the_first_place

        register(check_settings, "schemaguard")
        register(check_guard, "schemaguard")
        register(check_drift, "schemaguard", Tags.database)
        take_the_first_place()
