"""`manage.py schemaguard history`: the journal, an entry a line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from schemaguard.commands.connecting import connect
from schemaguard.commands.options import add_database, add_django_options, one_of
from schemaguard.commands.output import Output
from schemaguard.execution.journal import Journal
from schemaguard.report.journal import entries_json, entries_text

NAME = "history"
HELP = "list what reconcile and undo did to this database: when, who, from where, and to what end"
FORMATS = ("text", "json")


def add_arguments(parser: CommandParser) -> None:
    add_database(parser)
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text or json (default text)")
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0, with the newest entry first."""
    one_of("--format", options["format"], FORMATS)
    output = Output(command, options)
    entries = Journal(connect(options["database"])).entries()
    output.write(entries_json(entries) if options["format"] == "json" else entries_text(entries))
    return 0
