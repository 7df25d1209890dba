"""One module a subcommand of `manage.py schemaguard`, each with the same names."""

from __future__ import annotations

from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser

from schemaguard.commands import check, reconcile


class Subcommand(Protocol):
    """`run` returns the exit code. What it raises of the foreseeable is told in one line (`commands.failures`)."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: CommandParser) -> None: ...

    def run(self, command: BaseCommand, options: dict[str, Any]) -> int: ...


SUBCOMMANDS: tuple[Subcommand, ...] = (check, reconcile)
