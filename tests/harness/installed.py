"""A project of `make_project` in this process: its apps are installed for a while, and its commands run here.

A command takes a hundredth of a second so, and a project of its own keeps nothing of the test run's settings but those
that have nothing to do with apps. What a process alone can show (signals, exit, threads, standard streams) is for
`Project.manage`.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.apps import apps
from django.conf import settings
from django.core.checks.registry import registry
from django.test import override_settings

from tests.harness.commands import Result, run_in_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.projects import Project

# In place of testproject's: Django's defaults.
DEFAULTS: dict[str, Any] = {"AUTH_USER_MODEL": "auth.User", "MIDDLEWARE": [], "TEMPLATES": []}
# What testproject has, and a project of `make_project` has not.
WITHOUT = ("ROOT_URLCONF", "ORDERS_INVOICE_MODEL")


@dataclass(frozen=True, slots=True)
class Installed:
    """A project whose apps are installed."""

    project: Project
    labels: tuple[str, ...]

    def manage(self, *argv: str, stdin: str = "") -> Result:
        """Runs `manage.py ARGV` in this process. Files may have been written since the last command."""
        self._forget()
        return run_in_process(self.project.database, *argv, stdin=stdin)

    def _forget(self) -> None:
        """Migrations are read again, as another process would; models stay as they are."""
        importlib.invalidate_caches()
        for label in self.labels:
            for name in [each for each in sys.modules if each.startswith(f"{label}.migrations.")]:
                del sys.modules[name]


def _checks_of_the_installed() -> set[Any]:
    """System checks stay registered when their app is not installed any more; those of django.contrib miss it."""
    return {each for each in registry.registered_checks if not each.__module__.startswith("django.contrib.")}


@contextmanager
def installed(project: Project, *labels: str) -> Iterator[Installed]:
    """Within the block the project's apps `labels`, and schemaguard, are all that is installed. Needs unblocked access.

    Models that an app registers are taken out again at the end.
    """
    sys.path.insert(0, str(project.path))
    importlib.invalidate_caches()
    try:
        with (
            mock.patch.object(registry, "registered_checks", _checks_of_the_installed()),
            override_settings(INSTALLED_APPS=["schemaguard", *labels], **DEFAULTS),
        ):
            for name in WITHOUT:
                delattr(settings, name)
            yield Installed(project, labels)
    finally:
        sys.path.remove(str(project.path))
        for label in labels:
            apps.all_models.pop(label, None)
            for name in [each for each in sys.modules if each == label or each.startswith(f"{label}.")]:
                del sys.modules[name]
        apps.clear_cache()
