"""`manage.py schemaguard snapshot FILE`: the live schema as a file to review, and to hold databases against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemaguard.commands.diff import add_output_options, show, warn_of_unseen
from schemaguard.commands.options import add_database, add_django_options, one_of
from schemaguard.commands.output import Output, writable, write_file
from schemaguard.commands.progress import progress
from schemaguard.conf import load
from schemaguard.diff.comparison import compared
from schemaguard.diff.sides import file_side, live_side
from schemaguard.diff.snapshots import text_of
from schemaguard.exceptions import CannotStart
from schemaguard.report.diff import FORMATS

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

NAME = "snapshot"
HELP = "write the live schema into a file that can be reviewed; with --check, compare the database with that file"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the snapshot, JSON that is the same for the same schema")
    add_database(parser)
    parser.add_argument("--schema", metavar="NAME", help="this one schema of the database (PostgreSQL)")
    parser.add_argument(
        "--check", action="store_true", help="write no snapshot: exit with 1, and the differences, if there are some"
    )
    add_output_options(parser)
    add_django_options(parser)


def run(command: BaseCommand, options: dict[str, Any]) -> int:
    """0; with --check 1 where the database is not as the file says."""
    one_of("--format", options["format"], FORMATS)
    ignored = load().ignore_tables
    alias, schema = options["database"], options["schema"]
    if not options["check"] and options["output"] is not None:
        raise CannotStart("--output is for the report of --check; FILE is where the snapshot goes")
    if options["check"]:
        output = Output(command, options)
        kept = file_side(Path(options["file"]), ignored)
        with progress(command, options, f'schemaguard: comparing database "{alias}" …'):
            return show(command, options, output, compared(kept, live_side(alias, schema, ignored=ignored)))
    path = writable(options["file"])
    with progress(command, options, f'schemaguard: reading database "{alias}" …'):
        found = live_side(alias, schema, ignored=ignored)
    warn_of_unseen(command, options, found)
    write_file(path, text_of(found.snapshot))
    return 0
