"""`manage.py schemaguard history`: the journal, an entry a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.commands.options import FORMATS, add_database, add_django_options, add_format, entry_number, one_of
from schemaguard.commands.output import Output
from schemaguard.database.connecting import connect
from schemaguard.journal.entries import Journal
from schemaguard.operations.locking import SECONDS, bounded
from schemaguard.report.journal import entries_json, entries_text

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

NAME = "history"
HELP = "list what reconcile, push, adopt and undo did to this database: when, who, from where, and to what end"


def add_arguments(parser: CommandParser) -> None:
    add_database(parser)
    add = parser.add_argument
    add("--limit", metavar="N", default="20", help="how many entries, the newest first (default 20)")
    add("--before", metavar="ID", help="only entries that are older than this one")
    add_format(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0, with the newest entry first."""
    one_of("--format", options["format"], FORMATS)
    output = Output(command, options)
    most = entry_number(options["limit"])
    before = entry_number(options["before"]) if options["before"] is not None else None
    connection = connect(options["database"])
    with bounded(connection, SECONDS):
        entries = Journal(connection).page(most + 1, before)
    page, more = entries[:most], len(entries) > most
    output.write(entries_json(page, more=more) if options["format"] == "json" else entries_text(page, more=more))
    return 0
