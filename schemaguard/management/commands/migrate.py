"""manage.py migrate, as it would be without this app, with a guard before its first statement."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import find_commands
from django.core.management.base import BaseCommand, CommandParser, no_translations

from schemaguard.checks import without_drift
from schemaguard.diagnosis.model import Diagnosis
from schemaguard.guard import Asked, Guard

OURS = "schemaguard"


def command_behind() -> type[BaseCommand]:
    """The `migrate` that comes next after ours, in the order in which Django looks for commands: that of INSTALLED_APPS."""
    names = [config.name for config in apps.get_app_configs()]
    for config in list(apps.get_app_configs())[names.index(OURS) + 1 if OURS in names else 0 :]:
        if config.name != OURS and "migrate" in find_commands(f"{config.path}/management"):
            found: type[BaseCommand] = import_module(f"{config.name}.management.commands.migrate").Command
            return found
    from django.core.management.commands.migrate import Command as OfDjango

    return OfDjango


if TYPE_CHECKING:
    from django.core.management.commands.migrate import Command as Behind
else:
    Behind = command_behind()


class Command(Behind):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--reconcile", action="store_true",
            help="Bring the database and its migration records together first (manage.py schemaguard reconcile).",
        )  # fmt: skip

    def check(self, *args: Any, **kwargs: Any) -> Any:
        # The guard looks at what concerns this plan; to report drift is for `manage.py check --database`.
        with without_drift():
            return super().check(*args, **kwargs)

    @no_translations
    def handle(self, *args: Any, **options: Any) -> Any:
        asked = Asked.of(options)
        if asked is not None:
            Guard(
                asked,
                warn=lambda text: self.stderr.write(text, self.style.WARNING),
                tell=lambda text: self.stdout.write(text) if asked.verbosity > 0 else None,
                confirm=self._confirm() if options["interactive"] else None,
            ).run()
        options.pop("reconcile", None)
        return super().handle(*args, **options)

    def _confirm(self) -> Callable[[Diagnosis], bool]:
        from schemaguard.commands.reconcile import _confirmed

        return functools.partial(_confirmed, self)
