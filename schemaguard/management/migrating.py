"""Which `migrate` the guard stands in front of, whatever the order of INSTALLED_APPS.

Of several apps with a command of one name Django takes the one that comes first. Where that is not ours, ours takes its
place, and goes on as a subclass of it: so the guard does not depend on where this app was put into the list.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandParser, no_translations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.management.migrate_lock import LateNotes

OURS = "schemaguard"
MODULE = "schemaguard.management.commands.migrate"


class Guarded(BaseCommand):
    """Mixed into a `migrate` command: the guard, and --reconcile. A command that is not Django's is left as it is."""

    _notes: LateNotes | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if is_migrate(type(self)):
            parser.add_argument(
                "--reconcile", action="store_true",
                help="Bring the database and its migration records together first (manage.py schemaguard reconcile).",
            )  # fmt: skip

    def check(self, *args: Any, **kwargs: Any) -> Any:
        from schemaguard.checks import without_drift

        # The guard looks at what concerns this plan; to report drift is for `manage.py check --database`.
        with without_drift():
            return super().check(*args, **kwargs)

    @no_translations
    def handle(self, *args: Any, **options: Any) -> Any:
        from schemaguard.guard import Asked, Guard
        from schemaguard.management.migrate_lock import one_at_a_time

        asked = Asked.of(options) if is_migrate(type(self)) else None
        options.pop("reconcile", None)
        if asked is None:
            return super().handle(*args, **options)
        guard = Guard(
            asked,
            warn=lambda text: self.stderr.write(text, self.style.WARNING),
            tell=lambda text: self.stdout.write(text) if asked.verbosity > 0 else None,
            confirm=self._confirmed if options["interactive"] else None,
        )
        with one_at_a_time(guard) as self._notes:
            guard.run()
            return super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any | None = None, fake: bool = False) -> None:
        if self._notes is not None:
            self._notes.note(action, migration, fake=fake)
        super().migration_progress_callback(action, migration, fake)  # type: ignore[misc]  # of Django's migrate

    def _confirmed(self, diagnosis: Diagnosis) -> bool:
        from schemaguard.commands.asking import Person

        return Person(self).confirm(diagnosis)


def guarded(command: type[BaseCommand]) -> type[BaseCommand]:
    """The command with the guard in front of it; itself, where it builds on ours already."""
    if issubclass(command, Guarded):
        return command
    return type("Command", (Guarded, command), {"__module__": MODULE})


def is_migrate(command: type) -> bool:
    """Whether a command is Django's `migrate`, or builds on it: of any other nobody knows what it is about to run."""
    from django.core.management.commands.migrate import Command

    return issubclass(command, Command)


def rivals(*, before: bool) -> Iterator[str]:
    """The apps that bring a `migrate` of their own, and stand before ours (or after it), the first first."""
    passed = False
    for config in apps.get_app_configs():
        if config.name == OURS:
            passed = True
        elif passed is not before and Path(config.path, "management", "commands", "migrate.py").exists():
            yield config.name


def command_of(app: str | None) -> type[BaseCommand]:
    """The `migrate` of an app; Django's own for None."""
    found: type[BaseCommand] = import_module(f"{app or 'django.core'}.management.commands.migrate").Command
    return found


def take_the_first_place() -> None:
    """Lets `manage.py migrate` find ours, where another app's stands before it."""
    if next(rivals(before=True), None) is not None:
        get_commands()["migrate"] = OURS
