"""The Django app."""

import sys
from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register

from schemaguard import gc_pause


class SchemaguardConfig(AppConfig):
    name = "schemaguard"
    verbose_name = "Schemaguard"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        # In a process that was started for our command; any other has its collector as it was. Loading the models of a
        # large project calls it some hundred times.
        self._collected = gc_pause.pause() if sys.argv[1:2] == ["schemaguard"] else None

    def import_models(self) -> None:
        """Only where the admin is installed: an app with models is another app to `migrate`, which tells of it."""
        registry = self.apps
        assert registry is not None  # it is what calls this
        if registry.is_installed("django.contrib.admin"):
            super().import_models()
        else:
            self.models = registry.all_models[self.label]

    def ready(self) -> None:
        if self._collected is not None:
            gc_pause.resume(self._collected)

        from schemaguard.checks import check_drift, check_guard, check_installation, check_settings
        from schemaguard.management.migrating import take_the_first_place

        register(check_settings, "schemaguard")
        register(check_guard, "schemaguard")
        register(check_installation, "schemaguard")
        register(check_drift, "schemaguard", Tags.database)
        take_the_first_place()
