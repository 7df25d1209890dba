"""`manage.py schemaguard show ID`: one entry of the journal whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.commands.options import FORMATS, add_database, add_django_options, add_format, entry_number, one_of
from schemaguard.commands.output import Output
from schemaguard.database.connecting import connect
from schemaguard.exceptions import CannotStart
from schemaguard.journal.entries import Journal
from schemaguard.operations.locking import SECONDS, bounded
from schemaguard.report.journal import entry_json, entry_text

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

NAME = "show"
HELP = "print one entry of the journal whole: each step, its SQL, and the evidence that each fake rests on"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", metavar="ID", help="the number of the entry, as schemaguard history lists it")
    add_database(parser)
    add_format(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0. Raises CannotStart where there is no such entry."""
    one_of("--format", options["format"], FORMATS)
    output = Output(command, options)
    number = entry_number(options["id"])
    connection = connect(options["database"])
    with bounded(connection, SECONDS):
        entry = Journal(connection).get(number)
    if entry is None:
        raise CannotStart(f"the journal has no entry {number}; schemaguard history lists them")
    output.write(entry_json(entry) if options["format"] == "json" else entry_text(entry))
    return 0
