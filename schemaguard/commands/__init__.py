"""One module a subcommand of `manage.py schemaguard`, each with the same names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser


class Subcommand(Protocol):
    """`run` returns the exit code. What it raises of the foreseeable is told in one line (`commands.failures`)."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: CommandParser) -> None: ...

    def run(self, command: BaseCommand, options: dict[str, Any]) -> int: ...


NAMES = ("check", "reconcile", "history", "show", "undo", "push", "adopt", "diff", "snapshot")


def subcommand(name: str) -> Subcommand:
    """The module of that name, imported when it is asked for: `check` has no use for what `push` needs."""
    return cast("Subcommand", import_module(f"schemaguard.commands.{name}"))
